// Which row is which where a table without a key is made anew and its rows get other rowids: told by what is copied of them.
internal import TidemarkSQLite

/// What a script copies of each row into a table that it makes anew.
struct AtticLink {
  /// The columns that are copied as they are: what each was called, and what it is called now.
  let before: [String]
  let after: [String]
  /// Whether the rowid is copied too.
  let keepsRowids: Bool

  /// Numbers further out leave no room for others.
  static let room: Int64 = 1 << 60

  /// Reads it from the script's text; nil where rows are not copied one by one.
  init?(of table: String, in sql: String, before facts: [String]) {
    let script = RebuildCopy(sql)
    guard let copied = script.copied(into: table) else { return nil }
    let columns = facts.map { $0.lowercased() }
    let pairs = copied.filter { columns.contains($0.value) }.sorted { $0.key < $1.key }
    before = pairs.map(\.value)
    after = pairs.map(\.key)
    let names = Set(["rowid", "_rowid_", "oid"])
    keepsRowids = copied.contains {
      names.contains($0.key) && names.contains($0.value) && names.isDisjoint(with: columns)
    }
    if before.isEmpty, !keepsRowids { return nil }
  }

  /// Whether all of these columns are copied.
  func covers(before columns: [String]) -> Bool { columns.allSatisfy { before.contains($0.lowercased()) } }
  func covers(after columns: [String]) -> Bool { columns.allSatisfy { after.contains($0.lowercased()) } }

  /// Pairs two lists of rows, one to one, by a digest of what was copied.
  /// - Parameters:
  ///   - old: a table with the columns n, h (the digest) and v (one of all that tells whether two rows are the same).
  ///   - new: a table with the columns n and h.
  ///   - target: a table that is made, of n and the m that it has become.
  ///   - exact: whether rows of one digest have to be the same in all else too.
  /// - Returns: whether each row has found just one; without, there is no table.
  static func pair(
    _ old: String, _ new: String, into target: String, exact: Bool, on connection: Connection
  ) throws -> Bool {
    let groups = { (table: String) in "SELECT h, count(*) FROM main.\(table) GROUP BY h" }
    let isAmbiguous = exact ? "EXISTS(SELECT 1 FROM main.\(old) GROUP BY h HAVING min(v) <> max(v))" : "0"
    let isOut = { (table: String) in "EXISTS(SELECT 1 FROM main.\(table) WHERE n NOT BETWEEN -\(room) AND \(room))" }
    let differs: Int64? = try connection.value(
      """
      SELECT EXISTS(\(groups(old)) EXCEPT \(groups(new))) OR EXISTS(\(groups(new)) EXCEPT \(groups(old)))
        OR \(isAmbiguous) OR \(isOut(old)) OR \(isOut(new))
      """)
    guard differs == 0 else { return false }
    let ranked = { (table: String) in
      "SELECT n, h, row_number() OVER (PARTITION BY h ORDER BY n) AS r FROM main.\(table)"
    }
    try connection.execute(
      """
      CREATE TABLE main.\(target)(n INTEGER PRIMARY KEY, m UNIQUE);
      INSERT INTO main.\(target) SELECT o.n, w.n FROM (\(ranked(old))) AS o JOIN (\(ranked(new))) AS w USING(h, r)
      """)
    return true
  }

  /// Gives the rows of a table of the attic the numbers that others have become.
  /// - Parameter pairs: a table of n and m, or a query.
  static func renumber(_ table: String, _ key: String, by pairs: String, on connection: Connection) throws {
    // Out of the way of all numbers first.
    try connection.execute(
      """
      UPDATE main.\(table) SET \(key) = \(key) + \(2 * room) WHERE \(key) IN (SELECT n FROM (\(pairs)));
      UPDATE main.\(table) AS x SET \(key) = p.m FROM (\(pairs)) AS p WHERE x.\(key) = p.n + \(2 * room)
      """)
  }
}
