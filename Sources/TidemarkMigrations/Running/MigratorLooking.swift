// What a migrator tells of a database without touching it.
internal import TidemarkSchema
public import TidemarkSQLite

extension Migrator {
  /// The changelog; nil where there is none.
  /// - Throws: `MigrationError.foreign` where it is another lineage's, `.damagedChangelog`, `SQLiteError`.
  func ownChangelog(of connection: Connection) throws -> Changelog? {
    guard let changelog = try state(of: connection).changelog else { return nil }
    guard changelog.lineage == lineage.name else {
      throw MigrationError.foreign(database: changelog.lineage, build: lineage.name)
    }
    return changelog
  }

  /// The plan that `migrate` would run; nothing is touched. Where there is nothing to run, the schema is held against the
  /// head as `migrate` does it.
  /// - Throws: `MigrationError`, a refusal, or `SQLiteError`.
  public func plan(_ connection: Connection) throws -> Plan {
    let state = try state(of: connection)
    let plan = try Plan.make(for: state, lineage: lineage, options: options.plan)
    if state.isNew { return plan }
    guard plan.isEmpty else {
      var noted = plan
      noted.notes += try alterations(of: connection, state: state).map { [.altered($0)] } ?? []
      return noted
    }
    // `migrate` would look at the schema now, where it has no mark to trust.
    if options.trustsVerification, !options.strict, try isVerified(connection) { return plan }
    let guardian = try ConnectionGuard(connection, lockTimeout: options.lockTimeout)
    return try finally({ try guardian.restore() }) {
      _ = try verify(connection, state: state, head: lineage.headSchema(), plan: plan)
      return plan
    }
  }

  /// In which ways the schema is not what the applied migrations made.
  /// - Returns: nil where it is, and where that cannot be told: the build does not know all that was applied, or what was
  ///   applied is no beginning of what it knows.
  /// - Throws: `MigrationError.invalidLineage`, `SQLiteError`.
  package func alterations(of connection: Connection, state: DatabaseState) throws -> [String]? {
    guard let changelog = state.changelog, changelog.lineage == lineage.name,
      let last = changelog.unfolded.map(\.id).max()
    else { return nil }
    let beginning = lineage.prefix(through: last)
    let known = (beginning.baseline?.retired.map(\.id) ?? []) + beginning.ids
    guard Set(known) == Set(changelog.unfolded.map(\.id)) else { return nil }
    let judged = Convergence(found: try Schema.read(from: connection), head: try beginning.headSchema())
    return judged.differences.isEmpty ? nil : judged.differences.map(\.words)
  }

  /// The changelog against the lineage.
  /// - Throws: `MigrationError` when the changelog cannot be read, `SQLiteError`.
  public func status(_ connection: Connection) throws -> MigrationStatus {
    MigrationStatus(state: try state(of: connection), lineage: lineage)
  }

  /// What the database says of itself.
  /// - Throws: `MigrationError` when the changelog cannot be read, `SQLiteError`.
  public func state(of connection: Connection) throws -> DatabaseState {
    try connection.transaction(.deferred) { try ChangelogTables(connection).state() }
  }
}
