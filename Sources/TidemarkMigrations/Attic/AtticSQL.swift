// The pieces of SQL that keeping and returning share.
internal import TidemarkSQLite

/// Pieces of SQL over tables and their keys.
enum AtticSQL {
  /// The name of the function that digests a row; registered while a plan with work for the attic runs.
  static let digestFunction = "tidemark_row_digest"

  /// The digest of these columns' values.
  static func digest(_ columns: [String], of table: String = "") -> String {
    // SQLite takes 127 arguments: longer rows are digested in pieces.
    let names = columns.map { table + SQL.quote($0) }
    if names.count <= 100 { return "\(digestFunction)(\(names.joined(separator: ", ")))" }
    let pieces = stride(from: 0, to: names.count, by: 100).map { start in
      "\(digestFunction)(\(names[start..<min(start + 100, names.count)].joined(separator: ", ")))"
    }
    return "\(digestFunction)(\(pieces.joined(separator: ", ")))"
  }

  /// What tells the rows of a table apart, as SQL.
  static func keys(_ key: AtticKey, _ facts: TableFacts, of table: String = "") -> [String] {
    switch key {
    case .rowid: [table + (facts.rowid ?? "rowid")]
    case .columns(let names): names.map { table + SQL.quote($0) }
    }
  }

  /// A row of a table and one in the attic have the same key: exactly, whatever the columns' collations are. Either
  /// side can be looked up: the attic's columns have no type, so their index serves values without affinity only.
  static func same(_ key: AtticKey?, table: [String], attic: [String]) -> String {
    if key == .rowid { return "\(table[0]) = \(attic[0])" }
    return zip(table, attic).map { "\($0) = \($1) AND \($1) = +\($0)" }.joined(separator: " AND ")
  }

  /// A table by key.
  static func makeKeyed(_ name: String, _ key: AtticKey, with columns: [String], on connection: Connection) throws {
    let keys = (0..<key.count).map { "k\($0)" }
    let definition =
      key == .rowid
      ? "(k0 INTEGER PRIMARY KEY, \(columns.joined(separator: ", ")))"
      : "(\((keys + columns).joined(separator: ", ")), PRIMARY KEY(\(keys.joined(separator: ", ")))) WITHOUT ROWID"
    try connection.execute("CREATE TABLE main.\(name)\(definition)")
  }

  /// A digest of all rows of a table, whatever their order.
  static func wholeDigest(_ facts: TableFacts, _ columns: [String], _ connection: Connection) throws -> String {
    let row = try connection.rows(
      """
      SELECT count(*), coalesce(sum(d & 4294967295), 0), coalesce(sum(d >> 32), 0)
      FROM (SELECT \(digest(columns)) AS d FROM \(facts.quoted))
      """
    ).first
    return row.map { "\($0.values)" } ?? ""
  }
}
