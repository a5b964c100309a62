// The return of one table's rows, as one attempt.
internal import TidemarkSchema
internal import TidemarkSQLite

/// One item of the attic on its way back into its table.
struct AtticPart {
  /// How kept rows meet those that are there.
  enum Way {
    /// Values are set in rows that have not changed.
    case values
    /// Rows of a table that both builds have: each by its own key.
    case byKey
    /// Nothing has changed, or nothing is there: the kept rows are the table.
    case whole
    /// The table is only the newer build's, and some of what its rows belong to has changed.
    case related([AtticRelation])
    /// It is not known what belongs to what: only what has no counterpart returns.
    case apart
  }

  let item: AtticItem
  let connection: Connection
  let facts: TableFacts
  let key: AtticKey
  let way: Way
  private let deletes: Bool
  /// Whether kept rows are left out of this attempt.
  private let hasExcluded: Bool
  private let look: AtticLook
  /// Whether a row that is missing was deleted by the older build.
  let isMissingDeleted: Bool
  /// The table that rows come from: what was kept, or whole rows put together from it.
  private let full: AtticFull?

  /// Whether all that was kept returns.
  let isAll: Bool

  var going: String { "main.tidemark_attic_\(item.id)_going" }
  var seen: String { "main.\(item.seenTable)" }
  var isFollowed: Bool { look.differing[item.id] != nil }
  /// Whether its rows are told by nothing that they hold.
  var isByPlace: Bool { AtticPairing.isNeeded(key, facts) }
  /// The key of a row of the table, "t".
  private var own: [String] { AtticSQL.keys(key, facts, of: "t.") }
  /// The table that rows come from, its key, and its columns with those of the table that they go to.
  private var store: String { "main.\(full?.table ?? item.keptTable)" }
  private var storeKey: [String] { (full?.key ?? item.shape.keptKey).map { "k." + $0 } }
  private var columns: [String] { full?.columns ?? item.shape.columns }
  private var isSame: String { AtticSQL.same(key, table: own, attic: storeKey) }

  init(_ item: AtticItem, _ work: AtticReturning, excluded: Set<Int64>, deletes: Bool) throws {
    guard let facts = try TableFacts(item.table, on: work.connection), let key = item.shape.key else {
      throw AtticReturning.Impossible(why: "table \(item.table) is not there")
    }
    self.item = item
    self.connection = work.connection
    self.facts = facts
    self.key = key
    self.deletes = deletes
    hasExcluded = !excluded.isEmpty
    look = work.look
    isMissingDeleted = work.isFirm(item) && !work.withheld.contains(item.table.lowercased())
    full = work.full[item.id]
    way = try Self.way(item, facts, work)
    isAll = excluded.isEmpty && full == nil && Self.isAll(way, look.differing[item.id])
    try connection.execute("CREATE TABLE \(going)(n INTEGER PRIMARY KEY)")
    if isAll { return }
    try connection.execute("INSERT INTO \(going) SELECT k.n FROM \(store) AS k WHERE \(chosen)")
    for row in excluded { try connection.run("DELETE FROM \(going) WHERE n = ?", row) }
  }

  private static func way(_ item: AtticItem, _ facts: TableFacts, _ work: AtticReturning) throws -> Way {
    let isFirm = work.isFirm(item) || work.look.isQuiet && item.shape.kind == .rows
    if !isFirm, item.shape.kind != .rows { return .apart }
    if item.shape.kind == .values, work.full[item.id] == nil { return .values }
    if work.look.differing[item.id] != nil, isFirm { return .byKey }
    if work.look.isQuiet, work.look.isKnown { return .whole }
    if item.tableAfter != nil { return .apart }
    let isEmpty = try work.connection.value("SELECT 1 FROM \(facts.quoted) LIMIT 1", as: Int.self) == nil
    if isEmpty { return .whole }
    let relations = try AtticRelation.all(of: item, facts, in: work)
    return relations.isEmpty || !work.look.sourcesAreQuiet ? .apart : .related(relations)
  }

  private static func isAll(_ way: Way, _ differing: Int64?) -> Bool {
    switch way {
    case .values, .byKey: differing ?? 0 == 0
    case .whole: true
    case .related, .apart: false
    }
  }

