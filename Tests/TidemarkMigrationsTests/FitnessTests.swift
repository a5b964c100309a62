// A downgrade that an older build could not run is not stored: the upgrade fails, and nothing is kept.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct FitnessTests {
  static let base = Change(1, up: "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)", down: "DROP TABLE t")

  @Test(arguments: [
    ("UPDATE t SET a = random()", "line 1: random() gives another value each time it runs"),
    ("DELETE FROM t WHERE a IS NOT DISTINCT FROM b", "line 1: IS NOT DISTINCT FROM came with SQLite 3.39.0"),
    ("\nUPDATE t SET a = b ->> 'x'", "line 2: the operator ->> came with SQLite 3.38.0"),
    ("UPDATE t SET a = shout(b)", "line 1: the function shout() is the application's"),
    ("SELECT * FROM tidemark_meta", "line 1: tidemark_meta is Tidemark's own"),
  ])
  func itIsNotStored(_ down: String, _ why: String) throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.base))
    let before = try scratch.contents()
    let error = #expect(throws: MigrationError.self) {
      try scratch.migrate(
        lineage(Self.base, Change(2, "Newer", up: "UPDATE t SET a = 1", down: Downgrade(down))),
        MigratorOptions(build: "test", proves: false))
    }
    #expect(error?.code == "unfit-downgrade" && error?.isRefusal == false)
    #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
    #expect(try scratch.contents() == before)
  }

  @Test func aLineageThatStatesANewerSQLiteAllowsWhatThatHas() throws {
    let change = Change(
      2, "Newer", up: "UPDATE t SET a = 1", down: "DELETE FROM t WHERE a IS NOT DISTINCT FROM b ->> 'x'")
    let newer = Lineage(
      name: "test", migrations: [Self.base, change], baseline: nil, head: nil, sources: [:], oldestSQLite: 3_039_000)
    let scratch = try Scratch()
    try scratch.migrate(newer)
    #expect(try scratch.ids() == [1, 2])
    #expect(newer.prefix(through: 1).adding([change]).oldestSQLite == 3_039_000)
  }
}
