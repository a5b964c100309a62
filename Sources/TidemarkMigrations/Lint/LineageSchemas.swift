// The schema behind each migration of a lineage, which the lint compares step by step.
package import TidemarkSchema
package import TidemarkSQLite

extension Lineage {
  /// The schema that the lineage begins with, and that behind each migration, in order.
  /// - Throws: `MigrationError.stepFailed` for the migration that fails on an empty database in memory, `.invalidLineage`.
  package func schemas() throws -> [Schema] {
    if let fault { throw MigrationError.invalidLineage(fault) }
    let connection = try Connection.inMemory()
    let sandbox = Sandbox(connection)
    try sandbox.enter()
    defer { sandbox.leave() }
    let runner = StepRunner(connection, sandbox)
    var schemas: [Schema] = []
    try connection.transaction(.deferred) {
      if let baseline { try runner.create(baseline) }
      schemas.append(try .read(from: connection))
      for migration in migrations {
        try runner.apply(migration, backfilling: true)
        schemas.append(try .read(from: connection))
      }
    }
    return schemas
  }

  /// A database as it is, or a copy of it in memory, brought to this lineage.
  /// - Throws: what a migration throws; the database itself is only read.
  package func tryOut(on database: Connection) throws {
    let copy = try LineageTrial(self).copy(database)
    let options = MigratorOptions(trustsVerification: false, build: "trial", proves: false)
    try Migrator(self, options: options).migrate(copy)
    try copy.close()
  }
}