  /// Whether a kept row, "k", is one of those that return.
  var isGoing: String { isAll ? "1" : "k.n IN (SELECT n FROM \(going))" }

  /// Which kept rows return, as SQL over "k".
  private var chosen: String {
    switch way {
    case .values, .byKey:
      let pairs = zip((0..<key.count).map { "x.k\($0)" }, storeKey).map { "\($0) = \($1)" }
      return isFollowed ? "NOT EXISTS (SELECT 1 FROM \(seen) AS x WHERE \(pairs.joined(separator: " AND ")))" : "1"
    case .whole: return "1"
    case .related(let relations):
      return "NOT (" + relations.map { $0.disturbs(kept: item.shape, alias: "k") }.joined(separator: " OR ") + ")"
    case .apart:
      let isGone = item.tableAfter == nil
      return isGone ? "NOT EXISTS (SELECT 1 FROM \(facts.quoted) AS t WHERE \(isSame))" : "0"
    }
  }

  // MARK: one attempt

  /// Takes away what the kept rows replace, and what the newer build did not have.
  func clear() throws {
    switch way {
    case .values, .apart: return
    case .byKey:
      if deletes, look.isQuiet { return try clearAll() }
      try clearGoing()
      if deletes, item.shape.kind == .rows { try clearMade() }
    case .whole: try deletes ? clearAll() : clearGoing()
    case .related(let relations):
      let disturbed = relations.map { $0.disturbs(facts, alias: "t") }.joined(separator: " OR ")
      // What a kept row that does not return would have replaced stands, or nothing would be there of it.
      let missed = relations.map {
        $0.shares(facts, alias: "t", with: item.shape, "\(store) AS k WHERE NOT (\(isGoing))")
      }
      .joined(separator: " OR ")
      try connection.execute("DELETE FROM \(facts.quoted) AS t WHERE NOT (\(disturbed) OR \(missed))")
      try renumber()
    }
  }

  /// Takes everything away but what the upgrade made of kept rows that cannot return: those would be gone altogether.
  private func clearAll() throws {
    guard hasExcluded else { return try connection.execute("DELETE FROM \(facts.quoted)") }
    try connection.execute(
      """
      DELETE FROM \(facts.quoted) AS t WHERE NOT EXISTS (
        SELECT 1 FROM \(store) AS k WHERE \(isSame) AND NOT (\(isGoing)))
      """)
  }

  private func clearGoing() throws {
    try connection.execute(
      """
      DELETE FROM \(facts.quoted) AS t WHERE EXISTS (
        SELECT 1 FROM \(store) AS k WHERE \(isSame) AND \(isGoing))
      """)
  }

  /// Rows that the downgrade made, that nobody has changed, and that the upgrade left.
  private func clearMade() throws {
    let left = item.shape.leftKey.map { "l." + $0 }
    let seenKey = left.indices.map { "x.k\($0)" }
    try connection.execute(
      """
      DELETE FROM \(facts.quoted) AS t WHERE NOT EXISTS (SELECT 1 FROM \(store) AS k WHERE \(isSame))
        AND EXISTS (SELECT 1 FROM main.\(item.leftTable) AS l WHERE \(AtticSQL.same(key, table: own, attic: left)))
        AND NOT EXISTS (SELECT 1 FROM \(seen) AS x WHERE \(AtticSQL.same(key, table: own, attic: seenKey)))
      """)
  }

  /// The rows that stand were made a moment ago: where one has a number that a kept row had, it takes another. Not where
  /// another table may refer to it.
  private func renumber() throws {
    guard key == .rowid, let rowid = facts.rowid, !facts.isVirtual else { return }
    guard try ForeignKey.children(of: [nameKey(facts.name)], on: connection).isEmpty else { return }
    let top: Int64 =
      try connection.value(
        """
        SELECT max(coalesce((SELECT max(\(rowid)) FROM \(facts.quoted)), 0), coalesce((SELECT max(n) FROM \(store)), 0),
          \(item.shape.sequence ?? 0))
        """) ?? 0
    // Far from the end of the numbers; else the clash is a conflict like any other.
    guard top < 1 << 62 else { return }
    try connection.execute(
      """
      UPDATE \(facts.quoted) SET \(rowid) = \(rowid) + \(top)
      WHERE \(rowid) > 0 AND \(rowid) IN (SELECT k.n FROM \(store) AS k WHERE \(isGoing))
      """)
  }

