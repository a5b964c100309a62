// How wide text is on a terminal, and how it is broken into lines.

/// Measures and breaks text.
package enum TextWidth {
  /// Columns on a terminal: two for East Asian wide characters and emoji, one for others.
  package static func of(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + columns($1) }
  }

  private static func columns(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    switch first.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default:
      return first.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
  }

  /// The text with spaces up to `width`.
  package static func pad(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - of(text)))
  }

  /// Breaks at spaces into lines of at most `width` columns; a longer word gets a line of its own. Blank lines part
  /// paragraphs, and a line that begins with a space stays as it is.
  package static func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var words: [Substring] = []
    func finishParagraph() {
      lines += fill(words, width: width)
      words = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.first == " " || line.isEmpty {
        finishParagraph()
        lines.append(String(line))
      } else {
        words += line.split(separator: " ")
      }
    }
    finishParagraph()
    return lines
  }

  private static func fill(_ words: [Substring], width: Int) -> [String] {
    var lines: [String] = []
    for word in words {
      if let last = lines.last, of(last) + 1 + of(String(word)) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
