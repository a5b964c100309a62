// No new foreign-key violation in a slice of a backfill either: foreign keys are off in it, as in all that a migration
// does, and each slice is committed by itself.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Looks after each slice at the tables in which it may have left rows without those they refer to, and at no others:
/// a backfill that sets no column of a foreign key costs nothing here.
final class SliceCheck {
  /// One column of a foreign key, by keys.
  private struct Link {
    var child: String
    var column: String
    var parent: String
    /// What of the parent it may mean: columns, and "-" for rows that go.
    var targets: Set<String>
  }

  /// What was written to a table: the columns set in its rows, "+" for new rows, "-" for rows that went.
  private typealias Writes = Set<String>

  /// It has to be known what there was in these tables before the slice.
  private struct NeedsKnown: Error {
    var tables: Set<String>
  }

  private let connection: Connection
  /// Whether the backfill's own statements may say REPLACE.
  private let replaces: Bool
  private var links: [Link] = []
  private var cookie: Int64?
  /// What there was before a slice, as long as nobody else has written since.
  private var known: ForeignKeyViolations?
  private var version: Int64?
  /// Tables to look at before the slice, too.
  private var suspects: Set<String> = []

  init(_ connection: Connection, _ migration: any Migration) {
    self.connection = connection
    replaces = migration.upgrade.backfills.contains { backfill in
      guard case .sql(let sql) = backfill.work else { return true }
      return folded(sql).contains("replace")
    }
  }

  /// Runs a transaction that does a slice; again, where it has to be known what there was before it.
  func transaction<T>(_ body: () throws -> T) throws -> T {
    suspects = []
    while true {
      do {
        return try connection.transaction(.immediate, body)
      } catch let needs as NeedsKnown {
        suspects.formUnion(needs.tables)
      }
    }
  }

  /// Does a slice inside of the transaction.
  /// - Parameter slice: does it, and returns which one; nil where none is left.
  /// - Returns: whether there was one.
  /// - Throws: `MigrationError.foreignKeys`, or what the slice throws.
  func watching(_ sandbox: Sandbox, _ slice: () throws -> BackfillRun.Slice?) throws -> Bool {
    let now: Int64? = try connection.value("PRAGMA data_version")
    if version != now { known = nil }
    version = now
    if !suspects.isEmpty { known = try ForeignKeyViolations(connection, in: suspects) }
    var writes: [String: Writes] = [:]
    let others = sandbox.observer
    sandbox.observer = { request in
      others?(request)
      guard let table = request.first else { return }
      switch request.action {
      case .insert: writes[nameKey(table), default: []].insert("+")
      case .delete: writes[nameKey(table), default: []].insert("-")
      case .update:
        writes[nameKey(table), default: []].insert(nameKey(request.second ?? ""))
        // Which rows a trigger writes is not known.
        if request.source != nil { writes[nameKey(table), default: []].insert("+") }
      default: break
      }
    }
    defer { sandbox.observer = others }
    guard let slice = try slice() else { return false }
    let tables = try touched(by: writes, in: slice)
    if !tables.isEmpty { try check(tables) }
    return true
  }

  private func check(_ tables: Set<String>) throws {
    let found = try ForeignKeyViolations(connection, in: tables)
    if found.isEmpty { return }
    let new = known.map { found.new(since: $0) }
    if new?.isEmpty ?? false {
      known = found
    } else {
      // What was known may be of other tables, or older than what another process did.
      guard let new, tables.isSubset(of: suspects) else { throw NeedsKnown(tables: tables) }
      throw MigrationError.foreignKeys(new)
    }
  }

  /// The tables of which rows may refer to nothing after these writes.
  private func touched(by writes: [String: Writes], in slice: BackfillRun.Slice) throws -> Set<String> {
    if writes.isEmpty { return [] }
    try readLinks()
    var found: Set<String> = []
    for link in links where !found.contains(link.child) {
      let own = writes[link.child] ?? []
      let theirs = writes[link.parent] ?? []
      let isSet = own.contains("+") || own.contains(link.column)
      guard isSet || !theirs.isDisjoint(with: link.targets) else { continue }
      // A table of any size is not looked at whole for some rows of it.
      let isWithin = theirs.isDisjoint(with: link.targets) && staysWithin(slice, writing: own, of: link.child)
      if try !isWithin || hasOrphans(slice) { found.insert(link.child) }
    }
    return found
  }

