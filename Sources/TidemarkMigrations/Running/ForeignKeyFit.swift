// Whether SQLite can check a foreign key. Where a table has one that it cannot, it checks none of that table's.
internal import TidemarkSchema
internal import TidemarkSQLite

extension ForeignKey {
  /// Whether the columns that it refers to are the key of an index of its parent, or its rowid; also where there is no
  /// parent, of which every row is missing. https://sqlite.org/foreignkeys.html#fk_indexes
  func fits(on connection: Connection) throws -> Bool {
    guard let facts = try TableFacts(parent, on: connection) else {
      return try connection.value(
        "SELECT 1 FROM main.sqlite_schema WHERE type = 'view' AND lower(name) = lower(?)", parent, as: Int.self) == nil
    }
    let wanted = Set(columns.map { nameKey($0.theirs) })
    if let key = facts.rowidColumn, wanted == [nameKey(key)] { return true }
    let indexes = try connection.rows(
      "SELECT name FROM pragma_index_list(?, 'main') WHERE \"unique\" AND NOT partial", facts.name)
    return try indexes.contains { index in
      let names = try connection.rows(
        "SELECT name FROM pragma_index_info(?, 'main')", try index.get(0, as: String.self))
      return Set(names.map { String(sqliteValue: $0[0]).map(nameKey) ?? "" }) == wanted
    }
  }
}
