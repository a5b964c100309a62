// The rows of a database as a value, to hold two databases against each other row by row.
internal import TidemarkSchema
package import TidemarkSQLite

/// The rows of every table, read whole: for the small databases of proofs and tests.
package struct DatabaseContents: Sendable, Hashable {
  /// One table's rows.
  package struct Table: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// Its columns, generated ones too.
    package var columns: [String]
    /// Its rows, by what identifies them: the rowid, or the primary key where there is none.
    package var rows: [String: [Cell]]
  }

  /// One value. Text is told apart by its bytes, which need not be valid UTF-8.
  package struct Cell: Sendable, Hashable {
    /// The value.
    package var value: Value
    /// The bytes of a text.
    package var bytes: [UInt8]
  }

  /// The tables by name, without SQLite's own, Tidemark's own, and those behind a virtual table.
  package var tables: [String: Table] = [:]
  /// The AUTOINCREMENT marks by table.
  package var marks: [String: Int64] = [:]

  /// How many rows there are.
  package var rowCount: Int { tables.values.reduce(0) { $0 + $1.rows.count } }

  /// Reads the rows of a connection's main database.
  /// - Throws: `SQLiteError`.
  package init(of connection: Connection) throws {
    let list = try connection.rows(
      """
      SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type <> 'view'
        AND lower(substr(name, 1, 7)) <> 'sqlite_' AND NOT \(Schema.isTidemarks(column: "name"))
      """)
    let shadows = try Schema.shadowTables(of: connection)
    for row in list {
      let name: String = try row.get(0)
      if shadows.contains(nameKey(name)) { continue }
      tables[name] = try Self.read(name, withoutRowid: row[1] == .integer(1), from: connection)
    }
    let counts = try connection.value(
      "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'", as: Int64.self)
    guard counts == 1 else { return }
    for row in try connection.rows("SELECT name, seq FROM sqlite_sequence") {
      let name: String = try row.get(0)
      if tables[name] != nil { marks[name] = try row.get(1) }
    }
  }

  private static func read(_ name: String, withoutRowid: Bool, from connection: Connection) throws -> Table {
    let info = try connection.rows("SELECT name, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid", name)
    let columns = try info.map { try $0.get(0, as: String.self) }
    let keys = try info.filter { $0[1] != .integer(0) }.map { try $0.get(0, as: String.self) }
    // A name that a column has taken is no longer the rowid's.
    let taken = Set(columns.map { $0.lowercased() })
    let rowid = withoutRowid ? nil : ["rowid", "_rowid_", "oid"].first { !taken.contains($0) }
    let identity = rowid.map { [$0] } ?? (keys.isEmpty ? columns : keys).map(SQL.quote)
    let values = columns.map { column in
      let quoted = SQL.quote(column)
      return "\(quoted), CASE typeof(\(quoted)) WHEN 'text' THEN CAST(\(quoted) AS BLOB) END"
    }
    var table = Table(name: name, columns: columns, rows: [:])
    var again: [String: Int] = [:]
    let sql = "SELECT \((identity + values).joined(separator: ", ")) FROM main.\(SQL.quote(name))"
    for row in try connection.rows(sql) {
      var key = row.values.prefix(identity.count).map(words).joined(separator: ", ")
      // Without a rowid to read or a key, equal rows are told apart by counting.
      let seen = again[key, default: 0]
      again[key] = seen + 1
      if seen > 0 { key += " (\(seen + 1))" }
      table.rows[key] = columns.indices.map { place in
        let value = row[identity.count + place * 2]
        let bytes = [UInt8](sqliteValue: row[identity.count + place * 2 + 1])
        return Cell(value: value, bytes: bytes ?? [])
      }
    }
    return table
  }

  /// A value for people, cut to one line.
  package static func words(_ value: Value) -> String {
    let text =
      switch value {
      case .null: "NULL"
      case .integer(let number): String(number)
      case .real(let number): String(number)
      case .text(let text): SQL.literal(text.split(whereSeparator: \.isNewline).joined(separator: "⏎"))
      case .blob(let bytes): "a blob of \(bytes.count) bytes"
      }
    return text.count > 60 ? text.prefix(60) + "…" : text
  }
}
