// Which line of a text a byte stands on, and which line a comment is about.

/// The lines of a text.
package struct LineFinder: Sendable {
  /// Where each line begins.
  private let starts: [Int]
  /// Whether each line holds something else than a comment.
  private let hasCode: [Bool]

  /// The lines of a text given as UTF-8.
  package init(_ bytes: [UInt8]) {
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == 0x0A { starts.append(index + 1) }
    self.starts = starts
    hasCode = starts.indices.map { index in
      let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
      let text = bytes[starts[index]..<end].drop { [0x20, 0x09].contains($0) }
      let isComment = ["//", "--", "/*"].contains { text.starts(with: $0.utf8) }
      return !isComment && !text.allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }
  }

  /// The line of a byte, counted from 1.
  package func line(at byte: Int) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= byte { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// The line that a comment on this one is about: its own, or where it stands alone, the next with code.
  package func subject(ofCommentOn line: Int) -> Int {
    guard hasCode.indices.contains(line - 1) else { return line }
    return (hasCode[(line - 1)...].firstIndex(of: true) ?? line - 1) + 1
  }
}
