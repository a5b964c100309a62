// Text with styles, as a value. Styles become escape codes only when rendered, and whatever control characters a
// text brings along (names and SQL come out of files that others wrote) are shown, never obeyed.

/// What a piece of text is, not how it looks.
package enum Style: Sendable, Hashable {
  case plain, strong, dim, good, notice, bad, name

  fileprivate var code: String {
    switch self {
    case .plain: ""
    case .strong: "\u{1B}[1m"
    case .dim: "\u{1B}[2m"
    case .good: "\u{1B}[32m"
    case .notice: "\u{1B}[33m"
    case .bad: "\u{1B}[31m"
    case .name: "\u{1B}[36m"
    }
  }
}

/// A text in pieces of one style each: `"applied \(name, .strong)"`.
package struct StyledText: Sendable, Hashable, ExpressibleByStringInterpolation {
  package struct Piece: Sendable, Hashable {
    package var text: String
    package var style: Style
  }

  package var pieces: [Piece]

  package init(_ text: String, _ style: Style = .plain) { pieces = [Piece(text: text, style: style)] }

  package init(stringLiteral text: String) { self.init(text) }

  package init(stringInterpolation: Interpolation) { pieces = stringInterpolation.pieces }

  /// Collects the pieces of a literal.
  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var pieces: [Piece] = []

    package init(literalCapacity: Int, interpolationCount: Int) { pieces.reserveCapacity(interpolationCount * 2 + 1) }

    package mutating func appendLiteral(_ literal: String) { pieces.append(Piece(text: literal, style: .plain)) }

    package mutating func appendInterpolation(_ value: some CustomStringConvertible, _ style: Style = .plain) {
      pieces.append(Piece(text: value.description, style: style))
    }

    package mutating func appendInterpolation(_ text: StyledText) { pieces += text.pieces }
  }

  package static func + (left: StyledText, right: StyledText) -> StyledText {
    var sum = left
    sum.pieces += right.pieces
    return sum
  }

  /// The text alone, on one line, as it is shown.
  package var plain: String { pieces.map { Self.printable($0.text) }.joined() }

  /// The columns that it takes on a terminal.
  package var width: Int { TextWidth.of(plain) }

  /// One line for a stream, with or without styles.
  package func rendered(styled: Bool) -> String {
    guard styled else { return plain }
    return pieces.map { piece in
      let text = Self.printable(piece.text)
      return piece.style == .plain || text.isEmpty ? text : piece.style.code + text + "\u{1B}[0m"
    }.joined()
  }

  /// The text with control characters and invisible marks of direction spelled out; line ends and tabs too, unless
  /// the text may have several lines.
  package static func printable(_ text: String, lines: Bool = false) -> String {
    func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x0A, 0x09: lines
      case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: false
      default: true
      }
    }
    if text.unicodeScalars.allSatisfy(isHarmless) { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case _ where isHarmless(scalar): shown.unicodeScalars.append(scalar)
      case "\n": shown += "\\n"
      case "\t": shown += "\\t"
      case "\r": shown += "\\r"
      default: shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return shown
  }
}
