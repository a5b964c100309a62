// Refused before anything is touched: the bytes of the file are the same, and the words name ids and the way out.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var prepare: @Sendable (Scratch) throws -> Void
    var build: Lineage
    var options = MigratorOptions()
    var code: String
    var says: [String]
    var testDescription: String { name }
  }

  static let irreversible = Change(2, "Purge", up: "DELETE FROM t1", down: .irreversible("the rows are gone"))
  static let retired = RetiredMigration(
    id: 1, name: "Table1", revision: 0, upgradeDigest: "d", downgrade: "DROP TABLE t1", irreversible: nil, objects: "{}"
  )

  static let cases = [
    Case(
      name: "another lineage", prepare: { try $0.migrate(Lineage(name: "other", migrations: [table(1)])) },
      build: tables(1),
      code: "foreign", says: ["\"other\"", "\"test\""]),
    Case(
      name: "tables without changelog", prepare: { try $0.execute("CREATE TABLE x(a)") }, build: tables(1),
      code: "unmanaged", says: ["adopt"]),
    Case(
      name: "older than the baseline", prepare: { try $0.migrate(tables(2)) },
      build: Lineage(
        name: "test", migrations: [table(2)], baseline: Baseline(schema: "CREATE TABLE t1(a)", retired: [retired]),
        head: nil, sources: [:]), code: "too-old", says: ["lacks 1"]),
    Case(
      name: "irreversible", prepare: { try $0.migrate(lineage(table(1), irreversible)) }, build: tables(1),
      code: "no-way-back", says: ["2 Purge", "the rows are gone"]),
    Case(
      name: "downgrade never stored",
      prepare: {
        try $0.migrate(tables(1, 2))
        try $0.execute("UPDATE tidemark_changelog SET downgrade = NULL WHERE id = 2")
      }, build: tables(1), code: "no-way-back", says: ["2 Table2", "never stored"]),
    Case(
      name: "forward only", prepare: { try $0.migrate(tables(1, 2)) }, build: tables(1),
      options: MigratorOptions(plan: PlanOptions(forwardOnly: true)), code: "forward-only", says: ["2 Table2"]),
    Case(
      name: "edited", prepare: { try $0.migrate(tables(1)) },
      build: lineage(Change(1, "Table1", up: "CREATE TABLE t1(a, c)", down: "DROP TABLE t1")), code: "edited",
      says: ["1 Table1", "new migration"]),
    Case(
      name: "altered by hand",
      prepare: {
        try $0.migrate(tables(1))
        try $0.execute("ALTER TABLE t1 ADD COLUMN extra")
      }, build: tables(1), code: "altered", says: ["t1", "extra"]),
    Case(
      name: "a unique index on a head's table",
      prepare: {
        try $0.migrate(tables(1))
        try $0.execute("CREATE UNIQUE INDEX u ON t1(b)")
      }, build: tables(1), code: "altered", says: ["index u"]),
    Case(
      name: "a trigger on a head's table",
      prepare: {
        try $0.migrate(tables(1))
        try $0.execute("CREATE TRIGGER planted AFTER INSERT ON t1 BEGIN DELETE FROM t1; END")
      }, build: tables(1, 2), code: "altered", says: ["trigger planted"]),
    Case(
      name: "drift when strict",
      prepare: {
        try $0.migrate(tables(1))
        try $0.execute("CREATE INDEX operators ON t1(b)")
      }, build: tables(1), options: MigratorOptions(strict: true), code: "drift", says: ["index operators"]),
    Case(
      name: "a trigger on Tidemark's tables",
      prepare: {
        try $0.migrate(tables(1))
        try $0.execute("CREATE TRIGGER evil AFTER INSERT ON tidemark_changelog BEGIN DELETE FROM t1; END")
      }, build: tables(1, 2), code: "damaged-changelog", says: ["trigger"]),
    Case(
      name: "a newer format",
      prepare: {
        try $0.migrate(tables(1))
        try $0.execute("UPDATE tidemark_meta SET value = '9' WHERE key = 'format_readable_by'")
      }, build: tables(1, 2), code: "newer-format", says: ["format 9"]),
    Case(
      name: "a duplicate id", prepare: { _ in }, build: lineage(table(1), table(1)), code: "invalid-lineage",
      says: ["id 1 is used twice"]),
  ]

  @Test(arguments: cases)
  func refusedBeforeAnythingIsTouched(_ example: Case) throws {
    let scratch = try Scratch()
    try scratch.execute("PRAGMA page_size = 4096; CREATE TABLE x(a); DROP TABLE x; VACUUM")
    try example.prepare(scratch)
    let before = try scratch.bytes()
    do {
      try scratch.migrate(example.build, example.options)
      Issue.record("not refused")
    } catch let error as MigrationError {
      #expect(error.code == example.code)
      for words in example.says { #expect(error.description.contains(words), "\(error.description)") }
    }
    #expect(try scratch.bytes() == before)
  }

  @Test(arguments: [
    ("create  table T1 ( a ,b );\n-- a remark\nCREATE INDEX \"i1\" ON [t1](a);", true),
    ("CREATE TABLE t1(a, b); CREATE INDEX i1 ON t1(a) /* why */", true),
    ("CREATE TABLE t1(a, b); CREATE INDEX i1 ON t1(b)", false),
    ("CREATE TABLE t1(a, b)", false),
  ])
  func whitespaceCommentsAndQuotingAreNoEdit(_ sql: String, _ isSame: Bool) throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let build = lineage(Change(1, "Renamed", up: Upgrade(sql), down: "DROP TABLE t1"))
    #expect(MigrationError.code { try scratch.migrate(build) } == (isSame ? nil : "edited"))
  }

  @Test func driftIsReportedAndLeftAlone() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    try scratch.execute("CREATE INDEX operators ON t1(b); CREATE TABLE notes(x)")
    let report = try scratch.migrate(tables(1, 2))
    #expect(report.drift.sorted() == ["index operators", "table notes"])
    #expect(try scratch.tables() == ["notes", "t1", "t2"])
  }

  @Test func anEntryWithoutItsDowngradeGetsItStoredAndNothingRuns() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1, 2))
    try scratch.execute("UPDATE tidemark_changelog SET downgrade = NULL WHERE id = 2")
    let report = try scratch.migrate(tables(1, 2))
    #expect(report.steps.map(\.step.kind) == [.store])
    #expect(
      try scratch.value("SELECT downgrade FROM tidemark_changelog WHERE id = 2", as: String.self) == "DROP TABLE t2")
  }

  @Test func onlyAHigherRevisionCorrectsADowngrade() throws {
    let scratch = try Scratch()
    let wrong = Change(1, up: "CREATE TABLE t1(a)", down: "SELECT 1")
    let right = Change(1, revision: 1, up: "CREATE TABLE t1(a)", down: "DROP TABLE t1")
    try scratch.migrate(lineage(wrong), MigratorOptions(proves: false))
    try scratch.migrate(lineage(right))
    #expect(try scratch.value("SELECT downgrade FROM tidemark_changelog", as: String.self) == "DROP TABLE t1")
    // The older build does not know that it is older, and leaves the correction alone.
    #expect(try scratch.migrate(lineage(wrong)).outcome == .upToDate)
    #expect(try scratch.value("SELECT downgrade FROM tidemark_changelog", as: String.self) == "DROP TABLE t1")
  }
}
