// The rebuild of a table of a million rows: the table, and the steps as SQL, for a migration and for `sqlite3`.
import Tidemark

/// A table that is rebuilt to take a constraint that ALTER TABLE cannot add.
enum Rebuild {
  static let rows = 1_000_000

  struct V001_CreateRecords: Migration {
    var upgrade: Upgrade {
      """
      CREATE TABLE records(
        id INTEGER PRIMARY KEY, owner TEXT NOT NULL, state TEXT NOT NULL, cost REAL NOT NULL, detail TEXT);
      CREATE INDEX records_by_owner ON records(owner);
      """
    }
    var downgrade: Downgrade { "DROP TABLE records" }
  }

  struct V002_BoundCosts: Migration {
    var upgrade: Upgrade { Upgrade(Rebuild.steps) }
    var downgrade: Downgrade { .irreversible("only measured in this direction") }
  }

  static let before = Lineage(name: "rebuild", migrations: [V001_CreateRecords()])

  /// Built anew, head and all, as in a process that starts.
  static func after() -> Lineage { Lineage(name: "rebuild", migrations: [V001_CreateRecords(), V002_BoundCosts()]) }

  static let steps = """
    PRAGMA legacy_alter_table = ON;
    CREATE TABLE records_new(
      id INTEGER PRIMARY KEY, owner TEXT NOT NULL, state TEXT NOT NULL, cost REAL NOT NULL CHECK (cost >= 0), detail TEXT);
    INSERT INTO records_new(id, owner, state, cost, detail) SELECT id, owner, state, cost, detail FROM records;
    DROP TABLE records;
    ALTER TABLE records_new RENAME TO records;
    CREATE INDEX records_by_owner ON records(owner);
    """

  /// The steps by hand, with those of SQLite's ALTER TABLE page around them.
  static let script = """
    PRAGMA foreign_keys = OFF;
    BEGIN IMMEDIATE;
    \(steps)
    PRAGMA foreign_key_check;
    COMMIT;

    """

  /// Makes the table with its rows at the first migration.
  static func make(at path: String) throws {
    try Paths.removeDatabase(path)
    let connection = try Connection(path: path)
    try connection.execute("PRAGMA synchronous = OFF")
    try Migrator(before).migrate(connection)
    var numbers = SeededNumbers(seed: 7)
    let insertion = try connection.prepare("INSERT INTO records VALUES(?, ?, ?, ?, ?)")
    try connection.transaction {
      for id in 1...rows {
        try insertion.run(
          id, "owner-\(numbers.below(5_000))", numbers.one(of: ["new", "ready", "gone"]),
          Double(numbers.below(10_000)) / 4, "detail \(numbers.hex(16)) of a record")
      }
    }
    insertion.finalize()
    try connection.close()
  }
}
