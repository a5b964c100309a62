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
    /// The columns of the parent that it may mean.
    var targets: Set<String>
  }

  /// It has to be known what there was in these tables before the slice.
  private struct NeedsKnown: Error {
    var tables: Set<String>
  }

  private let connection: Connection
  private var links: [Link] = []
  private var cookie: Int64?
  private var known: ForeignKeyViolations?
  /// Tables to look at before the slice, too.
  private var suspects: Set<String> = []

  init(_ connection: Connection) { self.connection = connection }

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
  /// - Throws: `MigrationError.foreignKeys`, or what the slice throws.
  func watching<T>(_ sandbox: Sandbox, _ slice: () throws -> T) throws -> T {
    if !suspects.isEmpty { known = try ForeignKeyViolations(connection, in: suspects) }
    var writes: [String: Set<String>] = [:]
    let others = sandbox.observer
    sandbox.observer = { request in
      others?(request)
      guard let table = request.first else { return }
      switch request.action {
      // REPLACE deletes without saying so.
      case .insert: writes[nameKey(table), default: []].insert("+")
      case .delete: writes[nameKey(table), default: []].insert("-")
      case .update: writes[nameKey(table), default: []].insert(nameKey(request.second ?? ""))
      default: break
      }
    }
    defer { sandbox.observer = others }
    let result = try slice()
    let tables = try touched(by: writes)
    if !tables.isEmpty { try check(tables) }
    return result
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

  /// The tables of which rows may refer to nothing after these writes, by table the columns set; "+" and "-" for rows.
  private func touched(by writes: [String: Set<String>]) throws -> Set<String> {
    if writes.isEmpty { return [] }
    try readLinks()
    var found: Set<String> = []
    for link in links {
      let own = writes[link.child] ?? []
      let theirs = writes[link.parent] ?? []
      if own.contains("+") || own.contains(link.column) || !theirs.isDisjoint(with: link.targets) {
        found.insert(link.child)
      }
    }
    return found
  }

  private func readLinks() throws {
    let now = try Int64(connection.schemaCookie())
    if cookie == now { return }
    cookie = now
    links = try connection.rows(
      """
      SELECT s.name, f."from", f."table", f."to" FROM main.sqlite_schema s
      JOIN pragma_foreign_key_list(s.name, 'main') f WHERE s.type = 'table'
      """
    ).map { row in
      let parent: String = try row.get(2)
      // Without a column it means the primary key.
      let targets =
        try String(sqliteValue: row[3]).map { [$0] }
        ?? connection.rows("SELECT name FROM pragma_table_info(?, 'main') WHERE pk > 0", parent).map { try $0.get(0) }
      return Link(
        child: nameKey(try row.get(0)), column: nameKey(try row.get(1)), parent: nameKey(parent),
        targets: Set(targets.map(nameKey)).union(["+", "-", "rowid"]))
    }
  }
}
