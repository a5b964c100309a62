// Records the rows that an upgrade changes, and makes sure that nothing it did stays out of the record.
internal import TidemarkSchema
internal import TidemarkSQLite

/// A record under way, of one upgrade or of one slice of its backfill.
///
/// SQLite leaves much out of a record without a word: tables without a primary key, keys that are NULL, virtual tables,
/// and whatever DDL does to rows. Each of these is looked for and is an error, because half a way back is none.
final class Recorder {
  /// Runs a body and records what it does to rows. Where SQLite may have recorded a NULL for a value that a row has only by
  /// its column's DEFAULT, because the row is older than the column, all is undone, such rows are written out, and the body
  /// runs again: upgrades can be repeated.
  /// - Parameters:
  ///   - before: the schema as it stands.
  ///   - body: the upgrade, or a slice of its backfill.
  /// - Returns: what the body gave and what was recorded.
  /// - Throws: `MigrationError.notRecorded` where the record cannot be whole; what the body throws.
  static func record<T>(
    _ migration: any Migration, on connection: Connection, _ sandbox: Sandbox, from before: Schema,
    _ body: () throws -> T
  ) throws -> (result: T, recording: Recording) {
    do {
      return try connection.savepoint("tidemark_record") {
        let done = try once(migration, on: connection, sandbox, from: before, body)
        if !done.recording.doubtful.isEmpty { throw Doubt(tables: done.recording.doubtful) }
        return done
      }
    } catch let doubt as Doubt {
      try writeOut(doubt.tables, on: connection)
      return try once(migration, on: connection, sandbox, from: before, body)
    }
  }

  /// The same for a body that cannot run twice.
  /// - Parameter rehearsal: changes the same rows, and can be repeated.
  static func record<T>(
    _ migration: any Migration, on connection: Connection, _ sandbox: Sandbox, from before: Schema,
    rehearsing rehearsal: () throws -> Void, _ body: () throws -> T
  ) throws -> (result: T, recording: Recording) {
    do {
      try connection.savepoint("tidemark_rehearsal") {
        throw Doubt(
          tables: try once(migration, on: connection, sandbox, from: before, rehearsal).recording.doubtful)
      }
    } catch let doubt as Doubt {
      try writeOut(doubt.tables, on: connection)
    }
    return try once(migration, on: connection, sandbox, from: before, body)
  }

  private static func once<T>(
    _ migration: any Migration, on connection: Connection, _ sandbox: Sandbox, from before: Schema,
    _ body: () throws -> T
  ) throws -> (result: T, recording: Recording) {
    let recorder = try Recorder(connection, schema: before)
    return try UpgradeLog.listening(in: sandbox) { log in
      let result = try body()
      return (result, try recorder.finish(migration, log, after: try Schema.read(from: connection)))
    }
  }

  private struct Doubt: Error { var tables: Set<String> }

  /// Has every row hold every column, which changes none of its values.
  private static func writeOut(_ tables: Set<String>, on connection: Connection) throws {
    let triggers = try connection.isOn(.triggers)
    try connection.set(.triggers, false)
    try finally({ try connection.set(.triggers, triggers) }) {
      for table in tables.sorted() {
        let column = try connection.value(
          "SELECT name FROM pragma_table_info(?, 'main') WHERE pk = 0 LIMIT 1", table, as: String.self)
        guard let column else { continue }
        try connection.execute("UPDATE main.\(SQL.quote(table)) SET \(SQL.quote(column)) = \(SQL.quote(column))")
      }
    }
  }

  /// What was recorded, turned round.
  struct Recording {
    /// The changes that take the rows back.
    var inverse: Changeset
    /// The tables that they change, each with its exact fingerprint, by name.
    var tables: [String: Fingerprint]
    /// How many rows they change.
    var changes: Int
    /// SQL that takes the schema back; empty where it is the same.
    var schemaSQL: String
    /// Tables in which a recorded NULL may stand for a column's default.
    var doubtful: Set<String> = []

    /// Takes the rows back.
    func undo(on connection: Connection, _ sandbox: Sandbox) throws -> Changeset.Outcome {
      let triggers = try connection.isOn(.triggers)
      // What triggers did is in the record too.
      try connection.set(.triggers, false)
      return try finally({ try connection.set(.triggers, triggers) }) {
        try sandbox.run(as: .recorded) { try inverse.apply(to: connection) { tables[$0] != nil } }
      }
    }
  }

  private let connection: Connection
  private let before: Schema
  private let session: Session
  /// Tables in which a row had a key that is NULL, by folded name.
  private let nullKeyed: Set<String>

