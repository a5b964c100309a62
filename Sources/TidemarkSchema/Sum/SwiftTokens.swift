// A light reader of Swift source: enough to tell words from comments and strings, for a digest that comments and white
// space do not change, and for finding where a type is declared.

/// The tokens of a Swift source file.
public enum SwiftTokens {
  /// One token.
  struct Token: Equatable {
    /// What it is: a word or number, a string with its quotes, or one character of punctuation.
    enum Kind: UInt8 { case word = 1, string, symbol }
    var kind: Kind
    /// Its bytes in the source.
    var range: Range<Int>
  }

  /// The SHA-256 of the tokens of `source`, in 64 lower-case hexadecimal digits. Comments and white space outside of
  /// strings do not count, nor does how far a multi-line string is indented as a whole.
  public static func digest(of source: String) -> String {
    let bytes = Array(source.utf8)
    var canonical: [UInt8] = []
    canonical.reserveCapacity(bytes.count)
    for token in tokens(of: bytes) {
      let text = token.kind == .string ? unindented(bytes[token.range]) : Array(bytes[token.range])
      canonical.append(token.kind.rawValue)
      for shift in stride(from: 0, through: 24, by: 8) {
        canonical.append(UInt8(truncatingIfNeeded: text.count >> shift))
      }
      canonical += text
    }
    return Digest.hex(of: canonical)
  }

  /// A type where it is declared.
  public struct Declaration: Sendable, Hashable {
    /// The type's name.
    public let name: String
    /// The line of its name, counted from 1.
    public let line: Int
  }

  /// The structs, classes, enums and actors that `source` declares, outside of comments and strings, in order.
  public static func declarations(in source: String) -> [Declaration] {
    let bytes = Array(source.utf8)
    let keywords: Set<String> = ["struct", "class", "enum", "actor"]
    var found: [Declaration] = []
    var (line, counted, isKeyword) = (1, 0, false)
    for token in tokens(of: bytes) {
      let text = token.kind == .word ? String(decoding: bytes[token.range], as: UTF8.self) : ""
      if isKeyword, token.kind == .word {
        line += bytes[counted..<token.range.lowerBound].count { $0 == UInt8(ascii: "\n") }
        counted = token.range.lowerBound
        found.append(Declaration(name: text, line: line))
      }
      isKeyword = keywords.contains(text)
    }
    return found
  }

  /// The tokens of a source, given as UTF-8.
  static func tokens(of bytes: [UInt8]) -> [Token] {
    var scanner = SwiftScanner(bytes: bytes)
    return scanner.scan()
  }

  /// A multi-line string without the indentation of its closing quotes, which is no part of its content.
  private static func unindented(_ text: ArraySlice<UInt8>) -> [UInt8] {
    guard let last = text.lastIndex(of: UInt8(ascii: "\n")) else { return Array(text) }
    let indentation = Array(text[(last + 1)...].prefix { $0 == 0x20 || $0 == 0x09 })
    guard !indentation.isEmpty else { return Array(text) }
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for index in lines.indices.dropFirst() where lines[index].starts(with: indentation) {
      lines[index] = lines[index].dropFirst(indentation.count)
    }
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }
}

/// Cuts Swift source into tokens.
private struct SwiftScanner {
  let bytes: [UInt8]
  var position = 0
  var tokens: [SwiftTokens.Token] = []

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func scan() -> [SwiftTokens.Token] {
    while position < bytes.count {
      let start = position
      let byte = bytes[position]
      if isSpace(byte) || byte == 0 || byte == 0x0B {
        position += 1
      } else if starts("//") {
        skipLine()
      } else if starts("/*") {
        skipBlock()
      } else if let fence = stringFence() {
        skipString(fence)
        tokens.append(.init(kind: .string, range: start..<position))
      } else if isWordStart(byte) || isDigit(byte) || byte == UInt8(ascii: "`") {
        position += 1
        while position < bytes.count, isWordPart(bytes[position]) || bytes[position] == UInt8(ascii: "`") {
          position += 1
        }
        tokens.append(.init(kind: .word, range: start..<position))
      } else {
        position += 1
        tokens.append(.init(kind: .symbol, range: start..<position))
      }
    }
    return tokens
  }

  private func starts(_ prefix: StaticString) -> Bool {
    bytes[position...].starts(with: prefix.description.utf8)
  }

  private mutating func skipLine() {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
  }

  private mutating func skipBlock() {
    var depth = 0
    while position < bytes.count {
      if starts("/*") {
        depth += 1
        position += 2
      } else if starts("*/") {
        depth -= 1
        position += 2
        if depth == 0 { return }
      } else {
        position += 1
      }
    }
  }

  /// How a string that begins here is fenced; nil when none does.
  private func stringFence() -> (hashes: Int, quotes: Int)? {
    var index = position
    while index < bytes.count, bytes[index] == UInt8(ascii: "#") { index += 1 }
    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
    return (index - position, bytes[index...].starts(with: "\"\"\"".utf8) ? 3 : 1)
  }

  private mutating func skipString(_ fence: (hashes: Int, quotes: Int)) {
    position += fence.hashes + fence.quotes
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\\") where count(UInt8(ascii: "#"), at: position + 1) >= fence.hashes:
        position += 1 + fence.hashes
        if position < bytes.count, bytes[position] == UInt8(ascii: "(") { skipInterpolation() } else { position += 1 }
      case UInt8(ascii: "\"")
      where count(UInt8(ascii: "\""), at: position) >= fence.quotes
        && count(UInt8(ascii: "#"), at: position + fence.quotes) >= fence.hashes:
        position += fence.quotes + fence.hashes
        return
      case UInt8(ascii: "\n") where fence.quotes == 1:
        return  // Unterminated; the compiler will say so.
      default: position += 1
      }
    }
    position = min(position, bytes.count)
  }

  /// Skips `(…)` in a string, with the strings and comments in it.
  private mutating func skipInterpolation() {
    var depth = 0
    while position < bytes.count {
      if let fence = stringFence() {
        skipString(fence)
        continue
      }
      if starts("/*") {
        skipBlock()
        continue
      }
      if bytes[position] == UInt8(ascii: "(") { depth += 1 }
      if bytes[position] == UInt8(ascii: ")") { depth -= 1 }
      position += 1
      if depth == 0 { return }
    }
  }

  private func count(_ byte: UInt8, at start: Int) -> Int {
    var index = start
    while index < bytes.count, bytes[index] == byte { index += 1 }
    return index - start
  }
}
