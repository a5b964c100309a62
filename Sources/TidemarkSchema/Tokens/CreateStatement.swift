// A CREATE statement cut at its top level: what it makes, under which name, and for a table its columns, constraints
// and options. No deeper: what is inside a column is compared token by token.

/// A CREATE statement as token ranges.
package struct CreateStatement {
  /// What a statement makes.
  package enum Kind: Sendable { case table, virtualTable, index, view, trigger, other }

  /// One entry between a table's parentheses.
  package struct Item {
    /// Whether it is a table constraint; else it is a column.
    package var isConstraint: Bool
    /// Its tokens, as indices.
    package var tokens: Range<Int>
  }

  /// The text as UTF-8.
  package let bytes: [UInt8]
  /// Its tokens, without comments and without semicolons at the end.
  package let tokens: [Token]
  /// What it makes.
  package private(set) var kind = Kind.other
  /// Whether it is a UNIQUE index.
  package private(set) var isUnique = false
  /// The index of the name's token; nil where there is none.
  package private(set) var name: Int?
  /// The index of the first token behind the name.
  package private(set) var body = 0
  /// A table's columns and constraints, in order; empty for anything else.
  package private(set) var items: [Item] = []
  /// A table's options: STRICT, WITHOUT ROWID.
  package private(set) var options: [Range<Int>] = []

  /// Cuts `sql`. Text that is no CREATE statement is of kind `other`.
  package init(_ sql: String) {
    let tokenizer = Tokenizer(sql)
    bytes = tokenizer.bytes
    var found: [Token] = []
    found.reserveCapacity(bytes.count / 4)
    for token in tokenizer { found.append(token) }
    while let last = found.last, last.kind == .symbol, bytes[last.range.lowerBound] == UInt8(ascii: ";") {
      found.removeLast()
    }
    tokens = found
    readHead()
    if kind == .table { readTable() }
  }

  /// Whether the token at `index` is the bare word `word` (lower case).
  package func isWord(_ index: Int, _ word: StaticString) -> Bool {
    index < tokens.count && TidemarkSchema.isWord(tokens[index], word, in: bytes)
  }

  /// Whether the token at `index` is the one-character symbol `symbol`.
  package func isSymbol(_ index: Int, _ symbol: UInt8) -> Bool {
    index < tokens.count && tokens[index].kind == .symbol && tokens[index].range.count == 1
      && bytes[tokens[index].range.lowerBound] == symbol
  }

  /// The name that the token at `index` spells, without its quotes.
  package func identifier(_ index: Int) -> String {
    guard index < tokens.count else { return "" }
    let token = tokens[index]
    let text = bytes[token.range]
    return String(decoding: token.kind == .quoted || token.kind == .string ? unquoted(text) : text, as: UTF8.self)
  }

  /// The text from the first to the last of these tokens, as written, comments between them included.
  package func source(_ range: Range<Int>) -> String {
    guard !range.isEmpty else { return "" }
    let start = tokens[range.lowerBound].range.lowerBound
    return String(decoding: bytes[start..<tokens[range.upperBound - 1].range.upperBound], as: UTF8.self)
  }

  /// These tokens on one line, with single spaces where they help reading.
  package func line(_ range: Range<Int>) -> String {
    var line = ""
    for index in range {
      let text = String(decoding: bytes[tokens[index].range], as: UTF8.self)
      let tight =
        index == range.lowerBound || isSymbol(index, UInt8(ascii: ",")) || isSymbol(index, UInt8(ascii: ")"))
        || isSymbol(index, UInt8(ascii: ".")) || isSymbol(index, UInt8(ascii: ";"))
        || isSymbol(index - 1, UInt8(ascii: "("))
        || isSymbol(index - 1, UInt8(ascii: "."))
        || (isSymbol(index, UInt8(ascii: "(")) && touches(index - 1)) || isSign(index - 1)
      line += tight ? text : " " + text
    }
    return line
  }

  /// Whether a token stands right before the next one.
  private func touches(_ index: Int) -> Bool {
    tokens[index].range.upperBound == tokens[index + 1].range.lowerBound
  }

  /// Whether a token is the sign of the number behind it, and no operator between two.
  private func isSign(_ index: Int) -> Bool {
    (isSymbol(index, UInt8(ascii: "-")) || isSymbol(index, UInt8(ascii: "+"))) && touches(index)
      && (index == 0 || !touches(index - 1))
  }

  private mutating func readHead() {
    guard isWord(0, "create") else { return }
    var index = 1
    while isWord(index, "temp") || isWord(index, "temporary") { index += 1 }
    if isWord(index, "unique") {
      isUnique = true
      index += 1
    }
    if isWord(index, "virtual") {
      kind = .virtualTable
      index += 1
    } else if isWord(index, "table") {
      kind = .table
    } else if isWord(index, "index") {
      kind = .index
    } else if isWord(index, "view") {
      kind = .view
    } else if isWord(index, "trigger") {
      kind = .trigger
    } else {
      return
    }
    index += 1
    if isWord(index, "if"), isWord(index + 1, "not"), isWord(index + 2, "exists") { index += 3 }
    if isSymbol(index + 1, UInt8(ascii: ".")) { index += 2 }
    guard index < tokens.count else { return kind = .other }
    name = index
    body = index + 1
  }

  private mutating func readTable() {
    guard isSymbol(body, UInt8(ascii: "(")) else { return kind = .other }
    var depth = 1
    var index = body + 1
    var start = index
    while index < tokens.count, depth > 0 {
      let token = tokens[index]
      if token.kind == .symbol, token.range.count == 1 {
        switch bytes[token.range.lowerBound] {
        case UInt8(ascii: "("): depth += 1
        case UInt8(ascii: ")"): depth -= 1
        case UInt8(ascii: ",") where depth == 1:
          addItem(start..<index)
          start = index + 1
        default: break
        }
      }
      index += 1
    }
    guard depth == 0 else {
      items = []
      return kind = .other
    }
    addItem(start..<(index - 1))
    start = index
    for index in start..<tokens.count where isSymbol(index, UInt8(ascii: ",")) {
      options.append(start..<index)
      start = index + 1
    }
    if start < tokens.count { options.append(start..<tokens.count) }
  }

  private mutating func addItem(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    guard startsConstraint(range.lowerBound) else {
      items.append(Item(isConstraint: false, tokens: range))
      return
    }
    // SQLite lets the comma between two table constraints go missing: cut where the next one begins.
    var start = range.lowerBound
    var hasBody = false
    var depth = 0
    for index in range {
      if isSymbol(index, UInt8(ascii: "(")) { depth += 1 }
      if isSymbol(index, UInt8(ascii: ")")) { depth -= 1 }
      guard depth == 0, startsConstraint(index) else { continue }
      if hasBody {
        items.append(Item(isConstraint: true, tokens: start..<index))
        start = index
      }
      hasBody = !isWord(index, "constraint")
    }
    items.append(Item(isConstraint: true, tokens: start..<range.upperBound))
  }

  private func startsConstraint(_ index: Int) -> Bool {
    isWord(index, "constraint") || isWord(index, "primary") || isWord(index, "unique") || isWord(index, "check")
      || isWord(index, "foreign")
  }
}
