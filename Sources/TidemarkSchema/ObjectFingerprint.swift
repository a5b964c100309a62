// From an object's stored text to the canonical bytes of its meaning.
//
// SQLite rewrites stored text when a table is altered: RENAME puts names in double quotes, ADD COLUMN inserts a
// column's text, DROP COLUMN cuts one out. What is left means the same as a fresh CREATE but is spelled otherwise;
// everything here is to give both the same bytes.

extension SchemaObject {
  /// The fingerprint of the object: its type, name, table and meaning.
  public func fingerprint(_ kind: FingerprintKind) -> Fingerprint {
    Fingerprint(of: canonical(kind))
  }

  /// The canonical bytes of the object.
  func canonical(_ kind: FingerprintKind) -> [UInt8] {
    var result = CanonicalTokens()
    result.appendName(type.rawValue)
    result.appendName(name)
    result.appendName(table)
    guard let sql else { return result.bytes }
    let statement = CreateStatement(sql)
    switch statement.kind {
    case .table: appendTable(statement, kind, to: &result)
    case .virtualTable: appendModule(statement, to: &result)
    case .index:
      result.appendMark(statement.isUnique ? 1 : 0)
      // Behind the name stand ON and the table, which the object names already.
      let start = min(statement.body + 2, statement.tokens.count)
      result.append(start..<statement.tokens.count, of: statement, columns: nil)
    case .view, .trigger:
      for index in statement.body..<statement.tokens.count {
        result.append(statement.tokens[index], of: statement.bytes, joins: true)
      }
    case .other:
      for token in statement.tokens { result.append(token, of: statement.bytes, joins: true) }
    }
    return result.bytes
  }

  private func appendTable(_ statement: CreateStatement, _ kind: FingerprintKind, to result: inout CanonicalTokens) {
    var parts = zip(statement.items, statement.canonicalItems).map { ($0.isConstraint, $1) }
    if kind == .loose {
      let columns = parts.filter { !$0.0 }.sorted { $0.1.lexicographicallyPrecedes($1.1) }
      parts = columns + parts.filter { $0.0 }
    }
    for constraints in [false, true] {
      let group = parts.filter { $0.0 == constraints }
      result.appendMark(group.count)
      for part in group {
        result.appendMark(part.1.count)
        result.append(canonical: part.1[...])
      }
    }
    let options = statement.canonicalOptions
    result.appendMark(options.count)
    for option in options { result.append(canonical: option[...]) }
  }

  /// A module reads its arguments as it likes, so they are kept to the letter, token by token.
  private func appendModule(_ statement: CreateStatement, to result: inout CanonicalTokens) {
    for index in statement.body..<statement.tokens.count {
      if index <= statement.body + 1 {
        result.append(statement.tokens[index], of: statement.bytes, joins: false)
      } else {
        result.appendVerbatim(statement.bytes[statement.tokens[index].range])
      }
    }
  }
}

extension CreateStatement {
  /// The canonical bytes of each of a table's columns and constraints, in order.
  var canonicalItems: [[UInt8]] {
    let names = columnNames
    return items.map { item in
      var part = CanonicalTokens()
      part.append(item, of: self, columns: names)
      return part.bytes
    }
  }

  /// The canonical bytes of some tokens of a table's item or of an index.
  func meaning(_ range: Range<Int>) -> [UInt8] {
    var part = CanonicalTokens()
    part.append(range, of: self, columns: columnNames)
    return part.bytes
  }

