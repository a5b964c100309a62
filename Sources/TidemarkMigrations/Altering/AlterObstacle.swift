// Rows that an altered table could not hold: found before anything runs, counted, and named.

/// What is in the way of an alteration.
public struct AlterObstacle: Sendable, Hashable, Codable {
  /// The table, as it is called now.
  public var table: String
  /// What its rows break: `NOT NULL of column cost`.
  public var rule: String
  /// How many rows.
  public var count: Int64
  /// The first of them: rowids, or keys where there is no rowid.
  public var rows: [String]
  /// Whether these are not all.
  public var hasMore = false

  /// The obstacle in words.
  public var words: String {
    var text = "table \(table): \(count) \(count == 1 ? "row breaks" : "rows break") \(rule)"
    if !rows.isEmpty {
      text += " (\(rows.joined(separator: ", "))\(hasMore ? ", …" : ""))"
    }
    return text
  }
}

/// What an alteration destroys.
public struct AlterLoss: Sendable, Hashable, Codable {
  /// What goes, or changes for good: `column jobs.note`.
  public var what: String
  /// How many rows hold something there.
  public var count: Int64

  /// The loss in words.
  public var words: String { "\(what), \(count) \(count == 1 ? "row" : "rows")" }
}
