// The mark of the last run that looked at everything, by which a start with nothing to do is done at once.

/// What was verified: a lineage, and the schema that SQLite's cookie stands for. Kept in `tidemark_meta`.
struct VerifiedMark: CustomStringConvertible {
  /// The lineage's text, as a digest.
  var text: String
  /// What it means, as a digest: equal where only white space or comments differ.
  var meaning: String
  /// SQLite's schema cookie.
  var cookie: Int64

  /// A mark of what holds now.
  init(of lineage: Lineage, cookie: Int64) {
    text = lineage.textDigest
    meaning = lineage.digest
    self.cookie = cookie
  }

  /// Reads a mark; nil for anything else, which is then no mark.
  init?(_ stored: String) {
    let parts = stored.split(separator: " ")
    guard parts.count == 3, let cookie = Int64(parts[2]) else { return nil }
    text = String(parts[0])
    meaning = String(parts[1])
    self.cookie = cookie
  }

  /// As it is kept.
  var description: String { "\(text) \(meaning) \(cookie)" }
}
