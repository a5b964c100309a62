// Rebuilding a table: children survive, an operator's index comes back, values do not change places.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct RebuildTests {
  static let family = Change(
    1,
    up: """
      CREATE TABLE p(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
      CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE CASCADE);
      """, down: "DROP TABLE c; DROP TABLE p")
  static let rebuild = Change(
    2,
    up: """
      CREATE TABLE p_new(id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO p_new(id, name) SELECT id, name FROM p;
      DROP TABLE p;
      ALTER TABLE p_new RENAME TO p;
      """,
    down: """
      CREATE TABLE p_old(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
      INSERT INTO p_old(id, name) SELECT id, name FROM p;
      DROP TABLE p;
      ALTER TABLE p_old RENAME TO p;
      """)

  @Test func childrenSurviveARebuildOfTheirParent() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.family))
    try scratch.execute("INSERT INTO p VALUES(1, 'a'), (2, 'b'); INSERT INTO c VALUES(1, 1), (2, 2)")
    let connection = try scratch.open()
    try connection.execute("PRAGMA foreign_keys = ON")
    try Migrator(lineage(Self.family, Self.rebuild)).migrate(connection)
    #expect(try connection.value("SELECT count(*) FROM c", as: Int.self) == 2)
    #expect(try connection.value("PRAGMA foreign_keys", as: Int.self) == 1)
    #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO c VALUES(3, 77)") }
    try Migrator(lineage(Self.family)).migrate(connection)
    #expect(try connection.value("SELECT count(*) FROM c", as: Int.self) == 2)
  }

  @Test func anOperatorsIndexIsMadeAgain() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.family))
    try scratch.execute("CREATE INDEX operators ON p(name)")
    let report = try scratch.migrate(lineage(Self.family, Self.rebuild))
    #expect(report.notes.contains { $0.contains("index operators on p") })
    #expect(
      try scratch.value("SELECT sql FROM sqlite_schema WHERE name = 'operators'", as: String.self)
        == "CREATE INDEX operators ON p(name)")
  }

  @Test func anOperatorsIndexThatNoLongerFitsStopsThePlan() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.family))
    try scratch.execute("CREATE INDEX operators ON p(name)")
    let narrow = Change(
      2,
      up:
        "CREATE TABLE n(id INTEGER PRIMARY KEY); INSERT INTO n(id) SELECT id FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p",
      down: .irreversible("names are gone"))
    do {
      try scratch.migrate(lineage(Self.family, narrow))
      Issue.record("the index was lost")
    } catch let error as MigrationError {
      #expect(error.code == "in-the-way")
      #expect(error.description.contains("index operators on p"))
    }
    #expect(try scratch.value("SELECT count(*) FROM sqlite_schema WHERE name = 'operators'", as: Int.self) == 1)
  }

  @Test func valuesAreNotSwappedByPosition() throws {
    let scratch = try Scratch()
    let base = Change(1, up: "CREATE TABLE t(a)", down: "DROP TABLE t")
    let two = Change(2, up: "ALTER TABLE t ADD COLUMN b", down: "ALTER TABLE t DROP COLUMN b")
    let three = Change(3, up: "ALTER TABLE t ADD COLUMN c", down: "ALTER TABLE t DROP COLUMN c")
    let positional = Change(4, "Copy", up: "CREATE TABLE u AS SELECT * FROM t", down: "DROP TABLE u")
    let named = Change(4, "Copy", up: "CREATE TABLE u AS SELECT a, b, c FROM t", down: "DROP TABLE u")
    try scratch.migrate(lineage(base, three))
    try scratch.execute("INSERT INTO t(a, c) VALUES('a', 'c')")
    let report = try scratch.migrate(lineage(base, two, three))
    #expect(report.notes.contains { $0.contains("another order") && $0.contains("t") })
    #expect(MigrationError.code { try scratch.migrate(lineage(base, two, three, positional)) } == "positional")
    try scratch.migrate(lineage(base, two, three, named))
    #expect(try scratch.value("SELECT c FROM u", as: String.self) == "c")
  }

  @Test func aViewOrTriggerThatDoesNotCompileStopsThePlan() throws {
    let scratch = try Scratch()
    let broken = Change(2, up: "CREATE VIEW v AS SELECT absent FROM t1", down: "DROP VIEW v")
    #expect(MigrationError.code { try scratch.migrate(lineage(table(1), broken)) } == "not-converged")
    let trigger = Change(
      2, up: "CREATE TRIGGER g AFTER UPDATE ON t1 BEGIN INSERT INTO missing VALUES(1); END", down: "DROP TRIGGER g")
    #expect(MigrationError.code { try scratch.migrate(lineage(table(1), trigger)) } == "not-converged")
    let good = Change(
      2,
      up: """
        CREATE VIEW v AS SELECT a FROM t1;
        CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN INSERT INTO t1(a) VALUES(new.a); END;
        """, down: "DROP VIEW v")
    try scratch.migrate(lineage(table(1), good))
  }
}

@Suite struct BrokenDriftTests {
  @Test func anOperatorsBrokenViewIsToldAndInNobodysWay() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    try scratch.execute("CREATE TABLE x(a); CREATE VIEW theirs AS SELECT a FROM x; DROP TABLE x")
    let report = try scratch.migrate(tables(1, 2))
    #expect(report.notes.contains { $0.contains("view theirs does not compile") })
  }

  @Test func aPlanThatBreaksAnOperatorsViewSaysSo() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1, 2))
    try scratch.execute("CREATE VIEW theirs AS SELECT a FROM t2")
    let report = try scratch.migrate(tables(1))
    #expect(report.notes.contains { $0.contains("view theirs does not compile") })
  }
}
