// A run with nothing to do: the mark of the last verified run, and where that does not hold a look at everything.
internal import TidemarkSQLite
internal import TidemarkSchema

extension Migrator {
  /// Whether the mark of the last verified run still holds: the same lineage, the same schema cookie, no downgrade
  /// missing and no backfill unfinished.
  func isVerified(_ connection: Connection) throws -> Bool {
    do {
      let statement = try connection.prepare(
        """
        SELECT (SELECT value FROM tidemark_meta WHERE key = 'verified'), EXISTS(
          SELECT 1 FROM tidemark_changelog INDEXED BY tidemark_changelog_unfinished
          WHERE (downgrade IS NULL AND irreversible IS NULL) OR batch IS NOT NULL)
        """)
      guard try statement.step() else { return false }
      let mark = String(sqliteValue: statement.value(at: 0))
      let isUnfinished = statement.value(at: 1) != .integer(0)
      statement.reset()
      guard !isUnfinished, let mark = VerifiedMark(mark ?? ""), try mark.cookie == connection.schemaCookie() else {
        return false
      }
      // The digest of what is meant takes longer, and is only asked for where the text is another.
      return mark.text == lineage.textDigest || mark.meaning == lineage.digest
    } catch let error as SQLiteError where error.code == SQLiteError.error || error.code == SQLiteError.busy {
      // No such table or index: a new database, or one whose tables are not as they should be. Or another process is
      // at its COMMIT, for which the look at everything waits.
      return false
    }
  }

  func upToDate(_ connection: Connection, seconds: Double) throws -> MigrationReport {
    let ids = (lineage.baseline?.retired.map(\.id) ?? []) + lineage.ids
    return MigrationReport(
      outcome: .upToDate, lineage: lineage.name, planID: "", steps: [], before: ids, after: ids, fellBack: false,
      notes: [], drift: [], unfinished: [], seconds: seconds)
  }

  func verify(
    _ connection: Connection, state: DatabaseState, head: Schema, plan: Plan
  ) throws -> MigrationReport {
    let sandbox = Sandbox(connection)
    try sandbox.enter()
    defer { sandbox.leave() }
    return try connection.transaction(.deferred) {
      try verify(connection, state: state, head: head, plan: plan, sandbox)
    }
  }

  func verify(
    _ connection: Connection, state: DatabaseState, head: Schema, plan: Plan, _ sandbox: Sandbox
  ) throws -> MigrationReport {
    let found = try Schema.read(from: connection)
    let result = try Verification(connection, sandbox, options).verify(
      found: found, head: head, before: found, undone: [])
    return MigrationReport(
      outcome: .upToDate, lineage: lineage.name, planID: plan.id, steps: [], before: plan.before, after: plan.after,
      fellBack: false, notes: result.notes, drift: result.drift,
      unfinished: state.changelog?.entries.filter { $0.batch != nil }.map(\.id) ?? [], seconds: 0)
  }
}
