// The attic's own tables in a database: the catalogue, and one or two tables for each table of which something is kept.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Reads and writes `tidemark_attic`. Its columns are only ever added and are read by name.
struct AtticCatalogue {
  let connection: Connection

  init(_ connection: Connection) { self.connection = connection }

  private static let ddl = """
    CREATE TABLE tidemark_attic(
      id             INTEGER PRIMARY KEY,
      generation     INTEGER NOT NULL,
      migration      INTEGER NOT NULL,
      name           TEXT NOT NULL,
      upgrade_digest TEXT NOT NULL,
      table_name     TEXT NOT NULL,
      table_after    TEXT,
      state          TEXT NOT NULL,
      kept_at        TEXT NOT NULL,
      kept_by        TEXT NOT NULL,
      rows           INTEGER NOT NULL,
      shape          TEXT NOT NULL
    ) STRICT
    """

  /// Whether the database has an attic.
  var exists: Bool {
    get throws {
      try connection.value(
        "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'tidemark_attic'", as: Int.self) != nil
    }
  }

  /// Everything in it, oldest first.
  /// - Throws: `MigrationError.damagedChangelog`, `SQLiteError`.
  func items() throws -> [AtticItem] {
    guard try exists else { return [] }
    return try connection.rows("SELECT * FROM tidemark_attic ORDER BY id").map(Self.item)
  }

  private static func item(_ row: Row) throws -> AtticItem {
    do {
      guard let state = AtticItem.State(rawValue: try row.get("state")) else {
        throw MigrationError.damagedChangelog("the attic's catalogue has a state \(row["state"])")
      }
      for column in ["id", "generation", "migration", "rows"] {
        let number: Int64 = try row.get(column)
        guard Changelog.numbers.contains(number) else {
          throw MigrationError.damagedChangelog("the attic's catalogue has \(number) as \(column)")
        }
      }
      return AtticItem(
        id: try row.get("id"), generation: try row.get("generation"), migration: MigrationID(try row.get("migration")),
        name: try row.get("name"), upgradeDigest: try row.get("upgrade_digest"), table: try row.get("table_name"),
        tableAfter: try row.get("table_after"), state: state, keptAt: try row.get("kept_at"),
        rows: try row.get("rows"), shape: try AtticShape(json: try row.get("shape")))
    } catch let error as SQLiteError {
      throw MigrationError.damagedChangelog("the attic's catalogue: \(error.message)")
    }
  }

  /// The id that the next item gets.
  func nextID() throws -> Int64 {
    if try !exists { try connection.execute(Self.ddl) }
    return try connection.value("SELECT coalesce(max(id), 0) + 1 FROM tidemark_attic") ?? 1
  }

  func add(_ item: AtticItem, by build: String) throws {
    try connection.run(
      """
      INSERT INTO tidemark_attic(
        id, generation, migration, name, upgrade_digest, table_name, table_after, state, kept_at, kept_by, rows, shape)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, item.id, item.generation, item.migration.rawValue, item.name, item.upgradeDigest, item.table,
      item.tableAfter, item.state.rawValue, item.keptAt, build, item.rows, item.shape.json)
  }

  func update(_ item: AtticItem) throws {
    try connection.run(
      "UPDATE tidemark_attic SET state = ?, rows = ?, shape = ?, table_after = ? WHERE id = ?", item.state.rawValue,
      item.rows, item.shape.json, item.tableAfter, item.id)
  }

  /// Leaves an item with what did not return: that is not followed any more.
  func rest(_ item: AtticItem) throws {
    if !item.shape.hasInlineDigest { try connection.execute("DROP TABLE IF EXISTS main.\(item.leftTable)") }
    try update(item)
  }

  /// Empties an item and takes it out of the catalogue; the catalogue goes with the last one.
  func remove(_ item: AtticItem) throws {
    try connection.execute(
      "DROP TABLE IF EXISTS main.\(item.keptTable); DROP TABLE IF EXISTS main.tidemark_attic_\(item.id)_left")
    try connection.run("DELETE FROM tidemark_attic WHERE id = ?", item.id)
    let left: Int64? = try connection.value("SELECT count(*) FROM (SELECT 1 FROM tidemark_attic LIMIT 1)")
    if left == 0 { try connection.execute("DROP TABLE main.tidemark_attic") }
  }
}
