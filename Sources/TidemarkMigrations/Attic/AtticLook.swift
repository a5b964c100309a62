// Just before an upgrade comes back: which rows the older build has changed, added and deleted since.
internal import TidemarkSQLite

/// What has changed since a downgrade in the tables that it left.
struct AtticLook {
  /// How a row differs from what the downgrade left.
  enum Why: Int64 {
    case changed = 1
    case gone = 2
    case new = 3
    /// Of a table without a key: the downgrade left it, and it was changed or deleted.
    case lost = 4
    /// The same: the downgrade left it, and it cannot be told from others.
    case alike = 5
    /// The same: it is there, and cannot be told from others that the downgrade left.
    case like = 6

    /// Those that are of rows which are not there, as SQL; by numbers that no row has, where rows have no key.
    static var absent: String { "\(gone.rawValue), \(lost.rawValue), \(alike.rawValue)" }
    static var toldByNothing: String { "\(alike.rawValue), \(like.rawValue)" }
  }

  /// The items by id whose rows could be followed, each with the number of rows that differ.
  private(set) var differing: [Int64: Int64] = [:]
  /// The items by id of which rows are told apart by nothing.
  private(set) var alike: Set<Int64> = []
  /// Whether nothing has changed in any table that the kept rows stand in for.
  private(set) var isQuiet = true
  /// Whether it is known at all what the upgrade makes its rows of.
  let isKnown: Bool
  /// By item, what the upgrade copies of the rows of a table without a key where it makes it anew.
  private(set) var links: [Int64: AtticLink] = [:]
  /// Whether nothing has changed in what else the upgrade makes its rows of.
  private(set) var sourcesAreQuiet = true

  /// Looks.
  /// - Parameters:
  ///   - fresh: items that this very run has kept: nobody has been at their tables since.
  ///   - isDoubtful: whether values of a table have stayed in the attic in this run.
  init(
    _ items: [AtticItem], of migration: any Migration, fresh: Set<Int64>, on connection: Connection,
    isDoubtful: (String) throws -> Bool
  ) throws {
    isKnown = items.contains { $0.shape.sources != nil || $0.shape.keyAfter != nil }
    for item in items {
      for source in item.shape.sources ?? [] {
        guard let facts = try TableFacts(source.table, on: connection), source.columns.allSatisfy(facts.has),
          try AtticSQL.wholeDigest(facts, source.columns, connection) == source.digest
        else {
          sourcesAreQuiet = false
          continue
        }
      }
      guard let key = item.shape.keyAfter, let after = item.tableAfter else { continue }
      guard let facts = try TableFacts(after, on: connection), item.shape.columnsAfter.allSatisfy(facts.has),
        Self.has(key, facts)
      else {
        isQuiet = false
        continue
      }
      if AtticPairing.isNeeded(key, facts), !fresh.contains(item.id) {
        let pairing = AtticPairing(item: item, facts: facts, connection: connection, isDoubtful: try isDoubtful(after))
        let found = try pairing.run()
        differing[item.id] = found.differing
        if found.isAlike { alike.insert(item.id) }
      } else {
        differing[item.id] = try Self.compare(item, key, facts, connection)
      }
      if differing[item.id] != 0 { isQuiet = false }
      // The numbers of rows that are gone may be given again: those of what nobody has been at are none of these.
      if AtticPairing.isNeeded(key, facts), !fresh.contains(item.id) || differing[item.id] == 0,
        let link = Self.link(item, migration, facts)
      {
        try AtticPairing.look(item, facts, through: link, on: connection)
        links[item.id] = link
      }
    }
    if !sourcesAreQuiet { isQuiet = false }
  }

  private static func link(_ item: AtticItem, _ migration: any Migration, _ facts: TableFacts) -> AtticLink? {
    guard !migration.upgrade.hasCode, item.table.lowercased() == facts.name.lowercased() else { return nil }
    let backfilled = migration.upgrade.backfills.contains { $0.table.lowercased() == facts.name.lowercased() }
    return backfilled ? nil : AtticLink(of: item.table, in: migration.upgrade.script, before: facts.columns)
  }

  private static func has(_ key: AtticKey, _ facts: TableFacts) -> Bool {
    switch key {
    case .rowid: facts.rowid != nil
    case .columns(let names): names.allSatisfy(facts.has)
    }
  }

