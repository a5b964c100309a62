// Reads the constraints of a column or a table off their tokens, after https://sqlite.org/syntax/column-constraint.html and
// https://sqlite.org/syntax/table-constraint.html.

/// Reads constraints one after the other.
struct ConstraintReader {
  private let statement: CreateStatement
  private let end: Int
  private var index: Int

  /// - Parameter tokens: those of a column behind its type, or of a table's constraint.
  init(_ statement: CreateStatement, _ tokens: Range<Int>) {
    self.statement = statement
    index = tokens.lowerBound
    end = tokens.upperBound
  }

  /// All of them, in order.
  mutating func readAll() -> [Schema.Constraint] {
    var constraints: [Schema.Constraint] = []
    while index < end {
      let start = index
      var name: String?
      while isWord("constraint") {
        name = index + 1 < end ? statement.identifier(index + 1) : nil
        index = min(index + 2, end)
      }
      guard index < end else { break }
      let begin = index
      var kind = readKind()
      if index == begin {
        // No constraint begins like this, such as GENERATED without ALWAYS: SQLite makes no table of it.
        index += 1
        kind = .other(statement.line(begin..<index))
      }
      // SQLite lets DEFERRABLE stand apart from the reference that it belongs to.
      constraints.append(
        Schema.Constraint(
          name: name, kind: kind, sql: statement.line(start..<index), meaning: statement.meaning(start..<index)))
    }
    return constraints
  }

  private mutating func readKind() -> Schema.Constraint.Kind {
    if take("primary") {
      _ = take("key")
      return primaryKey()
    }
    if take("not", "null") { return .notNull(onConflict: conflict()) }
    if take("null") { return .null(onConflict: conflict()) }
    if take("unique") {
      let terms = isSymbol("(") ? self.terms() : []
      return .unique(terms, onConflict: conflict())
    }
    if take("check") {
      let text = group()
      return .check(text, onConflict: conflict())
    }
    if take("default") { return .defaultValue(value()) }
    if take("collate") { return .collate(name()) }
    if take("references") { return .foreignKey([], reference()) }
    if take("foreign", "key") {
      let columns = names()
      _ = take("references")
      return .foreignKey(columns, reference())
    }
    if isWord("generated") || isWord("as") {
      _ = take("generated", "always")
      _ = take("as")
      let text = group()
      let isStored = take("stored")
      if !isStored { _ = take("virtual") }
      return .generated(text, isStored: isStored)
    }
    index += 1
    return .other(statement.line((index - 1)..<index))
  }

  private mutating func primaryKey() -> Schema.Constraint.Kind {
    var terms: [Schema.Constraint.Term] = []
    var isAutoincrement = false
    if isSymbol("(") {
      let close = self.close
      // A table's key may say AUTOINCREMENT behind its column.
      isAutoincrement = (index..<close).contains { statement.isWord($0, "autoincrement") }
      terms = self.terms()
    }
    let isDescending = take("desc")
    if !isDescending { _ = take("asc") }
    let conflict = conflict()
    if take("autoincrement") { isAutoincrement = true }
    return .primaryKey(terms, isDescending: isDescending, isAutoincrement: isAutoincrement, onConflict: conflict)
  }

  private mutating func reference() -> Schema.Constraint.Reference {
    var reference = Schema.Constraint.Reference(table: name(), columns: isSymbol("(") ? names() : [])
    while index < end {
      if take("on", "delete") {
        reference.onDelete = action()
      } else if take("on", "update") {
        reference.onUpdate = action()
      } else if take("on", "insert") {
        _ = action()
      } else if take("match") {
        reference.match = name()
      } else if isWord("deferrable") || isWord("not") && statement.isWord(index + 1, "deferrable") && index + 1 < end {
        let start = index
        _ = take("not")
        _ = take("deferrable")
        if take("initially") { index = min(index + 1, end) }
        reference.deferral = statement.line(start..<index).uppercased()
      } else {
        break
      }
    }
    return reference
  }

