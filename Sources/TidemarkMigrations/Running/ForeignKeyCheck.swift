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
    /// Whether all of them are remembered.
    var isWhole: Bool { count == Int64(rows.count) }
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
        try readKeys(of: table, on: connection)
      }
    }
  }

  /// Looks at the keys of a table that do fit, where SQLite looks at none because of one that does not.
  private mutating func readKeys(of name: String, on connection: Connection) throws {
    guard let table = try TableFacts(name, on: connection) else { return }
    for key in try ForeignKey.all(of: name, on: connection) {
      guard try key.fits(on: connection) else { continue }
      let broken = try key.isBroken(alias: "r", on: connection)
      let statement = try connection.prepare(
        "SELECT \(table.rowid.map { "r.\($0)" } ?? "NULL") FROM \(table.quoted) AS r WHERE \(broken)")
      while try statement.step() { note(Int64(sqliteValue: statement.row[0]), of: name, without: key.parent) }
    }
  }

  private mutating func read(_ sql: String, on connection: Connection) throws {
    let statement = try connection.prepare(sql)
    while try statement.step() {
      let row = statement.row
      note(
        Int64(sqliteValue: row[1]), of: String(sqliteValue: row[0]) ?? "", without: String(sqliteValue: row[2]) ?? "")
    }
  }

  private mutating func note(_ row: Int64?, of table: String, without parent: String) {
    let pair = Pair(table: nameKey(table), parent: nameKey(parent))
    found[pair, default: Found(table: table, parent: parent)].count += 1
    if let count = found[pair]?.rows.count, count < Self.remembered { found[pair]?.rows.append(row) }
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

  /// Takes in that a table is dropped. Code may make it anew before anybody follows.
  mutating func drop(_ table: String) { names?.drop(table) }

  /// What is here and was not there before, in words: the first few, and how many more.
  /// - Parameter before: what there was, with the names followed until now.
  func new(since before: ForeignKeyViolations) -> [String] {
    var words = unchecked.filter { !before.isUnchecked($0.key) }
      .map { "the foreign keys of \($0.value.table) cannot be checked: \($0.value.cause)" }.sorted()
    var more: Int64 = 0
    for (pair, found) in found.sorted(by: { ($0.key.table, $0.key.parent) < ($1.key.table, $1.key.parent) }) {
      let known = before.known(of: pair)
      // Row by row, so that one that is mended excuses no other. A table that was made anew has numbered its rows anew,
      // and there may be too many to remember: those are only counted.
      let isTold =
        found.isNumbered && (known.map { before.keepsNumbers(pair.table) && $0.isWhole && $0.isNumbered } ?? true)
      let fresh = found.isNumbered ? Self.rows(of: found, without: known) : []
      let count = isTold && found.isWhole ? Int64(fresh.count) : found.count - (known?.count ?? 0)
      guard count > 0 else { continue }
      if words.count >= Self.named {
        more += count
      } else if !isTold, Int64(fresh.count) != count {
        words.append(found.words + (known.map { ", and \($0.count) did before" } ?? ""))
      } else {
        let some = fresh.prefix(Self.named - words.count)
        words += some.map { "row \($0) of \(found.table) refers to a missing row of \(found.parent)" }
        more += count - Int64(some.count)
      }
    }
    return more > 0 ? words + ["and \(more) more"] : words
  }

  private func isUnchecked(_ table: String) -> Bool { origin(of: table).map { unchecked[$0] != nil } ?? false }

  private func known(of pair: Pair) -> Found? {
    guard let table = origin(of: pair.table), let parent = origin(of: pair.parent) else { return nil }
    return found[Pair(table: table, parent: parent)]
  }

  /// The numbers of rows that are not among those that are known, each as often as it lacks more than it did.
  private static func rows(of found: Found, without known: Found?) -> [Int64] {
    var old = Dictionary((known?.rows ?? []).map { ($0, 1) }, uniquingKeysWith: +)
    return found.rows.compactMap { row in
      guard let left = old[row], left > 0 else { return row }
      old[row] = left - 1
      return nil
    }
  }

  private func keepsNumbers(_ table: String) -> Bool { names.map { $0.isKept(table) } ?? true }

  private func origin(of table: String) -> String? { names.map { $0.origin(of: table) } ?? table }
}
