// A migration that states no downgrade gets one from the schema before and after it; what no schema tells is refused.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct DerivedTests {
  /// What the databases of these tests begin with.
  struct V001_Begin: Migration {
    var upgrade: Upgrade {
      """
      CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, cost INT DEFAULT 1);
      CREATE TABLE runs(job INTEGER REFERENCES jobs(id) ON DELETE CASCADE, note);
      CREATE INDEX by_name ON jobs(name);
      CREATE VIEW names AS SELECT name FROM jobs;
      CREATE TRIGGER ran AFTER INSERT ON runs BEGIN UPDATE jobs SET cost = cost + 1 WHERE id = new.job; END;
      INSERT INTO jobs(id, name) VALUES(3, 'a'), (9, 'b');
      INSERT INTO runs(rowid, job) VALUES(4, 3);
      DELETE FROM jobs WHERE id = 9;
      """
    }
    var downgrade: Downgrade { .irreversible("the beginning") }
  }

  /// A migration that states no way back.
  struct Unstated: Migration {
    var id: MigrationID { 2 }
    var name: String { "Unstated" }
    var upgrade: Upgrade
  }

  static let rebuild = """
    CREATE TABLE jobs_new(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, cost INT, tier TEXT);
    INSERT INTO jobs_new(id, name, cost, tier) SELECT id, jobs.name, "cost", 'x' || id FROM jobs ORDER BY id;
    DROP TABLE jobs;
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE jobs_new RENAME TO jobs;
    PRAGMA legacy_alter_table = OFF;
    UPDATE sqlite_sequence SET seq = 9 WHERE name = 'jobs';
    CREATE INDEX by_name ON jobs(name);
    """

  static let renamedAnew = """
    ALTER TABLE runs RENAME COLUMN note TO words;
    CREATE TABLE r(job INTEGER REFERENCES jobs(id) ON DELETE CASCADE, words UNIQUE);
    INSERT INTO r(rowid, job, words) SELECT rowid, job, words FROM runs;
    DROP TABLE runs; ALTER TABLE r RENAME TO runs;
    """

  @Test(arguments: [
    "CREATE TABLE t(a); INSERT INTO t VALUES(1); UPDATE t SET a = 2; DELETE FROM t",
    "ALTER TABLE jobs ADD COLUMN tier TEXT DEFAULT 'x'; UPDATE jobs SET tier = name",
    "ALTER TABLE jobs RENAME COLUMN cost TO price; ALTER TABLE jobs RENAME TO work",
    "ALTER TABLE jobs RENAME TO work; ALTER TABLE work ADD COLUMN tier; UPDATE work SET tier = 1",
    "DROP INDEX by_name; DROP VIEW names; DROP TRIGGER ran",
    "DROP TRIGGER ran; CREATE TRIGGER ran AFTER DELETE ON runs BEGIN SELECT 1; END; CREATE UNIQUE INDEX u ON jobs(cost, name)",
    "CREATE VIRTUAL TABLE f USING fts5(name, content='jobs', content_rowid='id'); INSERT INTO f(f) VALUES('rebuild')",
    rebuild,
    """
    ALTER TABLE runs RENAME TO runs_old; CREATE TABLE runs(job INTEGER NOT NULL, note TEXT);
    INSERT INTO runs(rowid, job, note) SELECT rowid, job, note FROM runs_old; DROP TABLE runs_old;
    """,
    "CREATE TABLE r(job INTEGER REFERENCES jobs(id) ON DELETE CASCADE, note UNIQUE); INSERT INTO r SELECT * FROM runs; DROP TABLE runs; ALTER TABLE r RENAME TO runs",
    renamedAnew,
    "CREATE TABLE r(words TEXT UNIQUE, job INTEGER REFERENCES jobs(id)); INSERT INTO r(rowid, job, words) SELECT rowid, job, note FROM runs; DROP TABLE runs; ALTER TABLE r RENAME TO runs",
    rebuild.replacing("DROP TABLE", with: "UPDATE jobs_new SET tier = 'y'; DROP TABLE"),
    "",
  ])
  func whatTheSchemaTellsIsTakenBack(_ sql: String) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(V001_Begin()))
    let (schema, contents) = try (Schema.read(from: scratch.open()), DatabaseContents(of: scratch.open()))
    try scratch.migrate(lineage(V001_Begin(), Unstated(upgrade: Upgrade(sql))))
    #expect(try scratch.value("SELECT downgrade IS NOT NULL FROM tidemark_changelog WHERE id = 2") == true)
    try scratch.migrate(lineage(V001_Begin()))
    let back = try Schema.read(from: scratch.open())
    #expect(SchemaDifference.between(expected: schema, found: back, kind: .exact).words == [])
    let found = try DatabaseContents(of: scratch.open())
    // A copy that leaves the rowids out gives new ones.
    guard !sql.contains("SELECT * FROM runs") else { return }
    #expect(found.differences(from: contents).map(\.description) == [])
    #expect(found.marks == contents.marks)
  }

  /// Tables, columns, indexes, triggers, views, constraints, generated columns, STRICT, WITHOUT ROWID, virtual tables: from
  /// either schema to the other, the way back ends at just the schema that there was, or the upgrade is refused as a whole.
  @Test(arguments: SchemaPair.all) func everyDifferenceOfSchemasIsTakenBack(_ pair: SchemaPair) throws {
    let (one, other) = (try Schema.make(running: pair.one), try Schema.make(running: pair.other))
    for (text, from, to) in [(pair.one, one, other), (pair.other, other, one)] {
      let alteration = try SchemaAlteration.make(from: from, to: to, sqlite: SQLiteLibrary.version)
      let first = Change(1, "First", up: Upgrade(text), down: .irreversible("the beginning"))
      let scratch = try Scratch()
      try scratch.migrate(lineage(first))
      let before = try scratch.contents()
      do {
        try scratch.migrate(lineage(first, Unstated(upgrade: Upgrade(alteration.sql))))
      } catch MigrationError.underivable {
        #expect(try scratch.contents() == before)
        continue
      }
      try scratch.migrate(lineage(first))
      let back = try Schema.read(from: scratch.open())
      #expect(SchemaDifference.between(expected: from, found: back, kind: .exact).words == [])
    }
  }

  /// What code calls another name looks like one column that goes and one that comes.
  @Test(
    arguments: [
      ("ALTER TABLE jobs RENAME COLUMN cost TO price", true), ("ALTER TABLE runs RENAME TO trials", true),
      ("ALTER TABLE jobs ADD COLUMN tier TEXT", false),
    ])
  func aRenameByCodeIsNotGuessed(_ sql: String, _ isRefused: Bool) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(V001_Begin()))
    let code = Unstated(upgrade: .run { try $0.execute(sql) })
    #expect(
      MigrationError.code { try scratch.migrate(lineage(V001_Begin(), code)) } == (isRefused ? "underivable" : nil))
  }

  @Test(
    arguments: [
      ("UPDATE jobs SET cost = 2", "it updates jobs.cost"),
      ("UPDATE jobs SET cost = 2 WHERE 0", "it updates jobs.cost"),
      ("UPDATE jobs SET rowid = 7", "it updates jobs"),
      ("ALTER TABLE jobs ADD COLUMN x; UPDATE OR REPLACE jobs SET x = 1", "may remove rows"),
      ("DELETE FROM main.runs", "it removes rows from runs"),
      ("REPLACE INTO jobs(id, name) VALUES(3, 'z')", "it adds rows to jobs"),
      ("INSERT INTO runs(job) VALUES(3)", "it updates jobs.cost\n  it adds rows to runs"),
      (
        "CREATE VIEW v AS SELECT 1 AS a; CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN DELETE FROM runs; END; INSERT INTO v VALUES(1)",
        "it removes rows from runs"
      ),
      ("ALTER TABLE jobs RENAME TO work; UPDATE work SET cost = 1", "it updates jobs.cost"),
      ("ALTER TABLE jobs RENAME COLUMN cost TO price; UPDATE jobs SET price = 1", "it updates jobs.price"),
      (rebuild + "UPDATE jobs SET cost = 2", "it updates jobs.cost"),
      (rebuild.replacing("\"cost\"", with: "cost * 100"), "values of jobs.cost"),
      (rebuild.replacing("jobs.name", with: "cost"), "values of jobs.name"),
      (rebuild.replacing(" FROM jobs ORDER BY id", with: " FROM jobs WHERE id > 5"), "does not copy one by one"),
      (rebuild.replacing(" FROM jobs ORDER BY id", with: " FROM jobs ORDER BY id LIMIT 1"), "does not copy one by one"),
      (rebuild.replacing("INSERT INTO", with: "INSERT OR IGNORE INTO"), "does not copy one by one"),
      (rebuild.replacing("SELECT id", with: "SELECT DISTINCT id"), "does not copy one by one"),
      (rebuild.replacing("'x' || id", with: "max(id)"), "does not copy one by one"),
      (rebuild.replacing("DROP TABLE", with: "UPDATE jobs_new SET cost = 2; DROP TABLE"), "it updates jobs.cost"),
      (
        rebuild.replacing("DROP TABLE", with: "DELETE FROM jobs_new WHERE cost < 1; DROP TABLE"),
        "it removes rows from jobs"
      ),
      (
        """
        ALTER TABLE runs RENAME TO runs_old; CREATE TABLE runs(job INTEGER NOT NULL, note TEXT);
        INSERT INTO runs(rowid, job, note) SELECT rowid, job, note FROM runs_old; DELETE FROM runs; DROP TABLE runs_old;
        """, "it removes rows from runs"
      ),
      (renamedAnew.replacing("job, words FROM", with: "job, words || '!' FROM"), "values of runs.words"),
      ("DROP TABLE runs; CREATE TABLE runs(job, note)", "without copying them"),
      (
        "CREATE TABLE r(job, note); INSERT INTO r(job, note) SELECT note, job FROM runs; DROP TABLE runs; ALTER TABLE r RENAME TO runs",
        "values of runs.job"
      ),
      ("ALTER TABLE runs DROP COLUMN note; ALTER TABLE runs ADD COLUMN note INT", "it drops runs.note"),
      (
        "CREATE TABLE r(job, x); INSERT INTO r SELECT * FROM runs; DROP TABLE runs; ALTER TABLE r RENAME TO runs",
        "by the position of columns"
      ),
      ("DROP VIEW names; DROP INDEX by_name; ALTER TABLE jobs DROP COLUMN name", "column jobs.name may not be NULL"),
    ])
  func whatNoSchemaTellsIsRefusedAndRolledBack(_ sql: String, _ says: String) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(V001_Begin()))
    let before = try scratch.contents()
    do {
      try scratch.migrate(lineage(V001_Begin(), Unstated(upgrade: Upgrade(sql))))
      Issue.record("it was applied")
    } catch let error as MigrationError {
      #expect(error.code == "underivable")
      #expect(error.message.contains(says), "\(error)")
      #expect(error.hint.contains(".irreversible"))
      #expect(try scratch.contents() == before)
    }
  }

  @Test func codeIsSeenToo() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(V001_Begin()))
    let harmless = Unstated(
      upgrade: [
        "ALTER TABLE jobs ADD COLUMN tier", .run { try $0.run("UPDATE jobs SET tier = ?", "x") },
        .batched(table: "jobs", "UPDATE jobs SET tier = 'y' WHERE id BETWEEN :first AND :last"),
      ])
    try scratch.migrate(lineage(V001_Begin(), harmless))
    try scratch.migrate(lineage(V001_Begin()))
    for upgrade: Upgrade in [
      .run { try $0.run("UPDATE jobs SET cost = ?", 5) },
      .batched(table: "jobs", "UPDATE jobs SET cost = 5 WHERE id BETWEEN :first AND :last"),
      .batched(table: "jobs") { _, _, _ in },
      .run { connection in
        try connection.execute(
          "CREATE TABLE r(job, note); INSERT INTO r SELECT job, note FROM runs; DROP TABLE runs; ALTER TABLE r RENAME TO runs"
        )
      },
    ] {
      #expect(
        MigrationError.code { try scratch.migrate(lineage(V001_Begin(), Unstated(upgrade: upgrade))) } == "underivable")
    }
  }

  @Test func whatAnOperatorMadeIsNoPartOfIt() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(V001_Begin()))
    try scratch.execute("CREATE INDEX operators ON jobs(cost)")
    try scratch.migrate(lineage(V001_Begin(), Unstated(upgrade: "ALTER TABLE jobs RENAME TO work")))
    try scratch.migrate(lineage(V001_Begin(), Unstated(upgrade: Upgrade(Self.rebuild))).prefix(through: 1))
    try scratch.migrate(lineage(V001_Begin(), Unstated(upgrade: Upgrade(Self.rebuild))))
    let stored = try #require(
      try scratch.value("SELECT downgrade FROM tidemark_changelog WHERE id = 2", as: String.self))
    #expect(!stored.contains("operators"))
    #expect(stored.contains("by_name"))
    // It is made again all the same, where it is.
    try scratch.migrate(lineage(V001_Begin()))
    #expect(try scratch.value("SELECT count(*) FROM sqlite_schema WHERE name = 'operators'", as: Int.self) == 1)
  }

  @Test func anEntryThatLacksItsDowngradeGetsTheDerivedOne() throws {
    let scratch = try Scratch()
    let known = lineage(V001_Begin(), Unstated(upgrade: "ALTER TABLE jobs ADD COLUMN tier; CREATE TABLE t(a)"))
    try scratch.migrate(known)
    let first = try scratch.value("SELECT downgrade FROM tidemark_changelog WHERE id = 2", as: String.self)
    try scratch.execute("UPDATE tidemark_changelog SET downgrade = NULL WHERE id = 2")
    let report = try scratch.migrate(known)
    #expect(report.steps.map(\.step.kind) == [.store])
    #expect(try scratch.value("SELECT downgrade FROM tidemark_changelog WHERE id = 2", as: String.self) == first)
    #expect(
      first
        == "DROP TABLE \"t\";\nPRAGMA legacy_alter_table = ON;\nALTER TABLE \"jobs\" DROP COLUMN \"tier\";\nPRAGMA legacy_alter_table = OFF;"
    )
  }

  @Test func aBaselineKeepsTheDerivedOne() throws {
    let fold = try BaselineFold.make(lineage: lineage(table(1), Unstated(upgrade: "CREATE TABLE u(a)")), through: 2)
    #expect(fold.baseline.retired.last?.downgrade == "DROP TABLE \"u\";")
  }

  @Test func aServicesOwnTestsShowIt() throws {
    let trial = LineageTrial(lineage(V001_Begin(), Unstated(upgrade: "UPDATE jobs SET cost = 2")))
    #expect(trial.reversibility().findings.contains { $0.description.contains("it updates jobs.cost") })
  }

  @Test(arguments: [(3_037_000 as Int32, true), (3_034_000, false)])
  func itIsWrittenForTheOldestSQLiteThatTheLineageStates(_ oldest: Int32, _ isNative: Bool) throws {
    let scratch = try Scratch()
    let change = Change(2, "Tier", up: "ALTER TABLE t1 ADD COLUMN tier", down: .derived)
    try scratch.migrate(
      Lineage(
        name: "test", migrations: [table(1), change], baseline: nil, head: nil, sources: [:], oldestSQLite: oldest))
    let stored: String? = try scratch.value("SELECT downgrade FROM tidemark_changelog WHERE id = 2")
    // DROP COLUMN came with 3.35 (https://sqlite.org/lang_altertable.html).
    #expect(stored?.contains(" DROP COLUMN ") == isNative)
    #expect(stored?.contains("DROP TABLE ") == !isNative)
    try scratch.migrate(tables(1))
    #expect(try scratch.value("SELECT count(*) FROM pragma_table_info('t1')") == 2)
  }
}
