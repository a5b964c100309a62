// A positional INSERT, or `SELECT *`, swaps values silently where the columns stand in another order than its author
// saw. So it is only let through where they do not.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Finds statements that go by the position of columns.
enum PositionalCheck {
  /// What can move values from one place to another; the rest only looks at them.
  private static let verbs: Set<String> = ["CREATE", "DELETE", "INSERT", "REPLACE", "UPDATE", "WITH"]
  /// What ends a list of tables.
  private static let ends: Set<String> = [
    "EXCEPT", "GROUP", "HAVING", "INTERSECT", "LIMIT", "ORDER", "RETURNING", "SELECT", "SET", "UNION", "VALUES",
    "WHERE", "WINDOW", "WITH",
  ]

  /// The tables whose column order a text depends on, folded.
  static func tables(in sql: String) -> Set<String> {
    var found: Set<String> = []
    for words in statements(sql) {
      guard let verb = words.first?.uppercased(), verbs.contains(verb) else { continue }
      if verb == "CREATE", !words.contains(where: { $0.uppercased() == "SELECT" }) { continue }
      if verb != "CREATE", let target = positionalTarget(words) { found.insert(target) }
      if hasStar(words) { found.formUnion(sources(words)) }
    }
    return found
  }

  /// The words of each statement; a trigger's inner statements come apart too, which is what is wanted.
  private static func statements(_ sql: String) -> [[String]] {
    var tokens = Tokenizer(sql)
    var all: [[String]] = [[]]
    while let token = tokens.next() {
      let word = tokens.text(of: token)
      let last = all.count - 1
      let isBody = word.uppercased() == "BEGIN" && all[last].first?.uppercased() == "CREATE"
      if word == ";" || isBody { all.append([]) } else { all[last].append(word) }
    }
    return all.filter { !$0.isEmpty }
  }

  /// The table of an INSERT without a list of columns.
  private static func positionalTarget(_ words: [String]) -> String? {
    guard let into = words.firstIndex(where: { $0.uppercased() == "INTO" }), into + 1 < words.count else { return nil }
    var next = into + 2
    var name = words[into + 1]
    if next + 1 < words.count, words[next] == "." {
      name = words[next + 1]
      next += 2
    }
    if next + 1 < words.count, words[next].uppercased() == "AS" { next += 2 }
    guard next < words.count, words[next] != "(", words[next].uppercased() != "DEFAULT" else { return nil }
    return unquoted(name)
  }

  /// Whether a result column is `*` or `t.*`; a `*` behind an operand or a closing bracket multiplies, and EXISTS does not
  /// look at columns.
  private static func hasStar(_ words: [String]) -> Bool {
    for (index, word) in words.enumerated() where word == "*" && index > 0 {
      let isTested = index >= 3 && words[index - 2] == "(" && words[index - 3].uppercased() == "EXISTS"
      if isTested, words[index - 1].uppercased() == "SELECT" { continue }
      if ["SELECT", ",", ".", "DISTINCT", "ALL"].contains(words[index - 1].uppercased()) { return true }
    }
    return false
  }

  /// The tables named behind FROM and JOIN, and behind the commas between them.
  private static func sources(_ words: [String]) -> Set<String> {
    var found: Set<String> = []
    // By depth of brackets, whether a comma goes on to a table.
    var lists = [false]
    var isNext = false
    for (index, word) in words.enumerated() {
      let folded = word.uppercased()
      let isName = !["(", ")", "SELECT", "VALUES", "WITH"].contains(folded)
      if isNext, isName {
        found.insert(source(words, at: index))
        isNext = false
        continue
      }
      let before = index > 0 ? words[index - 1].uppercased() : ""
      switch folded {
      case "(": lists.append(isNext)
      case ")":
        if lists.count > 1 { lists.removeLast() }
        isNext = false
      case ",": isNext = lists[lists.count - 1]
      case "JOIN": isNext = true
      // What is deleted from is not read, and IS DISTINCT FROM compares.
      case "FROM" where before != "DELETE" && before != "DISTINCT":
        lists[lists.count - 1] = true
        isNext = true
      case let other where ends.contains(other):
        lists[lists.count - 1] = false
        isNext = false
      default: break
      }
    }
    return found
  }

  /// The table that is named here, with or without its database.
  private static func source(_ words: [String], at index: Int) -> String {
    unquoted(index + 2 < words.count && words[index + 1] == "." ? words[index + 2] : words[index])
  }

  private static func unquoted(_ name: String) -> String {
    guard let first = name.first, "\"`['".contains(first), name.count >= 2 else { return folded(name) }
    return folded(String(name.dropFirst().dropLast()))
  }

  /// The columns of a table in order, folded; empty when it is not there.
  static func columns(of table: String, on connection: Connection) throws -> [String] {
    try connection.rows("SELECT lower(name) FROM pragma_table_xinfo(?) ORDER BY cid", table)
      .compactMap { String(sqliteValue: $0[0]) }
  }

  /// Refuses an upgrade that goes by position where the table is not as its author saw it.
  /// - Parameter earlier: the lineage before this migration.
  static func check(_ migration: any Migration, after earlier: () -> Lineage, on connection: Connection) throws {
    let tables = migration.upgrade.sqlParts.reduce(into: Set<String>()) { $0.formUnion(Self.tables(in: $1)) }
    guard !tables.isEmpty else { return }
    let reference = try Connection.inMemory()
    try earlier().build(on: reference)
    for table in tables.sorted() {
      let expected = try columns(of: table, on: reference)
      let found = try columns(of: table, on: connection)
      // A table that is not there before the step is made by it.
      if !expected.isEmpty, !found.isEmpty, expected != found {
        throw MigrationError.positional(id: migration.id, name: migration.name, table: table)
      }
    }
  }

  /// Refuses a stored downgrade that goes by position where the shared columns stand in another order than the head's.
  static func check(_ entry: Changelog.Entry, head: Schema, on connection: Connection) throws {
    let tables = Self.tables(in: entry.downgrade ?? "")
    guard !tables.isEmpty else { return }
    let reference = try Connection.inMemory()
    for object in head.objects where object.type == .table && tables.contains(folded(object.name)) {
      guard let sql = object.sql else { continue }
      try reference.execute(sql)
      let expected = try columns(of: object.name, on: reference)
      let found = try columns(of: object.name, on: connection)
      if expected.filter(found.contains) != found.filter(expected.contains) {
        throw MigrationError.positional(id: entry.id, name: entry.name, table: object.name)
      }
    }
  }
}
