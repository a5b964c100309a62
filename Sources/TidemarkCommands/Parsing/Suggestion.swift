// "Did you mean": the known word that is closest to a mistyped one.

/// Finds the word that was probably meant.
package enum Suggestion {
  /// The candidate within a third of the word's length in edits (at least one), or one that the word begins.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    let allowed = max(1, word.count / 3)
    let scored = candidates.map { (distance: distance(word, $0), word: $0) }.filter { $0.distance <= allowed }
    if let best = scored.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }) { return best.word }
    let begun = candidates.filter { word.count >= 3 && $0.hasPrefix(word) }
    return begun.count == 1 ? begun.first : nil
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
  package static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.lowercased().utf8.prefix(64))
    let right = Array(right.lowercased().utf8.prefix(64))
    var beforeLast = [Int]()
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
      var current = [row + 1]
      current.reserveCapacity(right.count + 1)
      for (column, other) in right.enumerated() {
        var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
