// Columns that refer to another table and have no index: each DELETE of a parent reads the whole table.
internal import TidemarkSQLite
package import TidemarkSchema

/// Looks for foreign keys without an index of the columns that refer.
package enum ForeignKeyIndexes {
  /// A foreign key that no index serves.
  package struct Missing: Sendable, Hashable {
    package var table: String
    package var columns: [String]
    package var parent: String
  }

  /// Those of a schema.
  /// - Throws: `SQLiteError` where the schema cannot be made again.
  package static func missing(in schema: Schema) throws -> [Missing] {
    let connection = try Connection.inMemory()
    for type in ObjectType.allCases {
      for object in schema.objects where object.type == type { try connection.execute(object.sql ?? "") }
    }
    var found: [Missing] = []
    for object in schema.objects where object.type == .table {
      let keys = try ForeignKey.all(of: object.name, on: connection)
      if keys.isEmpty { continue }
      let indexes = try indexes(of: object, on: connection)
      for key in keys.reversed() {
        let columns = key.columns.map(\.own)
        let wanted = Set(columns.map { $0.lowercased() })
        // The first columns of an index serve in any order: each of them is compared with one value.
        let isServed = indexes.contains { Set($0.prefix(wanted.count)) == wanted }
        if !isServed { found.append(Missing(table: object.name, columns: columns, parent: key.parent)) }
      }
    }
    try connection.close()
    return found
  }

  /// The columns of each index over all rows, folded, the primary key's first.
  private static func indexes(of table: SchemaObject, on connection: Connection) throws -> [[String]] {
    let primary = try connection.rows(
      "SELECT lower(name) FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", table.name)
    var result = [try primary.map { try $0.get(0, as: String.self) }]
    let names = try connection.rows("SELECT name FROM pragma_index_list(?) WHERE partial = 0", table.name)
    for name in names {
      let columns = try connection.rows(
        "SELECT coalesce(lower(name), '') FROM pragma_index_info(?) ORDER BY seqno", try name.get(0, as: String.self))
      result.append(try columns.map { try $0.get(0, as: String.self) })
    }
    return result
  }
}
