// What an author says to Tidemark in a comment of a schema or a migration: `-- tidemark: renamed from old`.

/// A comment that begins with `tidemark:`.
package struct TidemarkComment: Sendable, Hashable {
  /// What stands behind `tidemark:`, without white space around it.
  package var words: String
  /// The bytes of the whole comment in its text.
  package var range: Range<Int>
  /// The line that it begins on, counted from 1.
  package var line: Int

  /// Those of an SQL text, in order.
  package static func all(in sql: String) -> [TidemarkComment] {
    var tokens = Tokenizer(sql, comments: true)
    var found: [TidemarkComment] = []
    var (line, counted) = (1, 0)
    while let token = tokens.next() {
      guard token.kind == .comment, let words = words(of: tokens.text(of: token)) else { continue }
      line += tokens.bytes[counted..<token.range.lowerBound].count { $0 == 0x0A }
      counted = token.range.lowerBound
      found.append(TidemarkComment(words: words, range: token.range, line: line))
    }
    return found
  }

  /// What a comment says to Tidemark, whatever its marks (`--`, `//`, `/* */`); nil where it says nothing.
  package static func words(of comment: String) -> String? {
    var text = comment[...]
    if text.hasSuffix("*/") { text = text.dropLast(2) }
    text = text.drop { "-/*".contains($0) }
    let words = trimmed(text)
    guard words.hasPrefix("tidemark:") else { return nil }
    return String(trimmed(words.dropFirst("tidemark:".count)))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
