// Finds the ends of SQL statements in a stream of bytes, looking at each byte once.
//
// `sqlite3_complete` does the same for a text that is all there; asking it after every line of a long statement would
// take time that grows with the square of its length. The rules are those of its documentation: a semicolon outside
// of literals, names and comments ends a statement, but inside CREATE TRIGGER only the one after END does.

/// A scanner of SQL text.
struct StatementScanner {
  private enum Place {
    case code, word
    case quoted(UInt8)
    case lineComment, blockComment
    case maybeLineComment, maybeBlockComment, maybeBlockCommentEnd
  }
  private var place = Place.code
  private var word: [UInt8] = []
  private var words = 0
  private var isTrigger = false
  private var mayBeTrigger = false
  /// Whether the last words of a trigger were `; END`.
  private var sawSemicolon = false
  private var sawEnd = false

  /// The first word of the statement in capitals, up to 16 bytes of it.
  private(set) var firstWord = ""
  /// Whether the first word, or another first thing that is no word, is past.
  private(set) var firstWordEnded = false
  /// Whether anything but white space and comments has come since the last statement.
  private(set) var hasContent = false

  /// What a byte was.
  enum Event { case inside, end }

  /// Takes the next byte.
  /// - Returns: whether it was the semicolon that ends the statement.
  mutating func feed(_ byte: UInt8) -> Event {
    switch place {
    case .quoted(let quote):
      if byte == quote { place = .code }
      return .inside
    case .lineComment:
      if byte == 0x0a { place = .code }
      return .inside
    case .blockComment:
      if byte == UInt8(ascii: "*") { place = .maybeBlockCommentEnd }
      return .inside
    case .maybeBlockCommentEnd:
      if byte == UInt8(ascii: "/") {
        place = .code
      } else if byte != UInt8(ascii: "*") {
        place = .blockComment
      }
      return .inside
    case .maybeLineComment where byte == UInt8(ascii: "-"):
      place = .lineComment
      return .inside
    case .maybeBlockComment where byte == UInt8(ascii: "*"):
      place = .blockComment
      return .inside
    case .maybeLineComment, .maybeBlockComment:
      other()
      place = .code
    case .word:
      if Self.isWord(byte) {
        if word.count < 16 { word.append(byte & 0xdf) }
        return .inside
      }
      endWord()
      place = .code
    case .code: break
    }
    return code(byte)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xff:
      true
    default: false
    }
  }

  private mutating func code(_ byte: UInt8) -> Event {
    switch byte {
    case UInt8(ascii: ";"):
      if isTrigger, !sawEnd {
        sawSemicolon = true
        return .inside
      }
      self = StatementScanner()
      return .end
    case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
      other()
      place = .quoted(byte)
    case UInt8(ascii: "["):
      other()
      place = .quoted(UInt8(ascii: "]"))
    case UInt8(ascii: "-"): place = .maybeLineComment
    case UInt8(ascii: "/"): place = .maybeBlockComment
    case 0x20, 0x09...0x0d: break
    default:
      if Self.isWord(byte) {
        place = .word
        hasContent = true
        word = [byte & 0xdf]
      } else {
        other()
      }
    }
    return .inside
  }

  /// Something that is no word, white space or comment.
  private mutating func other() {
    hasContent = true
    firstWordEnded = true
    mayBeTrigger = false
    sawSemicolon = false
    sawEnd = false
  }

  private mutating func endWord() {
    let text = String(decoding: word, as: UTF8.self)
    words += 1
    if words == 1, !firstWordEnded { firstWord = text }
    if isTrigger {
      sawEnd = sawSemicolon && text == "END"
      sawSemicolon = false
    } else if !firstWordEnded {
      mayBeTrigger = text == "CREATE" || text == "EXPLAIN"
    } else if mayBeTrigger {
      switch text {
      case "CREATE", "QUERY", "PLAN", "TEMP", "TEMPORARY": break
      case "TRIGGER": isTrigger = true
      default: mayBeTrigger = false
      }
    }
    firstWordEnded = true
  }
}
