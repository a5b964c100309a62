// A downgrade that was corrected by a higher revision is the one that runs from then on, in the very plan that stores it too.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct CorrectionTests {
  private static let base = Change(
    1, "Base", up: "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')", down: "DROP TABLE t")
  private static let unproven = MigratorOptions(build: "test", proves: false)

  private static func column(_ revision: Int, _ down: Downgrade) -> Change {
    Change(2, "Column", revision: revision, up: "ALTER TABLE t ADD COLUMN c", down: down)
  }
  private static let wrong = column(0, "UPDATE t SET a = 'wrong'; ALTER TABLE t DROP COLUMN c")

  private func a(_ scratch: Scratch) throws -> String? { try scratch.value("SELECT a FROM t", as: String.self) }

  private func redo(_ scratch: Scratch, _ lineage: Lineage) throws -> MigrationReport {
    let connection = try scratch.open()
    let report = try Migrator(lineage, options: Self.unproven).redo(connection, last: 1)
    try connection.close()
    return report
  }

  @Test(arguments: ["ALTER TABLE t DROP COLUMN c", nil])
  func redoRunsTheCorrection(_ sql: String?) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base, Self.wrong), Self.unproven)
    let report = try redo(scratch, lineage(Self.base, Self.column(1, sql.map { Downgrade($0) } ?? .derived)))
    #expect(try a(scratch) == "x")
    #expect(report.steps.first { $0.step.kind == .downgrade }?.step.sql?.contains("wrong") == false)
  }

  @Test func redoIsRefusedWhereTheCorrectionIsThatThereIsNoWayBack() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base, Self.wrong), Self.unproven)
    let corrected = lineage(Self.base, Self.column(1, .irreversible("it never worked")))
    #expect(MigrationError.code { _ = try redo(scratch, corrected) } == "no-way-back")
    #expect(try a(scratch) == "x")
  }

  @Test func aCorrectionOfARecordTakesItsPlaceWhole() throws {
    let scratch = try Scratch()
    let up: Upgrade = "UPDATE t SET a = a || '!'"
    try scratch.migrate(lineage(Self.base, Change(2, "Cry", up: up, down: .recorded)), Self.unproven)
    #expect(try a(scratch) == "x!")
    let corrected = Change(2, "Cry", revision: 1, up: up, down: "UPDATE t SET a = rtrim(a, '!')")
    _ = try redo(scratch, lineage(Self.base, corrected))
    #expect(try a(scratch) == "x!")
  }

  @Test func theFallbackRunsTheCorrection() throws {
    let scratch = try Scratch()
    let unknown = Change(2, "Unknown", up: "ALTER TABLE t ADD COLUMN b", down: "ALTER TABLE t DROP COLUMN b")
    let copy: Upgrade = "CREATE TABLE copy AS SELECT * FROM t"
    let wrong = Change(3, "Copy", up: copy, down: "DROP TABLE copy; UPDATE t SET a = 'wrong'")
    try scratch.migrate(lineage(Self.base, unknown, wrong), Self.unproven)
    let right = Change(3, "Copy", revision: 1, up: copy, down: "DROP TABLE copy")
    let report = try scratch.migrate(lineage(Self.base, right), Self.unproven)
    #expect(report.fellBack)
    #expect(try a(scratch) == "x")
  }

  /// The lineage through an earlier migration does not hold the correction: the database has to have it first.
  @Test func goingBackBelowACorrectionThatIsNotStoredIsRefused() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base, Self.wrong), Self.unproven)
    let corrected = lineage(Self.base, Self.column(1, "ALTER TABLE t DROP COLUMN c"))
    let earlier = corrected.prefix(through: 1)
    #expect(MigrationError.code { try scratch.migrate(earlier, Self.unproven) } == "no-way-back")
    #expect(try a(scratch) == "x")
    try scratch.migrate(corrected, Self.unproven)
    try scratch.migrate(earlier, Self.unproven)
    #expect(try a(scratch) == "x")
    #expect(try scratch.ids() == [1])
  }
}
