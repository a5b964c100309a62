// Recorded downgrades: rows come back as they were, rows changed since stay, and what no record can hold fails the upgrade.
import Synchronization
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct RecordedTests {
  static let base = Change(
    1,
    up: """
      CREATE TABLE job(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cost, note TEXT DEFAULT 'none');
      CREATE TABLE place(rack TEXT, slot INTEGER, host, PRIMARY KEY(rack, slot)) WITHOUT ROWID;
      """, down: "DROP TABLE job; DROP TABLE place")

  static func prepared(_ more: String = "") throws -> Scratch {
    let scratch = try Scratch()
    try scratch.migrate(lineage(base))
    try scratch.execute(
      """
      INSERT INTO job(id, name, cost) VALUES (1, 'one', 1.5), (2, 'two', '2'), (3, 'three', x'0303'), (9, 'nine', NULL);
      INSERT INTO place VALUES ('a', 1, 'h1'), ('a', 2, 'h2'), ('b', 1, NULL);
      \(more)
      """)
    return scratch
  }

  static func rows(_ scratch: Scratch) throws -> [String] {
    let connection = try scratch.open()
    return try connection.rows("SELECT *, typeof(cost) FROM job ORDER BY id").map { "\($0.values)" }
      + connection.rows("SELECT * FROM place ORDER BY rack, slot").map { "\($0.values)" }
  }

  /// A change of rows by code: inserts, updates and deletes in both tables.
  static let shuffle: Upgrade = .run { connection in
    try connection.execute(
      """
      UPDATE job SET cost = cost * 2, name = upper(name) WHERE id < 3;
      DELETE FROM job WHERE id = 9; INSERT INTO job(id, name) VALUES (10, 'ten');
      UPDATE job SET id = 30 WHERE id = 3;
      DELETE FROM place WHERE slot = 2; INSERT INTO place VALUES ('c', 7, 'h7'); UPDATE place SET host = 'h' WHERE rack = 'b';
      """)
  }

  @Test(
    arguments: [
      ("code", shuffle),
      ("SQL", Upgrade("UPDATE job SET cost = NULL; DELETE FROM place")),
      ("both", ["DELETE FROM job WHERE id = 2", shuffle, "UPDATE place SET host = 'x'"]),
      (
        "a new column first",
        ["ALTER TABLE job ADD COLUMN tier TEXT", "UPDATE job SET tier = name, cost = 7"]
      ),
      (
        "new objects",
        ["CREATE TABLE later(a); INSERT INTO later VALUES (1); CREATE INDEX job_name ON job(name)", shuffle]
      ),
      (
        "a backfill",
        .batched(table: "job", key: "id", size: 1, "UPDATE job SET cost = 'x' WHERE id BETWEEN :first AND :last")
      ),
      (
        "code and a backfill",
        [
          shuffle,
          .batched(table: "job", key: "id", size: 2, "UPDATE job SET cost = 'x' WHERE id BETWEEN :first AND :last"),
        ]
      ),
      ("nothing", Upgrade("UPDATE job SET cost = 1 WHERE id = 77")),
    ] as [(String, Upgrade)])
  func everyRowComesBackAsItWas(_ what: String, _ up: Upgrade) throws {
    let scratch = try Self.prepared()
    let before = try Self.rows(scratch)
    let schema = try scratch.value(
      "SELECT group_concat(sql) FROM sqlite_schema WHERE name NOT LIKE 'tidemark%'", as: String.self)
    try scratch.migrate(lineage(Self.base, Change(2, "Data", up: up, down: .recorded)))
    #expect(try Self.rows(scratch) != before || what == "nothing")
    // A build that has never heard of it.
    let report = try scratch.migrate(lineage(Self.base))
    #expect(try Self.rows(scratch) == before)
    #expect(report.notes.isEmpty)
    #expect(try scratch.value("SELECT count(*) FROM tidemark_recorded", as: Int.self) == 0)
    #expect(
      try scratch.value("SELECT group_concat(sql) FROM sqlite_schema WHERE name NOT LIKE 'tidemark%'", as: String.self)
        == schema)
    // And again.
    try scratch.migrate(lineage(Self.base, Change(2, "Data", up: up, down: .recorded)))
    try scratch.migrate(lineage(Self.base))
    #expect(try Self.rows(scratch) == before)
  }

  @Test(arguments: ["TEXT DEFAULT 'low'", "TEXT NOT NULL DEFAULT 'low'"])
  func aDefaultThatARowIsOlderThanComesBackToo(_ declaration: String) throws {
    let scratch = try Self.prepared()
    let tier = Change(
      2, "Tier", up: "ALTER TABLE job ADD COLUMN tier \(declaration)", down: "ALTER TABLE job DROP COLUMN tier")
    try scratch.migrate(lineage(Self.base, tier))
    try scratch.execute("INSERT INTO job(id, name, tier) VALUES (20, 'twenty', 'high')")
    if !declaration.contains("NOT NULL") { try scratch.execute("UPDATE job SET tier = NULL WHERE id = 2") }
    let before = try Self.rows(scratch)
    let calls = Mutex(0)
    let up: Upgrade = .run { connection in
      calls.withLock { $0 += 1 }
      try connection.execute("UPDATE job SET tier = 'new'; DELETE FROM job WHERE id = 3")
    }
    try scratch.migrate(lineage(Self.base, tier, Change(3, "Data", up: up, down: .recorded)))
    // Once for the head, twice for the proof, and twice on the rows, which are written out in between.
    #expect(calls.withLock { $0 } == 5)
    let report = try scratch.migrate(lineage(Self.base, tier))
    #expect(try Self.rows(scratch) == before)
    #expect(report.notes.isEmpty)
  }

  @Test func rowsChangedSinceStayAndAreCounted() throws {
    let scratch = try Self.prepared()
    try scratch.migrate(lineage(Self.base, Change(2, "Shuffle", up: Self.shuffle, down: .recorded)))
    try scratch.execute(
      """
      UPDATE job SET cost = 99 WHERE id = 1; UPDATE job SET note = 'kept' WHERE id = 2; DELETE FROM place WHERE rack = 'c';
      INSERT INTO job(id, name) VALUES (9, 'mine'); UPDATE job SET note = 'theirs' WHERE id = 30;
      """)
    let report = try scratch.migrate(lineage(Self.base))
    // 1: the newer cost and with it the row; 'c' 7 is gone; 9 is another row; 30 is not the row that was made of 3.
    #expect(report.notes == ["2 Shuffle: 4 rows that were changed since it was applied stay as they are"])
    let jobs = try scratch.open().rows("SELECT id, name, cost, note FROM job ORDER BY id").map { $0.values }
    #expect(
      jobs == [
        [.integer(1), .text("ONE"), .integer(99), .text("none")],
        // Of row 2 only a column that the change had not touched is another: both come through.
        [.integer(2), .text("two"), .text("2"), .text("kept")],
        [.integer(3), .text("three"), .blob([3, 3]), .text("none")],
        [.integer(9), .text("mine"), .null, .text("none")],
        [.integer(30), .text("three"), .blob([3, 3]), .text("theirs")],
      ])
  }

  @Test func itsVerdictIsLosslessAndNothingIsTriedOnTheRows() throws {
    let scratch = try Self.prepared()
    let change = Change(2, "Shuffle", up: ["CREATE TABLE more(a)", Self.shuffle], down: .recorded)
    try scratch.migrate(
      lineage(Self.base, change), MigratorOptions(plan: PlanOptions(requiresLossless: true), build: "test"))
    #expect(
      try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2", as: String.self) == "lossless with attic")
  }

  @Test func whatTheNewerBuildWroteReturnsAndIsTakenBackAgain() throws {
    let scratch = try Self.prepared()
    let before = try Self.rows(scratch)
    // No two runs give the same.
    let salt: Upgrade = .run { try $0.execute("UPDATE job SET note = hex(randomblob(8)) WHERE id < 9") }
    let salted = lineage(Self.base, Change(2, "Salt", up: salt, down: .recorded))
    try scratch.migrate(salted)
    try scratch.execute("UPDATE job SET note = 'newer' WHERE id = 2; UPDATE job SET cost = 5 WHERE id = 9")
    let newer = try Self.rows(scratch)
    let report = try scratch.migrate(lineage(Self.base))
    #expect(report.notes == ["2 Salt: 1 rows that were changed since it was applied stay as they are"])
    try scratch.migrate(salted)
    #expect(try Self.rows(scratch) == newer)
    // The rows that returned are those that the record knows; the newer one is now as it was found.
    #expect(try scratch.migrate(lineage(Self.base)).notes.isEmpty)
    let back = try Self.rows(scratch)
    #expect(back[0] == before[0] && back[2] == before[2] && back[1] != before[1])
  }

  @Test func whatTriggersDidIsTakenBackOnce() throws {
    let log = Change(
      2, "Log",
      up: """
        CREATE TABLE log(id INTEGER PRIMARY KEY, what TEXT);
        CREATE TRIGGER job_cost AFTER UPDATE OF cost ON job BEGIN
          INSERT INTO log(what) VALUES (old.cost || ' to ' || new.cost);
          UPDATE place SET host = 'seen' WHERE slot = new.id;
        END;
        """, down: "DROP TABLE log; DROP TRIGGER job_cost")
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base, log))
    try scratch.execute("INSERT INTO job(id, name, cost) VALUES (1, 'one', 1); INSERT INTO place VALUES ('a', 1, 'h1')")
    try scratch.execute("UPDATE job SET cost = 2; UPDATE place SET host = 'h2'")
    try scratch.migrate(lineage(Self.base, log, Change(3, up: "UPDATE job SET cost = 3", down: .recorded)))
    #expect(try scratch.value("SELECT count(*) FROM log", as: Int.self) == 2)
    try scratch.migrate(lineage(Self.base, log))
    #expect(try scratch.value("SELECT group_concat(what) FROM log", as: String.self) == "1 to 2")
    #expect(try scratch.value("SELECT host FROM place", as: String.self) == "h2")
    // Triggers are on again.
    try scratch.execute("UPDATE job SET cost = 5")
    #expect(try scratch.value("SELECT count(*) FROM log", as: Int.self) == 2)
  }

  @Test(arguments: [
    ("CREATE TABLE t(a)", "UPDATE t SET a = 2", "t, which has no PRIMARY KEY"),
    (
      "CREATE TABLE t(k TEXT PRIMARY KEY, a); INSERT INTO t VALUES (NULL, 1)", "UPDATE t SET a = 2",
      "t, which has rows whose primary key is NULL"
    ),
    (
      "CREATE TABLE t(k TEXT PRIMARY KEY, a); INSERT INTO t VALUES (NULL, 1)", "DELETE FROM t",
      "t, which has rows whose primary key is NULL"
    ),
    (
      "CREATE TABLE t(k TEXT PRIMARY KEY, a); INSERT INTO t VALUES ('x', 1)", "UPDATE t SET k = NULL",
      "t, which has rows whose primary key is NULL"
    ),
    (
      "CREATE VIRTUAL TABLE t USING fts5(a); INSERT INTO t VALUES ('x')", "UPDATE t SET a = 'y'",
      "t, and changes of virtual tables"
    ),
    ("CREATE TABLE t(k INTEGER PRIMARY KEY, a)", "DROP TABLE t", "it drops table t"),
    ("CREATE TABLE t(k INTEGER PRIMARY KEY, a)", "ALTER TABLE t DROP COLUMN a", "it drops column t.a"),
    ("CREATE TABLE t(k INTEGER PRIMARY KEY, a)", "ALTER TABLE t RENAME COLUMN a TO b", "it drops column t.a"),
    (
      "CREATE TABLE t(k INTEGER PRIMARY KEY, a)",
      "CREATE TABLE n(k INTEGER PRIMARY KEY, a NOT NULL); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
      "it makes table t anew"
    ),
    (
      "CREATE TABLE t(k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 1)",
      "UPDATE t SET a = 2; ALTER TABLE t ADD COLUMN b", "it alters a table after it has changed its rows"
    ),
    (
      "CREATE TABLE t(k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 1)",
      "ALTER TABLE t ADD COLUMN b DEFAULT 7; UPDATE t SET b = k", "it gives table t a column with a DEFAULT"
    ),
    (
      "CREATE TABLE t(k INTEGER PRIMARY KEY, a, g AS (a * 2) STORED); INSERT INTO t(k, a) VALUES (1, 1)",
      "UPDATE t SET a = 2", "generated columns"
    ),
  ])
  func whatNoRecordHoldsFailsTheUpgrade(_ before: String, _ up: String, _ why: String) throws {
    let scratch = try Scratch()
    let first = Change(1, "First", up: Upgrade(before), down: "DROP TABLE IF EXISTS t")
    try scratch.migrate(lineage(first))
    let contents = try scratch.contents()
    let error = #expect(throws: MigrationError.self) {
      try scratch.migrate(lineage(first, Change(2, "Half", up: Upgrade(up), down: .recorded)))
    }
    #expect(error?.code == "not-recorded" && error?.isRefusal == false)
    #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    #expect(error?.hint.contains("State its downgrade as SQL") == true)
    #expect(try scratch.contents() == contents)
  }

  @Test(arguments: [
    ("UPDATE tidemark_recorded SET tables = '{\"job\":\"\(zeros)\"}'", "table job is not as it was"),
    ("UPDATE tidemark_recorded SET tables = 'x'", "cannot be read"),
    ("UPDATE tidemark_recorded SET changes = changes + 1", "is not whole"),
    ("UPDATE tidemark_recorded SET changeset = substr(changeset, 1, 20)", ""),
    ("UPDATE tidemark_recorded SET changeset = x'54'", ""),
    ("UPDATE tidemark_recorded SET changeset = zeroblob(100)", ""),
    ("UPDATE tidemark_recorded SET changeset = cast(replace(cast(changeset AS TEXT), 'place', 'tide_') AS BLOB)", ""),
  ])
  func aRecordThatIsNotAsItWasWrittenFailsTheDowngrade(_ damage: String, _ why: String) throws {
    let scratch = try Self.prepared()
    try scratch.migrate(lineage(Self.base, Change(2, "Shuffle", up: Self.shuffle, down: .recorded)))
    try scratch.execute(damage)
    let before = try (Self.rows(scratch), scratch.contents())
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(lineage(Self.base)) }
    #expect(error?.code == "step-failed")
    #expect(why.isEmpty || error?.message.contains(why) == true, "\(error?.message ?? "")")
    #expect(try Self.rows(scratch) == before.0)
    #expect(try scratch.contents() == before.1)
  }

  @Test func aRecordCannotReachTidemarksTables() throws {
    let scratch = try Self.prepared()
    let recorded = lineage(Self.base, Change(2, "Shuffle", up: Self.shuffle, down: .recorded))
    try scratch.migrate(recorded)
    // A record of one's own making, of the history.
    let connection = try scratch.open()
    let session = try Session(connection) { _ in true }
    try connection.execute("UPDATE tidemark_history SET build = 'forged'")
    let forged = try session.changeset().inverted()
    try connection.run(
      "UPDATE tidemark_recorded SET changeset = ?, changes = 2, tables = '{\"tidemark_history\":\"\(zeros)\"}'",
      forged.bytes)
    try connection.close()
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(lineage(Self.base)) }
    #expect(error?.message.contains("table tidemark_history is not as it was") == true, "\(error?.message ?? "")")
  }

  @Test func anOlderTidemarkIsTurnedAway() throws {
    let scratch = try Self.prepared()
    #expect(
      try scratch.value("SELECT value FROM tidemark_meta WHERE key = 'format_readable_by'", as: String.self) == "1")
    try scratch.migrate(lineage(Self.base, Change(2, "Shuffle", up: Self.shuffle, down: .recorded)))
    #expect(
      try scratch.value("SELECT value FROM tidemark_meta WHERE key = 'format_readable_by'", as: String.self) == "2")
  }

  @Test func aChangeThatRanWithoutARecordHasNoWayBack() throws {
    let scratch = try Self.prepared()
    try scratch.migrate(
      lineage(Self.base, Change(2, "Shuffle", up: Self.shuffle, down: "SELECT 1")),
      MigratorOptions(build: "test", proves: false))
    try scratch.execute(
      "UPDATE tidemark_changelog SET downgrade = NULL WHERE id = 2; UPDATE tidemark_meta SET value = '' WHERE key = 'verified'"
    )
    try scratch.migrate(lineage(Self.base, Change(2, "Shuffle", up: Self.shuffle, down: .recorded)))
    #expect(
      try scratch.value("SELECT irreversible FROM tidemark_changelog WHERE id = 2", as: String.self)
        == "it was applied without a record of the rows that it changed")
    #expect(MigrationError.code { try scratch.migrate(lineage(Self.base)) } == "no-way-back")
  }

  @Test(arguments: [Downgrade.recorded, "UPDATE job SET cost = -1"])
  func aCorrectionKeepsTheRecordOrTakesItsPlace(_ downgrade: Downgrade) throws {
    let scratch = try Self.prepared()
    let before = try Self.rows(scratch)
    try scratch.migrate(lineage(Self.base, Change(2, up: Self.shuffle, down: .recorded)))
    try scratch.migrate(lineage(Self.base, Change(2, revision: 1, up: Self.shuffle, down: downgrade)))
    #expect(try scratch.value("SELECT revision FROM tidemark_changelog WHERE id = 2", as: Int.self) == 1)
    try scratch.migrate(lineage(Self.base))
    if downgrade == .recorded {
      #expect(try Self.rows(scratch) == before)
    } else {
      #expect(try scratch.value("SELECT count(*) FROM job WHERE cost = -1", as: Int.self) == 4)
    }
  }

  @Test func aFoldedRecordStaysInDatabasesThatHaveIt() throws {
    let fill = Change(2, "Fill", up: "INSERT INTO job(id, name) VALUES (5, 'five')", down: .recorded)
    let full = lineage(Self.base, fill, table(3))
    let fold = try BaselineFold.make(lineage: full, through: 2)
    let folded = full.folded(into: fold.baseline)
    // A database that applied it itself is taken back beyond the baseline by a build from before it.
    let scratch = try Scratch()
    try scratch.migrate(full)
    try scratch.migrate(folded)
    try scratch.migrate(lineage(Self.base))
    #expect(try scratch.value("SELECT count(*) FROM job", as: Int.self) == 0)
    // One that began with the baseline has no record, and says so.
    let new = try Scratch()
    try new.migrate(folded)
    let error = #expect(throws: MigrationError.self) { try new.migrate(lineage(Self.base)) }
    #expect(error?.code == "no-way-back")
    #expect(error?.message.contains("recorded only in databases that applied it themselves") == true)
  }
}

private let zeros = String(repeating: "0", count: 64)
