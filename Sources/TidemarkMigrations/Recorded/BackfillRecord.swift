// A slice of a backfill, recorded where the migration's downgrade is.
internal import TidemarkSchema
internal import TidemarkSQLite

enum BackfillRecord {
  /// Does the next slice, in the caller's transaction.
  /// - Returns: whether there was one.
  /// - Throws: as `BackfillRun.slice`; `MigrationError.notRecorded`.
  static func slice(
    _ run: inout BackfillRun, of migration: any Migration, on connection: Connection, _ sandbox: Sandbox
  ) throws -> Bool {
    guard migration.downgrade.isRecorded else { return try run.slice(on: connection, sandbox) }
    let schema = try Schema.read(from: connection)
    let before = run
    let (didWork, recording) = try Recorder.record(migration, on: connection, sandbox, from: schema) {
      run = before
      return try run.slice(on: connection, sandbox)
    }
    guard didWork else { return false }
    guard recording.schemaSQL.isEmpty else {
      throw MigrationError.notRecorded(
        MigrationError.Named(id: migration.id, name: migration.name, why: "its backfill changes the schema"))
    }
    let changes = RecordedChanges(connection)
    try changes.prepare()
    try changes.write(recording, for: migration.id)
    return true
  }
}
