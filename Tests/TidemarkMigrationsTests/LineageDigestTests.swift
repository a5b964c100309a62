// The two digests of a lineage, and the mark that is made of them.
import Testing
import TidemarkSQLite

@testable import TidemarkMigrations

@Suite struct LineageDigestTests {
  private struct Step: Migration {
    var id: MigrationID
    var name = "Step"
    var revision: Int = 0
    var upgrade: Upgrade
    var downgrade: Downgrade { "DROP TABLE a" }
  }

  private func lineage(_ upgrade: Upgrade, revision: Int = 0, name: String = "test") -> Lineage {
    Lineage(name: name, migrations: [Step(id: 1, revision: revision, upgrade: upgrade)])
  }

  @Test func whiteSpaceChangesTheTextAndNotTheMeaning() {
    let one = lineage("CREATE TABLE a(x)")
    let other = lineage("create  table a(x); -- a table")
    #expect(one.digest == other.digest)
    #expect(one.textDigest != other.textDigest)
    #expect(one.textDigest == lineage("CREATE TABLE a(x)").textDigest)
  }

  @Test func whateverDecidesAPlanChangesBoth() {
    let one = lineage("CREATE TABLE a(x)")
    let others = [
      lineage("CREATE TABLE a(y)"), lineage("CREATE TABLE a(x)", revision: 1), lineage("CREATE TABLE a(x)", name: "b"),
      lineage(.run { _ in }), lineage(.batched(table: "a", "UPDATE a SET x = 1")),
      Lineage(name: "test", migrations: [Step(id: 2, upgrade: "CREATE TABLE a(x)")]),
      Lineage(
        name: "test", migrations: one.migrations, baseline: Baseline(schema: "CREATE TABLE b(x)", retired: []),
        head: nil, sources: [:]),
    ]
    #expect(Set(others.map(\.digest) + [one.digest]).count == others.count + 1)
    #expect(Set(others.map(\.textDigest) + [one.textDigest]).count == others.count + 1)
  }

  @Test func aMarkIsReadAsItWasWritten() throws {
    let mark = VerifiedMark(of: lineage("CREATE TABLE a(x)"), cookie: 7)
    let read = try #require(VerifiedMark(mark.description))
    #expect((read.text, read.meaning, read.cookie) == (mark.text, mark.meaning, mark.cookie))
    #expect(VerifiedMark("\(mark.meaning) 7") == nil)
    #expect(VerifiedMark("") == nil)
  }

  @Test(arguments: ["CREATE TABLE a(x)", "CREATE TABLE  a (x) -- the same"])
  func aStartThatFindsItsMarkLooksNoFurther(_ sql: String) throws {
    let connection = try Connection.inMemory()
    try Migrator(lineage("CREATE TABLE a(x)")).migrate(connection)
    // What only a look at everything would find.
    try connection.run("UPDATE tidemark_changelog SET upgrade_digest = 'another'")
    #expect(try Migrator(lineage(Upgrade(stringLiteral: sql))).migrate(connection).outcome == .upToDate)
    #expect(throws: MigrationError.self) { try Migrator(lineage("CREATE TABLE b(x)")).migrate(connection) }
  }

  @Test func whatCouldNotBeMadeIsTriedAgain() throws {
    struct Fault: Error {}
    let once = Once<Int>()
    #expect(throws: Fault.self) { try once.value { () throws -> Int in throw Fault() } }
    #expect(once.value { 1 } == 1)
    #expect(once.value { 2 } == 1)
  }
}
