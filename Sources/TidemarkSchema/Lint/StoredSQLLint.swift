// Looks at SQL that is to be stored as a downgrade: it will run in an older build, maybe on an older SQLite, and then it is
// too late to find that it cannot.

/// What is wrong with SQL that an older build is to run. A function of the text: no database is asked.
public struct StoredSQLLint: Sendable {
  /// One thing that is wrong.
  public struct Finding: Sendable, Hashable, Codable {
    /// The rule, for programs: `own-table`, `unknown-function`, `nondeterministic`, `unknown-collation`, `too-new`.
    public var rule: String
    /// The line of the text, counted from 1.
    public var line: Int
    /// What is wrong, in words.
    public var message: String

    /// "line 3: …".
    public var words: String { "line \(line): \(message)" }
  }

  /// The oldest SQLite that may run it, such as 3037000.
  private let oldestSQLite: Int32
  /// The functions that every build has, in lower case.
  private let functions: Set<String>

  /// Lint for builds with a SQLite as old as this.
  /// - Parameters:
  ///   - oldestSQLite: its version, such as 3037000.
  ///   - functions: the functions that every build has, in lower case.
  public init(oldestSQLite: Int32, functions: Set<String>) {
    self.oldestSQLite = oldestSQLite
    self.functions = functions
  }

  /// What is wrong with a text of any number of statements, in its order.
  public func findings(in sql: String) -> [Finding] {
    let text = Words(sql)
    var findings: [Finding] = []
    var statement = StatementEnd()
    var changesRows = text.changesRows(from: 0)
    for index in text.words.indices {
      if statement.ends(at: text[index]) || !statement.isWithin { changesRows = text.changesRows(from: index + 1) }
      if let name = text.name(at: index) {
        if Schema.isTidemarks(name) {
          findings.append(text.finding("own-table", index, "\(name) is Tidemark's own"))
        }
        if text.isCall(at: index) {
          findings += callFindings(name.lowercased(), at: index, in: text, changesRows: changesRows)
        }
      }
      findings += wordFindings(at: index, in: text, changesRows: changesRows)
    }
    return findings
  }

  private func callFindings(_ name: String, at index: Int, in text: Words, changesRows: Bool) -> [Finding] {
    if let since = SQLFeature.functions[name], since > oldestSQLite {
      return [tooNew("the function \(name)()", since, index, text)]
    }
    guard functions.contains(name) || SQLFeature.functions[name] != nil else {
      return [text.finding("unknown-function", index, "the function \(name)() is the application's, not SQLite's")]
    }
    guard changesRows else { return [] }
    let depends = Self.unsteady.contains(name) || Self.clocks.contains(name) && text.readsTheClock(at: index)
    return depends
      ? [text.finding("nondeterministic", index, "\(name)() gives another value each time it runs")] : []
  }

  private func wordFindings(at index: Int, in text: Words, changesRows: Bool) -> [Finding] {
    var findings: [Finding] = []
    let word = text[index]
    if changesRows, Self.clockWords.contains(word) {
      findings.append(text.finding("nondeterministic", index, "\(word) gives another value each time it runs"))
    }
    if word == "COLLATE", let name = text.name(at: index + 1), !Self.collations.contains(name.uppercased()) {
      findings.append(
        text.finding("unknown-collation", index, "the collation \(name) is the application's, not SQLite's"))
    }
    for feature in SQLFeature.all where feature.since > oldestSQLite && text.has(feature.words, at: index) {
      findings.append(tooNew(feature.name, feature.since, index, text))
    }
    return findings
  }

  private func tooNew(_ what: String, _ since: Int32, _ index: Int, _ text: Words) -> Finding {
    text.finding(
      "too-new", index,
      "\(what) came with SQLite \(SQLFeature.words(of: since)); a build that runs this may have \(SQLFeature.words(of: oldestSQLite))"
    )
  }

  private static let unsteady: Set<String> = [
    "random", "randomblob", "changes", "total_changes", "last_insert_rowid", "sqlite_version", "sqlite_source_id",
  ]
  private static let clocks: Set<String> = [
    "date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff",
  ]
  private static let clockWords: Set<String> = ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"]
  private static let collations: Set<String> = ["BINARY", "NOCASE", "RTRIM"]

  /// The tokens of a text as words to compare.
  private struct Words {
    /// Bare words in upper case; everything else as written.
    let words: [String]
    private let kinds: [TokenKind]
    private let lines: [Int]

