// Which way a plan goes: from what is applied to what the build knows, whatever lies between.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct PathTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var applied: [MigrationID]
    var build: [MigrationID]
    var steps: [String]
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "fresh", applied: [], build: [1, 2], steps: ["upgrade 1", "upgrade 2"]),
    Case(name: "older", applied: [1], build: [1, 2, 3], steps: ["upgrade 2", "upgrade 3"]),
    Case(name: "newer", applied: [1, 2, 3], build: [1], steps: ["downgrade 3", "downgrade 2"]),
    Case(name: "two branches", applied: [1, 2, 3], build: [1, 2, 4], steps: ["downgrade 3", "upgrade 4"]),
    Case(name: "interior", applied: [1, 2, 3, 4], build: [1, 2, 4], steps: ["downgrade 3"]),
    Case(name: "late low id", applied: [1, 3], build: [1, 2, 3], steps: ["upgrade 2"]),
    Case(name: "nothing left", applied: [1, 2, 3], build: [], steps: ["downgrade 3", "downgrade 2", "downgrade 1"]),
    Case(
      name: "timestamps and sequence", applied: [1, 20_260_101_000_000], build: [1, 2, 20_260_202_000_000],
      steps: ["downgrade 20260101000000", "upgrade 2", "upgrade 20260202000000"]),
  ]

  @Test(arguments: cases)
  func thePlanConverges(_ example: Case) throws {
    let scratch = try Scratch()
    if !example.applied.isEmpty { try scratch.migrate(Lineage(name: "test", migrations: example.applied.map(table))) }
    let build = Lineage(name: "test", migrations: example.build.map(table))
    let report = try scratch.migrate(build)
    #expect(report.steps.map { "\($0.step.kind.rawValue) \($0.step.id?.description ?? "")" } == example.steps)
    #expect(Set(try scratch.ids()) == Set(example.build.map(\.rawValue)))
    #expect(try scratch.tables() == example.build.map { "t\($0)" }.sorted())
    #expect(try scratch.value("SELECT count(*) FROM tidemark_changelog WHERE downgrade IS NULL", as: Int.self) == 0)
    #expect(!report.fellBack)
  }

  @Test func theReportSaysThatAnIdWasLate() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1, 3))
    #expect(try scratch.migrate(tables(1, 2, 3)).notes.contains { $0.contains("2 applied below") })
    let strict = try Scratch()
    try strict.migrate(tables(1, 3))
    let before = try strict.bytes()
    let options = MigratorOptions(plan: PlanOptions(strictOrder: true))
    #expect(MigrationError.code { try strict.migrate(tables(1, 2, 3), options) } == "out-of-order")
    #expect(try strict.bytes() == before)
  }

  @Test func startingAgainWritesNothing() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1, 2, 3))
    let before = try scratch.bytes()
    #expect(try scratch.migrate(tables(1, 2, 3)).outcome == .upToDate)
    #expect(try scratch.migrate(tables(1, 2, 3), MigratorOptions(strict: true)).outcome == .upToDate)
    #expect(try scratch.bytes() == before)
  }

  @Test func aKnownChangeThatNeedsAnUnknownOneGoesDownAndUpAgain() throws {
    let scratch = try Scratch()
    let one = table(1)
    let unknown = Change(3, up: "ALTER TABLE t1 ADD COLUMN c", down: "ALTER TABLE t1 DROP COLUMN c")
    // With the column there it indexes it too, so that the column cannot be dropped below it.
    let onTop = Change(
      4,
      up: .run { connection in
        let there = try connection.value("SELECT 1 FROM pragma_table_info('t1') WHERE name = 'c'", as: Int.self) != nil
        try connection.execute("CREATE VIEW v AS SELECT a FROM t1")
        if there { try connection.execute("CREATE INDEX c_index ON t1(c)") }
      }, down: "DROP VIEW v; DROP INDEX IF EXISTS c_index")
    try scratch.migrate(lineage(one, unknown, onTop))
    try scratch.execute("INSERT INTO t1(a, b, c) VALUES(1, 2, 3)")
    let report = try scratch.migrate(lineage(one, onTop))
    #expect(report.fellBack)
    #expect(
      report.steps.map { "\($0.step.kind.rawValue) \($0.step.id?.description ?? "")" } == [
        "downgrade 4", "downgrade 3", "upgrade 4",
      ])
    #expect(try scratch.ids() == [1, 4])
    #expect(try scratch.value("SELECT a FROM v", as: Int.self) == 1)
  }

  @Test func migratingToAnIdConvergesOnThatPrefix() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1, 2, 3))
    try scratch.migrate(tables(1, 2, 3).prefix(through: 1))
    #expect(try scratch.tables() == ["t1"])
    try scratch.migrate(tables(1, 2, 3).prefix(through: 2))
    #expect(try scratch.tables() == ["t1", "t2"])
  }

  @Test func redoTakesTheLastDownAndUp() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1, 2, 3))
    try scratch.execute("INSERT INTO t1 VALUES(1, 1); INSERT INTO t3 VALUES(1, 1)")
    let connection = try scratch.open()
    let report = try Migrator(tables(1, 2, 3)).redo(connection, last: 2)
    #expect(report.steps.count == 4)
    #expect(try scratch.value("SELECT count(*) FROM t3", as: Int.self) == 1)
    #expect(try scratch.value("SELECT count(*) FROM t1", as: Int.self) == 1)
    #expect(report.attic.map(\.words) == ["1 row of t3 kept, 1 row of t3 returned"])
    let options = MigratorOptions(attic: .off)
    #expect(
      MigrationError.code { try Migrator(tables(1, 2, 3), options: options).redo(connection, last: 2) } == "would-lose")
  }

  @Test func everyRunThatChangedSomethingLeavesOneRowOfHistory() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    try scratch.migrate(tables(1))
    try scratch.migrate(tables(1, 2))
    #expect(throws: MigrationError.self) { try scratch.migrate(Lineage(name: "other", migrations: [])) }
    let rows = try ChangelogTables(scratch.open()).history()
    #expect(rows.map(\.after) == ["1, 2", "1"])
    #expect(rows.allSatisfy { $0.outcome == "done" })
  }

  @Test func manyMigrationsInOneTransaction() throws {
    let scratch = try Scratch()
    let many = Lineage(name: "test", migrations: (1...300).map { table(MigrationID($0)) })
    #expect(try scratch.migrate(many).steps.count == 300)
    #expect(try scratch.migrate(many).outcome == .upToDate)
    #expect(try scratch.migrate(many.prefix(through: 1)).undone.count == 299)
  }
}