  /// The canonical bytes of each of a table's options, sorted.
  var canonicalOptions: [[UInt8]] {
    options.map { range in
      var option = CanonicalTokens()
      for index in range { option.append(tokens[index], of: bytes, joins: false) }
      return option.bytes
    }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The names of a table's columns, folded. Made only where a text in double quotes may be a string: else nil.
  fileprivate var columnNames: Set<[UInt8]>? {
    let doubtful = tokens.contains { $0.kind == .quoted && bytes[$0.range.lowerBound] == UInt8(ascii: "\"") }
    guard doubtful else { return nil }
    var names: Set<[UInt8]> = []
    for item in items where !item.isConstraint {
      names.insert(identifier(item.tokens.lowerBound).utf8.map(folded))
    }
    return names
  }
}

extension CanonicalTokens {
  /// Appends one column or constraint.
  fileprivate mutating func append(
    _ item: CreateStatement.Item, of statement: CreateStatement, columns: Set<[UInt8]>?
  ) {
    var range = item.tokens
    if !item.isConstraint {
      appendIdentifierToken(range.lowerBound, of: statement)
      range = (range.lowerBound + 1)..<range.upperBound
    }
    append(range, of: statement, columns: columns)
  }

  /// Appends tokens of a table's item or of an index, telling names from strings where SQLite is lax about their
  /// quotes: a word behind DEFAULT is a string; so is one in double quotes in an expression, when no column has that
  /// name; and a string that stands alone in a list of columns, or behind REFERENCES, is a name.
  fileprivate mutating func append(_ range: Range<Int>, of statement: CreateStatement, columns: Set<[UInt8]>?) {
    var depth = 0
    var expression: Int?  // the depth outside the parentheses of the expression that we are in
    for index in range {
      let token = statement.tokens[index]
      let behind = index > range.lowerBound ? index - 1 : statement.tokens.count
      if token.kind == .symbol, token.range.count == 1 {
        if statement.isSymbol(index, UInt8(ascii: "(")) {
          if expression == nil, startsExpression(behind, statement) { expression = depth }
          depth += 1
        } else if statement.isSymbol(index, UInt8(ascii: ")")) {
          depth -= 1
          if expression == depth { expression = nil }
        }
        append(token, of: statement.bytes, joins: false)
      } else if statement.isWord(behind, "default") {
        appendDefault(token, of: statement.bytes)
      } else if token.kind == .string, expression == nil, isName(index, behind, statement) {
        appendIdentifierToken(index, of: statement)
      } else if token.kind == .quoted, expression != nil, let columns, isString(index, statement, columns) {
        appendString(unquoted(statement.bytes[token.range]))
      } else {
        append(token, of: statement.bytes, joins: false)
      }
    }
  }

  private mutating func appendIdentifierToken(_ index: Int, of statement: CreateStatement) {
    let token = statement.tokens[index]
    if token.kind == .string {
      appendIdentifier(unquoted(statement.bytes[token.range]), joins: false)
    } else {
      append(token, of: statement.bytes, joins: false)
    }
  }

  private func startsExpression(_ behind: Int, _ statement: CreateStatement) -> Bool {
    statement.isWord(behind, "check") || statement.isWord(behind, "as") || statement.isWord(behind, "default")
  }

  private func isName(_ index: Int, _ behind: Int, _ statement: CreateStatement) -> Bool {
    if statement.isWord(behind, "references") || statement.isWord(behind, "constraint")
      || statement.isWord(behind, "collate")
    {
      return true
    }
    guard statement.isSymbol(behind, UInt8(ascii: "(")) || statement.isSymbol(behind, UInt8(ascii: ",")) else {
      return false
    }
    return statement.isSymbol(index + 1, UInt8(ascii: ")")) || statement.isSymbol(index + 1, UInt8(ascii: ","))
      || statement.isWord(index + 1, "collate") || statement.isWord(index + 1, "asc")
      || statement.isWord(index + 1, "desc")
  }

  private func isString(_ index: Int, _ statement: CreateStatement, _ columns: Set<[UInt8]>) -> Bool {
    let text = statement.bytes[statement.tokens[index].range]
    guard text.first == UInt8(ascii: "\"") else { return false }
    if statement.isSymbol(index + 1, UInt8(ascii: "(")) || statement.isSymbol(index + 1, UInt8(ascii: ".")) {
      return false
    }
    if statement.isWord(index - 1, "collate") || statement.isSymbol(index - 1, UInt8(ascii: ".")) { return false }
    let name = unquoted(text).map(folded)
    return !columns.contains(name) && !["rowid", "oid", "_rowid_"].contains { $0.utf8.elementsEqual(name) }
  }
}
