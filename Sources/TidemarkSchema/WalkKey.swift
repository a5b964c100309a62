// By what column a table's rows can be walked in slices: unique, never NULL, indexed.

extension SchemaObject {
  /// The column to walk an ordinary table by: its INTEGER PRIMARY KEY, the rowid, or the one column of a WITHOUT ROWID
  /// table's key; nil where there is none.
  package var walkKey: String? {
    guard type == .table, VirtualTable(self) == nil, let table = try? TableDefinition(self) else { return nil }
    if let alias = table.rowidAlias, let column = table[alias] { return column.name }
    if let rowid = table.rowidName { return rowid }
    guard table.primaryKey.count == 1, let key = table.primaryKey.first else { return nil }
    return table[key]?.name
  }

  /// Whether a table has a primary key, by which a change of its rows can be recorded.
  package var hasPrimaryKey: Bool {
    guard type == .table, VirtualTable(self) == nil, let table = try? TableDefinition(self) else { return false }
    return !table.primaryKey.isEmpty
  }

  /// The names of a table's columns that hold values, as written; empty where they cannot be read.
  package var columnTitles: [String] {
    guard type == .table, VirtualTable(self) == nil, let table = try? TableDefinition(self) else { return [] }
    return table.ordinary.map(\.name)
  }
}
