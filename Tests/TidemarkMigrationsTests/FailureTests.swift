// A plan that fails leaves everything as it was but for one row of history, and says what failed and where.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct FailureTests {
  /// Applies a change with this stored downgrade, then starts a build that does not know it.
  static func undo(_ down: String, up: String = "CREATE TABLE t2(a)", prepare: String = "") throws -> (
    Scratch, MigrationError?
  ) {
    let scratch = try Scratch()
    // No build stores such a downgrade: somebody else has written it.
    try scratch.migrate(
      lineage(table(1), Change(2, "Unknown", up: Upgrade(up), down: "")), MigratorOptions(proves: false))
    let connection = try scratch.open()
    try connection.run("UPDATE tidemark_changelog SET downgrade = ? WHERE id = 2", down)
    try connection.close()
    if !prepare.isEmpty { try scratch.execute(prepare) }
    let before = try scratch.contents()
    var thrown: MigrationError?
    do {
      try scratch.migrate(tables(1))
    } catch let error as MigrationError {
      thrown = error
    }
    if thrown != nil {
      #expect(try scratch.contents() == before)
      let history = try ChangelogTables(scratch.open()).history()
      #expect(history.first?.outcome == "failed")
      #expect(history.count == 2)
    }
    return (scratch, thrown)
  }

  @Test(arguments: [
    ("", "left-behind", "table t2"),
    ("SELECT 1", "left-behind", "2 Unknown"),
    ("DROP TABLE t2; CREATE TABLE leftover(x)", "left-behind", "table leftover was made by it"),
    ("DROP TABLE t2; CREATE INDEX leftover ON t1(a)", "left-behind", "index leftover"),
    ("ALTER TABLE t2 RENAME TO t2_backup", "left-behind", "table t2_backup"),
    ("DROP TABLE missing", "step-failed", "no such table: missing"),
    ("DROP TABLE t2; COMMIT", "step-failed", "not allowed"),
    ("DROP TABLE t2; ROLLBACK", "step-failed", "not allowed"),
    ("SAVEPOINT s; DROP TABLE t2", "step-failed", "SAVEPOINT"),
    ("ATTACH 'x.db' AS x; DROP TABLE t2", "step-failed", "ATTACH"),
    ("VACUUM INTO 'x.db'", "step-failed", "VACUUM"),
    ("CREATE TEMP TRIGGER x AFTER INSERT ON t1 BEGIN DELETE FROM t1; END; DROP TABLE t2", "step-failed", "TEMP"),
    ("CREATE TEMP TABLE x(a); DROP TABLE t2", "step-failed", "TEMP"),
    ("DROP TABLE t2; DELETE FROM tidemark_changelog", "step-failed", "tidemark_changelog"),
    ("DROP TABLE t2; DELETE FROM TIDEMARK_history", "step-failed", "TIDEMARK_history"),
    ("CREATE TRIGGER x AFTER INSERT ON tidemark_history BEGIN DELETE FROM t1; END", "step-failed", "tidemark_history"),
    (
      "CREATE TRIGGER x AFTER INSERT ON t1 BEGIN DELETE FROM tidemark_changelog; END; DROP TABLE t2", "not-converged",
      "trigger x"
    ),
    ("ALTER TABLE t2 RENAME TO tidemark_mine", "not-converged", "tidemark_mine"),
    ("PRAGMA writable_schema=ON; DELETE FROM sqlite_schema", "step-failed", "writable_schema"),
    ("SELECT load_extension('x'); DROP TABLE t2", "step-failed", "load_extension"),
    ("CREATE VIRTUAL TABLE x USING dbstat; DROP TABLE t2", "step-failed", "dbstat"),
  ])
  func aStoredDowngradeIsContained(_ down: String, _ code: String, _ says: String) throws {
    let (_, error) = try Self.undo(down)
    #expect(error?.code == code, "\(String(describing: error))")
    #expect(error?.description.contains(says) == true, "\(String(describing: error))")
  }

  @Test func whatAChangeRemovedMayComeBackThoughTheHeadLacksIt() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    try scratch.execute("CREATE TABLE theirs(x)")
    let clearing = Change(2, up: "DROP TABLE IF EXISTS theirs", down: "CREATE TABLE theirs(x)")
    try scratch.migrate(lineage(table(1), clearing))
    #expect(try scratch.migrate(tables(1)).drift == ["table theirs"])
  }

  @Test func anEndlessDowngradeIsBounded() throws {
    let (_, error) = try Self.undo(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n")
    #expect(error?.code == "step-failed")
    #expect(error?.description.contains("more work") == true)
  }

  @Test func anUpgradeThatFailsAtItsThirdStatementLeavesNothing() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let before = try scratch.contents()
    let failing = Change(
      2, "Third", up: "CREATE TABLE a(x);\nCREATE TABLE b(x);\nINSERT INTO missing VALUES(1);", down: "")
    do {
      try scratch.migrate(lineage(table(1), failing))
      Issue.record("did not fail")
    } catch MigrationError.stepFailed(let failure) {
      #expect(failure.id == 2)
      #expect(failure.statement == 3)
      #expect(failure.line == 3)
      #expect(failure.sql == "INSERT INTO missing VALUES(1);")
      #expect(failure.message.contains("2 Third"))
    }
    #expect(try scratch.contents() == before)
  }

  @Test func aConstraintThatFailsNamesItsStatement() throws {
    let scratch = try Scratch()
    let failing = Change(
      1, up: "CREATE TABLE a(x UNIQUE);\nINSERT INTO a VALUES(1);\nINSERT INTO a VALUES(1)", down: "")
    do {
      try scratch.migrate(lineage(failing))
    } catch MigrationError.stepFailed(let failure) {
      #expect(failure.statement == 3)
      #expect(failure.line == 3)
    }
    #expect(try scratch.tables().isEmpty)
  }

  @Test func aListenerThatThrowsAbortsThePlan() throws {
    struct Stop: Error {}
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let before = try scratch.contents()
    let migrator = Migrator(tables(1, 2, 3)) { event in
      if case .willRun(let step, _, _) = event, step.id == 3 { throw Stop() }
    }
    #expect(throws: Stop.self) { try migrator.migrate(scratch.open()) }
    #expect(try scratch.contents() == before)
  }

  @Test func cancellingRollsBack() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let long = Change(
      2, up: "CREATE TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n", down: ""
    )
    let before = try scratch.contents()
    let options = MigratorOptions(isCancelled: { true })
    #expect(MigrationError.code { try scratch.migrate(lineage(table(1), long), options) } != nil)
    #expect(try scratch.contents() == before)
  }

  @Test func codeCannotEndTheTransaction() throws {
    let scratch = try Scratch()
    let rude = Change(1, up: .run { try $0.execute("COMMIT") }, down: "")
    #expect(MigrationError.code { try scratch.migrate(lineage(rude)) } == "step-failed")
    #expect(try scratch.value("SELECT count(*) FROM sqlite_schema", as: Int.self) == 0)
  }

  @Test func orphansFailThePlanAndOldOrphansDoNot() throws {
    let scratch = try Scratch()
    let family = Change(
      1, up: "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p(id) ON DELETE CASCADE)",
      down: "DROP TABLE c; DROP TABLE p")
    try scratch.migrate(lineage(family))
    try scratch.execute("PRAGMA foreign_keys=OFF; INSERT INTO p VALUES(1),(2); INSERT INTO c VALUES(1),(99)")
    let orphaning = Change(2, up: "DELETE FROM p WHERE id = 1", down: "")
    do {
      try scratch.migrate(lineage(family, orphaning))
      Issue.record("orphans went through")
    } catch let error as MigrationError {
      #expect(error.code == "foreign-keys")
      #expect(error.description.contains("row 1 of c"))
      #expect(!error.description.contains("row 2 of c"))
    }
    try scratch.migrate(lineage(family, table(3)))
    #expect(try scratch.value("SELECT count(*) FROM c", as: Int.self) == 2)
  }

  @Test func onlyWhatLeavesARowOfHistorySaysSo() {
    let row = "but for a row of its history"
    let failures: [MigrationError] = [
      .notConverged([]), .foreignKeys([]), .leftBehind([], differences: []), .cancelled,
    ]
    for error in failures { #expect(error.untouched.contains(row), "\(error.code)") }
    // On a database that can only be read, nothing can have been written.
    let others: [MigrationError] = [
      .readOnly, .unmanaged, .busy(.writing, waited: 1), .unknownTarget(9, known: []), .invalidLineage("x"),
    ]
    for error in others {
      #expect(!error.untouched.contains(row), "\(error.code)")
      #expect(!error.untouched.isEmpty)
    }
  }
}
