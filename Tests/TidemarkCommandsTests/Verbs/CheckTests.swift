// `check`: the files beside the migrations, what was released, snapshots, and the forms in which findings are written.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct CheckTests {
  static let steps = [
    Step(
      id: 1, name: "CreateJobs", upgrade: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT)", downgrade: .derived),
    Step(id: 2, name: "AddCron", upgrade: "ALTER TABLE jobs ADD COLUMN cron TEXT", downgrade: .derived),
  ]

  /// A project whose files are up to date.
  private func project() async throws -> (Project, Lineage) {
    let project = try Project(Self.steps)
    let lineage = try project.built(Self.steps)
    #expect(await project.run("schema", "--write", lineage: lineage).status == 0)
    return (project, lineage)
  }

  private func check(_ project: Project, _ lineage: Lineage, _ options: String...) async -> Ended {
    await TidemarkCommand.program(lineage: lineage).ended(
      ["check", "--migrations", project.folder, "--store", project.bench.store] + options)
  }

  /// Each finding as its rule, file and line.
  private func findings(_ project: Project, _ lineage: Lineage, _ options: String...) async throws -> [String] {
    let ended = await TidemarkCommand.program(lineage: lineage).ended(
      ["check", "--json", "--migrations", project.folder, "--store", project.bench.store] + options)
    let findings = try #require(try ended.json()["findings"] as? [[String: Any]], "\(ended.output)")
    #expect(ended.status == (findings.isEmpty ? 0 : 1))
    return findings.map { finding in
      let path = (finding["path"] as? String ?? "").split(separator: "/").last ?? ""
      return "\(finding["rule"] ?? "") \(path):\(finding["line"] ?? "")"
    }
  }

  @Test func whatIsUpToDateIsClean() async throws {
    let (project, lineage) = try await project()
    let ended = await check(project, lineage)
    #expect(ended.status == 0)
    #expect(ended.output.hasSuffix("clean: 2 migrations\n"))
    #expect(ended.output.contains("not looked at: released migrations"))
  }

  static let edits: [(script: String, expected: [String])] = [
    ("sed -i.bak '2d' lineage.sum", ["sum lineage.sum:1"]),
    ("sed -i.bak 's/^2 AddCron /2 AddCrons /' lineage.sum", ["sum lineage.sum:3"]),
    ("sed -i.bak '3s/ [0-9a-f]*/ \(String(repeating: "0", count: 64))/2' lineage.sum", ["sum lineage.sum:3"]),
    ("sed -i.bak '3s/ lossless.*//' lineage.sum", ["sum lineage.sum:3"]),
    ("sed -i.bak 's/^head.*/head \(String(repeating: "0 ", count: 1))/' lineage.sum", ["sum lineage.sum:4"]),
    ("echo '3 Gone \(String(repeating: "0", count: 64))' >> lineage.sum", ["sum lineage.sum:5"]),
    ("echo '<<<<<<< a' >> lineage.sum", ["sum lineage.sum:5"]),
    ("rm lineage.sum", ["sum lineage.sum:1"]),
    ("rm head.sql", ["head head.sql:1"]),
    ("printf '\\nCREATE TABLE more(a);\\n' >> head.sql", ["head head.sql:3"]),
    ("echo 'CREATE TABL more(a);' >> head.sql", ["head head.sql:2"]),
    ("echo 'INSERT INTO jobs(name) VALUES (1);' >> head.sql", ["head head.sql:2"]),
    ("printf -- '-- \\377' >> head.sql", ["head head.sql:1"]),
    ("printf '\\377\\n' >> lineage.sum", ["sum lineage.sum:5"]),
    ("sed -i.bak 's/cron TEXT/cron INTEGER/' head.sql", ["head head.sql:1"]),
    ("echo '-- tidemark: version 2' >> head.sql", []),
    ("echo '-- tidemark: version 1' >> head.sql", ["version head.sql:2"]),
    ("echo '-- tidemark: version 9' >> head.sql", ["version head.sql:2"]),
    ("echo '-- tidemark: wersion 2' >> head.sql", ["comment head.sql:2"]),
    ("(echo '-- tidemark: version 1'; echo 'CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT);') > first.sql", []),
    (
      "(echo '-- tidemark: version 1'; echo 'CREATE TABLE jobs(id INTEGER PRIMARY KEY);') > first.sql",
      ["version first.sql:1"]
    ),
  ]

  @Test(arguments: edits)
  func theFilesSayWhatTheMigrationsDo(script: String, expected: [String]) async throws {
    let (project, lineage) = try await project()
    #expect(try await project.bench.shell("cd Migrations && \(script)").status == 0)
    #expect(try await findings(project, lineage) == expected)
  }

  @Test func aBuildOfOtherFilesIsRefused() async throws {
    let (project, lineage) = try await project()
    try project.bench.write("", to: "Migrations/V003_More.swift")
    let ended = await check(project, lineage)
    #expect(ended.status == 2)
    #expect(ended.error.contains("V003_More.swift is not in this build"))
  }

  @Test func aMigrationThatFailsIsFoundAtItsLine() async throws {
    let steps =
      Self.steps + [
        Step(id: 3, name: "Stumble", upgrade: "CREATE TABLE a(b);\nCREATE TABLE a(c)", downgrade: .derived)
      ]
    let project = try Project(steps)
    #expect(try await findings(project, try project.built(steps)) == ["fails V003_Stumble.swift:6"])
    let ended = await check(project, try project.built(steps))
    #expect(ended.output.contains("a already exists\n"), "\(ended.output)")
    #expect(!ended.output.contains("\\n"), "the lines of a message are lines")
  }

  // MARK: released

  private static let git = "git -c user.name=a -c user.email=a@example.org"

  private func commit(_ project: Project, _ name: String) async throws {
    let ended = try await project.bench.shell("git add -A && \(Self.git) commit -qm '\(name)'")
    try #require(ended.status == 0, "\(ended.error)")
  }

  @Test func whatOthersHaveStaysAsItIs() async throws {
    let (project, lineage) = try await project()
    #expect(try await project.bench.shell("git init -q -b main .").status == 0)
    try await commit(project, "released")
    #expect(try await project.bench.shell("git checkout -q -b topic").status == 0)
    #expect(try await findings(project, lineage) == [])

    // An edit, and an edit back.
    var edited = Self.steps
    edited[1].upgrade = "ALTER TABLE jobs ADD COLUMN cron INTEGER"
    let path = "Migrations/V002_AddCron.swift"
    try project.bench.write(Project.source(edited[1]), to: path)
    let later = try project.built(edited)
    #expect(await project.run("schema", "--write", lineage: later).status == 0)
    try await commit(project, "edited")
    #expect(try await findings(project, later) == ["released V002_AddCron.swift:2"])
    #expect(try await findings(project, later, "--base", "topic") == ["released V002_AddCron.swift:2"])
    let allowed = "// tidemark: allow released: it never left this house\n"
    try project.bench.write(Project.source(edited[1], remarks: allowed), to: path)
    #expect(try await findings(project, later) == [])

    // Gone.
    try FileManager.default.removeItem(atPath: project.bench.path(path))
    let fewer = try project.built(Array(Self.steps.prefix(1)))
    #expect(await project.run("schema", "--write", "--force", lineage: fewer).status == 0)
    #expect(try await findings(project, fewer) == ["released lineage.sum:1"])
  }

  @Test func whatCannotBeToldIsNoSilence() async throws {
    let (project, lineage) = try await project()
    #expect(try await project.bench.shell("git init -q -b trunk .").status == 0)
    #expect(await check(project, lineage).output.contains("nothing has been committed"))
    try await commit(project, "first")
    #expect(try await findings(project, lineage) == ["released lineage.sum:1"])
    #expect(try await findings(project, lineage, "--base", "nowhere") == ["released lineage.sum:1"])
    #expect(try await findings(project, lineage, "--base=--output=x") == ["released lineage.sum:1"])
    #expect(await check(project, lineage, "--base", "trunk").output.contains("HEAD is the first commit"))
  }

  // MARK: snapshots

  @Test func aSnapshotThatThisBuildCannotTakeIsFound() async throws {
    let (project, lineage) = try await project()
    try await project.bench.migrated(by: lineage)
    #expect(await project.bench.tool("snapshot", lineage: lineage).status == 0)
    #expect(await check(project, lineage).output.contains("2 migrations and 1 snapshot"))
    let other = lineage.adding([
      Step(id: 3, name: "Forget", upgrade: "DROP TABLE jobs", downgrade: .irreversible("the rows are gone"))
    ])
    #expect(await project.bench.tool("migrate", lineage: other).status == 0)
    #expect(await project.bench.tool("snapshot", lineage: other).status == 0)
    let found = try await findings(project, lineage)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("snapshot ") == true)
    #expect(try await findings(project, lineage, "--no-snapshots") == [])
  }

  @Test func aSealedSnapshotIsTriedWithItsKey() async throws {
    let (project, lineage) = try await project()
    let bench = try await project.bench.migrated(by: lineage)
    let key = bench.path("ops.key")
    #expect(await bench.tool("keys", "new", key).status == 0)
    #expect(await bench.tool("snapshot", "--encrypt-to", key + ".pub", lineage: lineage).status == 0)
    #expect(try await findings(project, lineage).count == 1)
    let ended = await check(project, lineage, "--identity", key)
    #expect(ended.output.contains("2 migrations and 1 snapshot"), "\(ended)")
    #expect(await check(project, lineage, "--identity", key, "--snapshot", "latest").status == 0)
  }

  @Test func oneThatIsTooLargeForMemoryIsTriedWhereItLies() async throws {
    let (project, lineage) = try await project()
    let bench = project.bench
    try bench.execute("PRAGMA page_size = 65536; VACUUM")
    #expect(await bench.tool("migrate", "--create", lineage: lineage).status == 0)
    try bench.execute("INSERT INTO jobs(name) VALUES (zeroblob(\(ManagedDatabase.provenSize)))")
    #expect(await bench.tool("snapshot", lineage: lineage).status == 0)
    let good = await check(project, lineage)
    #expect(good.output.contains("2 migrations and 1 snapshot"), "\(good)")
    #expect(!good.output.contains("rehearse"))
    // Nothing is left behind, and a build that cannot take it says so.
    #expect(try bench.snapshots().count == 1)
    let other = Lineage(name: "bakery", migrations: Self.steps)
    let elsewhere = try Project(Self.steps)
    let ended = await TidemarkCommand.program(lineage: other).ended(
      ["check", "--migrations", elsewhere.folder, "--store", bench.store, "--json"])
    #expect(ended.output.contains("\"snapshot\""), "\(ended)")
  }

  // MARK: forms

  @Test func findingsAreWrittenForGitHubAndAsSARIF() async throws {
    let (project, lineage) = try await project()
    #expect(try await project.bench.shell("git init -q -b main . && echo x%y >> Migrations/head.sql").status == 0)
    let github = await check(project, lineage, "--format", "github")
    #expect(github.status == 1)
    #expect(github.output.hasPrefix("::error file=Migrations/head.sql,line=2,title=tidemark%3A head::it does not run"))
    #expect(github.output.split(separator: "\n").count == 2)
    #expect(github.output.contains("%0Anext: "))

    let sarif = try await check(project, lineage, "--format", "sarif").json()
    #expect(sarif["version"] as? String == "2.1.0")
    let run = try #require((sarif["runs"] as? [[String: Any]])?.first)
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.map { $0["ruleId"] as? String } == ["head"])
    #expect("\(results)".contains("Migrations/head.sql"))
    // What the standard asks of each (https://docs.oasis-open.org/sarif/sarif/v2.1.0).
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    let rules = try #require(driver["rules"] as? [[String: Any]]).compactMap { $0["id"] as? String }
    #expect(driver["name"] as? String == "tidemark" && Set(rules).count == rules.count)
    for result in results {
      #expect(rules.contains(result["ruleId"] as? String ?? ""))
      #expect(["error", "warning", "note", "none"].contains(result["level"] as? String))
      #expect(((result["message"] as? [String: Any])?["text"] as? String)?.isEmpty == false)
      let place = try #require(
        (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
      #expect((place["region"] as? [String: Any])?["startLine"] as? Int ?? 0 >= 1)
      let uri = try #require((place["artifactLocation"] as? [String: Any])?["uri"] as? String)
      #expect(URL(string: uri)?.scheme == nil && !uri.hasPrefix("/"))
    }
  }

  @Test func waysThatPartAreFound() async throws {
    let step = Step(
      id: 1, name: "DropRole", upgrade: "ALTER TABLE jobs DROP COLUMN role",
      downgrade: "ALTER TABLE jobs ADD COLUMN role TEXT NOT NULL DEFAULT ''")
    let project = try Project([step])
    let schema = "CREATE TABLE jobs(role TEXT NOT NULL DEFAULT '', note TEXT);\n"
    try project.bench.write(schema, to: "schema.sql")
    let source = try project.bench.read("Migrations/V001_DropRole.swift")
    let lineage = Lineage(
      name: "shop", migrations: [step], baseline: Baseline(schema: schema, retired: []), head: nil,
      sources: [1: SwiftTokens.digest(of: source)])
    _ = await project.run("schema", "--write", lineage: lineage)
    let found = try await findings(project, lineage)
    #expect(found.contains { $0.hasPrefix("diverges ") }, "\(found)")
  }

  @Test func everyRuleIsExplained() async throws {
    let (project, lineage) = try await project()
    let sarif = try await check(project, lineage, "--format", "sarif").json()
    let run = try #require((sarif["runs"] as? [[String: Any]])?.first)
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    let rules = try #require(driver["rules"] as? [[String: Any]]).compactMap { $0["id"] as? String }
    let document = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../docs/check.md").standardizedFileURL
    let sections = try String(contentsOf: document, encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("### `") }.map { String($0.dropFirst(5).dropLast()) }
    #expect(rules == sections)
  }
}
