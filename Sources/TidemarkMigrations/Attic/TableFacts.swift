// What has to be known of a table to take its rows out and put them back exactly.
internal import TidemarkSchema
internal import TidemarkSQLite

/// A table of the database as it is.
struct TableFacts {
  /// How a virtual table keeps its rows.
  enum Content: Equatable {
    /// In itself: they are read and written through it.
    case rows
    /// In another table: they are made again from that one's.
    case mirror(of: String)
    /// In a way that cannot be read back.
    case opaque(String)
  }

  let name: String
  /// Columns that can be written: without generated and hidden ones.
  let columns: [String]
  /// The declared primary key, in its order.
  let primaryKey: [String]
  /// The column that is the rowid.
  let rowidColumn: String?
  /// A name that reaches the rowid; nil for WITHOUT ROWID, and where columns have taken all three.
  let rowid: String?
  let isWithoutRowid: Bool
  let isVirtual: Bool
  let content: Content
  let sql: String

  /// Reads them; nil where there is no such table.
  init?(_ name: String, on connection: Connection) throws {
    let found = try connection.rows(
      "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?)", name)
    guard let row = found.first else { return nil }
    self.name = try row.get(0)
    sql = try row.get(1)
    let statement = CreateStatement(sql)
    let virtual = VirtualTable(SchemaObject(type: .table, name: self.name, table: self.name, sql: sql))
    isVirtual = virtual != nil
    let info = try connection.rows("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid", self.name)
    columns = try info.filter { $0[3] == .integer(0) }.map { try $0.get(0) }
    let keys = try info.filter { $0[2] != .integer(0) }
      .sorted { try $0.get(2, as: Int64.self) < $1.get(2, as: Int64.self) }
    primaryKey = try keys.map { try $0.get(0) }
    isWithoutRowid = statement.options.contains { statement.line($0).lowercased() == "without rowid" }
    if let virtual {
      content = Self.content(of: virtual)
      // An R*Tree's first column is its rowid.
      rowidColumn = virtual.module.hasPrefix("rtree") ? columns.first : nil
      rowid = rowidColumn.map(SQL.quote) ?? "rowid"
      return
    }
    content = .rows
    // An INTEGER PRIMARY KEY that is not the rowid, such as one with DESC, has an index.
    let indexed: Int64? = try connection.value(
      "SELECT count(*) FROM pragma_index_list(?) WHERE origin = 'pk'", self.name)
    rowidColumn =
      !isWithoutRowid && primaryKey.count == 1 && indexed == 0 ? primaryKey[0] : nil
    let taken = Set(try info.map { try $0.get(0, as: String.self).lowercased() })
    let free = ["rowid", "_rowid_", "oid"].first { !taken.contains($0) }
    rowid = isWithoutRowid ? nil : rowidColumn.map(SQL.quote) ?? free
  }

  private static func content(of table: VirtualTable) -> Content {
    if table.module.hasPrefix("rtree") { return .rows }
    guard table.isFullText else { return .opaque("a virtual table of the module \(table.module)") }
    if table.isContentless { return .opaque("a full-text index without its content") }
    return table.content.map { .mirror(of: $0) } ?? .rows
  }

  /// What tells its rows apart: the INTEGER PRIMARY KEY, another primary key that is never NULL, or the rowid. Nil where
  /// columns have taken all names of the rowid: then nothing does, and none of it can be kept.
  func key(on connection: Connection) throws -> AtticKey? {
    if rowidColumn != nil || isVirtual { return .rowid }
    if !primaryKey.isEmpty {
      let hasNull: Int64? =
        isWithoutRowid
        ? 0
        : try connection.value(
          "SELECT EXISTS(SELECT 1 FROM \(quoted) WHERE "
            + primaryKey.map { "\(SQL.quote($0)) IS NULL" }.joined(separator: " OR ") + ")")
      if hasNull == 0 { return .columns(primaryKey) }
    }
    return rowid == nil ? nil : .rowid
  }

  var quoted: String { "main.\(SQL.quote(name))" }

  func has(_ column: String) -> Bool { columns.contains { $0.lowercased() == column.lowercased() } }
}

/// What tells a table's rows apart.
enum AtticKey: Hashable, Codable {
  /// The rowid, or the column that is it.
  case rowid
  /// The values of these columns.
  case columns([String])

  /// How many values it has.
  var count: Int {
    switch self {
    case .rowid: 1
    case .columns(let names): names.count
    }
  }
}
