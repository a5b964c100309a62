// The proof with the rows that there are, for a run that asks for it: made before anything is touched, and again where
// somebody writes in between.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct RowProofTests {
  static let base = ProofTests.base
  /// It leads back for a cost of at most 100.
  static let fussy = Change(
    2, "Fussy", up: "UPDATE jobs SET cost = cost * 2", down: "UPDATE jobs SET cost = min(cost, 200) / 2")
  static let asking = MigratorOptions(provesWithRows: true)

  static func prepared(costs: Int...) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.migrate(lineage(base))
    let connection = try scratch.open()
    for cost in costs { try connection.run("INSERT INTO jobs(name, cost) VALUES('a', ?)", cost) }
    try connection.close()
    return scratch
  }

  /// Somebody else who writes between the proof and the plan.
  private static func another(
    at path: String, _ write: @escaping @Sendable (Connection) throws -> Void
  ) -> @Sendable (Plan) throws -> Void {
    { _ in
      let connection = try Connection(path: path, mode: .readWrite)
      try write(connection)
      try connection.close()
    }
  }

  @Test func whatLeadsBackRuns() throws {
    let scratch = try Self.prepared(costs: 1, 100)
    #expect(try scratch.migrate(lineage(Self.base, Self.fussy), Self.asking).outcome == .migrated)
    #expect(try scratch.value("SELECT max(cost) FROM jobs", as: Int.self) == 200)
  }

  @Test func whatDoesNotIsRefusedByRowAndNothingIsTouched() throws {
    let scratch = try Self.prepared(costs: 1, 101)
    let before = try scratch.bytes()
    let error = #expect(throws: MigrationError.self) {
      try scratch.migrate(lineage(Self.base, Self.fussy), Self.asking)
    }
    #expect(error?.code == "rows-not-proven" && error?.isRefusal == true)
    #expect(error?.message.contains("2 Fussy, up and down: table jobs, row 2: cost is 100, not 101") == true)
    #expect(try scratch.bytes() == before)
    // Unasked it runs, as it always has.
    #expect(try scratch.migrate(lineage(Self.base, Self.fussy)).outcome == .migrated)
  }

  @Test func rowsThatComeInBetweenAreLookedAtToo() throws {
    let scratch = try Self.prepared(costs: 1)
    var options = Self.asking
    options.beforeChanging = Self.another(at: scratch.path) {
      try $0.execute("INSERT INTO jobs(name, cost) VALUES('late', 1000)")
    }
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(lineage(Self.base, Self.fussy), options) }
    #expect(error?.code == "rows-not-proven")
    #expect(try scratch.value("SELECT group_concat(cost) FROM jobs", as: String.self) == "1,1000")
    // What is harmless is let in.
    try scratch.execute("DELETE FROM jobs WHERE cost = 1000")
    options.beforeChanging = Self.another(at: scratch.path) {
      try $0.execute("INSERT INTO jobs(name, cost) VALUES('late', 10)")
    }
    #expect(try scratch.migrate(lineage(Self.base, Self.fussy), options).outcome == .migrated)
    #expect(try scratch.value("SELECT group_concat(cost) FROM jobs", as: String.self) == "2,20")
  }

  @Test func whereAnotherHasDoneAPartTheRestIsProven() throws {
    let scratch = try Self.prepared(costs: 1)
    var options = Self.asking
    options.beforeChanging = Self.another(at: scratch.path) {
      try Migrator(lineage(Self.base, table(2))).migrate($0)
    }
    let report = try scratch.migrate(lineage(Self.base, table(2), table(3)), options)
    #expect(report.steps.compactMap(\.step.id) == [3])
    #expect(try scratch.ids() == [1, 2, 3])
  }
}
