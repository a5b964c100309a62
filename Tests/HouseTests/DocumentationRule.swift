// Nothing public ships undocumented, but for what a protocol of ours documents already.
import Foundation

extension Rule {
  static let documented = Rule("what is public is documented") { file in
    let inherited = SourceProtocol.named(in: file)
    return file.code.indices.compactMap { index in
      guard let declared = publicDeclaration(file.code[index]), !hasDocumentation(file, above: index),
        !declared.contains(where: inherited.contains)
      else { return nil }
      let line = file.lines[index].trimmingCharacters(in: .whitespaces)
      return Breach(path: file.path, line: index + 1, words: "it is not documented: \(line)")
    }
  }

  private static let modifiers: Set<String> = ["static", "final", "override", "mutating", "nonisolated", "convenience"]

  /// The words of a line that declares something public; nil for any other line.
  private static func publicDeclaration(_ code: String) -> [String]? {
    let words = code.split { " (<:".contains($0) }.map(String.init)
    guard let place = words.firstIndex(where: { $0 == "public" || $0 == "open" }),
      words[..<place].allSatisfy({ $0.hasPrefix("@") || modifiers.contains($0) }),
      !words.contains("import"), !words.contains("extension")
    else { return nil }
    return words
  }

  private static func hasDocumentation(_ file: SourceFile, above index: Int) -> Bool {
    var above = index - 1
    while above >= 0, isAttribute(file.code[above]) { above -= 1 }
    return above >= 0 && file.lines[above].trimmingCharacters(in: .whitespaces).hasPrefix("///")
  }

  private static func isAttribute(_ code: String) -> Bool {
    let line = code.trimmingCharacters(in: .whitespaces)
    return line.hasPrefix("@") || line.hasPrefix("#if") || line == "#else" || line == "#endif"
  }
}

/// A public protocol of ours, which documents what conforming types have.
private struct SourceProtocol: Sendable {
  var name: String
  var requirements: Set<String>

  /// What the protocols that a file names require.
  static func named(in file: SourceFile) -> Set<String> {
    let words = Set(file.code.flatMap { $0.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init) })
    return all.filter { words.contains($0.name) }.reduce(into: []) { $0.formUnion($1.requirements) }
  }

  private static let all: [SourceProtocol] = ((try? SourceFile.all(in: "Sources")) ?? []).flatMap(declared)

  private static func declared(in file: SourceFile) -> [SourceProtocol] {
    var result: [SourceProtocol] = []
    var isInside = false
    for code in file.code {
      let words = code.split { " (<:".contains($0) }.map(String.init)
      if words.starts(with: ["public", "protocol"]), words.count > 2 {
        result.append(SourceProtocol(name: words[2], requirements: []))
        isInside = true
      } else if code.hasPrefix("}") {
        isInside = false
      } else if isInside, let place = words.firstIndex(where: { $0 == "func" || $0 == "var" }), place + 1 < words.count
      {
        result[result.count - 1].requirements.insert(words[place + 1])
      }
    }
    return result
  }
}