  private static func compare(
    _ item: AtticItem, _ key: AtticKey, _ facts: TableFacts, _ connection: Connection
  ) throws -> Int64 {
    try AtticSQL.makeKeyed(item.seenTable, key, with: ["why"], on: connection)
    let keys = AtticSQL.keys(key, facts, of: "t.")
    let left = item.shape.leftKey.map { "l." + $0 }
    // A key that is NULL is of no row that was followed; it is counted all the same.
    try connection.execute(
      """
      INSERT OR IGNORE INTO main.\(item.seenTable)
      SELECT \(keys.joined(separator: ", ")),
        CASE WHEN l.d IS NULL THEN \(Why.new.rawValue) ELSE \(Why.changed.rawValue) END
      FROM \(facts.quoted) AS t LEFT JOIN main.\(item.leftTable) AS l ON \(AtticSQL.same(key, table: keys, attic: left))
      WHERE l.d IS NOT \(AtticSQL.digest(item.shape.columnsAfter, of: "t."))
        AND \(keys.map { "\($0) IS NOT NULL" }.joined(separator: " AND "))
      """)
    if key == .rowid, try !lacksRows(item, facts, connection) {
      return try connection.value("SELECT count(*) FROM main.\(item.seenTable)") ?? 0
    }
    try connection.execute(
      """
      INSERT OR IGNORE INTO main.\(item.seenTable)
      SELECT \(left.joined(separator: ", ")), \(Why.gone.rawValue) FROM main.\(item.leftTable) AS l
      WHERE NOT EXISTS (SELECT 1 FROM \(facts.quoted) AS t WHERE \(AtticSQL.same(key, table: keys, attic: left)))
      """)
    let unkeyed: Int64 =
      key == .rowid
      ? 0
      : try connection.value(
        "SELECT count(*) FROM \(facts.quoted) AS t WHERE "
          + keys.map { "\($0) IS NULL" }.joined(separator: " OR ")) ?? 0
    return try (connection.value("SELECT count(*) FROM main.\(item.seenTable)") ?? 0) + unkeyed
  }

  /// Whether rows are gone: counting says so without a look at each.
  private static func lacksRows(_ item: AtticItem, _ facts: TableFacts, _ connection: Connection) throws -> Bool {
    let differs: Int64? = try connection.value(
      """
      SELECT (SELECT count(*) FROM \(facts.quoted))
        - (SELECT count(*) FROM main.\(item.seenTable) WHERE why = \(Why.new.rawValue))
        <> (SELECT count(*) FROM main.\(item.leftTable))
      """)
    return differs != 0
  }

  /// Whether an upgrade has given the rows of a table other rowids, and they are known by nothing else. Where what it copies
  /// tells them, they get their numbers.
  func hasMoved(
    _ item: AtticItem, _ full: AtticFull?, _ log: UpgradeLog, on connection: Connection
  ) throws -> Bool {
    guard item.shape.key == .rowid, item.shape.keyAfter == .rowid, item.shape.rowidColumn == nil,
      let facts = try TableFacts(item.table, on: connection), !facts.isVirtual, facts.rowidColumn == nil,
      log.remakes(item.table) || item.tableAfter.map(log.remakes) ?? false
    else { return false }
    guard let link = links[item.id] else { return true }
    if link.keepsRowids { return try Self.hasOtherRowids(item, facts, on: connection) }
    return try !AtticPairing.follow(item, full, through: link, on: connection)
  }

  private static func hasOtherRowids(
    _ item: AtticItem, _ facts: TableFacts, on connection: Connection
  ) throws -> Bool {
    let rowid = facts.rowid ?? "rowid"
    let left = item.shape.leftKey[0]
    let there = """
      SELECT \(left) FROM main.\(item.leftTable)
      WHERE \(left) NOT IN (SELECT k0 FROM main.\(item.seenTable) WHERE why IN (\(Why.absent)))
      UNION SELECT k0 FROM main.\(item.seenTable) WHERE why NOT IN (\(Why.absent))
      """
    let now = "SELECT \(rowid) FROM \(facts.quoted)"
    let differs: Int64? = try connection.value(
      "SELECT EXISTS(SELECT * FROM (\(there)) EXCEPT \(now)) OR EXISTS(\(now) EXCEPT SELECT * FROM (\(there)))")
    return differs != 0
  }
}
