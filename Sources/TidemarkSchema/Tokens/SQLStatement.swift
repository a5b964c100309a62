// A text of SQL cut into its statements, each with its place, so that what is said of one can be said at its line.

/// One statement of a text.
package struct SQLStatement: Sendable, Hashable {
  /// The statement, without the semicolon that ends it and without comments before it.
  package var text: String
  /// Its bytes in the text.
  package var range: Range<Int>
  /// The line that it begins on, counted from 1.
  package var line: Int

  /// The statements of a text, in order; a trigger is one.
  package static func statements(of sql: String) -> [SQLStatement] {
    var tokens = Tokenizer(sql)
    var end = StatementEnd()
    var found: [SQLStatement] = []
    var range: Range<Int>?
    var (line, counted) = (1, 0)
    func finish() {
      guard let done = range else { return }
      line += tokens.bytes[counted..<done.lowerBound].count { $0 == 0x0A }
      counted = done.lowerBound
      found.append(
        SQLStatement(text: String(decoding: tokens.bytes[done], as: UTF8.self), range: done, line: line))
      range = nil
    }
    while let token = tokens.next() {
      if end.ends(at: tokens.text(of: token).uppercased()) {
        finish()
      } else if end.isWithin {
        range = (range?.lowerBound ?? token.range.lowerBound)..<token.range.upperBound
      }
    }
    finish()
    return found
  }
}

extension CreateStatement {
  /// The statements of a script, as tokens without the semicolons that end them; a trigger is one.
  package var statements: [Range<Int>] {
    var end = StatementEnd()
    var found: [Range<Int>] = []
    var start: Int?
    for (index, token) in tokens.enumerated() {
      if end.ends(at: String(decoding: bytes[token.range], as: UTF8.self).uppercased()) {
        if let start { found.append(start..<index) }
        start = nil
      } else if end.isWithin, start == nil {
        start = index
      }
    }
    if let start { found.append(start..<tokens.count) }
    return found
  }
}
