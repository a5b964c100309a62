// Which rows of a table without a key are those that a downgrade left: told by what they hold, never by their place.
internal import TidemarkSQLite

/// Pairs the rows that a downgrade left with those that are there now, where only the rowid numbers them.
///
/// VACUUM gives such rows other rowids and a new row takes the rowid of a deleted one, so the rowid says nothing. Rows are
/// paired by the digest of what the downgrade left of them. Rows that are alike in that are told apart by nothing; only
/// where what is kept of them is alike too, and no row has come, does each get the same.
struct AtticPairing {
  let item: AtticItem
  let facts: TableFacts
  let connection: Connection
  /// Whether an earlier return of this run has left values of this table in the attic, so that what its rows hold now is
  /// not what they held.
  let isDoubtful: Bool

  private var was: String { "main.tidemark_attic_\(item.id)_was" }
  private var now: String { "main.tidemark_attic_\(item.id)_now" }
  private var kept: String { "main.\(item.keptTable)" }
  private var left: String { "main.\(item.leftTable)" }
  private var leftKey: String { item.shape.leftKey.first ?? "n" }

  /// Whether a table's rows are told by their rowid only.
  static func isNeeded(_ key: AtticKey, _ facts: TableFacts) -> Bool {
    key == .rowid && facts.rowidColumn == nil && !facts.isVirtual
  }

  /// How many rows of a table a downgrade would leave alike, whose lost values are not: their values would not return.
  static func alike(
    _ effect: DowngradeEffects.Table, _ facts: TableFacts, on connection: Connection
  ) throws -> Int64? {
    let lost = effect.columnsLost.filter(facts.has)
    guard facts.content == .rows, !effect.isDropped, !lost.isEmpty, let key = try facts.key(on: connection),
      isNeeded(key, facts)
    else { return nil }
    let survivors = facts.columns.filter { column in !lost.contains { $0.lowercased() == column.lowercased() } }
    return try connection.withRowDigest(named: AtticSQL.digestFunction) {
      let count: Int64? = try connection.value(
        """
        SELECT coalesce(sum(c), 0) FROM (SELECT count(*) AS c FROM \(facts.quoted)
          GROUP BY \(AtticSQL.digest(survivors)) HAVING count(DISTINCT \(AtticSQL.digest(lost))) > 1)
        """)
      return count == 0 ? nil : count
    }
  }

  /// Whether it is known which kept row each is that the downgrade left.
  private var isLinked: Bool { isNumbered || hasLink }

  /// Whether the kept rows have the numbers of those that the downgrade left.
  private var isNumbered: Bool {
    item.shape.isFirm && item.shape.key == .rowid && item.shape.rowidColumn == nil && item.shape.kind != .digests
  }

  /// Whether those that it left bear the numbers of the kept rows beside their own.
  private var hasLink: Bool { item.shape.hasLink == true }

  /// Gives what the attic has of paired rows the numbers that they have now, and all else numbers that no row has.
  /// - Returns: how many rows differ, and whether some are told apart by nothing.
  func run() throws -> (differing: Int64, isAlike: Bool) {
    try gather()
    let range = try connection.rows(
      """
      SELECT min(0, coalesce((SELECT min(o) FROM \(was)), 0), coalesce((SELECT min(n) FROM \(now)), 0)),
        max(coalesce((SELECT max(o) FROM \(was)), 0), coalesce((SELECT max(n) FROM \(now)), 0))
      """)[0]
    let low: Int64 = try range.get(0)
    let high: Int64 = try range.get(1)
    // Numbers at the ends leave no room for others; nothing is paired then.
    let hasRoom = low > -(1 << 60) && high < 1 << 60
    let isTold = try !isDoubtful && hasRoom && isKnown()
    if isTold {
      // Where there are more than there were, one is new, and which one nothing tells. Rows of which nothing is kept are
      // the same, whichever they are.
      if item.shape.kind != .digests {
        try connection.execute(
          "UPDATE \(was) AS w SET same = 0 WHERE c < (SELECT t.c FROM \(now) AS t WHERE t.d = w.d AND t.r = 1)")
      }
      try connection.execute(
        "UPDATE \(was) AS w SET n = (SELECT t.n FROM \(now) AS t WHERE t.d = w.d AND t.r = w.r) WHERE w.same")
    }
    let flip = { (number: String) in hasRoom ? "(\(2 * low - 1) - \(number))" : number }
    try see(isTold: isTold, flip)
    let differing: Int64 = try connection.value("SELECT count(*) FROM main.\(item.seenTable)") ?? 0
    let isAlike = try isThere("SELECT 1 FROM main.\(item.seenTable) WHERE why IN (\(AtticLook.Why.toldByNothing))")
    if try hasRoom && (differing > 0 || isThere("SELECT 1 FROM \(was) WHERE n <> o")) {
      try renumber(left, leftKey, below: low, flip)
      if isNumbered, item.leftTable != item.keptTable { try renumber(kept, "n", below: low, flip) }
    }
    try connection.execute("DROP TABLE \(was); DROP TABLE \(now)")
    return (differing, isAlike)
  }

