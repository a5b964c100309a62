// A Swift file as the rules read it: its text, and its code with comments and literals blanked out.
import Foundation

struct SourceFile: Sendable {
  /// Its path, from the top of the repository.
  let path: String
  /// Its lines as they stand.
  let lines: [String]
  /// Its lines with the content of comments and string literals replaced by blanks.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    code = String(decoding: Self.blanked(Array(text.utf8)), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The top of the repository.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path(percentEncoded: false)

  /// The Swift files below folders at the top of the repository.
  static func all(in folders: String...) throws -> [SourceFile] {
    try everything.get().filter { file in folders.contains { file.path.hasPrefix($0 + "/") } }
  }

  /// Read once, whatever test asks first.
  private static let everything = Result {
    try ["Sources", "Migrations", "Plugins", "Benchmarks", "Tests"].flatMap { folder -> [SourceFile] in
      let paths = try FileManager.default.subpathsOfDirectory(atPath: root + folder)
      return try paths.sorted().filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.map { path in
        let text = try String(contentsOf: URL(filePath: root + folder + "/" + path), encoding: .utf8)
        return SourceFile(path: folder + "/" + path, text: text)
      }
    }
  }

  /// The text with comments and literals blank, line ends kept. What is interpolated is blank too.
  private static func blanked(_ text: [UInt8]) -> [UInt8] {
    var result = text
    var place = 0
    func starts(_ first: UInt8, _ second: UInt8) -> Bool {
      text[place] == first && place + 1 < text.count && text[place + 1] == second
    }
    func blank(_ range: Range<Int>) { for index in range where text[index] != 0x0A { result[index] = 0x20 } }
    while place < text.count {
      let begin = place
      if starts(0x2F, 0x2F) {
        while place < text.count, text[place] != 0x0A { place += 1 }
        blank(begin..<place)
      } else if starts(0x2F, 0x2A) {
        while place < text.count, !starts(0x2A, 0x2F) { place += 1 }
        place = min(place + 2, text.count)
        blank(begin..<place)
      } else if text[place] == 0x22 || (text[place] == 0x23 && literalHashes(text, place) != nil) {
        place = endOfLiteral(text, place)
        blank(begin..<place)
      } else {
        place += 1
      }
    }
    return result
  }

  /// How many # stand before the quote of a raw literal; nil where there is no quote behind them.
  private static func literalHashes(_ text: [UInt8], _ start: Int) -> Int? {
    var place = start
    while place < text.count, text[place] == 0x23 { place += 1 }
    return place < text.count && text[place] == 0x22 ? place - start : nil
  }

  private static func endOfLiteral(_ text: [UInt8], _ start: Int) -> Int {
    let hashes = literalHashes(text, start) ?? 0
    let quote = start + hashes
    let isLong = text[quote...].starts(with: "\"\"\"".utf8)
    let end = [UInt8](repeating: 0x22, count: isLong ? 3 : 1) + [UInt8](repeating: 0x23, count: hashes)
    let escape = [0x5C] + [UInt8](repeating: 0x23, count: hashes)
    var place = quote + (isLong ? 3 : 1)
    var depth = 0
    while place < text.count {
      if depth == 0, text[place] == escape[0], text[place...].starts(with: escape) {
        place += escape.count
        if place < text.count, text[place] == 0x28 { depth = 1 }
        place += 1
      } else if depth > 0 {
        // Inside of an interpolation, a literal of its own may hold quotes and brackets.
        if text[place] == 0x22 {
          place = endOfLiteral(text, place)
          continue
        }
        if text[place] == 0x28 { depth += 1 }
        if text[place] == 0x29 { depth -= 1 }
        place += 1
      } else if text[place] == 0x22, text[place...].starts(with: end) {
        return place + end.count
      } else {
        place += 1
      }
    }
    return text.count
  }
}
