// A lineage tried on rows that were really there, and not made up.
public import TidemarkSQLite
internal import TidemarkSchema

extension LineageTrial {
  /// Every migration up and down on the rows of a real database: those it lacks from where it stands, those it has from
  /// where their downgrades leave it. The database itself is only read.
  ///
  /// It is copied into memory, and so are its rows, for comparing.
  /// - Parameters:
  ///   - database: at any migration; what this lineage does not know is undone first.
  ///   - ids: the migrations that are looked at; nil for all.
  /// - Throws: `SQLiteError` when it cannot be read.
  public func reversibility(on database: Connection, of ids: Set<MigrationID>? = nil) throws -> TrialReport {
    var report = TrialReport()
    let base = try copy(database)
    var known: [MigrationID] = []
    report.attempt("the database") { report in
      if let fault = lineage.fault { throw MigrationError.invalidLineage(fault) }
      let applied = Set(try ChangelogTables(base).state().changelog?.unfolded.map(\.id) ?? [])
      known = lineage.ids.filter { applied.contains($0) }
      // What this build does not know goes; pending ones below an applied one, of merged branches, come.
      try migrate(base, to: lineage.prefix(through: known.last ?? 0))
    }
    guard report.isSound else { return report }
    let top = known.last ?? 0
    func isWanted(_ migration: any Migration) -> Bool { ids?.contains(migration.id) ?? true }
    let rising = try copy(base)
    for migration in lineage.migrations where migration.id > top {
      let isDone = report.trying("\(migration.id) \(migration.name)") { report in
        if isWanted(migration) {
          try rise(rising, migration, &report)
        } else {
          try migrate(rising, to: lineage.prefix(through: migration.id))
        }
      }
      guard isDone else { break }
    }
    let lowest = lineage.migrations.first { $0.id <= top && isWanted($0) }?.id ?? MigrationID(.max)
    for migration in lineage.migrations.reversed() where migration.id <= top && migration.id >= lowest {
      let isDone = report.trying("\(migration.id) \(migration.name)") { report in
        if isWanted(migration) {
          try sink(base, migration, &report)
        } else {
          try migrate(base, to: before(migration))
        }
      }
      guard isDone else { break }
    }
    return report
  }

  /// From before a migration to behind it, with a look at whether its downgrade leads back.
  private func rise(_ database: Connection, _ migration: any Migration, _ report: inout TrialReport) throws {
    let title = "\(migration.id) \(migration.name)"
    if let why = migration.downgrade.reason {
      report.skipped.append(.init(subject: title, reason: "irreversible: \(why)"))
    } else {
      try compareUpAndDown(database, migration, title, &report)
    }
    try migrate(database, to: lineage.prefix(through: migration.id))
  }

  /// From behind a migration to before it. The rows that its downgrade leaves are what has to come back.
  private func sink(_ database: Connection, _ migration: any Migration, _ report: inout TrialReport) throws {
    let title = "\(migration.id) \(migration.name)"
    let upgraded = try Schema.read(from: database)
    try migrate(database, to: before(migration))
    try compareUpAndDown(database, migration, title, &report)
    let again = try copy(database)
    try migrate(again, to: lineage.prefix(through: migration.id))
    report.note("\(title), up again", differences(from: upgraded, to: try .read(from: again)))
  }

  private func compareUpAndDown(
    _ database: Connection, _ migration: any Migration, _ title: String, _ report: inout TrialReport
  ) throws {
    let schema = try Schema.read(from: database)
    let contents = try DatabaseContents(of: database)
    try migrate(database, to: lineage.prefix(through: migration.id))
    try migrate(database, to: before(migration))
    let back = try DatabaseContents(of: database)
    report.note(
      "\(title), up and down",
      differences(from: schema, to: try .read(from: database))
        + (back.lost(from: contents) + back.fallenMarks(from: contents)).map(\.description))
    report.rows += contents.rowCount
  }

  private func before(_ migration: any Migration) -> Lineage {
    lineage.prefix(through: lineage.ids.last { $0 < migration.id } ?? 0)
  }
}

extension TrialReport {
  /// Runs a part of a trial that the next one builds on.
  /// - Returns: whether it ended; else what it threw has been noted.
  fileprivate mutating func trying(_ subject: String, _ body: (inout TrialReport) throws -> Void) -> Bool {
    var isDone = false
    attempt(subject) { report in
      try body(&report)
      isDone = true
    }
    return isDone
  }
}
