// No new foreign-key violation: a database may already hold some, which are not this plan's doing.
internal import TidemarkSchema
internal import TidemarkSQLite

/// The rows whose parents are missing: how many of each table, and the first few.
struct ForeignKeyViolations {
  /// A table and the one it refers to, by their keys.
  private struct Pair: Hashable {
    var table: String
    var parent: String
  }
  /// The rows of one table without those of another.
  private struct Found {
    var table: String
    var parent: String
    var count: Int64 = 0
    /// The first of them, as many as are remembered; nil for one without a rowid.
    var rows: [Int64?] = []

    /// Whether its rows have numbers.
    var isNumbered: Bool { !rows.contains(nil) }
    var words: String {
      count == 1
        ? "a row of \(table) refers to a missing row of \(parent)"
        : "\(count) rows of \(table) refer to missing rows of \(parent)"
    }
  }
  private struct Unchecked {
    var table: String
    var cause: String
  }

  /// So many rows are named.
  private static let named = 5
  /// So many are remembered, of each table and parent.
  private static let remembered = 10_000

  private var found: [Pair: Found] = [:]
  /// By key, tables whose foreign keys SQLite does not check, because one of them fits no index of its parent.
  private var unchecked: [String: Unchecked] = [:]
  private var names: TableNames?

  /// Those of a database.
  init(_ connection: Connection) throws {
    do {
      try read("PRAGMA main.foreign_key_check", on: connection)
    } catch let error as SQLiteError where error.code == SQLiteError.error {
      // One that cannot be checked keeps SQLite from checking any.
      found.removeAll()
      try look(into: Self.referring(connection), on: connection)
    }
    if !isEmpty { names = try TableNames(connection) }
  }

  /// Those of some tables.
  init(_ connection: Connection, in tables: some Sequence<String>) throws {
    try look(into: tables, on: connection)
    if !isEmpty { names = try TableNames(connection) }
  }

  private mutating func look(into tables: some Sequence<String>, on connection: Connection) throws {
    for table in tables {
      do {
        try read("PRAGMA main.foreign_key_check(\(SQL.quote(table)))", on: connection)
      } catch let error as SQLiteError where error.code == SQLiteError.error {
        unchecked[nameKey(table)] = Unchecked(table: table, cause: error.message)
      }
    }
  }

  private mutating func read(_ sql: String, on connection: Connection) throws {
    let statement = try connection.prepare(sql)
    while try statement.step() {
      let row = statement.row
      let table = String(sqliteValue: row[0]) ?? ""
      let parent = String(sqliteValue: row[2]) ?? ""
      let pair = Pair(table: nameKey(table), parent: nameKey(parent))
      found[pair, default: Found(table: table, parent: parent)].count += 1
      if let count = found[pair]?.rows.count, count < Self.remembered {
        found[pair]?.rows.append(Int64(sqliteValue: row[1]))
      }
    }
  }

  private static func referring(_ connection: Connection) throws -> [String] {
    try connection.rows(
      """
      SELECT name FROM main.sqlite_schema
      WHERE type = 'table' AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(name, 'main'))
      """
    ).map { try $0.get(0) }
  }

  /// Whether all keys were checked and hold.
  var isEmpty: Bool { found.isEmpty && unchecked.isEmpty }

  /// How many rows lack theirs.
  var count: Int64 { found.values.reduce(0) { $0 + $1.count } }

  /// The tables that could not be checked, in words.
  var notes: [String] {
    unchecked.values.map { "the foreign keys of \($0.table) cannot be checked, as before: \($0.cause)" }.sorted()
  }

  /// Takes in what was renamed since, so that what is found then can be held against this.
  mutating func follow(_ connection: Connection) throws { try names?.follow(connection) }

  /// What is here and was not there before, in words: the first few, and how many more.
  /// - Parameter before: what there was, with the names followed until now.
  func new(since before: ForeignKeyViolations) -> [String] {
    var words = unchecked.filter { !before.isUnchecked($0.key) }
      .map { "the foreign keys of \($0.value.table) cannot be checked: \($0.value.cause)" }.sorted()
    var more: Int64 = 0
    for (pair, found) in found.sorted(by: { ($0.key.table, $0.key.parent) < ($1.key.table, $1.key.parent) }) {
      let known = before.count(of: pair)
      guard found.count > known else { continue }
      let fresh = known == 0 ? found.rows : before.unknown(found.rows, of: pair)
      if words.count >= Self.named {
        more += found.count - known
      } else if !found.isNumbered || known > 0 && Int64(fresh.count) != found.count - known {
        // A table that was made anew has numbered its rows anew, and there may be too many to remember.
        words.append(found.words + (known > 0 ? ", and \(known) did before" : ""))
      } else {
        let some = fresh.prefix(Self.named - words.count)
        words += some.map { row in
          "row \(row ?? 0) of \(found.table) refers to a missing row of \(found.parent)"
        }
        more += found.count - known - Int64(some.count)
      }
    }
    return more > 0 ? words + ["and \(more) more"] : words
  }

  private func isUnchecked(_ table: String) -> Bool { origin(of: table).map { unchecked[$0] != nil } ?? false }

  private func count(of pair: Pair) -> Int64 {
    guard let table = origin(of: pair.table), let parent = origin(of: pair.parent) else { return 0 }
    return found[Pair(table: table, parent: parent)]?.count ?? 0
  }

  /// Those of some rows that are not among these.
  private func unknown(_ rows: [Int64?], of pair: Pair) -> [Int64?] {
    guard let table = origin(of: pair.table), let parent = origin(of: pair.parent) else { return rows }
    let known = Set(found[Pair(table: table, parent: parent)]?.rows ?? [])
    return rows.filter { $0 != nil && !known.contains($0) }
  }

  private func origin(of table: String) -> String? { names.map { $0.origin(of: table) } ?? table }
}