  /// Whether only rows of the slice were written to the table: it walks that table by a column that it leaves alone, and
  /// each of its statements keeps to the slice's keys.
  private func staysWithin(_ slice: BackfillRun.Slice, writing columns: Writes, of table: String) -> Bool {
    let backfill = slice.backfill
    guard nameKey(backfill.table) == table, columns.isDisjoint(with: ["+", "rowid", nameKey(backfill.key)]),
      case .sql(let sql) = backfill.work
    else { return false }
    let script = CreateStatement(sql)
    return script.statements.allSatisfy { Self.keeps($0, of: script, to: nameKey(backfill.key)) }
  }

  /// Whether a statement says `WHERE … KEY BETWEEN :first AND :last` of itself, not of a query in it, and nothing by which
  /// that could be wider than it reads.
  private static func keeps(_ range: Range<Int>, of script: CreateStatement, to key: String) -> Bool {
    var depth = 0
    var isBehindWhere = false
    var isFound = false
    for at in range {
      if script.isSymbol(at, UInt8(ascii: "(")) { depth += 1 }
      if script.isSymbol(at, UInt8(ascii: ")")) { depth -= 1 }
      if depth > 0 { continue }
      if script.isWord(at, "or") || script.isWord(at, "case") && isBehindWhere { return false }
      if script.isWord(at, "where") { isBehindWhere = true }
      guard isBehindWhere, script.isWord(at, "between"), at >= range.lowerBound + 2 else { continue }
      let isQualified = script.isSymbol(at - 2, UInt8(ascii: "."))
      let before = isQualified ? at - 4 : at - 2
      isFound =
        isFound
        || nameKey(script.identifier(at - 1)) == key
          && (script.isWord(before, "where") || script.isWord(before, "and")) && script.identifier(at + 1) == ":first"
          && script.isWord(at + 2, "and") && script.identifier(at + 3) == ":last"
    }
    return isFound
  }

  /// Whether a row of the slice refers to nothing.
  private func hasOrphans(_ slice: BackfillRun.Slice) throws -> Bool {
    let key = "r." + BackfillWalk.key(of: slice.backfill)
    for link in try ForeignKey.all(of: slice.backfill.table, on: connection) where try link.fits(on: connection) {
      let statement = try connection.prepare(
        """
        SELECT 1 FROM main.\(SQL.quote(slice.backfill.table)) AS r
        WHERE \(key) BETWEEN ?1 AND ?2 AND \(try link.isBroken(alias: "r", on: connection)) LIMIT 1
        """)
      try statement.bind([slice.first, slice.last])
      if try statement.step() { return true }
    }
    return false
  }

  private func readLinks() throws {
    let now = try Int64(connection.schemaCookie())
    if cookie == now { return }
    cookie = now
    let isReplacing =
      try replaces
      || connection.value(
        "SELECT 1 FROM main.sqlite_schema WHERE type IN ('table', 'trigger') AND instr(lower(sql), 'replace') LIMIT 1",
        as: Int.self) != nil
    links = try connection.rows("SELECT name FROM main.sqlite_schema WHERE type = 'table'").flatMap { row in
      let child: String = try row.get(0)
      return try ForeignKey.all(of: child, on: connection).flatMap { key in
        var targets = Set(key.columns.map { nameKey($0.theirs) }).union(["-", "rowid"])
        // REPLACE takes rows away without saying so.
        if isReplacing { targets.formUnion(try uniqueColumns(of: key.parent) + ["+"]) }
        return key.columns.map { column in
          Link(child: nameKey(child), column: nameKey(column.own), parent: nameKey(key.parent), targets: targets)
        }
      }
    }
  }

  /// The columns by which rows of a table may be in each other's way, by keys: all where it cannot be told of some.
  private func uniqueColumns(of table: String) throws -> [String] {
    let names = try connection.rows(
      """
      SELECT i.name FROM pragma_index_list(?1, 'main') l JOIN pragma_index_info(l.name, 'main') i
      WHERE l."unique" AND NOT l.partial UNION ALL SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0
      UNION ALL SELECT NULL FROM pragma_index_list(?1, 'main') WHERE "unique" AND partial
      """, table
    ).map { String(sqliteValue: $0[0]) }
    let all = try names.contains(nil) ? TableFacts(table, on: connection)?.columns ?? [] : names.compactMap { $0 }
    return all.map(nameKey)
  }
}
