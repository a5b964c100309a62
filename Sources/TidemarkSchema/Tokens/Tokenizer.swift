// Cuts SQL text into tokens by the rules of SQLite's own tokenizer, over the bytes of the text and without making
// a string per token: a start with a thousand migrations passes tens of thousands of tokens through here.

/// The tokens of an SQL text, in order. White space never shows; comments only when asked for.
public struct Tokenizer: Sequence, IteratorProtocol, Sendable {
  /// The text, as UTF-8.
  public let bytes: [UInt8]
  /// Whether comments come as tokens.
  public let keepsComments: Bool
  private var position: Int

  /// The tokens of `text`; comments too when `comments` is true.
  public init(_ text: String, comments: Bool = false) {
    self.init(utf8: Array(text.utf8), comments: comments)
  }

  /// The tokens of a text given as UTF-8; comments too when `comments` is true.
  public init(utf8: [UInt8], comments: Bool = false) {
    bytes = utf8
    keepsComments = comments
    position = 0
  }

  /// The text of a token of this tokenizer, as written.
  public func text(of token: Token) -> String {
    String(decoding: bytes[token.range], as: UTF8.self)
  }

  /// The next token, nil at the end of the text.
  public mutating func next() -> Token? {
    while position < bytes.count {
      let start = position
      let byte = bytes[start]
      if isSpace(byte) {
        position += 1
        continue
      }
      // A byte order mark counts as white space wherever it stands, as it does for SQLite.
      if byte == 0xEF, at(start + 1) == 0xBB, at(start + 2) == 0xBF {
        position += 3
        continue
      }
      let kind = isWordStart(byte) ? word(byte) : other(byte)
      if kind == .comment && !keepsComments { continue }
      return Token(kind: kind, range: start..<position)
    }
    return nil
  }

  /// The byte at `index`, 0 past the end.
  private func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  private mutating func word(_ first: UInt8) -> TokenKind {
    if first | 0x20 == UInt8(ascii: "x"), at(position + 1) == UInt8(ascii: "'") { return blob() }
    skipWord()
    return .word
  }

  private mutating func skipWord() {
    while position < bytes.count, isWordPart(bytes[position]) { position += 1 }
  }

  private mutating func blob() -> TokenKind {
    position += 2
    let start = position
    while isHexDigit(at(position)) { position += 1 }
    if at(position) == UInt8(ascii: "'"), (position - start) % 2 == 0 {
      position += 1
      return .blob
    }
    // Not hexadecimal, or half a byte: one illegal token up to the closing quote.
    while position < bytes.count, bytes[position] != UInt8(ascii: "'") { position += 1 }
    if position < bytes.count { position += 1 }
    return .illegal
  }

