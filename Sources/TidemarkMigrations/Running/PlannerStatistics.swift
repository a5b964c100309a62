// What ANALYZE has found out, kept over a run: SQLite forgets it with a table that is dropped, and a rebuild may have to
// drop the one that has the name.
internal import TidemarkSQLite

/// The planner's statistics as they were before a run.
///
/// SQL alone cannot keep them: a statement that speaks of `sqlite_stat1` fails in a database that was never analysed.
struct PlannerStatistics {
  private static let tables = ["sqlite_stat1", "sqlite_stat4"]
  /// Statistics only make queries faster, and a crafted table may hold any number of rows.
  private static let most = 65_536

  private struct Key: Hashable {
    var table: Value
    var index: Value
  }

  private struct Entry {
    /// What the index was about; what is said of another one is no use.
    var index: Value
    var rows: [[Value]]
  }

  private var saved: [(table: String, entries: [Key: Entry])] = []

  /// Reads what there is.
  /// - Throws: `SQLiteError`.
  init(_ connection: Connection) throws {
    for table in try Self.present(connection) {
      let rows = try connection.rows("SELECT * FROM main.\(table) LIMIT \(Self.most)").map(\.values)
      guard let first = rows.first, first.count >= 3 else { continue }
      var entries: [Key: Entry] = [:]
      for row in rows {
        let key = Key(table: row[0], index: row[1])
        if entries[key] == nil {
          entries[key] = Entry(index: try Self.meaning(of: key, on: connection), rows: [])
        }
        entries[key]?.rows.append(row)
      }
      saved.append((table, entries))
    }
  }

  /// Puts back what is said of tables and indexes that are there again and that nothing is said of.
  /// - Throws: `SQLiteError`.
  func restore(on connection: Connection) throws {
    let present = try Self.present(connection)
    for (table, entries) in saved where present.contains(table) {
      let found = try connection.rows("SELECT DISTINCT tbl, idx FROM main.\(table)")
      let known = Set(found.map { Key(table: $0[0], index: $0[1]) })
      for (key, entry) in entries where !known.contains(key) {
        guard try Self.isThere(key, on: connection), try Self.meaning(of: key, on: connection) == entry.index else {
          continue
        }
        for row in entry.rows {
          let places = row.map { _ in "?" }.joined(separator: ", ")
          let insertion = try connection.prepare("INSERT INTO main.\(table) VALUES (\(places))")
          try insertion.bind(row.map { $0 })
          while try insertion.step() {}
        }
      }
    }
  }

  private static func present(_ connection: Connection) throws -> [String] {
    let list = tables.map(SQL.literal).joined(separator: ", ")
    return try connection.rows(
      "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name IN (\(list)) ORDER BY name"
    ).map { try $0.get(0) }
  }

  private static func isThere(_ key: Key, on connection: Connection) throws -> Bool {
    try connection.value(
      "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE", key.table,
      as: Int64.self) == 1
  }

  /// What an index is of: its text, its terms and its table. NULL for what is said of a table as a whole.
  private static func meaning(of key: Key, on connection: Connection) throws -> Value {
    if key.index == .null { return .null }
    let row = try connection.rows(
      """
      SELECT coalesce((SELECT tbl_name || ' ' || coalesce(sql, '') FROM main.sqlite_master WHERE name = ?1), '')
        || (SELECT coalesce(group_concat(coalesce(name, '') || ' ' || "desc" || ' ' || coll), '')
            FROM pragma_index_xinfo(?1) WHERE "key")
      """, key.index)
    return row.first?[0] ?? .null
  }
}
