// What tables were called before a plan: a table that is renamed, or made anew, is the same table.
internal import TidemarkSchema
internal import TidemarkSQLite

/// The names of tables, followed from statement to statement. SQLite keeps a table's row of the schema table through
/// RENAME; one that is made anew has another row, and in the end the name of the one before it.
struct TableNames {
  /// Now: by row of the schema table, the table's key.
  private var rows: [Int64: String]
  /// By the key of a table that there is now, the key it had at first; none for one that is new.
  private var origins: [String: String]
  /// By each key that a table has gone by, the one it had at first.
  private var aliases: [String: String]
  /// The keys of tables that are still the ones that there were at first, so that their rows have kept their numbers.
  private var kept: Set<String>
  private var cookie: Int64

  /// As they are now.
  init(_ connection: Connection) throws {
    cookie = try Int64(connection.schemaCookie())
    rows = try Self.read(connection)
    origins = Dictionary(rows.values.map { ($0, $0) }, uniquingKeysWith: { $1 })
    aliases = origins
    kept = Set(rows.values)
  }

  /// Takes in what was renamed, made and dropped since.
  mutating func follow(_ connection: Connection) throws {
    let now = try Int64(connection.schemaCookie())
    if cookie == now { return }
    cookie = now
    let found = try Self.read(connection)
    if found == rows { return }
    let places = Dictionary(rows.map { ($0.value, $0.key) }, uniquingKeysWith: { $1 })
    var after: [String: String] = [:]
    // A table in the place of one that was there is that one: whoever drops tables says so.
    let still = found.filter { rows[$0.key].map(kept.contains) ?? false }.map(\.value)
    for (row, name) in found {
      // Where code has run many statements, a row that was dropped may have left its number to another table: the name
      // goes first, unless another stands in the place of the one that bore it.
      let isSame = places[name].map { $0 == row || found[$0] == nil } ?? false
      if let former = isSame ? name : rows[row], let origin = origins[former] {
        after[name] = origin
        aliases[name] = origin
      }
    }
    // What is made anew takes the place of one that is gone.
    var held = Set(after.values)
    for name in found.values.sorted() where after[name] == nil {
      if let origin = aliases[name], held.insert(origin).inserted { after[name] = origin }
    }
    rows = found
    origins = after
    kept = Set(still)
  }

  /// Takes in that a table is dropped, before it is followed: the next one may get its place.
  mutating func drop(_ table: String) {
    // Under a name that is not followed yet it may be any.
    if rows.values.contains(nameKey(table)) { kept.remove(nameKey(table)) } else { kept.removeAll() }
  }

  /// Whether a table is one that there was at first, under whatever name, and was not made anew.
  func isKept(_ table: String) -> Bool { kept.contains(table) }

  /// The key that a table had at first; its own where there is no such table, nil for one that is new.
  func origin(of table: String) -> String? {
    origins[table] ?? (rows.values.contains(table) ? nil : table)
  }

  private static func read(_ connection: Connection) throws -> [Int64: String] {
    let tables = try connection.rows("SELECT rowid, name FROM main.sqlite_schema WHERE type = 'table'")
    return try Dictionary(tables.map { (try $0.get(0), nameKey(try $0.get(1))) }, uniquingKeysWith: { $1 })
  }
}
