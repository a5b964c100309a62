// The words of SQLite that mean something else in quotes than without.
//
// Most keywords may serve as an identifier without quotes, and then `"key"` and `key` are one thing. The words here are
// not: quoted they are a name, bare they are grammar or a literal. Two spellings of them are never taken for the same.

/// Tests words, given as lower-case UTF-8, against the lists below.
enum Keywords {
  /// Words that are never an identifier unless quoted, and the words that are literals when bare.
  static let reserved: Set<[UInt8]> = words(
    """
    add all alter and as autoincrement between case check collate commit constraint create default deferrable delete
    distinct drop else escape except exists foreign from group having in index insert intersect into is isnull join
    limit not nothing notnull null on or order primary references returning select set table then to transaction
    union unique update using values when where
    true false current_date current_time current_timestamp
    """)

  /// Words that may name a column, but say how to join behind a table: `FROM a left JOIN b` is not
  /// `FROM a "left" JOIN b`.
  static let joins: Set<[UInt8]> = words("cross full inner left natural outer right")

  /// What may follow DEFAULT bare without being a string.
  static let literals: Set<[UInt8]> = words("null true false current_date current_time current_timestamp values")

  private static func words(_ list: String) -> Set<[UInt8]> {
    Set(list.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { Array($0.utf8) })
  }
}
