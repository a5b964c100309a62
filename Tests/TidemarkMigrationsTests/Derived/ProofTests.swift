// Before an upgrade touches a database its downgrade has led back, on an empty copy of the schema; the verdict is kept.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct ProofTests {
  static let base = Change(
    1, "Base",
    up: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT, cost INT); CREATE INDEX by_name ON jobs(name)",
    down: "DROP TABLE jobs")

  private static func change(_ up: Upgrade, _ down: Downgrade) -> Change { Change(2, "Change", up: up, down: down) }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String { verdict + ": " + (up.isEmpty ? "nothing" : up) }
    var up: String
    var down: Downgrade
    var verdict: String
    init(_ verdict: String, _ up: String, _ down: Downgrade = .derived) {
      (self.verdict, self.up, self.down) = (verdict, up, down)
    }
  }

  static let cases = [
    Case("lossless with attic", "CREATE TABLE t(a)", "DROP TABLE t"),
    Case("lossless with attic", "CREATE TABLE t(a); INSERT INTO t VALUES(1)"),
    Case("lossless with attic", "ALTER TABLE jobs ADD COLUMN tier", "ALTER TABLE jobs DROP COLUMN tier"),
    Case("lossless with attic", "ALTER TABLE jobs ADD COLUMN tier; UPDATE jobs SET tier = cost"),
    Case("lossless", "CREATE INDEX i ON jobs(cost)", "DROP INDEX i"),
    Case("lossless", "CREATE VIEW v AS SELECT 1 AS a", "DROP VIEW v"),
    Case("lossless", "ALTER TABLE jobs RENAME COLUMN cost TO price"),
    Case("lossless", "ALTER TABLE jobs RENAME TO work", "ALTER TABLE work RENAME TO jobs"),
    Case("lossless", "", ""),
    Case("lossy: column jobs.cost", "ALTER TABLE jobs DROP COLUMN cost"),
    Case("lossy: table jobs", "DROP TABLE jobs"),
    Case(
      "unproven: it drops column jobs.cost, and only a trial with rows tells whether that comes back",
      "ALTER TABLE jobs DROP COLUMN cost", "ALTER TABLE jobs ADD COLUMN cost INT"),
    Case(
      "unproven: it updates jobs.cost, and only a trial with rows tells what becomes of them",
      "UPDATE jobs SET cost = cost + 1", "UPDATE jobs SET cost = cost - 1"),
  ]

  /// What a stated downgrade writes besides what the upgrade did, on a copy without rows.
  static let careless: [(up: String, down: String, says: String)] = [
    ("CREATE INDEX i ON jobs(cost)", "DROP INDEX i; UPDATE jobs SET name = NULL", "it updates jobs.name"),
    (
      "ALTER TABLE jobs ADD COLUMN tier", "DELETE FROM jobs; ALTER TABLE jobs DROP COLUMN tier",
      "it removes rows from jobs"
    ),
    ("CREATE INDEX i ON jobs(cost)", "DROP INDEX i; INSERT INTO jobs VALUES(77, 'x', 1)", "it adds rows to jobs"),
    (
      "CREATE TABLE t(a); CREATE INDEX i ON jobs(cost)",
      """
      DROP TABLE t; DROP TABLE jobs; CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT, cost INT);
      CREATE INDEX by_name ON jobs(name)
      """, "it changes rows of jobs, which it makes anew without copying them"
    ),
    (
      "ALTER TABLE jobs ADD COLUMN tier",
      """
      CREATE TABLE n(id INTEGER PRIMARY KEY, name TEXT, cost INT);
      INSERT INTO n(id, name, cost) SELECT id, name, cost FROM jobs; DELETE FROM n WHERE cost = 0;
      DROP TABLE jobs; ALTER TABLE n RENAME TO jobs; CREATE INDEX by_name ON jobs(name)
      """, "it removes rows from jobs"
    ),
  ]

  @Test(arguments: careless)
  func aStatedDowngradeThatWritesRowsIsNotProvenWithoutAny(_ test: (up: String, down: String, says: String)) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base, Self.change(Upgrade(test.up), Downgrade(test.down))))
    let proof = try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2", as: String.self)
    #expect(
      proof == "unproven: of its downgrade: \(test.says), and only a trial with rows tells what becomes of them")
  }

  private static func rebuilt(_ columns: String) -> Upgrade {
    Upgrade(
      """
      CREATE TABLE n(\(columns)); INSERT INTO n(id, name, cost) SELECT id, name, cost FROM jobs;
      DROP TABLE jobs; ALTER TABLE n RENAME TO jobs; CREATE INDEX by_name ON jobs(name)
      """)
  }

  /// '00501' becomes 501, and comes back as '501': whether rows at hand show it or not.
  @Test(
    arguments: [
      (
        "id INTEGER PRIMARY KEY, name INTEGER, cost INT",
        "unproven: values of jobs.name become INTEGER, which may change them for good"
      ),
      (
        "id INTEGER PRIMARY KEY, name ANY, cost INT",
        "unproven: values of jobs.name become ANY, which may change them for good"
      ),
      ("id INTEGER PRIMARY KEY, name TEXT, cost", "lossless with attic"),
      ("id INTEGER PRIMARY KEY, name TEXT NOT NULL, cost INT", "lossless"),
    ])
  func anotherTypeMayChangeValuesForGood(_ columns: String, _ verdict: String) throws {
    let scratch = try Scratch()
    let known = lineage(Self.base, Self.change(Self.rebuilt(columns), .derived))
    try scratch.migrate(known)
    #expect(try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2", as: String.self) == verdict)
    #expect(try LineageTrial(known).verdicts()[2]?.description == verdict)
  }

  /// The attic gives values back by the key.
  @Test(arguments: [
    ("log", "ALTER TABLE log ADD COLUMN who"),
    ("events", "ALTER TABLE log RENAME TO events; ALTER TABLE events ADD COLUMN who"),
  ])
  func aColumnOfATableWithoutAKeyMayNotComeBack(_ name: String, _ up: String) throws {
    let scratch = try Scratch()
    let base = Change(1, "Base", up: "CREATE TABLE log(at TEXT, what TEXT)", down: "DROP TABLE log")
    let report = try scratch.migrate(lineage(base, Self.change(Upgrade(up), .derived)))
    #expect(
      report.steps.last?.step.proof == "lossy: rows of \(name) that are alike cannot be told apart (no primary key)")
  }

  static let nullKey = "lossy: rows of log whose primary key is NULL cannot be told apart (declare it NOT NULL)"

  @Test(arguments: [
    ("at TEXT PRIMARY KEY, what", nullKey), ("at, what, PRIMARY KEY(at, what)", nullKey),
    ("at INTEGER PRIMARY KEY DESC, what", nullKey), ("at INT PRIMARY KEY, what", nullKey),
    ("at TEXT NOT NULL, what, PRIMARY KEY(at, what)", nullKey),
    ("at TEXT PRIMARY KEY NOT NULL, what", "lossless with attic"),
    ("at TEXT NOT NULL, what NOT NULL, PRIMARY KEY(at, what)", "lossless with attic"),
    ("at INTEGER PRIMARY KEY, what", "lossless with attic"),
    ("at INTEGER, what, PRIMARY KEY(at)", "lossless with attic"),
  ])
  func aKeyThatMayBeNullIsNone(_ columns: String, _ verdict: String) throws {
    let base = Change(1, "Base", up: Upgrade("CREATE TABLE log(\(columns))"), down: "DROP TABLE log")
    let known = lineage(base, Self.change("ALTER TABLE log ADD COLUMN who", .derived))
    let scratch = try Scratch()
    #expect(try scratch.migrate(known).steps.last?.step.proof == verdict)
    #expect(try LineageTrial(known).verdicts()[2]?.description == verdict)
  }

  /// https://sqlite.org/stricttables.html, https://sqlite.org/withoutrowid.html
  @Test(arguments: ["STRICT", "WITHOUT ROWID"]) func inSomeTablesNoKeyIsNull(_ option: String) throws {
    let base = Change(
      1, "Base", up: Upgrade("CREATE TABLE log(at TEXT PRIMARY KEY, what TEXT) \(option)"), down: "DROP TABLE log")
    let known = lineage(base, Self.change("ALTER TABLE log ADD COLUMN who TEXT", .derived))
    #expect(try Scratch().migrate(known).steps.last?.step.proof == "lossless with attic")
  }

  /// A verdict stands as it was stored; that nothing be lost is held against the rows that there are.
  @Test func losslessCanBeRequiredOfRowsThatNothingTellsApart() throws {
    let base = Change(1, "Base", up: "CREATE TABLE log(at TEXT PRIMARY KEY, what)", down: "DROP TABLE log")
    let known = lineage(base, Self.change("ALTER TABLE log ADD COLUMN who", .derived))
    let scratch = try Scratch()
    try scratch.migrate(known)
    try scratch.execute(
      """
      UPDATE tidemark_changelog SET proof = 'lossless with attic';
      INSERT INTO log VALUES (NULL, 'w', 'ann'), (NULL, 'w', 'bob'), ('3', 'c', 'C')
      """)
    let strict = MigratorOptions(plan: PlanOptions(requiresLossless: true))
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(lineage(base), strict) }
    #expect(error?.code == "not-lossless")
    #expect(
      error?.message.contains("lossy: 2 rows of log are alike in all but what goes, and nothing tells them apart")
        == true,
      "\(error?.message ?? "")")
    try scratch.execute("UPDATE log SET what = who")
    // Nor may such rows come in before the plan has the database to itself.
    var late = strict
    let path = scratch.path
    late.beforeChanging = { _ in
      let other = try Connection(path: path, mode: .readWrite)
      try other.execute("INSERT INTO log VALUES (NULL, 'late', 'ann'), (NULL, 'late', 'bob')")
      try other.close()
    }
    #expect(MigrationError.code { try scratch.migrate(lineage(base), late) } == "not-lossless")
    try scratch.execute("DELETE FROM log WHERE what = 'late'")
    try scratch.migrate(lineage(base), strict)
  }

  @Test(arguments: cases) func theVerdictIsKeptInTheEntry(_ test: Case) throws {
    let scratch = try Scratch()
    let known = lineage(Self.base, Self.change(Upgrade(test.up), test.down))
    // On a database that is there, and on a new one.
    try scratch.migrate(lineage(Self.base))
    let report = try scratch.migrate(known)
    #expect(report.steps.last?.step.proof == test.verdict)
    #expect(try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2", as: String.self) == test.verdict)
    let other = try Scratch()
    try other.migrate(known)
    #expect(try other.value("SELECT proof FROM tidemark_changelog WHERE id = 2", as: String.self) == test.verdict)
    #expect(Verdict(test.verdict)?.description == test.verdict)
    #expect(try Migrator(known).status(scratch.open()).rows.last?.proof == test.verdict)
  }

  @Test(
    arguments: [
      ("CREATE TABLE t(a)", "SELECT 1", "table t is not expected"),
      ("CREATE TABLE t(a)", "DROP TABLE u", "no such table: u"),
      ("CREATE TABLE t(a)", "DROP TABLE t; DROP INDEX by_name", "index by_name is missing"),
      ("CREATE TABLE t(a)", "DROP TABLE t; COMMIT", "not allowed"),
      ("ALTER TABLE jobs DROP COLUMN name2; CREATE TABLE t(a)", "", nil),
      (
        "DROP INDEX by_name; ALTER TABLE jobs DROP COLUMN name",
        "ALTER TABLE jobs ADD COLUMN name TEXT; CREATE INDEX by_name ON jobs(name)", "columns in another order"
      ),
      (
        "CREATE TABLE IF NOT EXISTS t(a); CREATE INDEX IF NOT EXISTS x ON t(a)",
        "DROP INDEX x; DROP TABLE t; CREATE VIEW x AS SELECT 1; DROP VIEW x", ""
      ),
      (
        "CREATE TABLE t AS SELECT count(*) AS a FROM sqlite_schema WHERE name = 'u'; CREATE TABLE IF NOT EXISTS u(a)",
        "DROP TABLE t", "table u is not expected"
      ),
    ] as [(String, String, String?)])
  func aDowngradeThatDoesNotLeadBackIsRefusedBeforehand(_ up: String, _ down: String, _ says: String?) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base))
    let before = try scratch.bytes()
    do {
      try scratch.migrate(lineage(Self.base, Self.change(Upgrade(up), Downgrade(down))))
      #expect(says == "")
    } catch let error as MigrationError {
      // An upgrade that fails by itself is told as such.
      #expect(error.code == (says == nil ? "step-failed" : "not-reversible"))
      #expect(error.isRefusal == (says != nil))
      #expect(says.map { error.message.contains($0) } ?? true, "\(error)")
      if says != nil { #expect(try scratch.bytes() == before) }
    }
  }

  @Test func whatCannotBeTriedIsUnprovenAndApplied() throws {
    struct Missing: Error {}
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base, Self.change("INSERT INTO jobs VALUES(1, 'a', 2)", .irreversible("why"))))
    // It looks for a row that a migration put there; the copy has none.
    let needy = Change(
      3,
      up: .run { connection in
        if try connection.value("SELECT count(*) FROM jobs", as: Int.self) == 0 { throw Missing() }
        try connection.execute("CREATE TABLE t(a)")
      }, down: "DROP TABLE t")
    let seeded = Self.change("INSERT INTO jobs VALUES(1, 'a', 2)", .irreversible("why"))
    try scratch.migrate(lineage(Self.base, seeded, needy))
    let proof = try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 3", as: String.self)
    #expect(proof == "unproven: the upgrade of 3 Change fails on an empty copy of the schema (Missing())")
    #expect(try scratch.value("SELECT proof IS NULL FROM tidemark_changelog WHERE id = 2") == true)
  }

  @Test func proofCanBeLeftOut() throws {
    let scratch = try Scratch()
    try scratch.migrate(
      lineage(Self.base, Self.change("ALTER TABLE jobs ADD COLUMN b", "SELECT 1")), MigratorOptions(proves: false))
    #expect(
      try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2") == "unproven: no proof was asked for")
  }

  @Test func whatTheSumVouchesForIsNotTried() throws {
    let scratch = try Scratch()
    let known = Lineage(
      name: "test", migrations: [Self.base, Self.change("ALTER TABLE jobs ADD COLUMN b", "SELECT 1")], baseline: nil,
      head: nil, sources: [:], proofs: [2: "lossless"])
    try scratch.migrate(known)
    #expect(try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2") == "lossless")
    // Behind a migration that the sum does not have it vouches for nothing.
    let other = known.adding([table(3)])
    #expect(other.knownVerdict(of: other.migrations[1]) == .lossless)
    let late = known.adding([Change(1, up: "", down: "")])
    #expect(late.knownVerdict(of: other.migrations[1]) == nil)
  }

  @Test func losslessCanBeRequired() throws {
    let scratch = try Scratch()
    let strict = MigratorOptions(plan: PlanOptions(requiresLossless: true))
    try scratch.migrate(lineage(Self.base), strict)
    let before = try scratch.bytes()
    let lossy = lineage(Self.base, Self.change("DROP INDEX by_name; ALTER TABLE jobs DROP COLUMN name", .derived))
    do {
      try scratch.migrate(lossy, strict)
      Issue.record("it was applied")
    } catch let error as MigrationError {
      #expect(error.code == "not-lossless")
      #expect(error.isRefusal)
      #expect(error.message.contains("2 Change (lossy: column jobs.name)"))
      #expect(try scratch.bytes() == before)
    }
    let oneWay = lineage(Self.base, Self.change("CREATE TABLE t(a)", .irreversible("why")))
    #expect(MigrationError.code { try scratch.migrate(oneWay, strict) } == "not-lossless")
    // And the way back.
    try scratch.migrate(lossy)
    let there = try scratch.bytes()
    #expect(MigrationError.code { try scratch.migrate(lineage(Self.base), strict) } == "not-lossless")
    #expect(try scratch.bytes() == there)
    try scratch.execute("UPDATE tidemark_changelog SET proof = NULL WHERE id = 2")
    #expect(MigrationError.code { try scratch.migrate(lineage(Self.base), strict) } == "not-lossless")
    try scratch.execute("UPDATE tidemark_changelog SET proof = 'lossless with attic' WHERE id = 2")
    try scratch.migrate(lineage(Self.base), strict)
  }

  @Test func whatIsKeptOutOfTheAtticIsLost() throws {
    struct Secret: Migration {
      var id: MigrationID { 2 }
      var upgrade: Upgrade
      var attic: AtticPolicy { .off }
    }
    for (up, what) in [("CREATE TABLE s(a)", "table s"), ("ALTER TABLE jobs ADD COLUMN s", "column jobs.s")] {
      let scratch = try Scratch()
      let known = lineage(Self.base, Secret(upgrade: Upgrade(up)))
      try scratch.migrate(known)
      let proof = try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2", as: String.self)
      #expect(proof == "lossy: \(what), which the migration keeps out of the attic")
    }
    // And where the run keeps nothing at all.
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base, table(2)))
    let bare = MigratorOptions(plan: PlanOptions(requiresLossless: true), attic: .off)
    #expect(MigrationError.code { try scratch.migrate(lineage(Self.base), bare) } == "not-lossless")
    try scratch.migrate(lineage(Self.base), MigratorOptions(plan: PlanOptions(requiresLossless: true)))
  }

  @Test func anOperatorsIndexIsInNoProofsWay() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base))
    try scratch.execute("CREATE INDEX operators ON jobs(cost); CREATE TABLE theirs(a)")
    let rebuild = Self.change(
      """
      CREATE TABLE n(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cost INT);
      INSERT INTO n(id, name, cost) SELECT id, name, cost FROM jobs;
      DROP TABLE jobs; ALTER TABLE n RENAME TO jobs; CREATE INDEX by_name ON jobs(name);
      """, .derived)
    try scratch.migrate(lineage(Self.base, rebuild))
    #expect(try scratch.value("SELECT proof FROM tidemark_changelog WHERE id = 2") == "lossless")
  }

  @Test(arguments: ["lossless", "lossless with attic", "lossy: a: b", "unproven: why"])
  func verdictsAreReadBack(_ text: String) { #expect(Verdict(text)?.description == text) }

  @Test(arguments: ["", "Lossless", "lossy", "perhaps: not"]) func anythingElseIsNoVerdict(_ text: String) {
    #expect(Verdict(text) == nil)
    guard case .unproven = Verdict(entry: text) else {
      Issue.record("\(text) passes for a verdict")
      return
    }
  }

  @Test func aTrialWithRowsTellsWhatASchemaCannot() throws {
    let up = "UPDATE jobs SET cost = cost + 1"
    let known = lineage(
      Self.base, Self.change(Upgrade(up), "UPDATE jobs SET cost = cost - 1"), table(3),
      Change(4, "Wrong", up: "UPDATE jobs SET cost = cost + 1", down: "UPDATE jobs SET cost = 7"),
      Change(5, "Gone", up: "DROP INDEX by_name", down: .irreversible("why")),
      Change(6, "Dropped", up: "ALTER TABLE jobs DROP COLUMN name", down: .derived))
    let verdicts = try LineageTrial(known).verdicts()
    #expect(verdicts[1] == .losslessWithAttic)
    #expect(verdicts[2] == .lossless)
    #expect(verdicts[3] == .losslessWithAttic)
    #expect(verdicts[4]?.description.hasPrefix("lossy: table jobs, row 1: cost is 7, not") == true)
    #expect(verdicts[5] == nil)
    #expect(verdicts[6]?.description.hasPrefix("lossy: table jobs, row 1: name is NULL, not") == true)
    #expect(try LineageTrial(known).verdicts(known: [4: .lossless])[4] == .lossless)
  }

  @Test func whatTheMadeUpRowsDoNotFitIsNotKnown() throws {
    let up = "ALTER TABLE jobs ADD COLUMN tier TEXT CHECK (tier = 'a' OR cost > 1000000) DEFAULT 'b'"
    let verdicts = try LineageTrial(lineage(Self.base, Self.change(Upgrade(up), .derived))).verdicts()
    let verdict = try #require(verdicts[2]?.description)
    #expect(verdict.hasPrefix("unproven: the upgrade does not take the made-up rows: "), "\(verdict)")
    #expect(verdict.contains("CHECK"))
  }

  /// It is a full-text index that keeps its rows, whatever its column is called.
  @Test func aFullTextIndexIsFilledForTheTrial() throws {
    let base = Change(1, "Base", up: "CREATE VIRTUAL TABLE notes USING fts5(content)", down: "DROP TABLE notes")
    let careless = Self.change("CREATE TABLE t(a)", "DROP TABLE t; DELETE FROM notes")
    let verdict = try LineageTrial(lineage(base, careless)).verdicts()[2]?.description
    #expect(verdict?.hasPrefix("lossy: table notes") == true, "\(verdict ?? "")")
  }

  @Test func realRowsFindWhatMadeUpOnesCannot() throws {
    let database = try Scratch()
    let twice = Self.change("UPDATE jobs SET cost = cost * 2", "UPDATE jobs SET cost = min(cost, 100) / 2")
    try database.migrate(lineage(Self.base))
    try database.execute("INSERT INTO jobs VALUES(1, 'a', 20), (9, 'b', 300)")
    let before = try database.bytes()
    // Both ways round: from a database that lacks the migration, and from one that has it.
    for applied in [false, true] {
      if applied { try database.migrate(lineage(Self.base, twice, table(7))) }
      let report = try LineageTrial(lineage(Self.base, twice, table(3)), rows: .none)
        .reversibility(on: database.open())
      let finding = applied ? "table jobs, row 9: cost is 50, not 50" : "table jobs, row 9: cost is 50, not 300"
      #expect(report.findings.map(\.description) == (applied ? [] : ["2 Change, up and down: " + finding]))
      if !applied { #expect(try database.bytes() == before) }
      #expect(report.rows > 0)
    }
  }
}
