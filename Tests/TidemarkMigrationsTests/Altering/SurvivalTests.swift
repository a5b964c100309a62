// Rows that a wanted schema could not hold are found before anything runs, counted, and named.
import Synchronization
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct SurvivalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var from: String
    var to: String
    var words: [String]
    var testDescription: String { name }

    init(_ name: String, _ from: String, _ to: String, _ words: String...) {
      (self.name, self.from, self.to, self.words) = (name, from, to, words)
    }
  }

  static let cases: [Case] = [
    Case(
      "NOT NULL", "CREATE TABLE t(a); INSERT INTO t VALUES (1), (NULL), (NULL)", "CREATE TABLE t(a NOT NULL)",
      "table t: 2 rows break NOT NULL of column a (rowid 2, rowid 3)"),
    Case(
      "a new column without a default", "CREATE TABLE t(a); INSERT INTO t VALUES (1)", "CREATE TABLE t(a, b NOT NULL)",
      "table t: 1 row breaks NOT NULL of column b, which is new and has no default"),
    Case(
      "CHECK", "CREATE TABLE t(a); INSERT INTO t VALUES (1), (NULL), (0)", "CREATE TABLE t(a CHECK (t.a > 0))",
      "table t: 1 row breaks CHECK (t.a > 0) (rowid 3)"),
    Case(
      "CHECK of what values become", "CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('9'), ('10')",
      "CREATE TABLE t(a INT CHECK (a < 10))", "table t: 1 row breaks CHECK (a < 10) (rowid 2)"),
    Case(
      "CHECK of a new column's default", "CREATE TABLE t(a); INSERT INTO t VALUES (1)",
      "CREATE TABLE t(a, b INT DEFAULT 3 CHECK (b <> a + 2))", "table t: 1 row breaks CHECK (b <> a + 2) (rowid 1)"),
    Case(
      "CHECK of a computed column", "CREATE TABLE t(a INT); INSERT INTO t VALUES (1), (7)",
      "CREATE TABLE t(a INT, b AS (a * 2) CHECK (b < 10))", "table t: 1 row breaks CHECK (b < 10) (rowid 2)"),
    Case(
      "CHECK under another name", "CREATE TABLE t(x); INSERT INTO t VALUES (1), (0)",
      "CREATE TABLE t(a CHECK (a > 0) -- tidemark: renamed from x\n)", "table t: 1 row breaks CHECK (a > 0) (rowid 2)"),
    Case(
      "UNIQUE", "CREATE TABLE t(a); INSERT INTO t VALUES (1), (1), (NULL), (NULL), (1)", "CREATE TABLE t(a UNIQUE)",
      "table t: 3 rows break UNIQUE of column a (rowid 1 and rowid 5, …)"),
    Case(
      "UNIQUE that would replace rows", "CREATE TABLE t(a); INSERT INTO t VALUES (1), (1)",
      "CREATE TABLE t(a, UNIQUE (a) ON CONFLICT REPLACE)",
      "table t: 2 rows break UNIQUE (a) ON CONFLICT REPLACE (rowid 1 and rowid 2)"),
    Case(
      "UNIQUE by another collation", "CREATE TABLE t(a TEXT UNIQUE); INSERT INTO t VALUES ('x'), ('X')",
      "CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE)", "table t: 2 rows break UNIQUE of column a (rowid 1 and rowid 2)"),
    Case(
      "a unique index over part of the rows", "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 0), (1, 1), (1, 2)",
      "CREATE TABLE t(a, b); CREATE UNIQUE INDEX u ON t(abs(a)) WHERE b > 0",
      "table t: 2 rows break UNIQUE of index u (rowid 2 and rowid 3)"),
    Case(
      "a key", "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 1), (NULL, 2)",
      "CREATE TABLE t(a, b, PRIMARY KEY (a)) WITHOUT ROWID",
      "table t: 1 row breaks NOT NULL of the primary key (rowid 2)"),
    Case(
      "another key", "CREATE TABLE t(a, b, PRIMARY KEY (a)) WITHOUT ROWID; INSERT INTO t VALUES (1, 1), (2, NULL)",
      "CREATE TABLE t(a, b, PRIMARY KEY (b, a)) WITHOUT ROWID", "table t: 1 row breaks NOT NULL of the primary key (2)"),
    Case(
      "a key of a STRICT table", "CREATE TABLE t(a TEXT PRIMARY KEY); INSERT INTO t VALUES (NULL), ('x')",
      "CREATE TABLE t(a TEXT PRIMARY KEY) STRICT", "table t: 1 row breaks NOT NULL of the primary key (rowid 1)"),
    Case(
      "a key that is the rowid", "CREATE TABLE t(a, b); INSERT INTO t VALUES (3, 1), ('x', 2), (NULL, 3)",
      "CREATE TABLE t(a INTEGER PRIMARY KEY, b)",
      "table t: 2 rows break INTEGER PRIMARY KEY of column a (rowid 2, rowid 3)"),
    Case(
      "STRICT", "CREATE TABLE t(a INT, b REAL); INSERT INTO t VALUES (1, 2), ('x', 2), (1, x'00')",
      "CREATE TABLE t(a INT, b REAL) STRICT", "table t: 1 row breaks STRICT: INT of column a (rowid 2)",
      "table t: 1 row breaks STRICT: REAL of column b (rowid 3)"),
    Case(
      "a foreign key",
      "CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1); CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (NULL)",
      "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(a REFERENCES p)",
      "table t: 1 row breaks REFERENCES p (rowid 2)"),
    Case(
      "rows without a rowid", "CREATE TABLE t(k TEXT PRIMARY KEY, a) WITHOUT ROWID; INSERT INTO t VALUES ('x', NULL)",
      "CREATE TABLE t(k TEXT PRIMARY KEY, a NOT NULL) WITHOUT ROWID",
      "table t: 1 row breaks NOT NULL of column a ('x')"),
  ]

  @Test(arguments: cases) func rowsThatDoNotFitAreNamed(_ one: Case) throws {
    let database = try Connection.inMemory()
    try database.execute(one.from)
    let before = try DatabaseContents(of: database)
    let alterer = Alterer(to: try Schema.make(running: one.to))
    #expect(try alterer.plan(database).obstacles.map(\.words) == one.words)
    #expect {
      try alterer.alter(database)
    } throws: { error in
      guard case .doesNotFit(let obstacles)? = error as? AlterError else { return false }
      return obstacles.map(\.words) == one.words
    }
    #expect(try DatabaseContents(of: database) == before)
    #expect(try database.value("SELECT count(*) FROM temp.sqlite_master", as: Int64.self) == 0)
  }

  @Test(arguments: [
    ("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2), (1, NULL)", "CREATE TABLE t(a)", ["column t.b, 1 row"]),
    ("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, NULL)", "CREATE TABLE t(a)", []),
    ("CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE TABLE u(b)", "", ["table t, 1 row"]),
    (
      "CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('007'), ('7'), ('x')", "CREATE TABLE t(a INT)",
      ["values of column t.a change with its type, 1 row"]
    ),
    ("CREATE TABLE t(a INT); INSERT INTO t VALUES (1), (2.5), ('x')", "CREATE TABLE t(a TEXT)", []),
    (
      "CREATE TABLE t(a INT); INSERT INTO t VALUES (9007199254740993)", "CREATE TABLE t(a REAL)",
      ["values of column t.a change with its type, 1 row"]
    ),
  ]) func whatWouldBeLostIsCountedAndNeedsItsId(_ from: String, _ to: String, _ losses: [String]) throws {
    let database = try Connection.inMemory()
    try database.execute(from)
    let schema = try Schema.make(running: to)
    let plan = try Alterer(to: schema).plan(database)
    #expect(plan.losses.map(\.words) == losses && (plan.lossID != nil) == !losses.isEmpty)
    if !losses.isEmpty {
      #expect(throws: AlterError.wouldLose(plan: plan.lossID ?? "", plan.losses, doubts: plan.doubts)) {
        try Alterer(to: schema, options: .init(acceptedLoss: "000000000000")).alter(database)
      }
    }
    try Alterer(to: schema, options: .init(acceptedLoss: plan.lossID)).alter(database)
    #expect(try Schema.read(from: database).fingerprint(.exact) == schema.fingerprint(.exact))
  }

  @Test func droppingMakesTablesAnewAndOthersKeepTheirRows() throws {
    let database = try Connection.inMemory()
    try database.execute(
      """
      CREATE TABLE t(a, b); INSERT INTO t VALUES (1, NULL); CREATE TABLE u(c); INSERT INTO u VALUES (1);
      CREATE VIRTUAL TABLE f USING fts5(a, content = 't'); INSERT INTO f(f) VALUES ('rebuild');
      """)
    let schema = try Schema.make(
      running: "CREATE TABLE t(a, b NOT NULL); CREATE TABLE u(c); CREATE VIRTUAL TABLE f USING fts5(a, content = 't')")
    let alterer = Alterer(to: schema, options: .init(mode: .drop, acceptsAnyLoss: true))
    #expect(try alterer.alter(database).plan.losses.map(\.words) == ["table t, 1 row"])
    #expect(try database.value("SELECT count(*) FROM u", as: Int64.self) == 1)
    #expect(try database.value("SELECT count(*) FROM f WHERE f MATCH '1'", as: Int64.self) == 0)
    try database.execute("INSERT INTO f(f) VALUES ('integrity-check')")
    #expect(try alterer.alter(database).plan.isEmpty)
  }

  @Test(arguments: ["CREATE TABLE work(a, b)", "CREATE VIRTUAL TABLE work USING fts5(a, content = '')"])
  func droppingSaysWhatGoesOfATableThatIsRenamedToo(_ wanted: String) throws {
    let database = try Connection.inMemory()
    let old = wanted.replacing("work", with: "jobs").replacing("(a, b)", with: "(a)").replacing(
      "(a, c", with: "(a, b, c")
    try database.execute("\(old); INSERT INTO jobs(rowid, a) VALUES (1, 1), (2, 2)")
    let text = "-- tidemark: renamed from jobs\n" + wanted
    let alterer = Alterer(to: try Schema.make(running: text), text: text, options: .init(mode: .drop))
    #expect(try alterer.plan(database).losses.map(\.words) == ["table jobs, 2 rows"])
    #expect(try alterer.plan(database).changes.map { "\($0.kind) \($0.name)" } == ["renamed work"])
    #expect(throws: AlterError.self) { try alterer.alter(database) }
    #expect(try database.value("SELECT count(*) FROM jobs", as: Int64.self) == 2)
  }

  @Test func foreignKeysAreOnAgainAndDoNotFireMeanwhile() throws {
    let database = try Connection.inMemory()
    try database.execute(
      """
      PRAGMA foreign_keys = ON; CREATE TABLE p(id INTEGER PRIMARY KEY, x);
      CREATE TABLE t(p REFERENCES p(id) ON DELETE CASCADE);
      INSERT INTO p VALUES (1, 1); INSERT INTO t VALUES (1);
      """)
    let schema = try Schema.make(
      running: "CREATE TABLE p(id INTEGER PRIMARY KEY, x UNIQUE); CREATE TABLE t(p REFERENCES p(id) ON DELETE CASCADE)")
    try Alterer(to: schema).alter(database)
    #expect(try database.value("SELECT count(*) FROM t", as: Int64.self) == 1)
    try database.execute("DELETE FROM p")
    #expect(try database.value("SELECT count(*) FROM t", as: Int64.self) == 0)
  }

  @Test func cancellingLeavesAllAsItWas() throws {
    let database = try Connection.inMemory()
    try database.execute(
      "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) INSERT INTO t SELECT i FROM n"
    )
    let schema = try Schema.make(running: "CREATE TABLE t(a, CHECK (a > 0))")
    let before = try Schema.read(from: database)
    #expect(throws: AlterError.cancelled) {
      try Alterer(to: schema, options: .init(isCancelled: { true })).alter(database)
    }
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try Alterer(to: schema, options: .init(onStatement: { number, _, _ in if number == 3 { throw Stop() } }))
        .alter(database)
    }
    #expect(try Schema.read(from: database) == before)
  }

  /// On big tables one statement is most of the work.
  @Test func aStatementThatTakesLongIsToldAgainAndCanBeCancelled() throws {
    final class Seen: Sendable {
      let calls = Atomic(0)
      let isCopying = Atomic(false)
    }
    let database = try Connection.inMemory()
    try database.execute(
      "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) INSERT INTO t SELECT i FROM n"
    )
    let schema = try Schema.make(running: "CREATE TABLE t(a, CHECK (length(hex(zeroblob(2000 + a % 2))) > 0))")
    let before = try Schema.read(from: database)
    let seen = Seen()
    let options = Alterer.Options(
      isCancelled: { seen.isCopying.load(ordering: .relaxed) && seen.calls.load(ordering: .relaxed) > 1 },
      onStatement: { _, _, sql in
        seen.isCopying.store(sql.hasPrefix("INSERT"), ordering: .relaxed)
        seen.calls.store(sql.hasPrefix("INSERT") ? seen.calls.load(ordering: .relaxed) + 1 : 0, ordering: .relaxed)
      })
    #expect(throws: AlterError.cancelled) { try Alterer(to: schema, options: options).alter(database) }
    #expect(seen.calls.load(ordering: .relaxed) > 1)
    #expect(try Schema.read(from: database) == before)
    #expect(try database.value("SELECT count(*) FROM t", as: Int64.self) == 100_000)
  }

  @Test func aHostileSchemaIsHeldToTheRules() throws {
    let database = try Connection.inMemory()
    try database.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    for sql in [
      "CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM tidemark_changelog; END",
      "CREATE TABLE t(a, CHECK (load_extension('x') IS NULL))",
    ] {
      let schema = try Schema.make(running: sql)
      #expect(throws: (any Error).self, "\(sql)") { try Alterer(to: schema).alter(database) }
      #expect(try Schema.read(from: database).objects.count == 1)
    }
  }
}
