// Names that Swift takes for one and SQLite for two: nothing of the one may pass for the other.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct TwinNameTests {
  private static let guarded = Change(
    1, "Guarded",
    up: """
      CREATE TABLE tasks(a); CREATE TABLE log(a);
      CREATE TRIGGER tasks_k AFTER INSERT ON tasks BEGIN INSERT INTO log VALUES(new.a); END
      """, down: "DROP TABLE tasks; DROP TABLE log")

  @Test func aTriggerBehindTheTwinOfAHeadsNameIsRefused() throws {
    let scratch = try Scratch()
    try scratch.migrate(lineage(Self.guarded))
    try scratch.execute("CREATE TRIGGER tasks_\u{212A} AFTER INSERT ON tasks BEGIN DELETE FROM log; END")
    let before = try scratch.bytes()
    #expect(throws: SchemaError.self) { try scratch.migrate(lineage(Self.guarded, table(2))) }
    #expect(try scratch.bytes() == before)
  }

  /// The twin alone, in the place of the head's own.
  @Test func aTwinInTheHeadsPlaceIsNotTheHeads() throws {
    let head = try Schema.make(running: "CREATE TABLE caf\u{e9}(a); CREATE TABLE kelvin(a)")
    let found = try Schema.make(running: "CREATE TABLE cafe\u{301}(a); CREATE TABLE \u{212A}elvin(a)")
    let convergence = Convergence(found: found, head: head)
    #expect(convergence.differences.map(\.words).sorted() == ["table caf\u{e9} is missing", "table kelvin is missing"])
    #expect(convergence.drift.count == 2)
    #expect(ObjectChanges(before: head, after: found).added.count == 2)
  }
}
