// The foreign keys of a database's tables, as SQLite has read them.
internal import TidemarkSQLite
internal import TidemarkSchema

/// A foreign key of a table.
struct ForeignKey {
  var parent: String
  var columns: [(own: String, theirs: String)]

  /// The foreign keys of a table, the last stated first; one that names no column refers to the parent's primary key.
  static func all(of table: String, on connection: Connection) throws -> [ForeignKey] {
    var found: [Int64: ForeignKey] = [:]
    let rows = try connection.rows(
      "SELECT id, seq, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?) ORDER BY id, seq", table)
    for row in rows {
      let parent: String = try row.get(2)
      let place: Int = try row.get(1)
      let theirs: String? =
        try row.get(4, as: String?.self)
        ?? connection.value("SELECT name FROM pragma_table_xinfo(?) WHERE pk = ?", parent, place + 1)
      found[try row.get(0), default: ForeignKey(parent: parent, columns: [])].columns
        .append((try row.get(3), theirs ?? "rowid"))
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The tables that refer to any of these.
  /// - Parameter parents: by their keys.
  static func children(of parents: Set<String>, on connection: Connection) throws -> [String] {
    let rows = try connection.rows(
      """
      SELECT DISTINCT s.name, f."table" FROM main.sqlite_schema s JOIN pragma_foreign_key_list(s.name) f
      WHERE s.type = 'table'
      """)
    return try rows.filter { parents.contains(nameKey(try $0.get(1, as: String.self))) }.map { try $0.get(0) }
  }

  /// Whether a row has a value in each of its columns and no parent, as SQL.
  func isBroken(alias: String, on connection: Connection) throws -> String {
    let given = columns.map { "\(alias).\(SQL.quote($0.own)) IS NOT NULL" }.joined(separator: " AND ")
    guard let facts = try TableFacts(parent, on: connection) else { return given }
    let pairs = columns.map { "p.\(SQL.quote($0.theirs)) = \(alias).\(SQL.quote($0.own))" }.joined(separator: " AND ")
    return "\(given) AND NOT EXISTS (SELECT 1 FROM \(facts.quoted) AS p WHERE \(pairs))"
  }
}
