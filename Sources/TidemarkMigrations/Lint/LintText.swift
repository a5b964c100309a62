// A text of SQL as the lint reads it: statements, each with what it does to which table.
internal import TidemarkSchema

/// A text with its statements.
struct LintText {
  /// One statement.
  struct Statement {
    var place: SQLStatement
    var words: CreateStatement

    init(_ place: SQLStatement) {
      self.place = place
      words = CreateStatement(place.text)
    }

    /// The table that ALTER TABLE or DROP TABLE names, folded.
    var altered: String? {
      guard words.isWord(0, "alter") || words.isWord(0, "drop"), words.isWord(1, "table") else { return nil }
      return name(at: words.isWord(2, "if") ? 4 : 2)
    }

    /// The table that the statement writes rows of, folded.
    var written: String? {
      if words.isWord(0, "update") { return name(at: words.isWord(1, "or") ? 3 : 1) }
      if words.isWord(0, "delete") { return name(at: 2) }
      guard words.isWord(0, "insert") || words.isWord(0, "replace"),
        let into = words.tokens.indices.first(where: { words.isWord($0, "into") })
      else { return nil }
      return name(at: into + 1)
    }

    /// The columns that an INSERT lists, folded; nil without a list.
    var filled: Set<String>? {
      guard let into = words.tokens.indices.first(where: { words.isWord($0, "into") }) else { return nil }
      let open = words.isSymbol(into + 2, UInt8(ascii: ".")) ? into + 4 : into + 2
      guard words.isSymbol(open, UInt8(ascii: "(")) else { return nil }
      return Set(
        words.tokens.indices.dropFirst(open + 1).prefix { !words.isSymbol($0, UInt8(ascii: ")")) }
          .map { words.identifier($0).lowercased() })
    }

    /// The tables that stand behind FROM and JOIN, folded.
    var read: Set<String> {
      Set(
        words.tokens.indices.filter { words.isWord($0, "from") || words.isWord($0, "join") }
          .map { words.identifier($0 + 1).lowercased() })
    }

    /// Whether it changes what tables there are, or their columns.
    var changesTables: Bool { altered != nil || words.kind == .table }

    func mentions(_ name: String) -> Bool {
      words.tokens.indices.contains { words.identifier($0).lowercased() == name.lowercased() }
    }

    private func name(at index: Int) -> String {
      words.identifier(words.isSymbol(index + 1, UInt8(ascii: ".")) ? index + 2 : index).lowercased()
    }
  }

  let sql: String
  let statements: [Statement]

  init(_ sql: String) {
    self.sql = sql
    statements = SQLStatement.statements(of: sql).map(Statement.init)
  }
}
