// The help of the real tool, as recorded, and what it says of itself.

import Testing
import Tidemark
import TidemarkCommands

@Suite struct VerbHelpTests {
  static let program = TidemarkCommand.program(lineage: Builds.current)

  @Test func overviewIsAsRecorded() throws {
    try Golden.expect(Help(Self.program).overview, equals: "tidemark.txt")
  }

  @Test(arguments: program.verbs.map(\.name))
  func helpOfAVerbIsAsRecorded(name: String) throws {
    let verb = try #require(Self.program.verbs.first { $0.name == name })
    try Golden.expect(Help(Self.program).of(verb), equals: "\(name).txt")
  }

  @Test func everyVerbOfTheDesignIsThere() {
    let verbs = Set(Self.program.verbs.map(\.name))
    let needed = [
      "restore", "snapshot", "snapshots", "inspect", "verify", "prune", "status", "plan", "migrate", "redo", "script",
      "new", "schema", "baseline", "rehearse", "adopt", "diff", "alter", "keys", "check", "rebase",
    ]
    #expect(verbs == Set(needed))
  }

  @Test func versionNamesTheLineage() async throws {
    let ended = await Self.program.ended(["--version"])
    #expect(ended.output.hasPrefix("tidemark \(TidemarkCommand.version)\nlineage shop, to 3\n"))
    let json = try await Self.program.ended(["--version", "--json"]).json()
    #expect(json["lineage"] as? String == "shop")
    #expect(json["head"] as? Int == 3)
  }

  @Test func aBuildWithoutMigrationsSaysSo() async {
    let program = TidemarkCommand.program(lineage: Lineage(name: "bare", migrations: []))
    #expect(await program.ended(["--version"]).output.contains("lineage bare, without migrations\n"))
  }
}
