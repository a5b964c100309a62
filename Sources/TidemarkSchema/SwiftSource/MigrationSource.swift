// A migration's Swift file, read as far as telling takes: which line its type, its properties and its SQL stand on, and what
// its comments say to Tidemark.

/// A migration's file.
package struct MigrationSource: Sendable {
  /// What a comment says to Tidemark.
  package struct Remark: Sendable, Hashable {
    /// What stands behind `tidemark:`.
    package var words: String
    /// The line that it begins on, counted from 1.
    package var line: Int
    /// Whether it stands before the type, and so is about all of the file.
    package var isAboveType: Bool
  }

  /// The whole of a property's body, where that is simple.
  package enum Body: Sendable, Hashable {
    /// One string literal without interpolation.
    case literal(String)
    /// `.name`.
    case member(String)
    /// `.name("text")`.
    case call(String, String)
    /// A number.
    case number(String)
  }

  private struct Property {
    var line: Int
    var tokens: Range<Int>
  }

  /// The line that the type is declared on, counted from 1.
  package private(set) var typeLine = 1
  /// What comments say to Tidemark, those in SQL too, in order.
  package private(set) var remarks: [Remark] = []
  /// The string literals of each property, in order.
  package private(set) var literals: [String: [SwiftLiteral]] = [:]

  private let bytes: [UInt8]
  private let tokens: [SwiftTokens.Token]
  private let lines: LineFinder
  private var properties: [String: Property] = [:]

  /// Reads a file.
  /// - Parameters:
  ///   - source: its text.
  ///   - type: the name of the migration's type.
  package init(_ source: String, type: String) {
    bytes = Array(source.utf8)
    tokens = SwiftTokens.tokens(of: bytes)
    lines = LineFinder(bytes)
    let start = declaration(of: type)
    if let start {
      typeLine = lines.line(at: tokens[start].range.lowerBound)
      readProperties(from: start)
    }
    let typeStart = start.map { tokens[$0].range.lowerBound } ?? bytes.count
    readComments(typeStart: typeStart)
    for (name, property) in properties {
      for token in tokens[property.tokens] where token.kind == .string {
        let literal = SwiftLiteral(bytes[token.range], line: lines.line(at: token.range.lowerBound))
        literals[name, default: []].append(literal)
        guard let text = literal.text else { continue }
        remarks += TidemarkComment.all(in: text).map {
          Remark(words: $0.words, line: literal.sourceLine($0.line), isAboveType: false)
        }
      }
    }
    remarks.sort { $0.line < $1.line }
  }

  /// The line of a property; of the type where it has none.
  package func line(of property: String) -> Int { properties[property]?.line ?? typeLine }

  /// Whether the type has a property.
  package func has(_ property: String) -> Bool { properties[property] != nil }

  /// The names of the type's properties and functions.
  package var members: Set<String> { Set(properties.keys) }

  /// The literal of a property that comes to a text.
  package func literal(_ text: String, in property: String) -> SwiftLiteral? {
    literals[property]?.first { $0.text == text }
  }

  /// The lines that a comment is about: its own, or where it stands alone the next with code; all of a property that begins
  /// there.
  package func scope(ofCommentOn line: Int) -> ClosedRange<Int> {
    let subject = lines.subject(ofCommentOn: line)
    guard let property = properties.values.first(where: { $0.line == subject }),
      let last = tokens[property.tokens].last
    else { return subject...subject }
    return subject...max(subject, lines.line(at: last.range.upperBound - 1))
  }

  /// The body of a property; nil where it is not simple.
  package func body(of property: String) -> Body? {
    guard let place = properties[property],
      let open = place.tokens.first(where: { isSymbol($0, "{") }),
      let close = place.tokens.last(where: { isSymbol($0, "}") })
    else { return nil }
    let inner = (open + 1)..<max(open + 1, close)
    if inner.count == 1 { return value(of: tokens[inner.lowerBound]) }
    guard inner.count >= 2, isSymbol(inner.lowerBound, "."), tokens[inner.lowerBound + 1].kind == .word else {
      return nil
    }
    let name = word(inner.lowerBound + 1)
    if inner.count == 2 { return .member(name) }
    guard inner.count == 5, isSymbol(inner.lowerBound + 2, "("), isSymbol(inner.lowerBound + 4, ")"),
      case .literal(let text) = value(of: tokens[inner.lowerBound + 3])
    else { return nil }
    return .call(name, text)
  }

  private func value(of token: SwiftTokens.Token) -> Body? {
    switch token.kind {
    case .string: SwiftLiteral(bytes[token.range], line: 1).text.map(Body.literal)
    case .word where bytes[token.range].allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }:
      .number(String(decoding: bytes[token.range].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self))
    default: nil
    }
  }

  private func word(_ index: Int) -> String {
    index < tokens.count && tokens[index].kind == .word
      ? String(decoding: bytes[tokens[index].range], as: UTF8.self) : ""
  }

  private func isSymbol(_ index: Int, _ symbol: Character) -> Bool {
    index < tokens.count && tokens[index].kind == .symbol && bytes[tokens[index].range.lowerBound] == symbol.asciiValue
  }

  private func declaration(of type: String) -> Int? {
    tokens.indices.first { ["struct", "class", "enum", "actor"].contains(word($0)) && word($0 + 1) == type }
  }

  /// Members begin at a `var`, `let` or `func` in the type's own braces, and end where the next one begins.
  private mutating func readProperties(from start: Int) {
    var depth = 0
    var member: (name: String, start: Int)?
    func close(at end: Int, _ properties: inout [String: Property]) {
      guard let member else { return }
      properties[member.name] = Property(
        line: lines.line(at: tokens[member.start].range.lowerBound), tokens: member.start..<end)
    }
    for index in start..<tokens.count {
      if isSymbol(index, "{") { depth += 1 }
      if isSymbol(index, "}") {
        depth -= 1
        if depth == 0 { return close(at: index, &properties) }
      }
      if depth == 1, ["var", "let", "func", "init"].contains(word(index)) {
        close(at: index, &properties)
        member = (word(index) == "init" ? "init" : word(index + 1), index)
      }
    }
    close(at: tokens.count, &properties)
  }

  /// Between two tokens there is nothing but white space and comments.
  private mutating func readComments(typeStart: Int) {
    var end = 0
    for range in tokens.map(\.range) + [bytes.count..<bytes.count] {
      defer { end = range.upperBound }
      guard end < range.lowerBound else { continue }
      var start = end
      for row in bytes[end..<range.lowerBound].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        defer { start += row.count + 1 }
        guard let slash = row.firstIndex(of: UInt8(ascii: "/")) else { continue }
        guard let words = TidemarkComment.words(of: String(decoding: row[slash...], as: UTF8.self)) else { continue }
        remarks.append(Remark(words: words, line: lines.line(at: start), isAboveType: start < typeStart))
      }
    }
  }
}
