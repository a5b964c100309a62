// The database in a file that can be restored, opened where it is: in place for a snapshot, as it is for a database.

import Tidemark

enum SnapshotDatabase {
  /// Runs a body on the database in a file, read-only.
  /// - Parameter trust: whose snapshots are read, and the keys that open sealed ones.
  /// - Throws: `SnapshotError`, also where SQLite only knows that a read failed; `SQLiteError`; what the body throws.
  static func reading<T>(_ path: String, trust: Trust = .anyone, _ body: (Connection) throws -> T) throws -> T {
    if try SourceKind.detect(path) == .database {
      guard trust.signers == nil else {
        throw SnapshotError(.untrusted("this is no snapshot, which alone can be signed"), at: path)
      }
      return try closing(Connection(path: path, mode: .readOnly), body)
    }
    let reader = try SnapshotReader.open(path, trust: trust)
    do {
      return try closing(reader.openConnection(), body)
    } catch let error as SQLiteError {
      // The reader knows which block could not be read, and why.
      throw reader.lastFailure ?? error
    }
  }

  private static func closing<T>(_ connection: Connection, _ body: (Connection) throws -> T) throws -> T {
    try connection.distrustContent()
    let result = try body(connection)
    try connection.close()
    return result
  }
}
