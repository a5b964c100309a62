// What a run does to the disk, in the words of docs/durability.md: in order, without what changes nothing and without locks.
import Faults

enum Changes {
  /// The list; what is done several times in a row stands in it once.
  static func list(_ operations: [DiskOperation], root: String) -> [String] {
    let lines = operations.filter { operation in
      operation.changesDisk && !operation.words.hasSuffix(".lock")
        && !operation.words.hasPrefix("makeFolder") && !operation.words.hasPrefix("allocate")
    }.map { line(String($0.description).replacing(root, with: "the folder")) }
    return lines.indices.filter { $0 == 0 || lines[$0] != lines[$0 - 1] }.map { lines[$0] }
  }

  /// Without dates and what is drawn at random.
  private static func line(_ words: String) -> String {
    words.split(separator: " ").map { word in
      var word = String(word)
      if word.hasPrefix("Snapshots/") {
        let isPart = word.contains(".tidemark-part-")
        word = "Snapshots/NAME" + (isPart ? ".tidemark-part" : "")
      }
      for mark in [".tidemark-restore-", ".previous-"] {
        guard let found = word.firstRange(of: mark) else { continue }
        let rest = word[found.upperBound...]
        let side = ["-journal", "-wal"].first { rest.hasSuffix($0) } ?? ""
        word = word[..<found.lowerBound] + mark.dropLast() + side
      }
      return word.replacing("jobs.db", with: "DB")
    }.joined(separator: " ")
  }
}
