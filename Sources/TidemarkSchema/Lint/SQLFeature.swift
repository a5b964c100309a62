// What SQLite learnt since the oldest version that Tidemark runs on, and how it shows in a statement's tokens.
// Versions: https://sqlite.org/changes.html

/// Something in SQL that older versions of SQLite do not understand.
struct SQLFeature {
  /// In words.
  let name: String
  /// The first version that understands it, such as 3039000.
  let since: Int32
  /// Words that stand in a row, in upper case; a symbol stands for itself.
  let words: [String]

  static let all: [SQLFeature] = [
    SQLFeature(name: "the operator ->", since: 3_038_000, words: ["->"]),
    SQLFeature(name: "the operator ->>", since: 3_038_000, words: ["->>"]),
    SQLFeature(name: "RIGHT JOIN", since: 3_039_000, words: ["RIGHT", "JOIN"]),
    SQLFeature(name: "RIGHT OUTER JOIN", since: 3_039_000, words: ["RIGHT", "OUTER", "JOIN"]),
    SQLFeature(name: "FULL JOIN", since: 3_039_000, words: ["FULL", "JOIN"]),
    SQLFeature(name: "FULL OUTER JOIN", since: 3_039_000, words: ["FULL", "OUTER", "JOIN"]),
    SQLFeature(name: "IS DISTINCT FROM", since: 3_039_000, words: ["IS", "DISTINCT", "FROM"]),
    SQLFeature(name: "IS NOT DISTINCT FROM", since: 3_039_000, words: ["IS", "NOT", "DISTINCT", "FROM"]),
    SQLFeature(name: "ALTER COLUMN", since: 3_053_000, words: ["ALTER", "COLUMN"]),
    SQLFeature(name: "ADD CONSTRAINT", since: 3_053_000, words: ["ADD", "CONSTRAINT"]),
    SQLFeature(name: "DROP CONSTRAINT", since: 3_053_000, words: ["DROP", "CONSTRAINT"]),
  ]

  /// Functions that came later, with their first version.
  static let functions: [String: Int32] = [
    "format": 3_038_000, "unixepoch": 3_038_000, "unhex": 3_041_000, "octet_length": 3_043_000,
    "timediff": 3_043_000, "concat": 3_044_000, "concat_ws": 3_044_000, "string_agg": 3_044_000,
    "json_error_position": 3_042_000, "json_pretty": 3_046_000, "jsonb": 3_045_000, "jsonb_array": 3_045_000,
    "jsonb_extract": 3_045_000, "jsonb_insert": 3_045_000, "jsonb_object": 3_045_000, "jsonb_patch": 3_045_000,
    "jsonb_remove": 3_045_000, "jsonb_replace": 3_045_000, "jsonb_set": 3_045_000, "if": 3_048_000,
    "unistr": 3_050_000, "unistr_quote": 3_050_000,
  ]

  /// "3.39.0" of 3039000.
  static func words(of version: Int32) -> String {
    "\(version / 1_000_000).\(version / 1_000 % 1_000).\(version % 1_000)"
  }
}
