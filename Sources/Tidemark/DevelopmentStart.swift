// The start of a service under development: where no plan leads to the build's schema, the database is altered to it, and its
// rows stay.

internal import TidemarkMigrations
internal import TidemarkSQLite
internal import TidemarkSchema
internal import TidemarkSnapshots

/// What a start does for those who develop.
struct DevelopmentStart {
  private let database: ManagedDatabase
  private let development: RestoreService.Development
  private let lock: DatabaseLock

  init(_ database: ManagedDatabase, _ development: RestoreService.Development, _ lock: DatabaseLock) {
    self.database = database
    self.development = development
    self.lock = lock
  }

  /// Whether an alteration could help: not where the database is another service's, or cannot be trusted or written.
  static func mayAlter(_ error: MigrationError) -> Bool {
    switch error {
    case .foreign, .newerFormat, .damagedChangelog, .unknownTarget, .invalidLineage, .readOnly, .busy, .cancelled,
      .backfillStopped, .drift, .notLossless, .outOfOrder, .forwardOnly:
      false
    default: true
    }
  }

  /// Alters after a plan was refused or failed.
  func run(because error: MigrationError) throws -> StartReport {
    let report = try alter()
    let notes =
      ["no plan leads to this build's schema (\(error.message)), so the database was altered to it"] + words(report)
    let migration = MigrationReport.altered(database.lineage, notes: notes, seconds: report.seconds)
    return StartReport(migration: migration, restored: nil, notes: notes)
  }

  /// Alters a database that is at the build's schema to the file that is followed.
  func run(after report: StartReport) throws -> StartReport {
    var report = report
    report.notes += words(try alter())
    return report
  }

  private func words(_ report: AlterReport) -> [String] {
    report.plan.changes.map { "altered for development: \($0.words)" }
      + report.plan.losses.map { "lost: \($0.words)" } + report.notes + report.plan.doubts
  }

  private func alter() throws -> AlterReport {
    let settings = Alterer.Options(acceptedLoss: database.options.acceptedLoss, allowsManaged: true)
    let hold = LockHold(lock)
    switch development {
    case .alter:
      return try database.alter(to: try database.lineage.headSchema(), text: nil, settings: settings, holding: hold)
    case .follow(let path):
      let connection = try Connection.inMemory()
      let text = try SchemaFile.load(path, into: connection, files: database.options.files)
      let schema = try Schema.read(from: connection)
      try connection.close()
      return try database.alter(to: schema, text: text, settings: settings, holding: hold)
    }
  }
}