    init(_ sql: String) {
      var tokenizer = Tokenizer(sql)
      var words: [String] = []
      var kinds: [TokenKind] = []
      var lines: [Int] = []
      var (line, place) = (1, 0)
      while let token = tokenizer.next() {
        line += tokenizer.bytes[place..<token.range.lowerBound].count { $0 == 0x0a }
        place = token.range.lowerBound
        let text = tokenizer.text(of: token)
        words.append(token.kind == .word ? text.uppercased() : text)
        kinds.append(token.kind)
        lines.append(line)
      }
      self.words = words
      self.kinds = kinds
      self.lines = lines
    }

    subscript(index: Int) -> String { words.indices.contains(index) ? words[index] : "" }

    func finding(_ rule: String, _ index: Int, _ message: String) -> Finding {
      Finding(rule: rule, line: lines[index], message: message)
    }

    /// The identifier at a place; nil where there is none. A keyword counts: only its place tells it from a name.
    func name(at index: Int) -> String? {
      guard words.indices.contains(index) else { return nil }
      switch kinds[index] {
      case .word: return words[index].lowercased()
      case .quoted: return String(words[index].dropFirst().dropLast())
      default: return nil
      }
    }

    /// Whether words stand in a row from a place on.
    func has(_ wanted: [String], at index: Int) -> Bool {
      wanted.enumerated().allSatisfy { self[index + $0.offset] == $0.element }
    }

    /// Whether the statement that begins at a place writes rows, and is not the text of an object of the schema.
    func changesRows(from start: Int) -> Bool {
      ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"].contains(self[start])
    }

    /// Whether a name is that of a function that is called. Where a table may stand, or a keyword, it is taken for that:
    /// what this lets pass fails where the downgrade is tried.
    func isCall(at index: Int) -> Bool {
      guard self[index + 1] == "(", !Self.before(self[index - 1]), !Self.keywords.contains(self[index]) else {
        return false
      }
      // In WITH a(x) AS …, b(y) AS … stand names of tables.
      guard let end = closing(of: index + 1), self[end + 1] == "AS" else { return true }
      return self[end + 2] != "(" && self[end + 2] != "MATERIALIZED" && self[end + 2] != "NOT"
    }

    /// What a function's name may stand behind.
    private static func before(_ word: String) -> Bool {
      let isBehindExpression =
        word.isEmpty || !(word.first?.isLetter ?? false) || expressions.contains(word)
      return !isBehindExpression || word == "." || word == ")"
    }

    private static let expressions: Set<String> = [
      "SELECT", "WHERE", "AND", "OR", "NOT", "THEN", "ELSE", "WHEN", "CASE", "BY", "HAVING", "SET", "RETURNING", "ALL",
      "DISTINCT", "LIMIT", "OFFSET", "BETWEEN", "LIKE", "GLOB", "MATCH", "REGEXP", "IN", "IS", "FROM", "JOIN", "SELECT",
    ]
    private static let keywords: Set<String> = [
      "SELECT", "VALUES", "IN", "EXISTS", "NOT", "AND", "OR", "CAST", "CHECK", "UNIQUE", "KEY", "FOREIGN", "PRIMARY",
      "USING", "OVER", "FILTER", "RAISE", "CASE", "WHEN", "THEN", "ELSE", "AS", "ON", "CONSTRAINT", "DEFAULT",
      "BETWEEN",
      "COLLATE", "IS", "FROM", "JOIN", "WHERE", "SET", "BY", "ALL", "UNION", "EXCEPT", "INTERSECT", "GENERATED", "NULL",
      "RETURNING", "LIMIT", "OFFSET", "ESCAPE", "MATERIALIZED", "ISNULL", "NOTNULL", "HAVING", "PARTITION",
    ]

    private func closing(of open: Int) -> Int? {
      var depth = 0
      for index in open..<words.count {
        if words[index] == "(" { depth += 1 }
        if words[index] == ")" { depth -= 1 }
        if depth == 0 { return index }
      }
      return nil
    }

    /// Whether a call of a date function gives the time of day: it says 'now', or says nothing.
    func readsTheClock(at index: Int) -> Bool {
      guard let end = closing(of: index + 1) else { return false }
      // strftime's first argument is the format.
      if end == index + 2 { return true }
      if self[index] == "STRFTIME", end == index + 3 { return true }
      return words[index + 2..<end].contains { $0.lowercased() == "'now'" }
    }
  }
}
