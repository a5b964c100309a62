// `rebase` in real repositories: two branches that both took a number, in every state in which git leaves them. What comes
// out is held against what a build of the moved files itself would write.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct RebaseTests {
  static let base = [
    Step(
      id: 1, name: "Create", upgrade: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
      downgrade: "DROP TABLE jobs"),
    Step(id: 2, name: "Index", upgrade: "CREATE INDEX by_name ON jobs(name)", downgrade: "DROP INDEX by_name"),
  ]
  static let theirs = Step(
    id: 3, name: "AddTheirs", upgrade: "ALTER TABLE jobs ADD COLUMN theirs TEXT",
    downgrade: "ALTER TABLE jobs DROP COLUMN theirs")
  static let ours = [
    Step(
      id: 3, name: "AddOurs",
      upgrade: "ALTER TABLE jobs ADD COLUMN ours TEXT;\nCREATE TABLE notes(id INTEGER PRIMARY KEY)",
      downgrade: .derived),
    Step(id: 4, name: "DropIndex", upgrade: "DROP INDEX by_name", downgrade: .derived),
  ]

  /// A repository with a branch `main` that has `theirs`, and a branch `topic`, checked out, that has `ours`.
  private struct Repository {
    let project: Project
    var bench: Workbench { project.bench }

    init(theirs: [Step] = [RebaseTests.theirs], ours: [Step] = RebaseTests.ours) async throws {
      project = try Project(RebaseTests.base)
      try await git("init -q -b main . && git config user.name a && git config user.email a@example.org")
      try await commit(RebaseTests.base, "base")
      try await git("checkout -q -b topic")
      try await commit(RebaseTests.base + ours, "ours")
      try await git("checkout -q main")
      try await commit(RebaseTests.base + theirs, "theirs")
      try await git("checkout -q topic")
    }

    @discardableResult
    func git(_ command: String) async throws -> Ended {
      let ended = try await bench.shell("git \(command)")
      try #require(ended.status == 0, "\(command): \(ended.output)\(ended.error)")
      return ended
    }

    /// Writes what a build of these steps would, and commits it.
    func commit(_ steps: [Step], _ message: String) async throws {
      for step in steps { try bench.write(Project.source(step), to: "Migrations/\(Project.type(step)).swift") }
      let ended = await project.run("schema", "--write", lineage: RebaseTests.lineage(steps))
      try #require(ended.status == 0, "\(ended.error)")
      try await git("add -A && git commit -q --allow-empty -m \(message)")
    }

    func rebase(_ build: Lineage, _ options: String...) async -> Ended {
      await TidemarkCommand.program(lineage: build).ended(["rebase", "--migrations", project.folder] + options)
    }

    /// Makes sure that the files are what a build of these steps writes, to the letter.
    func expectWhole(_ steps: [Step], _ why: String = "") async throws {
      let lineage = try project.built(steps)
      let names = try project.names.filter { $0.hasSuffix(".swift") }
      #expect(names == steps.map { Project.type($0) + ".swift" }, "\(why)")
      for step in steps {
        #expect(try bench.read("Migrations/\(Project.type(step)).swift") == Project.source(step), "\(why)")
      }
      let json = try await project.run("schema", "--write", "--json", lineage: lineage).json()
      let files = try #require(json["files"] as? [[String: Any]], "\(json)")
      #expect(files.map { $0["changed"] as? Bool } == [false, false], "\(why)")
      let checked = await project.run("check", lineage: lineage)
      #expect(!checked.output.contains("sum:") && !checked.output.contains("head:"), "\(checked.output)")
    }
  }

  private static func lineage(_ steps: [Step]) -> Lineage {
    Lineage(
      name: "shop", migrations: steps, baseline: nil, head: nil,
      sources: Dictionary(
        uniqueKeysWithValues: steps.map { ($0.id, SwiftTokens.digest(of: Project.source($0))) }))
  }

  private static func moved(_ steps: [Step], by distance: Int64 = 1) -> [Step] {
    steps.map { step in
      var step = step
      step.id = MigrationID(step.id.rawValue + distance)
      return step
    }
  }

  /// The states, each with the commands that lead there from `topic`.
  static let states: [(name: String, script: String, options: [String])] = [
    ("a conflicted merge of main", "git merge main", []),
    ("a conflicted merge of topic into main", "git checkout -q main; git merge topic", []),
    ("a conflicted rebase", "git rebase main", []),
    ("a merge that was committed with one side's files", "git merge -X ours main", []),
    ("a merge that was committed, by name", "git merge -X theirs main", ["--onto", "main"]),
    (
      "a merge of a remote's branch",
      "git clone -q --bare . .git/other && git remote add origin .git/other && git fetch -q && git merge origin/main",
      []
    ),
  ]

  @Test(arguments: states.indices)
  func theMigrationsOfABranchGoBehindTheOthers(index: Int) async throws {
    let state = Self.states[index]
    let repository = try await Repository()
    _ = try await repository.bench.shell(state.script)
    // Whichever branch the tool was built from.
    let known = Self.base + (index.isMultiple(of: 2) ? Self.ours : [Self.theirs])
    let program = TidemarkCommand.program(lineage: Self.lineage(known))
    let ended = await program.ended(["rebase", "--migrations", repository.project.folder] + state.options)
    #expect(ended.status == 0, "\(state.name): \(ended.error)")
    #expect(ended.output.contains("3 AddOurs is 4 now"), "\(state.name): \(ended.output)")
    #expect(ended.output.contains("4 DropIndex is 5 now"))
    #expect(ended.output.contains("the way back of 4 AddOurs: lossless with attic"))
    #expect(ended.output.contains("'tidemark migrate --to 2 --database PATH'"))
    try await repository.expectWhole(Self.base + [Self.theirs] + Self.moved(Self.ours), state.name)
    let again = await program.ended(["rebase", "--migrations", repository.project.folder] + state.options)
    #expect(again.status == 0)
    #expect(again.output.contains("nothing is left to do"), "\(state.name): \(again.output)")
  }

  @Test func aConflictIsWhatItIsMadeFor() async throws {
    let repository = try await Repository()
    #expect(try await repository.bench.shell("git merge main").status == 1)
    let sum = LineageSum(parsing: try repository.bench.read("Migrations/lineage.sum"))
    #expect(!sum.conflictLines.isEmpty)
    #expect(!conflictMarkerLines(in: try repository.bench.read("Migrations/head.sql")).isEmpty)
  }

  @Test func aDryRunMovesNothing() async throws {
    let repository = try await Repository()
    _ = try await repository.bench.shell("git merge main")
    let before = try await repository.git("status --porcelain && cat Migrations/*").output
    let ended = await repository.rebase(Self.lineage(Self.base), "--dry-run")
    #expect(ended.status == 0)
    #expect(ended.output.contains("would move 2 migrations behind those of main"))
    #expect(ended.output.contains("would write"))
    #expect(try await repository.git("status --porcelain && cat Migrations/*").output == before)
  }

  @Test func whatWasNotMergedIsRefused() async throws {
    let repository = try await Repository()
    let ended = await repository.rebase(Self.lineage(Self.base), "--json")
    #expect(ended.status == 2)
    #expect(try ended.errorCode() == "rebase.refused")
    #expect(ended.output.contains("3 AddTheirs"))
    #expect(ended.output.contains("git merge main"))
    let unknown = await repository.rebase(Self.lineage(Self.base), "--onto", "nowhere")
    #expect(unknown.status == 2)
    #expect(try await repository.git("status --porcelain").output == "")
  }

  @Test func aConflictInAMigrationIsItsAuthorsToResolve() async throws {
    var same = Self.theirs
    same.name = "AddOurs"
    let repository = try await Repository(theirs: [same])
    _ = try await repository.bench.shell("git merge main")
    let ended = await repository.rebase(Self.lineage(Self.base))
    #expect(ended.status == 2)
    #expect(ended.error.contains("V003_AddOurs.swift holds a merge conflict"))
  }

  @Test func codeThatThisBuildHasNotIsBuiltFirst() async throws {
    let repository = try await Repository()
    let path = "Migrations/V003_AddTheirs.swift"
    let code = """
      import Tidemark
      struct V003_AddTheirs: Migration {
        var upgrade: Upgrade { .run { try $0.execute("ALTER TABLE jobs ADD COLUMN theirs TEXT") } }
        var downgrade: Downgrade { "ALTER TABLE jobs DROP COLUMN theirs" }
      }

      """
    try await repository.git("checkout -q main")
    try repository.bench.write(code, to: path)
    try await repository.git("commit -qam code && git checkout -q topic")
    _ = try await repository.bench.shell("git merge main")
    let ended = await repository.rebase(Self.lineage(Self.base + Self.ours))
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output.contains("not proven yet: 3 AddTheirs has code that this build does not have"))
    #expect(ended.output.contains("next: build again, run 'tidemark schema --write', and commit"))
    let sum = LineageSum(parsing: try repository.bench.read("Migrations/lineage.sum"))
    #expect(sum.isWhole)
    #expect(sum.entries.map(\.name) == ["Create", "Index", "AddTheirs", "AddOurs", "DropIndex"])
    #expect(sum.head == nil)
    // What the new build does then.
    let steps = Self.base + [Self.theirs] + Self.moved(Self.ours)
    let sources = try steps.map { step in
      (step.id, SwiftTokens.digest(of: try repository.bench.read("Migrations/\(Project.type(step)).swift")))
    }
    let built = Lineage(
      name: "shop", migrations: steps, baseline: nil, head: nil, sources: Dictionary(uniqueKeysWithValues: sources))
    #expect(await repository.project.run("schema", "--write", lineage: built).status == 0)
    #expect(conflictMarkerLines(in: try repository.bench.read("Migrations/head.sql")).isEmpty)
    #expect(LineageSum(parsing: try repository.bench.read("Migrations/lineage.sum")).head != nil)
  }

  @Test func aMigrationThatNoLongerRunsIsMovedAndSaid() async throws {
    var theirs = Self.theirs
    theirs.upgrade = "DROP INDEX by_name; ALTER TABLE jobs ADD COLUMN theirs TEXT"
    theirs.downgrade = "ALTER TABLE jobs DROP COLUMN theirs; CREATE INDEX by_name ON jobs(name)"
    let repository = try await Repository(theirs: [theirs])
    _ = try await repository.bench.shell("git merge main")
    let ended = await repository.rebase(Self.lineage(Self.base + Self.ours))
    #expect(ended.status == 1)
    #expect(ended.output.contains("not proven:"))
    #expect(ended.output.contains("no such index: by_name"))
    #expect(repository.bench.exists("Migrations/V005_DropIndex.swift"))
  }

  @Test func editsOfTheHeadAreNotWrittenOver() async throws {
    let repository = try await Repository()
    _ = try await repository.bench.shell("git merge main")
    try repository.bench.write("CREATE TABLE edited(a);", to: "Migrations/head.sql")
    let ended = await repository.rebase(Self.lineage(Self.base + Self.ours), "--json")
    #expect(try ended.errorCode() == "rebase.head-edited")
    #expect(repository.bench.exists("Migrations/V003_AddOurs.swift"))
    #expect(await repository.rebase(Self.lineage(Self.base + Self.ours), "--force").status == 0)
    try await repository.expectWhole(Self.base + [Self.theirs] + Self.moved(Self.ours))
  }

  @Test(arguments: ["git merge main", "git merge -X theirs main"])
  func committedEditsThatNoMigrationLeadsToAreNotWrittenOver(merge: String) async throws {
    let repository = try await Repository()
    try await repository.git("checkout -q main")
    let edited = "CREATE TABLE edited(a);\n" + (try repository.bench.read("Migrations/head.sql"))
    try repository.bench.write(edited, to: "Migrations/head.sql")
    try await repository.git("commit -qam edited && git checkout -q topic")
    _ = try await repository.bench.shell(merge)
    let before = try repository.bench.read("Migrations/head.sql")
    let ended = await repository.rebase(Self.lineage(Self.base + Self.ours), "--onto", "main", "--json")
    #expect(try ended.errorCode() == "rebase.head-edited", "\(ended.output)")
    #expect(ended.output.contains("edited"))
    #expect(try repository.bench.read("Migrations/head.sql") == before)
    #expect(repository.bench.exists("Migrations/V003_AddOurs.swift"))
  }

  @Test func aBranchThatIsForwardedToARebasedMergeHasNothingMoved() async throws {
    let repository = try await Repository()
    _ = try await repository.bench.shell("git merge main")
    #expect(await repository.rebase(Self.lineage(Self.base + Self.ours)).status == 0)
    try await repository.git("add -A && git commit -qm merged && git checkout -q main && git merge -q --ff-only topic")
    let steps = Self.base + [Self.theirs] + Self.moved(Self.ours)
    let checked = await repository.project.run("check", lineage: try repository.project.built(steps))
    #expect(!checked.output.contains("released"), "\(checked.output)")
    // What the other side had stays where it was, all the same.
    let text = try repository.bench.read("Migrations/V003_AddTheirs.swift")
    try repository.bench.write(text + "let more = 1\n", to: "Migrations/V003_AddTheirs.swift")
    let edited = await repository.project.run("check", lineage: try repository.project.built(steps))
    #expect(edited.output.contains("released"), "\(edited.output)")
  }

  /// An old branch without migrations of its own gives a released one nothing to stand behind.
  @Test func aMergeOfAnOldBranchMovesNothing() async throws {
    let repository = try await Repository(ours: [])
    try await repository.git(
      "commit -q --allow-empty -m note && git checkout -q main && git merge -q --no-commit --no-ff topic")
    try await repository.git("rm -q -f Migrations/V003_AddTheirs.swift")
    var edited = Self.moved([Self.theirs])
    edited[0].upgrade = "ALTER TABLE jobs ADD COLUMN mine TEXT"
    edited[0].downgrade = "ALTER TABLE jobs DROP COLUMN mine"
    try await repository.commit(Self.base + edited, "merged")
    let checked = await repository.project.run("check", lineage: try repository.project.built(Self.base + edited))
    #expect(checked.status == 1 && checked.output.contains("3 AddTheirs is gone"), "\(checked.output)")
  }

  @Test func otherFilesThatNameAMovedTypeAreTold() async throws {
    let repository = try await Repository()
    try repository.bench.write("let step = V003_AddOurs()\nlet other = V003_AddOursToo()\n", to: "Tests/Some.swift")
    try await repository.git("add -A && git commit -qm tests")
    _ = try await repository.bench.shell("git merge main")
    let json = try await repository.rebase(Self.lineage(Self.base + Self.ours), "--json").json()
    let notes = try #require(json["notes"] as? [String])
    #expect(notes.contains("Tests/Some.swift still says V003_AddOurs"))
  }

  @Test func timesStayTimes() async throws {
    let first = MigrationID(20_260_101_000_000)
    func at(_ step: Step, _ id: MigrationID) -> Step {
      var step = step
      step.id = id
      return step
    }
    let repository = try await Repository(
      theirs: [at(Self.theirs, MigrationID(first.rawValue + 5))], ours: [at(Self.ours[0], first)])
    _ = try await repository.bench.shell("git merge main")
    let json = try await repository.rebase(Self.lineage(Self.base), "--json").json()
    let moves = try #require(json["moved"] as? [[String: Any]])
    #expect(moves.count == 1)
    let id = try #require(moves.first?["to"] as? Int64)
    #expect(id > 20_261_000_000_000)
    #expect(repository.bench.exists("Migrations/V\(id)_AddOurs.swift"))
    #expect(try repository.bench.read("Migrations/V\(id)_AddOurs.swift").contains("struct V\(id)_AddOurs: Migration"))
  }
}
