// The rules that the sources keep, each a function of one file to the lines that break it.
import Foundation

/// A line that breaks a rule.
struct Breach: Hashable, CustomStringConvertible {
  var path: String
  var line: Int
  var words: String

  var description: String { "\(path):\(line): \(words)" }
}

/// A rule.
struct Rule: Sendable, CustomStringConvertible {
  var name: String
  var check: @Sendable (SourceFile) -> [Breach]

  var description: String { name }

  init(_ name: String, _ check: @escaping @Sendable (SourceFile) -> [Breach]) {
    self.name = name
    self.check = check
  }

  /// A rule over single lines of code.
  init(_ name: String, line: @escaping @Sendable (_ code: String, _ file: SourceFile, _ index: Int) -> String?) {
    self.init(name) { file in
      file.code.indices.compactMap { index in
        line(file.code[index], file, index).map { Breach(path: file.path, line: index + 1, words: $0) }
      }
    }
  }
}

extension Rule {
  static let everywhere = [comment, length, functions, forbidden, unchecked, marks, machine]
  static let sources = [pointers, foundation, documented]

  /// A file opens with what it is for; a package's manifest with the version of its tools.
  static let comment = Rule("a file opens with a comment") { file in
    guard let first = file.lines.first, first.hasPrefix("// "), first.count > 20 else {
      return [Breach(path: file.path, line: 1, words: "it does not open with what it is for")]
    }
    return []
  }

  static let length = Rule("files are short") { file in
    let lines = file.lines.count - (file.lines.last == "" ? 1 : 0)
    guard lines >= House.longestFile else { return [] }
    return [Breach(path: file.path, line: 1, words: "\(lines) lines; fewer than \(House.longestFile) are allowed")]
  }

  static let forbidden = Rule("nothing stops the program") { code, _, _ in
    ["try!", "fatalError(", "as!", "preconditionFailure("].first { code.contains($0) }.map { "\($0) is used" }
  }

  static let unchecked = Rule("what is unchecked has its reason beside it") { code, file, index in
    guard code.contains("@unchecked") || code.contains("nonisolated(unsafe)") else { return nil }
    // Beside it is the same line or the comment right above.
    let above = index > 0 ? file.lines[index - 1].trimmingCharacters(in: .whitespaces) : ""
    let hasReason = above.hasPrefix("//") || file.lines[index].contains("//")
    return hasReason ? nil : "it does not say why that is safe"
  }

  static let marks = Rule("nothing is left for later") { file in
    file.lines.indices.compactMap { index in
      // In pieces, so that the rule does not find itself.
      let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
      guard let word = words.first(where: file.lines[index].contains) else { return nil }
      return Breach(path: file.path, line: index + 1, words: "\(word) is left")
    }
  }

  static let machine = Rule("no path of somebody's machine") { file in
    file.lines.indices.compactMap { index in
      let homes = ["/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/wo" + "rk/"]
      let line = file.lines[index]
      guard let home = homes.first(where: { hasPath(line, $0) }) else { return nil }
      return Breach(path: file.path, line: index + 1, words: "a path under \(home)")
    }
  }

  /// Whether a path begins there, and it is no folder of that name further down in another path.
  private static func hasPath(_ line: String, _ home: String) -> Bool {
    guard let range = line.range(of: home) else { return false }
    guard let before = line[..<range.lowerBound].last else { return true }
    return !(before.isLetter || before.isNumber || before == ")" || before == "}" || before == "." || before == "_")
  }

  static let pointers = Rule("pointers stay on the two lowest floors") { code, file, _ in
    let isAllowed = House.unsafeFloors.contains { file.path.hasPrefix("Sources/\($0)/") }
    guard !isAllowed, House.unsafeFiles[file.path] == nil else { return nil }
    let words = ["UnsafePointer", "UnsafeMutable", "UnsafeRaw", "UnsafeBuffer", "withUnsafe"]
    return words.first { code.contains($0) }.map { "\($0) is used" }
  }

  static let foundation = Rule("Foundation only where its essentials are not") { code, file, index in
    guard importedModule(code) == "Foundation" else { return nil }
    let above = file.code[..<index].suffix(3).map { $0.trimmingCharacters(in: .whitespaces) }
    let isFallback =
      above.count == 3 && above[0] == "#if canImport(FoundationEssentials)" && above[2] == "#else"
    return isFallback ? nil : "Foundation is imported"
  }

  /// The module that a line of code imports.
  static func importedModule(_ code: String) -> String? {
    let words = code.split(separator: " ").map(String.init)
    let others: Set<String> = ["public", "package", "internal", "private", "fileprivate"]
    guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
      words[..<place].allSatisfy({ $0.hasPrefix("@") || others.contains($0) })
    else { return nil }
    let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let name = kinds.contains(words[place + 1]) && place + 2 < words.count ? words[place + 2] : words[place + 1]
    return String(name.prefix { $0 != "." })
  }
}