  /// Both sides with their digests: among those that are alike, each row's place and their number.
  private func gather() throws {
    let values = item.shape.columns.indices.map { "c\($0)" }
    let value = isLinked ? "coalesce(\(AtticSQL.digest(values, of: "k.")), 0)" : "0"
    let join = isLinked ? "LEFT JOIN \(kept) AS k ON k.n = l.\(hasLink ? "o" : leftKey)" : ""
    try connection.execute(
      """
      CREATE TABLE \(was)(o INTEGER PRIMARY KEY, d, r, c, same, n);
      CREATE TABLE \(now)(n INTEGER PRIMARY KEY, d, r, c);
      INSERT INTO \(was)(o, d, r, c, same)
      SELECT o, d, row_number() OVER (PARTITION BY d ORDER BY o), count(*) OVER (PARTITION BY d),
        min(v) OVER (PARTITION BY d) = max(v) OVER (PARTITION BY d)
      FROM (SELECT l.\(leftKey) AS o, l.d AS d, \(value) AS v FROM \(left) AS l \(join));
      INSERT INTO \(now)
      SELECT n, d, row_number() OVER (PARTITION BY d ORDER BY n), count(*) OVER (PARTITION BY d)
      FROM (SELECT \(facts.rowid ?? "rowid") AS n, \(AtticSQL.digest(item.shape.columnsAfter)) AS d FROM \(facts.quoted));
      CREATE INDEX main.tidemark_attic_\(item.id)_was_d ON tidemark_attic_\(item.id)_was(d);
      CREATE INDEX main.tidemark_attic_\(item.id)_now_d ON tidemark_attic_\(item.id)_now(d, r)
      """)
  }

  /// Whether it is known what is kept of each row that the downgrade left: where the numbers do not say so, rows that it
  /// left alike have to be alike in all that is kept.
  private func isKnown() throws -> Bool {
    if item.shape.kind == .digests || isLinked { return true }
    let values = AtticSQL.digest(item.shape.columns.indices.map { "c\($0)" })
    let differs: Int64? = try connection.value(
      """
      SELECT (SELECT count(*) FROM \(was)) <> (SELECT count(*) FROM \(kept))
        OR (SELECT count(DISTINCT d) FROM \(was)) <> (SELECT count(DISTINCT \(values)) FROM \(kept))
      """)
    return differs == 0
  }

  /// Takes down the rows of either side that are not paired.
  private func see(isTold: Bool, _ flip: (String) -> String) throws {
    let seen = "main.\(item.seenTable)"
    try AtticSQL.makeKeyed(item.seenTable, .rowid, with: ["why"], on: connection)
    // A row that is missing was deleted, if none is there that it could have been changed into.
    let hasNew = try isThere(
      "SELECT 1 FROM \(now) AS t WHERE t.r > coalesce((SELECT w.c FROM \(was) AS w WHERE w.d = t.d LIMIT 1), 0)")
    let missing = hasNew ? AtticLook.Why.lost : .gone
    let isAlike = isTold ? "NOT w.same AND EXISTS (SELECT 1 FROM \(now) AS t WHERE t.d = w.d)" : "1"
    let isLike = isTold ? "EXISTS (SELECT 1 FROM \(was) AS w WHERE w.d = t.d AND NOT w.same)" : "1"
    try connection.execute(
      """
      INSERT OR IGNORE INTO \(seen)
      SELECT \(flip("w.o")), CASE WHEN \(isAlike) THEN \(AtticLook.Why.alike.rawValue) ELSE \(missing.rawValue) END
      FROM \(was) AS w WHERE w.n IS NULL;
      INSERT OR IGNORE INTO \(seen)
      SELECT t.n, CASE WHEN \(isLike) THEN \(AtticLook.Why.like.rawValue) ELSE \(AtticLook.Why.new.rawValue) END
      FROM \(now) AS t WHERE t.n NOT IN (SELECT n FROM \(was) WHERE n IS NOT NULL)
      """)
  }

