// A table's own ON CONFLICT clause is for those who write into it: a rebuild that met it would drop rows without a word.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct ConflictClauseTests {
  @Test(
    arguments: [
      "CREATE TABLE t(id INTEGER PRIMARY KEY, k UNIQUE ON CONFLICT REPLACE)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, k UNIQUE ON CONFLICT IGNORE)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, k, UNIQUE(k) ON CONFLICT REPLACE)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, k CHECK (t.k > 0) UNIQUE ON CONFLICT REPLACE)",
    ])
  func aRebuildFailsWhereTheTableWouldDropRows(_ strict: String) throws {
    let connection = try Connection.inMemory()
    try connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, k); INSERT INTO t VALUES (1, 7), (2, 7)")
    let alteration = try SchemaAlteration.make(
      from: Schema.read(from: connection), to: Schema.make(running: strict), sqlite: SQLiteLibrary.version)
    #expect(throws: SQLiteError.self) {
      try connection.transaction(.immediate) { try connection.execute(alteration.sql) }
    }
    #expect(try connection.value("SELECT count(*) FROM t", as: Int.self) == 2)
  }

  @Test func aDerivedDowngradeFailsWhereTheOlderTableWouldDropRows() throws {
    let scratch = try Scratch()
    let base = Change(
      1, "Base", up: "CREATE TABLE t(id INTEGER PRIMARY KEY, k UNIQUE ON CONFLICT REPLACE)", down: "DROP TABLE t")
    let loose = Change(
      2, "Loose",
      up: """
        CREATE TABLE t_new(id INTEGER PRIMARY KEY, k); INSERT INTO t_new(id, k) SELECT id, k FROM t; DROP TABLE t;
        ALTER TABLE t_new RENAME TO t
        """, down: .derived)
    try scratch.migrate(lineage(base, loose))
    try scratch.execute("INSERT INTO t VALUES (1, 7), (2, 7)")
    #expect(MigrationError.code { try scratch.migrate(lineage(base)) } == "step-failed")
    #expect(try scratch.value("SELECT count(*) FROM t", as: Int.self) == 2)
  }

  /// What a draft says is read again where it is an upgrade whose downgrade is derived.
  @Test func aCopyThatAbortsIsAPlainCopy() throws {
    let scratch = try Scratch()
    let base = Change(1, "Base", up: "CREATE TABLE t(id INTEGER PRIMARY KEY, k)", down: "DROP TABLE t")
    let strict = Change(
      2, "Strict",
      up: """
        CREATE TABLE t_new(id INTEGER PRIMARY KEY, k UNIQUE ON CONFLICT REPLACE);
        INSERT OR ABORT INTO t_new(id, k) SELECT id, k FROM t; DROP TABLE t; ALTER TABLE t_new RENAME TO t
        """, down: .derived)
    try scratch.migrate(lineage(base, strict))
    try scratch.migrate(lineage(base))
  }

  /// What the author wrote, and what makes the copy another: it leaves rows out, or adds some.
  @Test(
    arguments: [
      ("k UNIQUE ON CONFLICT REPLACE", "INSERT INTO n(id, k) SELECT id, k FROM t"),
      ("k UNIQUE ON CONFLICT IGNORE", "INSERT INTO n(id, k) SELECT id, k FROM t"),
      ("k", "INSERT INTO n(id, k) SELECT id, k FROM t; WITH x AS (SELECT 99) INSERT INTO n(id) SELECT * FROM x"),
      ("k", "INSERT INTO n(id, k) SELECT id, k FROM t; WITH x AS (SELECT 99) REPLACE INTO n(id) SELECT * FROM x"),
      (
        "k",
        """
        CREATE TRIGGER only BEFORE INSERT ON n WHEN new.k = 8 BEGIN SELECT raise(IGNORE); END;
        INSERT INTO n(id, k) SELECT id, k FROM t; DROP TRIGGER only
        """
      ),
    ])
  func aRebuildThatDropsOrAddsRowsIsNoPlainCopy(_ column: String, _ fill: String) throws {
    let script = """
      CREATE TABLE n(id INTEGER PRIMARY KEY, \(column)); \(fill); DROP TABLE t; ALTER TABLE n RENAME TO t
      """
    let made = "CREATE TABLE t(id INTEGER PRIMARY KEY, \(column))"
    let base = Change(1, "Base", up: "CREATE TABLE t(id INTEGER PRIMARY KEY, k)", down: "DROP TABLE t")
    let scratch = try Scratch()
    try scratch.migrate(lineage(base))
    #expect(
      MigrationError.code { try scratch.migrate(lineage(base, Change(2, up: Upgrade(script), down: .derived))) }
        == "underivable")
    // And the way down: nothing is kept of rows that such a copy takes away.
    let tides = try Tides(made, up: "CREATE INDEX i ON t(k)", down: Downgrade(script))
    try tides.execute("INSERT INTO t VALUES (1, 7), (2, 8)")
    #expect(MigrationError.code { try tides.down(MigratorOptions(build: "old", attic: .off)) } == "would-lose")
  }
}
