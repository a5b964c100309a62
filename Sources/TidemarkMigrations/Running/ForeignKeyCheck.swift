// No new foreign-key violation: a database may already hold some, which are not this plan's doing.
internal import TidemarkSQLite

/// The rows whose parents are missing.
struct ForeignKeyViolations {
  private var counts: [String: Int] = [:]

  init(_ connection: Connection) throws {
    let statement = try connection.prepare("PRAGMA foreign_key_check")
    while try statement.step() {
      let row = statement.row
      let table = String(sqliteValue: row[0]) ?? ""
      let parent = String(sqliteValue: row[2]) ?? ""
      let place = Int64(sqliteValue: row[1]).map { "row \($0) of \(table)" } ?? "a row of \(table)"
      counts["\(place) refers to a missing row of \(parent)", default: 0] += 1
    }
  }

  var isEmpty: Bool { counts.isEmpty }

  /// What is here and was not there before, in words: the first few, and how many more.
  func new(since before: ForeignKeyViolations) -> [String] {
    let fresh = counts.filter { $0.value > before.counts[$0.key, default: 0] }.keys.sorted()
    guard fresh.count > 5 else { return fresh }
    return fresh.prefix(5) + ["and \(fresh.count - 5) more"]
  }
}
