// The records of recorded downgrades, in a table of their own: a changelog is read whole, also by those who only want to see
// it, and a record may be as large as the data it speaks of.
internal import TidemarkSchema
internal import TidemarkSQLite

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Reads, writes and applies what was recorded.
struct RecordedChanges {
  /// The version of Tidemark's tables from which on builds know of records. An older one would undo the schema and leave the
  /// rows, so a database that holds a record says that it is not for those.
  static let format = 2
  /// A record is cut into pieces, so that none meets SQLite's limit for a value.
  private static let pieceSize = 4 << 20
  private static let ddl = """
    CREATE TABLE IF NOT EXISTS tidemark_recorded(
      id        INTEGER NOT NULL,  -- the migration's
      slice     INTEGER NOT NULL,  -- 0 for the upgrade, then those of its backfill
      piece     INTEGER NOT NULL,
      tables    TEXT NOT NULL,     -- JSON: the exact fingerprint of each table that it changes
      changes   INTEGER NOT NULL,  -- rows
      changeset BLOB NOT NULL,     -- what takes them back
      PRIMARY KEY(id, slice, piece)
    ) STRICT
    """

  private let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  /// Makes the table where it is missing, before the steps of a plan: a step that made it would not be one of ours.
  func prepare() throws {
    try connection.execute(Self.ddl)
    let tables = ChangelogTables(connection)
    if Int(try tables.meta("format_readable_by") ?? "") ?? 0 < Self.format {
      try tables.setMeta("format_readable_by", String(Self.format))
    }
  }

  private func exists() throws -> Bool {
    try connection.value("SELECT 1 FROM main.sqlite_schema WHERE name = 'tidemark_recorded'", as: Int64.self) != nil
  }

  /// The migrations of which something is recorded.
  func ids() throws -> Set<MigrationID> {
    guard try exists() else { return [] }
    return Set(try connection.rows("SELECT DISTINCT id FROM tidemark_recorded").map { MigrationID(try $0.get(0)) })
  }

  /// The tables whose rows undoing a migration would change.
  func tables(of id: MigrationID) throws -> [String] {
    guard try exists() else { return [] }
    let texts = try connection.rows(
      "SELECT DISTINCT tables FROM tidemark_recorded WHERE id = ?", id.rawValue
    ).map { try $0.get(0, as: String.self) }
    // One that cannot be read fails the downgrade, which looks again.
    let names = texts.flatMap { text in
      ((try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]).keys
    }
    return Set(names).sorted()
  }

  /// Keeps a record, behind what is there of the same migration.
  func write(_ recording: Recorder.Recording, for id: MigrationID) throws {
    guard recording.changes > 0 else { return }
    let tables = String(decoding: try JSONEncoder().encode(recording.tables.mapValues(\.description)), as: UTF8.self)
    let slice: Int64 =
      try connection.value("SELECT coalesce(max(slice) + 1, 0) FROM tidemark_recorded WHERE id = ?", id.rawValue) ?? 0
    let bytes = recording.inverse.bytes
    for (piece, start) in stride(from: 0, to: bytes.count, by: Self.pieceSize).enumerated() {
      try connection.run(
        "INSERT INTO tidemark_recorded(id, slice, piece, tables, changes, changeset) VALUES(?, ?, ?, ?, ?, ?)",
        id.rawValue, slice, piece, tables, recording.changes,
        Array(bytes[start..<min(start + Self.pieceSize, bytes.count)]))
    }
  }

  /// Forgets what was recorded of a migration.
  func remove(_ id: MigrationID) throws {
    guard try exists() else { return }
    try connection.run("DELETE FROM tidemark_recorded WHERE id = ?", id.rawValue)
  }

  /// Takes the rows back, last change first. A row that has been changed since stays as it is.
  /// - Parameter schema: as it stands.
  /// - Returns: how many rows were left as they are; nil when nothing was recorded.
  /// - Throws: `MigrationError.stepFailed` where a table is not as it was when it was recorded, `SQLiteError`.
  func undo(_ entry: Changelog.Entry, _ sandbox: Sandbox, schema: Schema) throws -> Int? {
    guard try exists() else { return nil }
    let slices = try connection.rows(
      "SELECT DISTINCT slice FROM tidemark_recorded WHERE id = ? ORDER BY slice DESC", entry.id.rawValue)
    guard !slices.isEmpty else { return nil }
    return try slices.reduce(0) { try $0 + undo(entry, slice: $1.get(0), sandbox, schema: schema) }
  }

  private func undo(_ entry: Changelog.Entry, slice: Int64, _ sandbox: Sandbox, schema: Schema) throws -> Int {
    func failure(_ cause: String) -> MigrationError {
      .stepFailed(StepFailure(direction: .downgrade, id: entry.id, name: entry.name, cause: cause))
    }
    var tables: [String: Fingerprint] = [:]
    var expected = 0
    var bytes: [UInt8] = []
    for piece in try connection.rows(
      "SELECT tables, changes, changeset FROM tidemark_recorded WHERE id = ? AND slice = ? ORDER BY piece",
      entry.id.rawValue, slice)
    {
      let text: String = try piece.get(0)
      guard let read = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)) else {
        throw failure("what was recorded for it cannot be read")
      }
      tables = read.compactMapValues(Fingerprint.init(hex:))
      guard tables.count == read.count else { throw failure("what was recorded for it cannot be read") }
      expected = try piece.get(1)
      bytes += try piece.get(2, as: [UInt8].self)
    }
    for (name, fingerprint) in tables.sorted(by: { $0.key < $1.key }) {
      guard let table = schema[.table, name], table.fingerprint(.exact) == fingerprint else {
        throw failure("table \(name) is not as it was when the changes of its rows were recorded")
      }
    }
    let recording = Recorder.Recording(
      inverse: Changeset(bytes: bytes), tables: tables, changes: expected, schemaSQL: "")
    do {
      guard try recording.inverse.counts().values.reduce(0, { $0 + $1.total }) == expected else {
        throw failure("what was recorded for it is not whole")
      }
      let outcome = try recording.undo(on: connection, sandbox)
      guard outcome.applied + outcome.conflicts == expected else {
        throw failure("\(expected - outcome.applied - outcome.conflicts) of its recorded changes found no place")
      }
      return outcome.conflicts
    } catch let error as SQLiteError {
      throw failure(sandbox.denial.map { "\($0) is not allowed in what was recorded" } ?? error.message)
    }
  }
}