  /// Puts the rows or values in.
  /// - Returns: whether all that return are certainly there.
  func fill() throws -> Bool {
    if case .values = way { return try set() }
    let names = columns.map(SQL.quote).joined(separator: ", ")
    var (targets, values) = (names, columns.indices.map { "k.c\($0)" })
    var order = "k.n"
    let number = key == .rowid ? "n" : full == nil ? (item.shape.hasRowid ? "n" : nil) : full?.rowid
    if let rowid = facts.rowid, facts.rowidColumn == nil, let number {
      targets = "\(rowid), \(targets)"
      values.insert("k.\(number)", at: 0)
      let isTaken = "EXISTS (SELECT 1 FROM \(facts.quoted) AS t WHERE t.\(rowid) = k.\(number))"
      // Beside a key of its own the rowid is only a place, which may be taken. Whoever takes another comes last: it would
      // be the place of one that is still to come.
      if key != .rowid, try isThere("SELECT 1 FROM \(store) AS k WHERE \(isGoing) AND \(isTaken)") {
        values[0] = "CASE WHEN \(isTaken) THEN NULL ELSE k.\(number) END AS place"
        order = "place IS NULL, k.n"
      }
    }
    try connection.execute(
      """
      INSERT OR IGNORE INTO \(facts.quoted)(\(targets))
      SELECT \(values.joined(separator: ", ")) FROM \(store) AS k WHERE \(isGoing) ORDER BY \(order)
      """)
    return false
  }

  private func isThere(_ sql: String) throws -> Bool { try connection.value(sql + " LIMIT 1", as: Int.self) != nil }

  /// Sets values, but for those that are there already. The rows are there: where an upgrade adds or deletes any, whole
  /// rows return.
  private func set() throws -> Bool {
    let sets = columns.indices.map { "\(SQL.quote(columns[$0])) = k.c\($0)" }.joined(separator: ", ")
    let kept = "\(AtticSQL.digestFunction)(\(columns.indices.map { "k.c\($0)" }.joined(separator: ", ")))"
    let update = """
      \(facts.quoted) AS t SET \(sets) FROM \(store) AS k
      WHERE \(isSame) AND \(isGoing) AND \(AtticSQL.digest(columns, of: "t.")) <> \(kept)
      """
    do {
      try connection.savepoint("tidemark_attic_set") { try connection.execute("UPDATE \(update)") }
      return true
    } catch let error as SQLiteError where error.code == SQLiteError.constraint {
      // One that a constraint refuses keeps what the upgrade made of it.
      try connection.execute("UPDATE OR IGNORE \(update)")
      return false
    }
  }

  /// Rows that did not find their place.
  func unplaced() throws -> Set<Int64> {
    if case .values = way { return [] }
    return try numbers("NOT EXISTS (SELECT 1 FROM \(facts.quoted) AS t WHERE \(isSame))")
  }

  /// Rows that are in place and refer to rows that are not there.
  func orphans() throws -> Set<Int64> {
    var found: Set<Int64> = []
    for foreign in try ForeignKey.all(of: facts.name, on: connection) {
      if case .values = way, !foreign.columns.contains(where: { columns.contains($0.own) }) { continue }
      let broken = try foreign.isBroken(alias: "t", on: connection)
      found.formUnion(
        try numbers("EXISTS (SELECT 1 FROM \(facts.quoted) AS t WHERE \(isSame) AND \(broken))"))
    }
    return found
  }

  private func numbers(_ condition: String) throws -> Set<Int64> {
    let rows = try connection.rows(
      "SELECT k.n FROM \(store) AS k WHERE \(isGoing) AND \(condition)")
    return Set(try rows.map { try $0.get(0, as: Int64.self) })
  }

  /// Takes rows out again, so that those which refer to them show; the attempt is over then.
  func take(out rows: Set<Int64>) throws {
    if case .values = way { return }
    let statement = try connection.prepare(
      """
      DELETE FROM \(facts.quoted) AS t WHERE EXISTS (SELECT 1 FROM \(store) AS k WHERE k.n = ? AND \(isSame))
      """)
    for row in rows { try statement.run(row) }
  }
}