  private mutating func action() -> String {
    let start = index
    // NO ACTION, SET NULL, SET DEFAULT; CASCADE, RESTRICT.
    index = min(index + (isWord("no") || isWord("set") ? 2 : 1), end)
    return statement.line(start..<index).uppercased()
  }

  private mutating func conflict() -> Schema.Constraint.Conflict? {
    guard take("on", "conflict") else { return nil }
    return Schema.Constraint.Conflict(rawValue: folded(name()))
  }

  /// The value of a DEFAULT: an expression in parentheses, a word, or a literal with its sign.
  private mutating func value() -> String {
    let start = index
    if isSymbol("(") {
      index = min(close + 1, end)
    } else {
      while isSymbol("+") || isSymbol("-") { index += 1 }
      index = min(index + 1, end)
    }
    return statement.line(start..<index)
  }

  // MARK: pieces

  private func isWord(_ word: StaticString) -> Bool { index < end && statement.isWord(index, word) }

  private func isSymbol(_ symbol: Unicode.Scalar) -> Bool {
    index < end && statement.isSymbol(index, UInt8(ascii: symbol))
  }

  private mutating func take(_ words: StaticString...) -> Bool {
    guard index + words.count <= end, words.indices.allSatisfy({ statement.isWord(index + $0, words[$0]) }) else {
      return false
    }
    index += words.count
    return true
  }

  private mutating func name() -> String {
    guard index < end else { return "" }
    index += 1
    return statement.identifier(index - 1)
  }

  /// The parenthesis that closes the one here.
  private var close: Int {
    var depth = 0
    for place in index..<end {
      if statement.isSymbol(place, UInt8(ascii: "(")) { depth += 1 }
      if statement.isSymbol(place, UInt8(ascii: ")")) {
        depth -= 1
        if depth == 0 { return place }
      }
    }
    return end
  }

  /// What stands in the parentheses here, on one line.
  private mutating func group() -> String {
    guard isSymbol("(") else { return "" }
    let close = close
    defer { index = min(close + 1, end) }
    return statement.line((index + 1)..<close)
  }

  private mutating func names() -> [String] { terms().map(\.expression) }

  private mutating func terms() -> [Schema.Constraint.Term] {
    guard isSymbol("(") else { return [] }
    let close = close
    defer { index = min(close + 1, end) }
    return statement.terms((index + 1)..<close)
  }
}

extension CreateStatement {
  /// The terms of a key between these tokens, parted by commas.
  func terms(_ range: Range<Int>) -> [Schema.Constraint.Term] { pieces(range).map(term) }

  /// What stands between these tokens, parted by commas that are in no parentheses.
  func pieces(_ range: Range<Int>) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var depth = 0
    var start = range.lowerBound
    for index in range.lowerBound...range.upperBound {
      if index < range.upperBound {
        if isSymbol(index, UInt8(ascii: "(")) { depth += 1 }
        if isSymbol(index, UInt8(ascii: ")")) { depth -= 1 }
        guard depth == 0, isSymbol(index, UInt8(ascii: ",")) else { continue }
      }
      if start < index { pieces.append(start..<index) }
      start = index + 1
    }
    return pieces
  }

  private func term(_ range: Range<Int>) -> Schema.Constraint.Term {
    var end = range.upperBound
    if end - 1 > range.lowerBound, isWord(end - 1, "autoincrement") { end -= 1 }
    let isDescending = end - 1 > range.lowerBound && isWord(end - 1, "desc")
    if isDescending || end - 1 > range.lowerBound && isWord(end - 1, "asc") { end -= 1 }
    var collation: String?
    if end - 2 > range.lowerBound, isWord(end - 2, "collate") {
      collation = identifier(end - 1)
      end -= 2
    }
    let isName = end - range.lowerBound == 1
    return Schema.Constraint.Term(
      expression: isName ? identifier(range.lowerBound) : line(range.lowerBound..<end), collation: collation,
      isDescending: isDescending)
  }
}
