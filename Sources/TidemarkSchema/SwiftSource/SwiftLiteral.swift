// The value of a Swift string literal, and the lines of the source that its lines stand on.

/// A string literal of a source.
package struct SwiftLiteral: Sendable, Hashable {
  /// What it comes to; nil where that takes an interpolation.
  package var text: String?
  /// The source line, counted from 1, of each line of the text; at least one.
  package var lines: [Int]

  /// The source line of a line of the text, both counted from 1.
  package func sourceLine(_ line: Int) -> Int { lines[max(0, min(line - 1, lines.count - 1))] }

  /// Reads a literal.
  /// - Parameters:
  ///   - source: from its first `#` or quote to its last.
  ///   - line: the line that it begins on.
  init(_ source: ArraySlice<UInt8>, line: Int) {
    let hashes = source.prefix { $0 == UInt8(ascii: "#") }.count
    let rest = source.dropFirst(hashes)
    let isBlock = rest.starts(with: "\"\"\"".utf8)
    let quotes = isBlock ? 3 : 1
    let content = rest.dropFirst(quotes).dropLast(quotes + hashes)
    guard isBlock else {
      var decoder = EscapeDecoder(hashes: hashes)
      text = decoder.decode(Array(content))
      lines = [line]
      return
    }
    // The first line ends behind the quotes, the last one holds only what the others are indented by.
    var rows = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let indentation = rows.last.map(Array.init) ?? []
    rows = Array(rows.dropFirst().dropLast())
    var decoder = EscapeDecoder(hashes: hashes)
    var parts: [String] = []
    lines = []
    var isContinued = false
    for (index, row) in rows.enumerated() {
      let bytes = row.starts(with: indentation) ? Array(row.dropFirst(indentation.count)) : Array(row)
      let part = decoder.decode(bytes)
      if isContinued, !parts.isEmpty {
        parts[parts.count - 1] += part ?? ""
      } else {
        parts.append(part ?? "")
        lines.append(line + 1 + index)
      }
      isContinued = decoder.endsInContinuation
    }
    text = decoder.isPlain ? parts.joined(separator: "\n") : nil
    if lines.isEmpty { lines = [line] }
  }
}

/// Resolves escapes.
private struct EscapeDecoder {
  let hashes: Int
  /// Whether there was no interpolation, and nothing that is unknown.
  var isPlain = true
  /// Whether the last line ends in an escaped line end.
  var endsInContinuation = false

  init(hashes: Int) { self.hashes = hashes }

  /// A line without its escapes; nil for one with an interpolation.
  mutating func decode(_ bytes: [UInt8]) -> String? {
    var result: [UInt8] = []
    endsInContinuation = false
    var index = 0
    while index < bytes.count {
      let isEscape =
        bytes[index] == UInt8(ascii: "\\")
        && bytes[(index + 1)...].prefix(hashes).count { $0 == UInt8(ascii: "#") } == hashes
      guard isEscape else {
        result.append(bytes[index])
        index += 1
        continue
      }
      index += 1 + hashes
      guard index < bytes.count else {
        endsInContinuation = true
        break
      }
      switch bytes[index] {
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "0"): result.append(0)
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): result.append(bytes[index])
      case UInt8(ascii: "u"):
        let digits = bytes[(index + 1)...].dropFirst().prefix { $0 != UInt8(ascii: "}") }
        guard let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(number)
        else {
          isPlain = false
          return nil
        }
        result += String(Character(scalar)).utf8
        index += digits.count + 2
      case 0x20, 0x09:
        endsInContinuation = bytes[index...].allSatisfy { $0 == 0x20 || $0 == 0x09 }
        if !endsInContinuation { isPlain = false }
        return isPlain ? String(decoding: result, as: UTF8.self) : nil
      default:
        isPlain = false
        return nil
      }
      index += 1
    }
    return isPlain ? String(decoding: result, as: UTF8.self) : nil
  }
}
