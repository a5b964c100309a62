// The rows of tables as INSERT statements that give back the same rows: storage classes, rowids and marks included.

internal import TidemarkSQLite

/// Writes rows of one database.
struct DataScript {
  private let connection: Connection

  init(_ connection: Connection) {
    self.connection = connection
  }

  /// The rows of an ordinary table, one statement each.
  func rows(of table: SchemaObject) throws -> String {
    let columns = try columns(of: table)
    let stored = columns.filter { $0.hidden == 0 }.map(\.name)
    let statement = CreateStatement(table.sql ?? "")
    let withoutRowid = statement.options.contains { statement.line($0).uppercased() == "WITHOUT ROWID" }
    if withoutRowid {
      let keys = columns.filter { $0.key > 0 }.sorted { $0.key < $1.key }.map { SQL.quote($0.name) }
      return try inserts(into: table, stored, orderBy: keys.joined(separator: ", "))
    }
    let taken = Set(columns.map { folded($0.name) })
    guard let rowid = ["rowid", "_rowid_", "oid"].first(where: { !taken.contains($0) }) else {
      // All three names belong to columns: the rowid can be neither read nor written.
      let order = stored.map(SQL.quote).joined(separator: ", ")
      return try inserts(into: table, stored, orderBy: order.isEmpty ? "1" : order)
    }
    let hasKey = try hasIntegerKey(table, columns)
    return try inserts(into: table, hasKey ? stored : [rowid] + stored, orderBy: rowid)
  }

  /// The AUTOINCREMENT marks of these tables.
  func sequences(of tables: [SchemaObject]) throws -> String {
    let isThere = try connection.value(
      "SELECT count(*) FROM main.sqlite_master WHERE name = 'sqlite_sequence'", as: Int64.self)
    guard isThere == 1 else { return "" }
    var lines: [String] = []
    for table in tables {
      let rows = try connection.rows(
        "SELECT name, seq FROM main.sqlite_sequence WHERE lower(name) = lower(?)", table.name)
      for row in rows {
        let name = SQLLiteral.write(row[0])
        lines.append("DELETE FROM sqlite_sequence WHERE name = \(name);")
        lines.append("INSERT INTO sqlite_sequence(name, seq) VALUES(\(name), \(SQLLiteral.write(row[1])));")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// The rows that a virtual table holds itself, where its module is known to give them back.
  func rows(ofVirtual table: SchemaObject) throws -> String {
    let content = VirtualContent(table)
    let columns = try columns(of: table).filter { $0.hidden == 0 }.map(\.name)
    switch content {
    case .rows(let hasRowid):
      return try inserts(into: table, hasRowid ? ["rowid"] + columns : columns, orderBy: "1")
    case .nothingReadable:
      return "-- \(SQL.quote(table.name)) does not keep its content, so there are no rows of it to write."
    case .elsewhere, .unknown: return ""
    }
  }

  /// The statement that fills a virtual table which indexes rows kept elsewhere.
  func rebuilding(_ table: SchemaObject) throws -> String {
    guard VirtualContent(table) == .elsewhere else { return "" }
    return "INSERT INTO \(plain(table.name))(\(plain(table.name))) VALUES('rebuild');"
  }

  private struct Column {
    var name: String
    var type: String
    var key: Int64
    var hidden: Int64
  }

  private func columns(of table: SchemaObject) throws -> [Column] {
    try connection.rows("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid", table.name)
      .map { Column(name: try $0.get(0), type: try $0.get(1), key: try $0.get(2), hidden: try $0.get(3)) }
  }

  /// Whether a column is another name of the rowid: an INTEGER PRIMARY KEY for which SQLite made no index.
  private func hasIntegerKey(_ table: SchemaObject, _ columns: [Column]) throws -> Bool {
    let keys = columns.filter { $0.key > 0 }
    guard keys.count == 1, folded(keys[0].type) == "integer" else { return false }
    let indexes = try connection.value(
      "SELECT count(*) FROM pragma_index_list(?, 'main') WHERE origin = 'pk'", table.name, as: Int64.self)
    return indexes == 0
  }

  private func inserts(into table: SchemaObject, _ columns: [String], orderBy order: String) throws -> String {
    guard !columns.isEmpty else { return "" }
    // In a UTF-8 database text is read as bytes, which may be no UTF-8 at all.
    let isUTF8 = try connection.value("PRAGMA main.encoding", as: String.self) == "UTF-8"
    let selected = columns.map { column in
      let name = SQL.quote(column)
      return isUTF8
        ? "typeof(\(name)), CASE typeof(\(name)) WHEN 'text' THEN CAST(\(name) AS BLOB) ELSE \(name) END"
        : "typeof(\(name)), \(name)"
    }
    let head = "INSERT INTO \(plain(table.name))(\(columns.map(plain).joined(separator: ", "))) VALUES("
    let sql = "SELECT \(selected.joined(separator: ", ")) FROM main.\(SQL.quote(table.name)) ORDER BY \(order)"
    return try connection.rows(sql).map { row in
      let values = try columns.indices.map { try literal(type: row[$0 * 2], row[$0 * 2 + 1]) }
      return head + values.joined(separator: ", ") + ");"
    }.joined(separator: "\n")
  }

  private func literal(type: Value, _ value: Value) throws -> String {
    switch value {
    case .blob(let bytes) where type == .text("text"):
      if let text = String(validating: bytes, as: UTF8.self) { return SQLLiteral.text(text) }
      return "CAST(\(SQLLiteral.blob(bytes)) AS TEXT)"
    case .real(let number):
      // SQLite's reader of decimals is not exact to the last bit in every version: ask the one at hand.
      let text = SQLLiteral.write(value)
      let read = try connection.value("SELECT CAST(? AS REAL)", text, as: Double.self)
      return number.isInfinite || read?.bitPattern == number.bitPattern ? text : SQLLiteral.exactReal(number)
    default: return SQLLiteral.write(value)
    }
  }

  /// A name as one would write it: in quotes only when it needs them.
  private func plain(_ name: String) -> String {
    let word = name.utf8.map(folded)
    let isPlain = word.first.map(isWordStart) == true && word.allSatisfy { isWordPart($0) && $0 < 0x80 && $0 != 0x24 }
    return isPlain && !Keywords.reserved.contains(word) && !Keywords.joins.contains(word) ? name : SQL.quote(name)
  }
}

/// Where a virtual table's rows are.
private enum VirtualContent: Equatable {
  /// In itself; some modules need the rowid beside the columns.
  case rows(hasRowid: Bool)
  /// In another table, which it indexes.
  case elsewhere
  /// Nowhere: it can be searched but not read.
  case nothingReadable
  /// That is the module's secret.
  case unknown

  init(_ table: SchemaObject) {
    let statement = CreateStatement(table.sql ?? "")
    switch folded(statement.identifier(statement.body + 1)) {
    case "fts3", "fts4", "fts5":
      let option = statement.tokens.indices.first {
        statement.isWord($0, "content") && statement.isSymbol($0 + 1, UInt8(ascii: "="))
      }
      guard let option else {
        self = .rows(hasRowid: true)
        return
      }
      self = statement.identifier(option + 2).isEmpty ? .nothingReadable : .elsewhere
    case "geopoly": self = .rows(hasRowid: true)
    case "rtree", "rtree_i32": self = .rows(hasRowid: false)
    default: self = .unknown
    }
  }
}