  /// Renumbers in two steps, first out of the way of all numbers there are.
  private func renumber(_ table: String, _ key: String, below low: Int64, _ flip: (String) -> String) throws {
    try connection.execute(
      """
      UPDATE \(table) SET \(key) = \(flip(key));
      UPDATE \(table) AS x SET \(key) = w.n FROM \(was) AS w WHERE w.n IS NOT NULL AND x.\(key) = \(flip("w.o"));
      UPDATE \(table) SET \(key) = \(flip(key)) WHERE \(key) < \(low)
        AND \(flip(key)) NOT IN (SELECT o FROM \(was)) AND \(flip(key)) NOT IN (SELECT n FROM \(now))
      """)
  }

  private func isThere(_ sql: String) throws -> Bool { try connection.value(sql + " LIMIT 1", as: Int.self) != nil }

  // MARK: through an upgrade

  private static func then(_ item: AtticItem) -> String { "tidemark_attic_\(item.id)_then" }

  /// Before an upgrade that may make the table anew: what it copies of each row.
  static func look(_ item: AtticItem, _ facts: TableFacts, through link: AtticLink, on connection: Connection) throws {
    try connection.execute(
      """
      CREATE TABLE main.\(then(item))(n INTEGER PRIMARY KEY, h, v);
      INSERT INTO main.\(then(item))
      SELECT \(facts.rowid ?? "rowid"), \(AtticSQL.digest(link.before)), \(AtticSQL.digest(facts.columns)) FROM \(facts.quoted)
      """)
  }

  /// After it: gives all that the attic has of the rows the numbers that they have now.
  /// - Parameter full: whole rows that were put together before it.
  /// - Returns: whether each row was found again.
  static func follow(
    _ item: AtticItem, _ full: AtticFull?, through link: AtticLink, on connection: Connection
  ) throws -> Bool {
    guard let facts = try TableFacts(item.table, on: connection), let rowid = facts.rowid,
      link.after.allSatisfy(facts.has)
    else { return false }
    let (new, pairs) = ("\(item.keptTable)_new", "\(item.keptTable)_pairs")
    try connection.execute(
      """
      CREATE TABLE main.\(new)(n INTEGER PRIMARY KEY, h);
      INSERT INTO main.\(new) SELECT \(rowid), \(AtticSQL.digest(link.after)) FROM \(facts.quoted)
      """)
    defer { try? connection.execute("DROP TABLE main.\(new)") }
    guard try AtticLink.pair(then(item), new, into: pairs, exact: true, on: connection) else { return false }
    // What is of no row that is there has a number that no row had; it must have none that one has now either.
    let clash: Int64? = try connection.value(
      """
      SELECT EXISTS(SELECT m FROM \(pairs) INTERSECT SELECT \(item.shape.leftKey[0]) FROM \(item.leftTable)
        WHERE \(item.shape.leftKey[0]) NOT IN (SELECT n FROM \(pairs)))
      """)
    if clash == 0 {
      try AtticLink.renumber(item.leftTable, item.shape.leftKey[0], by: pairs, on: connection)
      try AtticLink.renumber(item.seenTable, "k0", by: pairs, on: connection)
      if item.shape.isFirm, item.shape.kind != .digests, item.leftTable != item.keptTable {
        try AtticLink.renumber(item.keptTable, "n", by: pairs, on: connection)
      }
      if let full { try AtticLink.renumber(full.table, "n", by: pairs, on: connection) }
    }
    try connection.execute("DROP TABLE main.\(pairs)")
    return clash == 0
  }

  /// Gives kept rows the numbers of those that they are, where the table was made anew.
  static func number(_ item: AtticItem, on connection: Connection) throws {
    let pairs = "SELECT o AS n, \(item.shape.leftKey[0]) AS m FROM main.\(item.leftTable)"
    try AtticLink.renumber(item.keptTable, "n", by: pairs, on: connection)
  }

  /// Takes away what only served an upgrade.
  static func clean(_ item: AtticItem, on connection: Connection) throws {
    try connection.execute("DROP TABLE IF EXISTS main.\(then(item))")
  }
}
