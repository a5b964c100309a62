// The bound on how far a database may grow while SQL that is not of the build may run: it falls on no upgrade of the
// build's own, and where it does fall it is told for what it is.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct GrowthBoundTests {
  static let trigger = "CREATE TRIGGER k AFTER UPDATE ON t BEGIN SELECT 1; END"
  static let base = Change(1, up: Upgrade("CREATE TABLE t(a); \(trigger)"), down: "DROP TABLE t")
  /// More than a small database may grow by under the bound.
  static let fill = "INSERT INTO t VALUES(zeroblob(80000000))"

  static func change(_ up: String, _ down: Downgrade = .irreversible("it stays")) -> Change {
    Change(2, up: Upgrade(up), down: down)
  }

  @Test(arguments: [
    "DROP TRIGGER k; \(fill)", "DROP TRIGGER k; CREATE TRIGGER k AFTER DELETE ON t BEGIN SELECT 2; END; \(fill)",
  ]) func anUpgradeThatChangesATriggerMayFill(_ up: String) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base))
    try scratch.migrate(lineage(Self.base, Self.change(up)))
    #expect(try scratch.value("SELECT sum(length(a)) FROM t", as: Int.self) == 80_000_000)
  }

  @Test func aNewDatabaseMayBeFilledBehindItsBaseline() throws {
    let baseline = Baseline(schema: "CREATE TABLE t(a); \(Self.trigger);", retired: [])
    let build = Lineage(
      name: "test", migrations: [Self.change("DROP TRIGGER k; \(Self.fill)")], baseline: baseline, head: nil,
      sources: [:])
    let scratch = try Scratch()
    try scratch.migrate(build)
    #expect(try scratch.value("SELECT sum(length(a)) FROM t", as: Int.self) == 80_000_000)
  }

  /// A trigger of somebody else, and a stored downgrade.
  @Test(arguments: [true, false]) func whatTheBoundEndsSaysSo(_ isStored: Bool) throws {
    let scratch = try Scratch()
    if isStored {
      try scratch.migrate(
        lineage(Self.base, Self.change("SELECT 1", Downgrade(Self.fill))), MigratorOptions(proves: false))
    } else {
      try scratch.migrate(lineage(Self.base))
      try scratch.execute("CREATE TABLE o(a); CREATE TRIGGER other AFTER INSERT ON o BEGIN SELECT 3; END")
    }
    let to = isStored ? lineage(Self.base) : lineage(Self.base, Self.change(Self.fill))
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(to) }
    #expect(error?.message.contains("it may grow to 64 MiB") == true, "\(error?.message ?? "")")
    #expect(error?.hint.contains("--no-limit") == true, "\(error?.hint ?? "")")
    #expect(try scratch.value("SELECT count(*) FROM t", as: Int.self) == 0)
    try scratch.migrate(to, MigratorOptions(boundsStoredSQL: false))
    #expect(try scratch.value("SELECT sum(length(a)) FROM t", as: Int.self) == 80_000_000)
  }
}