  /// Begins a record on a schema as it stands.
  private init(_ connection: Connection, schema: Schema) throws {
    self.connection = connection
    before = schema
    let tables = Set(schema.objects.filter { $0.type == .table }.map { $0.name.lowercased() })
    nullKeyed = try tables.filter { try Self.hasNullKey($0, connection) }
    session = try Session(connection) { tables.contains($0.lowercased()) }
  }

  /// Ends the record.
  /// - Parameters:
  ///   - log: what it asked for.
  ///   - after: the schema as the upgrade left it.
  /// - Throws: `MigrationError.notRecorded` where the record cannot be whole.
  private func finish(_ migration: any Migration, _ log: UpgradeLog, after: Schema) throws -> Recording {
    func refuse(_ why: String) -> MigrationError {
      .notRecorded(MigrationError.Named(id: migration.id, name: migration.name, why: why))
    }
    let changesSchema = after != before
    if changesSchema {
      let losses = try SchemaAlteration.make(from: before, to: after, sqlite: SQLiteLibrary.version).losses
      if let loss = losses.first { throw refuse("it drops \(loss.words), whose content no record of rows holds") }
    }
    for table in before.objects where table.type == .table {
      let name = table.name.lowercased()
      if log.drops(name) {
        throw refuse("it makes table \(table.name) anew, and what became of its rows then is not recorded")
      }
      guard log.writes(to: name) else { continue }
      if CreateStatement(table.sql ?? "").kind == .virtualTable {
        throw refuse("it writes to \(table.name), and changes of virtual tables are not recorded")
      }
      guard try Self.key(of: name, connection) != nil else {
        throw refuse("it writes to \(table.name), which has no PRIMARY KEY by which its rows could be told apart")
      }
      if try nullKeyed.contains(name) || Self.hasNullKey(name, connection) {
        throw refuse("it writes to \(table.name), which has rows whose primary key is NULL")
      }
    }
    return try recording(after: after, changesSchema: changesSchema, refuse)
  }

  private func recording(
    after: Schema, changesSchema: Bool, _ refuse: (String) -> MigrationError
  ) throws -> Recording {
    do {
      let inverse = try session.changeset().inverted()
      let counts = try inverse.counts()
      var tables: [String: Fingerprint] = [:]
      var defaulted: [String: [Int]] = [:]
      for name in counts.keys {
        tables[name] = after[.table, name]?.fingerprint(.exact)
        defaulted[name] = try Self.defaulted(name, connection)
      }
      let doubtful = try inverse.tables(givingNull: defaulted)
      if let altered = doubtful.first(where: { before[.table, $0] != after[.table, $0] }) {
        throw refuse(
          "it gives table \(altered) a column with a DEFAULT and changes its rows, whose old values SQLite does not tell then"
        )
      }
      let schemaSQL =
        changesSchema ? try SchemaAlteration.make(from: after, to: before, sqlite: SQLiteLibrary.version).sql : ""
      return Recording(
        inverse: inverse, tables: tables, changes: counts.values.reduce(0) { $0 + $1.total }, schemaSQL: schemaSQL,
        doubtful: doubtful)
    } catch let error as SQLiteError where error.code == SQLiteError.schema {
      throw refuse("it alters a table after it has changed its rows, or one with generated columns")
    } catch let error as SQLiteError where error.code == SQLiteError.tooBig {
      throw refuse("it changes more than a record can hold")
    }
  }

  /// The places of a table's columns whose default is not NULL.
  private static func defaulted(_ table: String, _ connection: Connection) throws -> [Int] {
    try connection.rows(
      "SELECT cid FROM pragma_table_info(?, 'main') WHERE dflt_value IS NOT NULL AND upper(dflt_value) <> 'NULL'", table
    ).map { try $0.get(0) }
  }

  /// The columns of a table's primary key that may be NULL; nil without a primary key.
  private static func key(of table: String, _ connection: Connection) throws -> [String]? {
    let columns = try connection.rows(
      "SELECT name, type, \"notnull\" FROM pragma_table_info(?, 'main') WHERE pk > 0", table)
    guard !columns.isEmpty else { return nil }
    // The rowid by another name.
    if columns.count == 1, String(sqliteValue: columns[0][1])?.lowercased() == "integer" { return [] }
    return columns.filter { $0[2] == .integer(0) }.compactMap { String(sqliteValue: $0[0]) }
  }

  private static func hasNullKey(_ table: String, _ connection: Connection) throws -> Bool {
    guard let key = try key(of: table, connection), !key.isEmpty else { return false }
    let isNull = key.map { "\(SQL.quote($0)) IS NULL" }.joined(separator: " OR ")
    return try connection.value(
      "SELECT 1 FROM main.\(SQL.quote(table)) WHERE \(isNull) LIMIT 1", as: Int64.self) != nil
  }
}
