// The verbs that write files of a project: new, schema --write, baseline.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct ProjectTests {
  /// The lineage as the plugin makes it of the files that `project` writes.
  static let built = Lineage(
    name: "shop", migrations: Builds.steps, baseline: nil, head: nil,
    sources: Dictionary(
      uniqueKeysWithValues: Builds.steps.map { ($0.id, SwiftTokens.digest(of: source($0))) }))

  static func source(_ step: any Migration) -> String { "struct V\(step.id)_\(step.name): Migration {}\n" }

  /// A bench with those files in git.
  private func project() async throws -> Workbench {
    let bench = try Workbench()
    for step in Builds.steps { try bench.write(Self.source(step), to: "Migrations/V00\(step.id)_\(step.name).swift") }
    let ended = try await bench.shell(
      "git init -q . && git add -A && git -c user.name=a -c user.email=a@example.org commit -qm x")
    try #require(ended.status == 0, "\(ended.error)")
    return bench
  }

  // MARK: new

  static let numberings: [(files: [String], options: [String], expected: String)] = [
    ([], [], "V001_Thing.swift"),
    (["V1_A.swift"], [], "V2_Thing.swift"),
    (["V009_A.swift", "V010_B.swift"], [], "V011_Thing.swift"),
    (["V0099_A.swift"], [], "V0100_Thing.swift"),
    (["V99_A.swift"], [], "V100_Thing.swift"),
    (["V004_A.swift", "deeper/V007_B.swift", "notes.swift", "V008.txt"], [], "V008_Thing.swift"),
    (["V20990101000000_A.swift"], [], "V20990101000001_Thing.swift"),
  ]

  @Test(arguments: numberings)
  func theNumberGoesOnAsTheFolderDoes(files: [String], options: [String], expected: String) async throws {
    let bench = try Workbench()
    try FileManager.default.createDirectory(atPath: bench.path("M"), withIntermediateDirectories: true)
    for file in files { try bench.write("", to: "M/\(file)") }
    let bare = Lineage(name: "shop", migrations: [])
    let ended = await bench.tool("new", "Thing", "--migrations", bench.path("M"), lineage: bare)
    #expect(ended.status == 0)
    #expect(ended.output == bench.path("M/\(expected)") + "\n")
    let text = try bench.read("M/\(expected)")
    #expect(text.contains("struct \(expected.dropLast(6)): Migration {"))
  }

  @Test(arguments: [["--timestamp"], []])
  func aTimestampIsTheTimeInUTC(options: [String]) async throws {
    let bench = try Workbench()
    try bench.write("", to: "M/\(options.isEmpty ? "V20200101000000" : "V003")_A.swift")
    let formatter = DateFormatter()
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMddHHmmss"
    let before = try #require(Int64(formatter.string(from: Date())))
    let program = TidemarkCommand.program(lineage: Lineage(name: "shop", migrations: []))
    let ended = await program.ended(["new", "Thing", "--migrations", bench.path("M"), "--json"] + options)
    let id = try #require(try ended.json()["id"] as? Int64)
    #expect((before...(before + 100)).contains(id))
  }

  @Test(arguments: ["AddCron", "addcron"])
  func aNameThatIsTakenIsRefused(name: String) async throws {
    let bench = try await project()
    let ended = await bench.tool("new", name, "--migrations", bench.path("Migrations"), "--json")
    #expect(ended.status == 2)
    #expect(try ended.errorCode() == "new.name-taken")
    #expect(try await bench.shell("git status --porcelain").output == "")
  }

  @Test func aNumberOfTheBuildIsNotTakenAgain() async throws {
    let bench = try Workbench()
    try FileManager.default.createDirectory(atPath: bench.path("M"), withIntermediateDirectories: true)
    let ended = await bench.tool("new", "Thing", "--migrations", bench.path("M"))
    #expect(ended.output.hasSuffix("/V004_Thing.swift\n"))
  }

  // MARK: schema --write

  @Test func schemaWritesHeadAndSumOnce() async throws {
    let bench = try await project()
    let arguments = ["schema", "--write", "--migrations", bench.path("Migrations")]
    let program = TidemarkCommand.program(lineage: Self.built)
    let first = await program.ended(arguments)
    #expect(first.status == 0)
    let head = try bench.read("Migrations/head.sql")
    #expect(try Schema.make(running: head).fingerprint(.exact) == Self.built.headSchema().fingerprint(.exact))
    let sum = LineageSum(parsing: try bench.read("Migrations/lineage.sum"))
    #expect(sum.isWhole)
    #expect(sum.name == "shop")
    #expect(sum.entries.map(\.digest) == Builds.steps.map { SwiftTokens.digest(of: Self.source($0)) })
    #expect(sum.head?.exact == (try Self.built.headSchema().fingerprint(.exact)))

    let again = try await program.ended(arguments + ["--json"]).json()
    let files = try #require(again["files"] as? [[String: Any]])
    #expect(files.map { $0["changed"] as? Bool } == [false, false])
  }

  @Test(arguments: [
    "touch Migrations/V004_More.swift", "rm Migrations/V002_AddCron.swift",
    "echo 'let x = 1' >> Migrations/V001_CreateJobs.swift",
  ])
  func aBuildOfOtherFilesIsRefused(change: String) async throws {
    let bench = try await project()
    #expect(try await bench.shell(change).status == 0)
    for verb in [["schema", "--write"], ["baseline", "--through", "2", "--force"]] {
      let ended = await TidemarkCommand.program(lineage: Self.built).ended(
        verb + ["--migrations", bench.path("Migrations"), "--json"])
      #expect(ended.status == 2)
      #expect(try ended.errorCode() == "project.stale-build")
    }
    #expect(!bench.exists("Migrations/head.sql"))
    #expect(!bench.exists("schema.sql"))
  }

  @Test func aCommentIsNoChange() async throws {
    let bench = try await project()
    #expect(try await bench.shell("echo '// why' >> Migrations/V001_CreateJobs.swift").status == 0)
    let ended = await bench.tool("schema", "--write", "--migrations", bench.path("Migrations"), lineage: Self.built)
    #expect(ended.status == 0)
  }

  // MARK: baseline

  @Test func aBaselineWritesItsFilesAndDeletesTheFolded() async throws {
    let bench = try await project()
    let ended = await bench.tool(
      "baseline", "--through", "2", "--migrations", bench.path("Migrations"), lineage: Self.built)
    #expect(ended.status == 0, "\(ended.error)")
    #expect(
      try await bench.shell("ls Migrations").output == "V003_IndexJobs.swift\nhead.sql\nlineage.sum\nretired.sql\n")
    let sum = LineageSum(parsing: try bench.read("Migrations/lineage.sum"))
    #expect(sum.entries.map(\.id) == [3])
    let retired = try RetiredScript.read(try bench.read("Migrations/retired.sql"))
    #expect(retired.map(\.id) == [1, 2])
    let lineage = Lineage(
      name: "shop", migrations: [Builds.steps[2]],
      baseline: Baseline(schema: try bench.read("schema.sql"), retired: retired.map(RetiredMigration.init)), head: nil,
      sources: [:])
    #expect(lineage.fault == nil)
    #expect(try lineage.headSchema().fingerprint(.exact) == Self.built.headSchema().fingerprint(.exact))

    // The build of these files, and one from before, agree on a database.
    try await bench.migrated(by: lineage)
    #expect(await bench.tool("status", lineage: lineage).output.contains("2 retired, 1 applied"))
    #expect(await bench.tool("migrate", lineage: Self.built).status == 0)
    #expect(try bench.value("SELECT group_concat(name) FROM pragma_table_info('jobs')") == "id,name,cron")
  }

  @Test func aDryRunShowsItAllAndWritesNothing() async throws {
    let bench = try await project()
    let ended = await bench.tool(
      "baseline", "--through", "2", "--dry-run", "--migrations", bench.path("Migrations"), lineage: Self.built)
    #expect(ended.status == 0)
    for words in ["would delete", "V001_CreateJobs.swift", "CREATE TABLE jobs", "INSERT INTO tidemark_retired"] {
      #expect(ended.output.contains(words))
    }
    #expect(try await bench.shell("git status --porcelain").output == "")
  }

  @Test func aDirtyTreeIsRefusedUnlessForced() async throws {
    let bench = try await project()
    try bench.write("x", to: "draft.txt")
    let program = TidemarkCommand.program(lineage: Self.built)
    let arguments = ["baseline", "--through", "2", "--migrations", bench.path("Migrations")]
    let refused = await program.ended(arguments + ["--json"])
    #expect(refused.status == 2)
    #expect(try refused.errorCode() == "baseline.dirty-tree")
    #expect(try await bench.shell("git status --porcelain").output == "?? draft.txt\n")
    #expect(await program.ended(arguments + ["--force"]).status == 0)
  }

  @Test func withoutGitItIsRefusedToo() async throws {
    let bench = try await project()
    #expect(try await bench.shell("rm -rf .git").status == 0)
    let ended = await bench.tool(
      "baseline", "--through", "2", "--migrations", bench.path("Migrations"), lineage: Self.built)
    #expect(ended.status == 2)
    #expect(ended.error.contains("in no git repository"))
    #expect(bench.exists("Migrations/V001_CreateJobs.swift"))
  }

  @Test func anUnknownIDIsRefused() async throws {
    let bench = try await project()
    let ended = await bench.tool(
      "baseline", "--through", "9", "--migrations", bench.path("Migrations"), "--json", lineage: Self.built)
    #expect(ended.status == 2)
    #expect(try ended.errorCode() == "migration.unknown-target")
    #expect(try await bench.shell("git status --porcelain").output == "")
  }
}