  private mutating func other(_ byte: UInt8) -> TokenKind {
    switch byte {
    case UInt8(ascii: "'"): return quoted(byte, as: .string)
    case UInt8(ascii: "\""), UInt8(ascii: "`"): return quoted(byte, as: .quoted)
    case UInt8(ascii: "["): return bracketed()
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    case UInt8(ascii: ".") where isDigit(at(position + 1)): return number()
    case UInt8(ascii: "?"):
      position += 1
      while isDigit(at(position)) { position += 1 }
      return .variable
    case UInt8(ascii: "$"), UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: "#"): return variable()
    default: return symbol(byte)
    }
  }

  private mutating func quoted(_ quote: UInt8, as kind: TokenKind) -> TokenKind {
    position += 1
    while position < bytes.count {
      if bytes[position] == quote {
        position += 1
        if at(position) != quote { return kind }
      }
      position += 1
    }
    position = bytes.count
    return .illegal
  }

  private mutating func bracketed() -> TokenKind {
    while position < bytes.count {
      position += 1
      if bytes[position - 1] == UInt8(ascii: "]") { return .quoted }
    }
    return .illegal
  }

  private mutating func number() -> TokenKind {
    if bytes[position] == UInt8(ascii: "0"), at(position + 1) | 0x20 == UInt8(ascii: "x"), isHexDigit(at(position + 2))
    {
      position += 3
      while isHexDigit(at(position)) || separates(position, isHexDigit) { position += 1 }
    } else {
      digits()
      if at(position) == UInt8(ascii: ".") {
        position += 1
        digits()
      }
      if at(position) | 0x20 == UInt8(ascii: "e") {
        let signed = at(position + 1) == UInt8(ascii: "+") || at(position + 1) == UInt8(ascii: "-")
        if isDigit(at(position + (signed ? 2 : 1))) {
          position += signed ? 3 : 2
          digits()
        }
      }
    }
    guard position < bytes.count, isWordPart(bytes[position]) else { return .number }
    skipWord()
    return .illegal
  }

  private mutating func digits() {
    while isDigit(at(position)) || separates(position, isDigit) { position += 1 }
  }

  /// Whether an underscore between two digits stands at `index`.
  private func separates(_ index: Int, _ digit: (UInt8) -> Bool) -> Bool {
    at(index) == UInt8(ascii: "_") && index > 0 && digit(bytes[index - 1]) && digit(at(index + 1))
  }

  private mutating func variable() -> TokenKind {
    position += 1
    var letters = 0
    while position < bytes.count {
      let byte = bytes[position]
      if isWordPart(byte) {
        letters += 1
        position += 1
      } else if byte == UInt8(ascii: "("), letters > 0 {
        // The suffix of a Tcl array element; it may hold no space.
        while position < bytes.count, !isSpace(bytes[position]), bytes[position] != UInt8(ascii: ")") { position += 1 }
        guard at(position) == UInt8(ascii: ")") else { return .illegal }
        position += 1
        break
      } else if byte == UInt8(ascii: ":"), at(position + 1) == UInt8(ascii: ":") {
        position += 2
      } else {
        break
      }
    }
    return letters > 0 ? .variable : .illegal
  }

  private mutating func symbol(_ byte: UInt8) -> TokenKind {
    let second = at(position + 1)
    position += 1
    switch byte {
    case UInt8(ascii: "-"):
      if second == UInt8(ascii: "-") { return lineComment() }
      if second == UInt8(ascii: ">") { position += at(position + 1) == UInt8(ascii: ">") ? 2 : 1 }
    case UInt8(ascii: "/"):
      // At the very end of the text SQLite reads `/*` as two operators.
      if second == UInt8(ascii: "*"), position + 1 < bytes.count { return blockComment() }
    case UInt8(ascii: "="): if second == byte { position += 1 }
    case UInt8(ascii: "|"): if second == byte { position += 1 }
    case UInt8(ascii: "<"):
      if second == UInt8(ascii: "=") || second == UInt8(ascii: ">") || second == byte { position += 1 }
    case UInt8(ascii: ">"): if second == UInt8(ascii: "=") || second == byte { position += 1 }
    case UInt8(ascii: "!"):
      guard second == UInt8(ascii: "=") else { return .illegal }
      position += 1
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "."),
      UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "~"):
      break
    default: return .illegal
    }
    return .symbol
  }

  private mutating func lineComment() -> TokenKind {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    return .comment
  }

  private mutating func blockComment() -> TokenKind {
    position += 1
    while position < bytes.count {
      position += 1
      if bytes[position - 1] == UInt8(ascii: "*"), at(position) == UInt8(ascii: "/") {
        position += 1
        return .comment
      }
    }
    return .comment
  }
}

@inline(__always) func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D || byte == 0x0C
}

@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

@inline(__always) func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }

@inline(__always) func isWordStart(_ byte: UInt8) -> Bool {
  (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_") || byte >= 0x80
}

@inline(__always) func isWordPart(_ byte: UInt8) -> Bool {
  isWordStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
}

/// The lower-case form of an ASCII capital; every other byte as it is. SQLite folds no letters beyond ASCII.
@inline(__always) func folded(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

/// A name as SQLite compares it: ASCII letters in lower case.
package func folded(_ name: String) -> String {
  String(decoding: name.utf8.map(folded), as: UTF8.self)
}

/// A name for comparing: equal just where SQLite takes two names for one. Swift's strings are equal as well where Unicode
/// spells a letter in two ways, and SQLite's are not; bytes beyond ASCII are spelled in digits here. Not for people.
package func nameKey(_ name: String) -> String {
  if name.utf8.allSatisfy({ $0 < 0x80 }) { return folded(name) }
  var bytes: [UInt8] = []
  for byte in name.utf8 {
    // No capital is left in what is folded, so "%C3" is no name's own.
    if byte < 0x80 { bytes.append(folded(byte)) } else { bytes += Array("%\(hexadecimal([byte]).uppercased())".utf8) }
  }
  return String(decoding: bytes, as: UTF8.self)
}
