// How long functions are: from the line of `func` or `init` to its closing brace.
import Foundation

extension Rule {
  static let functions = Rule("functions are short") { file in
    file.code.indices.filter { beginsFunction(file.code[$0]) }.compactMap { index in
      guard let end = endOfBody(file.code, from: index), end - index + 1 >= House.longestFunction else { return nil }
      let words = "a function of \(end - index + 1) lines; fewer than \(House.longestFunction) are allowed"
      return Breach(path: file.path, line: index + 1, words: words)
    }
  }

  private static func beginsFunction(_ code: String) -> Bool {
    let words = code.split { " (<?!".contains($0) }.prefix(6)
    guard let place = words.firstIndex(where: { $0 == "func" || $0 == "init" }) else { return false }
    // A call such as `self.init(…)` has no word of its own before it but modifiers and attributes.
    return words[..<place].allSatisfy { word in
      word.hasPrefix("@") || word.allSatisfy { $0.isLowercase || $0 == ")" }
    }
  }

  /// The line of the brace that closes a body; nil where there is none, as in a protocol.
  private static func endOfBody(_ code: [String], from start: Int) -> Int? {
    var (round, curly) = (0, 0)
    for index in start..<code.count {
      if curly == 0, index > start, round == 0, beginsFunction(code[index]) { return nil }
      for character in code[index] {
        switch character {
        case "(": round += 1
        case ")": round -= 1
        case "{" where round == 0 || curly > 0: curly += 1
        case "}" where curly > 0:
          curly -= 1
          if curly == 0 { return index }
        case "}" where round == 0: return nil
        default: break
        }
      }
    }
    return nil
  }
}
