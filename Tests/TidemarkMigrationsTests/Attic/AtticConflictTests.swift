// Work by the older build between down and up: what it changed stands, what it left returns, and the rest is counted.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct AtticConflictTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var before: String
    var up: Upgrade
    var down: Downgrade
    var newer: String
    var older: String
    /// What is asked afterwards, and the answer.
    var query: String
    var rows: [String]
    /// What the report says of the return.
    var words: [String]
    var keepsAttic = false
    var testDescription: String { name }
  }

  static let jobs = "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
  static let tier = Upgrade("ALTER TABLE jobs ADD COLUMN tier TEXT DEFAULT 'low'")
  static let noTier = Downgrade("ALTER TABLE jobs DROP COLUMN tier")
  static let events: Upgrade = """
    CREATE TABLE events(id INTEGER PRIMARY KEY, task INTEGER NOT NULL REFERENCES tasks(id), at, detail);
    INSERT INTO events(task, at) SELECT id, began FROM tasks WHERE began IS NOT NULL;
    ALTER TABLE tasks DROP COLUMN began;
    """
  static let noEvents: Downgrade = """
    ALTER TABLE tasks ADD COLUMN began;
    UPDATE tasks SET began = (SELECT min(at) FROM events WHERE task = tasks.id);
    DROP TABLE events;
    """

  static let cases = [
    Case(
      name: "a changed, a deleted and a new row", before: jobs, up: tier, down: noTier,
      newer: "INSERT INTO jobs VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z')",
      older: "UPDATE jobs SET name = 'B' WHERE id = 2; DELETE FROM jobs WHERE id = 3; INSERT INTO jobs VALUES (4, 'd')",
      query: "SELECT * FROM jobs", rows: ["1 'a' 'x'", "2 'B' 'low'", "4 'd' 'low'"],
      words: ["1 row of jobs returned, 1 row changed since, whose kept values stay in the attic, 1 row deleted since"],
      keepsAttic: true),
    Case(
      name: "a change that the upgrade answers with just what was kept", before: jobs, up: tier, down: noTier,
      newer: "INSERT INTO jobs VALUES (1, 'a', 'low')", older: "UPDATE jobs SET name = 'B'",
      query: "SELECT * FROM jobs", rows: ["1 'B' 'low'"], words: ["1 row of jobs returned"]),
    Case(
      name: "a value whose place is taken", before: jobs,
      up: "ALTER TABLE jobs ADD COLUMN slug TEXT; UPDATE jobs SET slug = name; CREATE UNIQUE INDEX s ON jobs(slug)",
      down: "DROP INDEX s; ALTER TABLE jobs DROP COLUMN slug",
      newer: "INSERT INTO jobs VALUES (1, 'a', 'mine'), (2, 'b', 'b2')", older: "INSERT INTO jobs VALUES (3, 'mine')",
      query: "SELECT id, slug FROM jobs ORDER BY id", rows: ["1 'a'", "2 'b2'", "3 'mine'"],
      words: ["1 row of jobs returned, 1 row changed since, whose kept values stay in the attic"], keepsAttic: true),
    Case(
      name: "rows whose parent is gone", before: jobs,
      up: "CREATE TABLE notes(id INTEGER PRIMARY KEY, job REFERENCES jobs(id), up REFERENCES notes(id))",
      down: "DROP TABLE notes",
      newer: """
        INSERT INTO jobs VALUES (1, 'a'), (2, 'b'); INSERT INTO notes VALUES (1, 1, NULL), (2, 2, 1), (3, NULL, 2), (4, 1, 1)
        """, older: "DELETE FROM jobs WHERE id = 2", query: "SELECT * FROM notes", rows: ["1 1 -", "4 1 1"],
      words: ["2 rows of notes returned, 2 rows stay in the attic, as rows they refer to are gone"], keepsAttic: true),
    Case(
      name: "a row of both builds whose parent is gone",
      before: "CREATE TABLE parent(id INTEGER PRIMARY KEY); CREATE TABLE child(id INTEGER PRIMARY KEY, name)",
      up: """
        CREATE TABLE c2(id INTEGER PRIMARY KEY, name, p REFERENCES parent(id));
        INSERT INTO c2(id, name) SELECT id, name FROM child; DROP TABLE child; ALTER TABLE c2 RENAME TO child;
        """,
      down: """
        CREATE TABLE c1(id INTEGER PRIMARY KEY, name);
        INSERT INTO c1(id, name) SELECT id, name FROM child; DROP TABLE child; ALTER TABLE c1 RENAME TO child;
        """,
      newer: "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 'a', 1), (2, 'b', 2)",
      older: "DELETE FROM parent WHERE id = 2", query: "SELECT * FROM child", rows: ["1 'a' 1", "2 'b' -"],
      words: ["1 row of child returned, 1 row stay in the attic, as rows they refer to are gone"], keepsAttic: true),
    Case(
      name: "a row that the upgrade makes, whose parent in the newer build is gone", before: jobs,
      up: """
        CREATE TABLE notes(id INTEGER PRIMARY KEY, job REFERENCES jobs(id)); INSERT INTO notes VALUES (8, NULL), (9, NULL)
        """, down: "DROP TABLE notes",
      newer: "INSERT INTO jobs VALUES (2, 'b'); UPDATE notes SET job = 2 WHERE id = 9; DELETE FROM notes WHERE id = 8",
      older: "DELETE FROM jobs WHERE id = 2", query: "SELECT * FROM notes", rows: ["9 -"],
      words: ["0 rows of notes returned, 1 row stay in the attic, as rows they refer to are gone"], keepsAttic: true),
    Case(
      name: "what the upgrade makes of a changed row stands beside what is kept of others",
      before: "CREATE TABLE tasks(id INTEGER PRIMARY KEY, s, began)", up: events, down: noEvents,
      newer: """
        INSERT INTO tasks VALUES (1, 'x'), (2, 'y'), (3, 'z');
        INSERT INTO events VALUES (1, 1, 5, 'one'), (2, 2, 6, 'two'), (3, 1, 7, 'three'), (4, 3, 8, 'four')
        """,
      older: "UPDATE tasks SET began = 60 WHERE id = 2; INSERT INTO tasks VALUES (9, 'new', 90)",
      query: "SELECT task, at, detail FROM events ORDER BY task, at",
      rows: ["1 5 'one'", "1 7 'three'", "2 60 -", "3 8 'four'", "9 90 -"],
      words: ["3 rows of events returned, 1 row changed since, whose kept values stay in the attic"], keepsAttic: true),
    Case(
      name: "what the upgrade makes stays where the kept row that belongs there cannot return",
      before: "\(jobs); CREATE TABLE tasks(id INTEGER PRIMARY KEY, s, began)",
      up: """
        CREATE TABLE events(id INTEGER PRIMARY KEY, task REFERENCES tasks(id), at, job REFERENCES jobs(id));
        INSERT INTO events(task, at) SELECT id, began FROM tasks WHERE began IS NOT NULL;
        ALTER TABLE tasks DROP COLUMN began;
        """, down: noEvents,
      newer: """
        INSERT INTO jobs VALUES (2, 'b'); INSERT INTO tasks VALUES (1, 'x'), (2, 'y'), (3, 'z');
        INSERT INTO events VALUES (1, 1, 5, 2), (2, 2, 6, NULL), (4, 3, 8, NULL)
        """,
      older: "DELETE FROM jobs WHERE id = 2; UPDATE tasks SET began = 60 WHERE id = 2",
      query: "SELECT task, at FROM events ORDER BY task, at", rows: ["1 5", "2 60", "3 8"],
      words: [
        "1 row of events returned, 1 row changed since, whose kept values stay in the attic, 1 row stay in the attic, as rows they refer to are gone"
      ], keepsAttic: true),
    Case(
      name: "a row that both made", before: "CREATE TABLE quotas(role TEXT PRIMARY KEY, n) WITHOUT ROWID",
      up: "INSERT INTO quotas VALUES ('ops', 1) ON CONFLICT DO NOTHING", down: "DELETE FROM quotas WHERE role = 'ops'",
      newer: "UPDATE quotas SET n = 5", older: "INSERT INTO quotas VALUES ('ops', 7)", query: "SELECT * FROM quotas",
      rows: ["'ops' 7"], words: ["0 rows of quotas returned, 1 row changed since, whose kept values stay in the attic"],
      keepsAttic: true),
    Case(
      name: "a key whose letters change case", before: "CREATE TABLE k(name TEXT PRIMARY KEY COLLATE NOCASE, v)",
      up: "ALTER TABLE k ADD COLUMN w", down: "ALTER TABLE k DROP COLUMN w", newer: "INSERT INTO k VALUES ('a', 1, 2)",
      older: "UPDATE k SET name = 'A'", query: "SELECT * FROM k", rows: ["'A' 1 -"],
      words: ["0 rows of k returned, 1 row deleted since"]),
    Case(
      name: "rows of a table without a key that both builds copy",
      before: "CREATE TABLE log(a)",
      up: "CREATE TABLE l2(a, b); INSERT INTO l2(a) SELECT a FROM log; DROP TABLE log; ALTER TABLE l2 RENAME TO log",
      down: "CREATE TABLE l1(a); INSERT INTO l1(a) SELECT a FROM log; DROP TABLE log; ALTER TABLE l1 RENAME TO log",
      newer: "INSERT INTO log(rowid, a, b) VALUES (5, 'x', 1), (9, 'y', 2)", older: "INSERT INTO log VALUES ('z')",
      query: "SELECT * FROM log", rows: ["'x' 1", "'y' 2", "'z' -"],
      words: ["2 rows of log returned"]),
  ]

  @Test(arguments: cases)
  func theOlderBuildsWorkStandsAndTheRestReturns(_ example: Case) throws {
    let tides = try Tides(example.before, up: example.up, down: example.down)
    try tides.execute(example.newer)
    try tides.down()
    try tides.execute(example.older)
    let report = try tides.up()
    #expect(try tides.list(example.query) == example.rows)
    #expect(report.attic.map(\.words).filter { $0.contains("returned") } == example.words)
    #expect(report.notes.filter { $0.contains("attic") } == [])
    #expect(try tides.hasAttic() == example.keepsAttic)
  }

  @Test func numbersThatAForgerWroteAreAddedUpAllTheSame() throws {
    let tides = try Tides(Self.jobs, up: Self.tier, down: Self.noTier)
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x')")
    try tides.down()
    try tides.execute(
      """
      UPDATE tidemark_attic SET rows = 1 << 53;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1100) INSERT INTO tidemark_attic
      SELECT id + 1000 + i, generation, migration, name, upgrade_digest, table_name, table_after, state, kept_at, kept_by, rows, shape
      FROM tidemark_attic, n;
      """)
    #expect(try AtticContents(of: tides.scratch.open())?.rows == .max)
  }

  @Test func severalMigrationsNest() throws {
    let tides = try Tides(
      [Change(1, up: Upgrade(Self.jobs), down: .derived)],
      [
        Change(2, up: Self.tier, down: Self.noTier),
        Change(3, up: "ALTER TABLE jobs ADD COLUMN zone", down: "ALTER TABLE jobs DROP COLUMN zone"),
        Change(4, up: "CREATE TABLE notes(a)", down: "DROP TABLE notes"),
      ])
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x', 1.5), (2, 'b', NULL, x'00'); INSERT INTO notes VALUES (7)")
    try tides.down()
    try tides.execute("UPDATE jobs SET name = 'B' WHERE id = 2")
    // One at a time.
    for id in 2...4 { try tides.scratch.migrate(tides.newer.prefix(through: MigrationID(Int64(id)))) }
    #expect(try tides.list("SELECT * FROM jobs") == ["1 'a' 'x' 1.5r", "2 'B' 'low' -"])
    #expect(try tides.list("SELECT * FROM notes") == ["7"])
  }

  @Test func whatDidNotReturnStaysThroughLaterDowngrades() throws {
    let tides = try Tides(Self.jobs, up: Self.tier, down: Self.noTier)
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'first')")
    for round in ["second", "third"] {
      try tides.down()
      try tides.execute("UPDATE jobs SET name = '\(round)'")
      try tides.up()
      try tides.execute("UPDATE jobs SET tier = '\(round)'")
    }
    let kept = try tides.scratch.open().rows("SELECT id FROM tidemark_attic ORDER BY id").flatMap { row in
      try tides.list("SELECT c0 FROM tidemark_attic_\(row.get(0, as: Int64.self))")
    }
    #expect(kept == ["'first'", "'second'"])
    #expect(try tides.list("SELECT tier FROM jobs") == ["'third'"])
    let contents = try AtticContents(of: tides.scratch.open())
    #expect(contents?.rows == 2)
    #expect(contents?.tables.allSatisfy { !$0.returns && $0.bytes > 0 } == true)
  }

  /// A return that was not possible leaves what was kept waiting; it is not to come over what the newer build made of the
  /// table meanwhile, and be that nothing.
  @Test func whatDidNotFitDoesNotReturnOverAnEmptiedTable() throws {
    let base = Change(1, up: Upgrade(Self.jobs), down: .derived)
    func top(_ columns: String) -> Change {
      Change(
        2, "Top", up: .run { try $0.execute("CREATE TABLE notes(id INTEGER PRIMARY KEY\(columns))") },
        down: "DROP TABLE notes")
    }
    let scratch = try Scratch()
    try scratch.migrate(lineage(base, top("")))
    try scratch.execute("INSERT INTO notes VALUES (7)")
    try scratch.migrate(lineage(base))
    let report = try scratch.migrate(lineage(base, top(", words")))
    #expect(report.notes.contains { $0.contains("table notes is not as it was") })
    try scratch.migrate(lineage(base))
    try scratch.migrate(lineage(base, top("")))
    #expect(try scratch.value("SELECT count(*) FROM notes", as: Int.self) == 0)
    #expect(try AtticContents(of: scratch.open())?.rows == 1)
  }

  @Test func anEditedUpgradeGetsNothingBackAndLosesNothing() throws {
    let tides = try Tides(Self.jobs, up: Self.tier, down: Self.noTier)
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x')")
    try tides.down()
    let other = Lineage(
      name: "test",
      migrations: tides.older.migrations + [
        Change(2, "Top", up: "ALTER TABLE jobs ADD COLUMN tier TEXT", down: Self.noTier)
      ])
    let report = try tides.scratch.migrate(other)
    #expect(report.notes.contains { $0.contains("stays in the attic: its upgrade is not the one it was kept for") })
    #expect(try tides.list("SELECT tier FROM jobs") == ["-"])
    #expect(try tides.hasAttic())
  }

  @Test func triggersDoNotFireAndIndexesOverOtherTablesFollow() throws {
    let tides = try Tides(
      """
      \(Self.jobs); CREATE TABLE fired(n);
      CREATE TRIGGER t AFTER UPDATE ON jobs BEGIN INSERT INTO fired VALUES (new.id); END;
      """,
      up:
        "ALTER TABLE jobs ADD COLUMN words TEXT; CREATE VIRTUAL TABLE found USING fts5(words, content='jobs', content_rowid='id')",
      down: "DROP TABLE found; ALTER TABLE jobs DROP COLUMN words")
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'high tide'); INSERT INTO found(found) VALUES('rebuild')")
    try tides.down()
    try tides.up()
    #expect(try tides.list("SELECT rowid FROM found WHERE found MATCH 'tide'") == ["1"])
    #expect(try tides.list("SELECT * FROM fired") == [])
  }

  @Test func aStartWithNothingToDoReadsNothingOfIt() throws {
    let tides = try Tides(Self.jobs, up: Self.tier, down: Self.noTier)
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x')")
    try tides.down()
    let before = try tides.scratch.bytes()
    let connection = try tides.scratch.open()
    var seen: [String] = []
    connection.authorizer = { request in
      if let name = request.first, name.hasPrefix("tidemark_attic") { seen.append(name) }
      return .allow
    }
    #expect(try Migrator(tides.older).migrate(connection).outcome == .upToDate)
    #expect(seen == [])
    #expect(try tides.scratch.bytes() == before)
  }

  @Test func pruningEmptiesItAndTheStartStaysFast() throws {
    let tides = try Tides(Self.jobs, up: Self.tier, down: Self.noTier)
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x')")
    try tides.down()
    let connection = try tides.scratch.open()
    #expect(try AtticContents.prune(connection, olderThan: 3600).tables.isEmpty)
    #expect(try AtticContents.prune(connection, dryRun: true).rows == 1)
    #expect(try AtticContents(of: connection)?.rows == 1)
    #expect(try AtticContents.prune(connection).rows == 1)
    #expect(try !tides.hasAttic())
    let mark: String? = try connection.value("SELECT value FROM tidemark_meta WHERE key = 'verified'")
    #expect(try mark?.hasSuffix(" \(connection.schemaCookie())") == true)
    try tides.up()
    #expect(try tides.list("SELECT tier FROM jobs") == ["'low'"])
  }

  @Test func onlyWhatIsOldEnoughIsPruned() throws {
    let more = Change(3, "More", up: "CREATE TABLE notes(a)", down: "DROP TABLE notes")
    let tides = try Tides(
      [Change(1, up: Upgrade(Self.jobs), down: .derived)], [Change(2, "Top", up: Self.tier, down: Self.noTier), more])
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x'); INSERT INTO notes VALUES (7)")
    try tides.down()
    try tides.execute("UPDATE tidemark_attic SET kept_at = '2020-01-02T03:04:05Z' WHERE migration = 2")
    let gone = try AtticContents.prune(tides.scratch.open(), olderThan: 3600)
    #expect(gone.tables.map(\.table) == ["jobs"])
    try tides.up()
    #expect(try tides.list("SELECT tier FROM jobs") == ["'low'"])
    #expect(try tides.list("SELECT a FROM notes") == ["7"])
  }

  @Test func whatGoesDownAndUpInOnePlanReturnsInIt() throws {
    let scratch = try Scratch()
    let base = table(1)
    let unknown = Change(3, up: "ALTER TABLE t1 ADD COLUMN c", down: "ALTER TABLE t1 DROP COLUMN c")
    // With the column there it indexes it too, so that the column cannot be dropped below it.
    let onTop = Change(
      4,
      up: .run { connection in
        let there = try connection.value("SELECT 1 FROM pragma_table_info('t1') WHERE name = 'c'", as: Int.self) != nil
        try connection.execute("CREATE TABLE notes(id INTEGER PRIMARY KEY, words)")
        if there { try connection.execute("CREATE INDEX c_index ON t1(c)") }
      }, down: "DROP TABLE notes; DROP INDEX IF EXISTS c_index")
    let options = MigratorOptions(build: "test", proves: false)
    try scratch.migrate(lineage(base, unknown, onTop), options)
    try scratch.execute("INSERT INTO t1(a, b, c) VALUES(1, 2, 3); INSERT INTO notes VALUES (7, 'mine')")
    let report = try scratch.migrate(lineage(base, onTop), options)
    #expect(report.fellBack)
    #expect(try scratch.value("SELECT words FROM notes WHERE id = 7", as: String.self) == "mine")
    #expect(report.attic.map(\.words) == ["1 row of notes kept, 1 row of notes returned", "1 row of t1 kept"])
  }

  @Test func aBackfillGoesOnWhereItStood() throws {
    let fill: Upgrade = [
      "ALTER TABLE jobs ADD COLUMN c",
      .batched(
        table: "jobs", key: "id", size: 2,
        "UPDATE jobs SET c = 'filled ' || name WHERE id BETWEEN :first AND :last"),
    ]
    let scratch = try Scratch()
    let base = Change(1, up: Upgrade(Self.jobs), down: .derived)
    let newer = lineage(base, Change(2, up: fill, down: "ALTER TABLE jobs DROP COLUMN c"))
    try scratch.migrate(lineage(base))
    try scratch.execute("INSERT INTO jobs VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')")
    let later = MigratorOptions(build: "new", defersBackfills: true)
    try scratch.migrate(newer, later)
    #expect(try Migrator(newer, options: later).backfill(scratch.open(), slices: 1) == [2])
    try scratch.execute("UPDATE jobs SET c = 'own' WHERE id = 1")
    try scratch.migrate(lineage(base))
    try scratch.execute("UPDATE jobs SET name = 'B' WHERE id = 2")
    #expect(try scratch.migrate(newer, later).unfinished == [2])
    #expect(try scratch.value("SELECT count(*) FROM jobs WHERE c IS NULL", as: Int.self) == 3)
    try Migrator(newer, options: later).backfill(scratch.open())
    let rows = try scratch.open().rows("SELECT c FROM jobs ORDER BY id").map { try $0.get(0, as: String.self) }
    #expect(rows == ["own", "filled B", "filled c", "filled d", "filled e"])
  }
}
