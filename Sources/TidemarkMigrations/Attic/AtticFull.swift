// Whole rows for a return that needs them, put together from kept values and from what stands beside them.
internal import TidemarkSQLite

/// A table of whole rows: "n", "r" where a rowid is worth keeping, and c0, c1, … for the table's columns.
struct AtticFull {
  /// Where the values come from that were not kept.
  enum Side {
    /// The rows as the downgrade left them, before the upgrade.
    case left
    /// The rows as the upgrade has made them.
    case now
  }

  let table: String
  /// Its columns that hold the key.
  let key: [String]
  /// The table's columns that c0, c1, … stand for.
  let columns: [String]
  /// Its column that holds the rowid; nil where the key is the rowid or there is none.
  let rowid: String?

  /// Makes it, for rows that have not changed.
  init(of item: AtticItem, as side: Side, _ look: AtticLook, on connection: Connection) throws {
    let shape = item.shape
    let name = side == .left ? item.tableAfter ?? item.table : item.table
    guard let facts = try TableFacts(name, on: connection), let key = shape.key,
      let keyThere = side == .left ? shape.keyAfter : shape.key
    else { throw AtticReturning.Impossible(why: "table \(name) is not there") }
    let lost = shape.kind == .values ? shape.columns : []
    columns = shape.survivors + lost
    table = "tidemark_attic_\(item.id)_full"
    let all = columns
    self.key =
      switch key {
      case .rowid: ["n"]
      case .columns(let names): names.compactMap { name in all.firstIndex(of: name).map { "c\($0)" } }
      }
    rowid = key == .rowid || facts.rowid == nil ? nil : "r"
    let declared = (rowid == nil ? [] : ["r"]) + columns.indices.map { "c\($0)" }
    try connection.execute(
      "CREATE TABLE main.\(table)(\((["n INTEGER PRIMARY KEY"] + declared).joined(separator: ", ")))")
    let there = AtticSQL.keys(keyThere, facts, of: "t.")
    let survivors = (side == .left ? shape.survivorsAfter : shape.survivors).map { "t." + SQL.quote($0) }
    let hasKept = shape.kind == .values
    let number = hasKept ? "k.n" : key == .rowid ? there[0] : "NULL"
    let values =
      [number] + (rowid == nil ? [] : ["t.\(facts.rowid ?? "rowid")"]) + survivors + lost.indices.map { "k.c\($0)" }
    let join =
      hasKept
      ? " JOIN main.\(item.keptTable) AS k ON "
        + AtticSQL.same(key, table: there, attic: shape.keptKey.map { "k." + $0 }) : ""
    let seenKey = there.indices.map { "x.k\($0)" }
    try connection.execute(
      """
      INSERT INTO main.\(table) SELECT \(values.joined(separator: ", ")) FROM \(facts.quoted) AS t\(join)
      WHERE NOT EXISTS (SELECT 1 FROM main.\(item.seenTable) AS x WHERE \(AtticSQL.same(key, table: there, attic: seenKey)))
      """)
    if case .columns = key {
      try connection.execute("CREATE INDEX main.\(table)_key ON \(table)(\(self.key.joined(separator: ", ")))")
    }
  }

  /// Whether values cannot be set one row after the other, as two rows may change places in a unique index.
  static func isNeeded(for item: AtticItem, on connection: Connection) throws -> Bool {
    let lost = Set(item.shape.columns.map { $0.lowercased() })
    let rows = try connection.rows(
      """
      SELECT x.name FROM pragma_index_list(?1) i JOIN pragma_index_info(i.name) x
      WHERE i."unique" = 1
      """, item.table)
    // An expression has no name, and may be over any column.
    return rows.contains { row in String(sqliteValue: row[0]).map { lost.contains($0.lowercased()) } ?? true }
  }
}
