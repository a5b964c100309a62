// Tries a lineage out, on databases in memory with rows in them: does every way lead to the same schema, and does every
// downgrade take its upgrade back?
internal import TidemarkSQLite
internal import TidemarkSchema

/// Runs a lineage's upgrades and downgrades on databases of its own and tells what is not as it should be.
public struct LineageTrial: Sendable {
  let lineage: Lineage
  private let rows: TrialRows
  private let kind: FingerprintKind

  /// A trial.
  /// - Parameters:
  ///   - lineage: what is tried.
  ///   - rows: what the databases hold when a migration meets them.
  ///   - ignoringColumnOrder: whether a table whose columns stand in another order counts as the same, as it does for
  ///     a plan.
  public init(_ lineage: Lineage, rows: TrialRows = .generated(perTable: 3), ignoringColumnOrder: Bool = false) {
    self.lineage = lineage
    self.rows = rows
    self.kind = ignoringColumnOrder ? .loose : .exact
  }

  /// From every prefix of the lineage to its head, and from the head to every prefix: does the schema come out as it is
  /// where a new database is taken there?
  public func convergence() -> TrialReport {
    var report = TrialReport()
    report.attempt("the head") { report in
      let prefixes = try chain(&report)
      guard let top = prefixes.last else { return }
      let whole = try Schema.read(from: top.database)
      report.note("head.sql", differences(from: try lineage.headSchema(), to: whole))
      let full = try copy(top.database)
      report.unfilled.formUnion(try rows.fill(full, applied: lineage.ids))
      for prefix in prefixes.dropLast() {
        report.attempt("from \(prefix.title) to the head") { report in
          let database = try copy(prefix.database)
          report.unfilled.formUnion(try rows.fill(database, applied: prefix.lineage.ids))
          try migrate(database, to: lineage)
          report.note("from \(prefix.title) to the head", differences(from: whole, to: try .read(from: database)))
        }
        report.attempt("from the head to \(prefix.title)") { report in
          let database = try copy(full)
          try migrate(database, to: prefix.lineage)
          let expected = try Schema.read(from: prefix.database)
          report.note("from the head to \(prefix.title)", differences(from: expected, to: try .read(from: database)))
        }
      }
    }
    return report
  }

  /// From where the lineage begins to its head in one run, and back in one: does the schema come out as it is where the
  /// migrations run one by one?
  ///
  /// With ``verdicts(known:)``, which looks at each step by itself, that says as much as ``convergence()`` at a price that many
  /// migrations can pay.
  public func ends() -> TrialReport {
    var report = TrialReport()
    report.attempt("the head") { report in
      let start = try beginning()
      let head = try Connection.inMemory()
      try lineage.build(on: head)
      let whole = try Schema.read(from: head)
      let database = try copy(start.database)
      report.unfilled.formUnion(try rows.fill(database, applied: []))
      try migrate(database, to: lineage)
      report.note("from \(start.title) to the head", differences(from: whole, to: try .read(from: database)))
      report.attempt("from the head to \(start.title)") { report in
        report.unfilled.formUnion(try rows.fill(database, applied: lineage.ids))
        try migrate(database, to: start.lineage)
        report.note(
          "from the head to \(start.title)",
          differences(from: try .read(from: start.database), to: try .read(from: database)))
      }
    }
    return report
  }

  /// Every migration up, down and up again: is the schema what it was, and is every row that there was?
  public func reversibility() -> TrialReport {
    var report = TrialReport()
    report.attempt("the head") { report in
      let prefixes = try chain(&report)
      for (before, after) in zip(prefixes, prefixes.dropFirst()) {
        if let migration = after.lineage.migrations.last, let why = migration.downgrade.reason {
          report.skipped.append(TrialReport.Skip(subject: after.title, reason: "irreversible: \(why)"))
          continue
        }
        report.attempt(after.title) { report in try upDownUp(before, after, &report) }
      }
    }
    return report
  }

  /// An upgrade that these rows do not fit, so that its way back was not tried.
  struct RowsDoNotFit: Error {
    var cause: MigrationError
  }

  /// A migration up, down and up again, with a look at the schema and at every row.
  /// - Throws: `RowsDoNotFit` where the first way up fails.
  func upDownUp(_ before: Prefix, _ after: Prefix, _ report: inout TrialReport) throws {
    let database = try copy(before.database)
    report.unfilled.formUnion(try rows.fill(database, applied: before.lineage.ids))
    let contents = try DatabaseContents(of: database)
    do {
      try migrate(database, to: after.lineage)
    } catch MigrationError.stepFailed(let failure) where contents.rowCount > 0 {
      // On an empty database it ran.
      throw RowsDoNotFit(cause: .stepFailed(failure))
    }
    let upgraded = try Schema.read(from: database)
    try migrate(database, to: before.lineage)
    let back = try DatabaseContents(of: database)
    report.note(
      "\(after.title), up and down",
      differences(from: try .read(from: before.database), to: try .read(from: database))
        + (back.lost(from: contents) + back.fallenMarks(from: contents)).map(\.description))
    try migrate(database, to: after.lineage)
    report.note("\(after.title), up again", differences(from: upgraded, to: try .read(from: database)))
    report.rows += contents.rowCount
  }

  // MARK: databases

  /// A new database taken to one of the lineage's prefixes.
  struct Prefix {
    var lineage: Lineage
    var database: Connection
    /// The last migration, or where the lineage begins.
    var title: String
  }

  /// A new database for each prefix, the first with no migration and the last at the head.
  private func chain(_ report: inout TrialReport) throws -> [Prefix] {
    if let fault = lineage.fault { throw MigrationError.invalidLineage(fault) }
    guard !lineage.migrations.isEmpty else {
      report.findings.append(TrialReport.Finding(subject: "the lineage", words: ["it has no migrations to try"]))
      return []
    }
    var result = [try beginning()]
    for migration in lineage.migrations { result.append(try next(migration, behind: result[result.count - 1])) }
    return result
  }

  /// Where the lineage begins.
  func beginning() throws -> Prefix {
    if let fault = lineage.fault { throw MigrationError.invalidLineage(fault) }
    // An id is 1 or more, so nothing comes before the beginning but the baseline.
    let beginning = lineage.prefix(through: 0)
    let start = try Connection.inMemory()
    try migrate(start, to: beginning)
    return Prefix(
      lineage: beginning, database: start, title: lineage.baseline == nil ? "the empty database" : "the baseline")
  }

  /// A copy of a prefix's database, one migration on.
  func next(_ migration: any Migration, behind before: Prefix) throws -> Prefix {
    let (prefix, database) = (lineage.prefix(through: migration.id), try copy(before.database))
    try migrate(database, to: prefix)
    return Prefix(lineage: prefix, database: database, title: "\(migration.id) \(migration.name)")
  }

  func copy(_ database: Connection) throws -> Connection {
    let copy = try Connection.inMemory()
    let backup = try Backup(from: database, to: copy)
    try backup.step()
    try backup.finish()
    return copy
  }

  func migrate(_ database: Connection, to lineage: Lineage) throws {
    let options = MigratorOptions(trustsVerification: false, build: "trial", proves: false)
    try Migrator(lineage, options: options).migrate(database)
  }

  func differences(from expected: Schema, to found: Schema) -> [String] {
    SchemaDifference.between(expected: expected, found: found, kind: kind).words
  }
}
