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

  /// What tells the rows of a table apart.
  package enum RowIdentity {
    /// A key that is never NULL.
    case key
    /// A primary key that SQLite allows NULLs in: https://sqlite.org/lang_createtable.html#the_primary_key
    case nullableKey
    /// The rowid, which VACUUM and new rows change.
    case rowid
    /// Not even the rowid can be reached, as columns have taken all of its names.
    case nothing
  }

  /// What tells the rows of an ordinary table apart; a key for any other object, and for text that cannot be read.
  package var rowIdentity: RowIdentity {
    guard type == .table, VirtualTable(self) == nil, let table = try? TableDefinition(self) else { return .key }
    if table.isWithoutRowid || table.rowidAlias != nil { return .key }
    let mayBeNull = table.primaryKey.contains { table[$0]?.isNotNull != true }
    if !table.primaryKey.isEmpty, table.isStrict || !mayBeNull { return .key }
    if table.rowidName == nil { return .nothing }
    return table.primaryKey.isEmpty ? .rowid : .nullableKey
  }

  /// The names of a table's columns that hold values, as written; empty where they cannot be read.
  package var columnTitles: [String] {
    guard type == .table, VirtualTable(self) == nil, let table = try? TableDefinition(self) else { return [] }
    return table.ordinary.map(\.name)
  }
}
