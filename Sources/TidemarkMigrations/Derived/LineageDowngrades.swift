// The downgrades of a lineage as text, those that are derived too, made on an empty database in memory.
internal import TidemarkSQLite
internal import TidemarkSchema

extension Lineage {
  /// The downgrades of some of the migrations, as they would be stored.
  ///
  /// Where none is derived nothing runs; else baseline and migrations run on an empty database in memory.
  /// - Parameter ids: whose.
  /// - Throws: `MigrationError.underivable` for one that cannot be derived, `.stepFailed` for an upgrade that fails.
  package func downgrades(of ids: Set<MigrationID>) throws -> [MigrationID: Downgrade] {
    var result: [MigrationID: Downgrade] = [:]
    for migration in migrations where ids.contains(migration.id) { result[migration.id] = migration.downgrade }
    guard let last = result.filter({ $0.value.isDerived }).keys.max() else { return result }
    let connection = try Connection.inMemory()
    let sandbox = Sandbox(connection)
    try sandbox.enter()
    defer { sandbox.leave() }
    let runner = StepRunner(connection, sandbox)
    try connection.transaction(.deferred) {
      if let baseline { try runner.create(baseline) }
      var tracker = try SchemaTracker(connection)
      for migration in migrations where migration.id <= last {
        let watch = UpgradeWatch(
          migration, in: sandbox, before: tracker.schema, oldestSQLite: oldestSQLite)
        try runner.apply(migration)
        let changes = try tracker.advance(sandbox.takeTouch())
        guard ids.contains(migration.id) else {
          sandbox.observer = nil
          continue
        }
        result[migration.id] = try watch.downgrade(
          after: tracker.schema, changes: changes, on: connection, isDrift: { _ in false })
      }
    }
    return result
  }
}
