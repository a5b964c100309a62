// A table without a key whose columns have taken every name of the rowid: none of its rows can be kept, and that is said.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct AtticUnreachableTests {
  static let why = "rows that no key tells apart cannot be kept where columns have taken all names of the rowid"

  @Test(arguments: [
    (Upgrade("ALTER TABLE odd ADD COLUMN v"), Downgrade("ALTER TABLE odd DROP COLUMN v"), "drops the column v"),
    ("CREATE TABLE more(oid, rowid, _rowid_)", "DROP TABLE more", "drops it"),
  ])
  func theLossIsRefusedUntilItIsAccepted(_ up: Upgrade, _ down: Downgrade, _ words: String) throws {
    let tides = try Tides(
      "CREATE TABLE odd(rowid, _rowid_, oid)", up: up, down: down)
    // Without rows there is nothing to lose.
    try tides.down()
    let report = try tides.up()
    #expect(report.steps.last?.step.proof?.hasPrefix("lossy: rows of ") == true, "\(report.steps)")
    let table = words == "drops it" ? "more" : "odd"
    try tides.execute("INSERT INTO \(table) DEFAULT VALUES; INSERT INTO \(table)(rowid, oid) VALUES (1, 2)")
    let before = try tides.scratch.contents()
    let error = #expect(throws: MigrationError.self) { try tides.down() }
    #expect(error?.code == "would-lose" && error?.isRefusal == true)
    #expect(
      error?.message.contains("2 Top \(words), table \(table), 2 rows: \(Self.why)") == true, "\(error?.message ?? "")")
    #expect(try tides.scratch.contents() == before)
    guard case .wouldLose(let plan, _)? = error else { return }
    try tides.down(MigratorOptions(build: "old", acceptedLoss: plan))
    let back = try tides.up()
    #expect(back.attic == [])
    #expect(try !tides.hasAttic())
  }

  @Test func aKeyWithoutNullIsEnough() throws {
    let tides = try Tides(
      "CREATE TABLE odd(rowid TEXT PRIMARY KEY, _rowid_, oid)", up: "ALTER TABLE odd ADD COLUMN v",
      down: "ALTER TABLE odd DROP COLUMN v")
    try tides.execute("INSERT INTO odd VALUES ('a', NULL, 1, 2), ('b', 1, 1, 3)")
    try tides.down()
    try tides.execute("UPDATE odd SET oid = 7 WHERE rowid = 'a'")
    try tides.up()
    #expect(try tides.list("SELECT * FROM odd ORDER BY 1") == ["'a' - 7 -", "'b' 1 1 3"])
  }
}
