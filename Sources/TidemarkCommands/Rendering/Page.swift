// What a report writes its words on: lines, tables and verbatim text for standard output.

/// Collects the words of a report.
package struct Page: Sendable {
  /// Whether styles are shown.
  package let styled: Bool
  /// Whether a person looks at it.
  package let isTerminal: Bool
  /// Columns to fill.
  package let width: Int
  /// Whether `--verbose` was given.
  package let verbose: Bool
  package private(set) var text = ""

  package init(styled: Bool = false, isTerminal: Bool = false, width: Int = 80, verbose: Bool = false) {
    self.styled = styled
    self.isTerminal = isTerminal
    self.width = width
    self.verbose = verbose
  }

  /// One line, never broken.
  package mutating func line(_ line: StyledText = "") { text += line.rendered(styled: styled) + "\n" }

  /// A line with words behind it that may be of several lines: those that follow are two columns in.
  package mutating func line(_ start: StyledText, followedBy words: String) {
    for (index, part) in words.split(separator: "\n").enumerated() {
      line(index == 0 ? start + StyledText(String(part)) : StyledText("  \(part)"))
    }
  }

  /// Text broken at the width, `indent` columns in.
  package mutating func paragraph(_ words: String, indent: Int = 0) {
    let space = String(repeating: " ", count: indent)
    for line in TextWidth.wrap(words, width: max(20, width - indent)) {
      text += line.isEmpty ? "\n" : space + StyledText.printable(line) + "\n"
    }
  }

  /// A table; nothing when it has no rows.
  package mutating func table(_ table: Table, indent: Int = 0) {
    guard !table.rows.isEmpty else { return }
    let space = String(repeating: " ", count: indent)
    for line in table.lines(styled: styled, width: isTerminal ? width - indent : nil) { text += space + line + "\n" }
  }

  /// Names and what they stand for, one a line: `  size     1.03 GB`.
  package mutating func fields(_ fields: [(name: String, value: StyledText)], indent: Int = 0) {
    let column = fields.map { TextWidth.of($0.name) }.max() ?? 0
    let space = String(repeating: " ", count: indent)
    for field in fields {
      let name = StyledText(TextWidth.pad(field.name, to: column), .dim)
      line("\(space)\(name)  \(field.value)")
    }
  }

  /// Text as it is, SQL for example. Only on a terminal are control characters spelled out: a file gets every byte.
  package mutating func verbatim(_ words: String) {
    text += isTerminal ? StyledText.printable(words, lines: true) : words
    if !words.isEmpty, words.utf8.last != UInt8(ascii: "\n") { text += "\n" }
  }
}
