// After a successful attempt: what has returned leaves the attic, the rest stays and is counted.
internal import TidemarkSQLite

extension AtticPart {
  /// Counts, and leaves in the attic only what did not return.
  /// - Parameters:
  ///   - orphaned: how many rows had lost the rows that they refer to.
  ///   - isSure: whether all that return are known to be there.
  func settle(orphaned: Int64, isSure: Bool) throws -> AtticReturning.Result {
    var result = AtticReturning.Result()
    result.isWithoutKey = isByPlace && item.tableAfter != nil
    guard item.shape.kind != .digests else {
      try connection.execute("DROP TABLE \(going)")
      return result
    }
    let kept = "main.\(item.keptTable)"
    if isAll {
      if case .values = way, !isSure {
        try connection.execute("INSERT INTO \(going) SELECT n FROM \(kept)")
      } else {
        result.returned = item.rows
        try restoreSequence()
        try connection.execute("DROP TABLE \(going)")
        return result
      }
    }
    let keptKey = item.shape.keptKey.map { "k." + $0 }
    let own = AtticSQL.keys(key, facts, of: "t.")
    let isSame = AtticSQL.same(key, table: own, attic: keptKey)
    let isEqual =
      AtticSQL.digest(item.shape.columns, of: "t.") + " = \(AtticSQL.digestFunction)("
      + item.shape.columns.indices.map { "k.c\($0)" }.joined(separator: ", ") + ")"
    let isThere = "EXISTS (SELECT 1 FROM \(facts.quoted) AS t WHERE \(isSame) AND \(isEqual))"
    if case .values = way, !isSure {
      try connection.execute(
        """
        DELETE FROM \(going) WHERE n IN (
          SELECT k.n FROM \(kept) AS k WHERE k.n IN (SELECT n FROM \(going)) AND NOT \(isThere))
        """)
    }
    // What stands there with just the kept values is back too, whoever made it.
    let all: Int64 = try connection.value("SELECT count(*) FROM \(kept)") ?? 0
    let back: Int64 = try connection.value("SELECT count(*) FROM \(going)") ?? 0
    if back < all {
      try connection.execute(
        """
        INSERT INTO \(going) SELECT k.n FROM \(kept) AS k WHERE k.n NOT IN (SELECT n FROM \(going)) AND \(isThere)
        """)
      result.deleted = try forgetDeleted(kept, keptKey)
      result.returned = try connection.value("SELECT count(*) FROM \(going)") ?? 0
      try connection.execute("DELETE FROM \(kept) WHERE n IN (SELECT n FROM \(going))")
      let left = all - result.returned - result.deleted
      result.orphaned = min(orphaned, left)
      result.alike = min(try alike(kept), left - result.orphaned)
      result.conflicts = left - result.orphaned - result.alike
    } else {
      result.returned = back
    }
    try restoreSequence()
    try connection.execute("DROP TABLE \(going)")
    return result
  }

  /// Kept rows that cannot be told apart.
  private func alike(_ kept: String) throws -> Int64 {
    guard isByPlace, item.tableAfter != nil else { return 0 }
    // Where rows cannot be followed at all, none can.
    if case .apart = way { return .max }
    guard isFollowed else { return 0 }
    return try connection.value(
      "SELECT count(*) FROM \(kept) WHERE n IN (SELECT k0 FROM \(seen) WHERE why = \(AtticLook.Why.alike.rawValue))")
      ?? 0
  }

  /// Rows that the older build deleted are not missed.
  private func forgetDeleted(_ kept: String, _ keptKey: [String]) throws -> Int64 {
    switch way {
    case .values, .byKey: break
    default: return 0
    }
    guard isFollowed, isMissingDeleted else { return 0 }
    let pairs = keptKey.enumerated().map { "x.k\($0) = \($1)" }.joined(separator: " AND ")
    try connection.execute(
      """
      DELETE FROM \(kept) AS k WHERE k.n NOT IN (SELECT n FROM \(going)) AND EXISTS (
        SELECT 1 FROM \(seen) AS x WHERE \(pairs) AND x.why = \(AtticLook.Why.gone.rawValue))
      """)
    return connection.changes
  }

  /// The AUTOINCREMENT mark never falls.
  private func restoreSequence() throws {
    guard let mark = item.shape.sequence else { return }
    let there = try connection.value(
      "SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'", as: Int.self)
    guard there != nil else { return }
    try connection.run(
      "UPDATE main.sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", mark, facts.name)
    if connection.changes == 0 {
      try connection.run("INSERT INTO main.sqlite_sequence(name, seq) VALUES(?, ?)", facts.name, mark)
    }
  }
}
