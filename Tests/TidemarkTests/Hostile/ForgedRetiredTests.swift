// Changelogs that lie about migrations which the build has folded into its baseline. No SQL of theirs runs there, so what
// they claim is neither believed nor looked into; the schema decides.
import Foundation
import Testing
import Tidemark

@Suite struct ForgedRetiredTests {
  /// A build that has folded the first two, and one from before that.
  private static let folded = Lineage(
    name: "bank", migrations: [HostileBench.pending],
    baseline: Baseline(
      schema: """
        CREATE TABLE accounts(id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, sum INTEGER);
        CREATE TABLE notes(a);
        """,
      retired: HostileBench.shared.map {
        RetiredMigration(
          id: $0.id, name: $0.name, revision: 0, upgradeDigest: HostileBench.build.upgradeDigests[$0.id] ?? "",
          downgrade: "DROP TABLE \($0.name.lowercased())", irreversible: nil,
          objects: #"{"added":["table \#($0.name.lowercased())"],"changed":[],"removed":[]}"#)
      }), head: nil, sources: [:])
  private static let oldest = Lineage(name: "bank", migrations: [HostileBench.shared[0]])

  /// A snapshot of a database of both migrations, forged.
  private func forge(_ sql: String) throws -> (shop: Workshop, source: String) {
    let shop = try Workshop()
    let other = shop.folder + "/other.db"
    try ManagedDatabase(other, lineage: Lineage(name: "bank", migrations: HostileBench.shared)).migrate()
    let connection = try Connection(path: other)
    try connection.execute("INSERT INTO accounts(owner, sum) VALUES('kept', 2)")
    try connection.execute(sql)
    try connection.close()
    let source = shop.folder + "/forged.sqlite.lz4"
    try Capture().run(database: other, to: source, describe: { try DatabaseDescription(of: $0) })
    return (shop, source)
  }

  private func code(_ body: () throws -> Void) throws -> String {
    do {
      try body()
      return "done"
    } catch let error as MigrationError {
      return error.code
    }
  }

  static let claims: [(sql: String, code: String)] = [
    ("", "done"),
    ("DROP TABLE notes", "step-failed"),
    ("DROP TABLE notes; CREATE TABLE notes(a, planted)", "altered"),
    ("DELETE FROM tidemark_changelog WHERE id = 2", "too-old"),
    ("UPDATE tidemark_changelog SET upgrade_digest = 'forged' WHERE id = 2", "done"),
    ("UPDATE tidemark_changelog SET downgrade = 'ATTACH ''evil.db'' AS e; DROP TABLE accounts' WHERE id = 2", "done"),
    (
      "UPDATE tidemark_changelog SET objects = '{\"added\":[\"table accounts\"],\"changed\":[],\"removed\":[]}'", "done"
    ),
  ]

  @Test(arguments: claims.indices) func aClaimOfRetiredOnesRunsNothing(_ index: Int) throws {
    let claim = Self.claims[index]
    let (shop, source) = try forge(claim.sql)
    let ended = try code { _ = try shop.database(Self.folded).restore(source) }
    #expect(ended == claim.code, "\(claim.sql): \(ended)")
    guard claim.code == "done" else {
      #expect(try !shop.database(Self.folded).exists)
      return
    }
    #expect(try shop.value("SELECT group_concat(owner) FROM accounts", as: String.self) == "kept,the bank")
    #expect(try shop.value("SELECT count(*) FROM notes", as: Int.self) == 0)
    #expect(!FileManager.default.fileExists(atPath: "evil.db"))
  }

  /// The folded entry keeps what was forged, whole, for builds that do not know the baseline: there it is SQL like any other
  /// that was stored, and gets no further.
  @Test func whatWasForgedIsContainedInAnOlderBuildToo() throws {
    let (shop, source) = try forge(
      "UPDATE tidemark_changelog SET downgrade = 'ATTACH ''evil.db'' AS e; DROP TABLE notes' WHERE id = 2")
    try shop.database(Self.folded).restore(source)
    let before = try shop.value("SELECT group_concat(name) FROM sqlite_schema", as: String.self)
    let ended = try code { _ = try shop.database(Self.oldest).migrate() }
    #expect(ended == "step-failed", "\(ended)")
    #expect(try shop.value("SELECT group_concat(name) FROM sqlite_schema", as: String.self) == before)
    #expect(!FileManager.default.fileExists(atPath: "evil.db"))
  }
}
