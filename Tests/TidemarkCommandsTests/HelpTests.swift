// What the help says, of the real tool and of a sample with every kind of parameter, and where it goes.

import Testing
import TidemarkCommands

@Suite struct HelpTests {
  @Test func overviewIsAsRecorded() throws {
    try Golden.expect(Help(Sample.program()).overview, equals: "sample.txt")
  }

  @Test(arguments: Sample.program().verbs.map(\.name))
  func helpOfAVerbIsAsRecorded(name: String) throws {
    let program = Sample.program()
    let verb = try #require(program.verbs.first { $0.name == name })
    try Golden.expect(Help(program).of(verb), equals: "sample-\(name).txt")
  }

  @Test func narrowHelpIsAsRecorded() throws {
    try Golden.expect(Help(Sample.program(), width: 50).of(Sample.restore), equals: "sample-restore-50.txt")
  }

  @Test(
    arguments: [
      ["help", "restore"], ["restore", "--help"], ["restore", "-h"], ["--help", "restore"],
      ["restore", "--bogus", "--help"], ["restore", "--at", "--help"], ["--database", "x", "restore", "a", "b", "-h"],
    ])
  func everyWayToAskGivesTheHelpOfTheVerb(arguments: [String]) async {
    let ended = await Sample.program().ended(arguments)
    #expect(ended.status == 0)
    #expect(ended.error == "")
    #expect(ended.output == Help(Sample.program()).of(Sample.restore))
  }

  @Test(arguments: [[], ["help"], ["--help"], ["-h"], ["bogus", "--help"], ["help", "--help"], ["-v"]])
  func withoutAVerbTheOverviewIsShown(arguments: [String]) async {
    let ended = await Sample.program().ended(arguments)
    #expect(ended.status == 0)
    #expect(ended.output == Help(Sample.program()).overview)
  }

  @Test(arguments: [40, 50, 72, 80, 100, 200])
  func noLineIsWiderThanTheTerminal(columns: Int) async {
    for arguments in [["--help"], ["restore", "--help"]] {
      let ended = await Sample.program().ended(arguments, outputIsTerminal: true, columns: columns)
      let example = ended.output.split(separator: "\n").filter { !$0.hasPrefix("  tidemark ") }
      #expect(example.allSatisfy { $0.count <= min(columns, 100) })
    }
  }

  @Test func columnsCanBeStated() async {
    let ended = await Sample.program().ended(["restore", "--help"], environment: ["COLUMNS": "50"])
    #expect(ended.output == Help(Sample.program(), width: 50).of(Sample.restore))
  }

  @Test(arguments: [["--version"], ["restore", "--version"], ["--version", "restore"]])
  func versionIsSaid(arguments: [String]) async {
    let ended = await Sample.program().ended(arguments)
    #expect(ended.status == 0)
    #expect(ended.output == "1.2.3\n")
  }

  @Test func helpIsJSONWhenAskedFor() async throws {
    let ended = await Sample.program().ended(["restore", "--help", "--json"])
    #expect(try ended.json()["help"] as? String == Help(Sample.program()).of(Sample.restore))
  }
}
