// Snapshots taken, listed, looked into, verified, pruned and restored, from the command line.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct RestoringTests {
  /// A bench with a snapshot of what a build made, and a row in it.
  private func bench(by lineage: Lineage = Builds.current) async throws -> Workbench {
    let bench = try await Workbench().migrated(by: lineage)
    try bench.execute("INSERT INTO jobs(name) VALUES ('kept')")
    #expect(await bench.tool("snapshot").status == 0)
    return bench
  }

  @Test func aRestoreBringsTheRowsBackAndKeepsWhatWasThere() async throws {
    let bench = try await bench()
    try bench.execute("DELETE FROM jobs; INSERT INTO jobs(name) VALUES ('later')")
    let ended = await bench.tool("restore")
    #expect(ended.status == 0)
    #expect(try bench.value("SELECT group_concat(name) FROM jobs") == "kept")
    let previous = try #require(try bench.names().first { $0.hasPrefix("jobs.db.previous-") })
    #expect(ended.output.contains(previous))
  }

  @Test func aNewerSnapshotIsRolledBackByItsStoredSQLWhichIsShown() async throws {
    let bench = try await bench(by: Builds.newer)
    let list = await bench.tool("snapshots")
    #expect(list.output.contains("undo 4, 5"))
    let plan = await bench.tool("plan", "latest", "--sql")
    #expect(plan.output.contains("ALTER TABLE jobs DROP COLUMN tier"))
    let preview = await bench.tool("restore", "--dry-run")
    #expect(preview.output.contains("DROP TABLE tasks"))
    #expect(try bench.value("SELECT max(id) FROM tidemark_changelog") == "5")

    let ended = await bench.tool("restore")
    #expect(ended.status == 0)
    #expect(ended.output.contains("stored SQL that ran:"))
    #expect(ended.output.contains("DROP TABLE tasks"))
    #expect(try bench.value("SELECT group_concat(id) FROM tidemark_changelog") == "1,2,3")
    #expect(try bench.value("SELECT group_concat(name) FROM jobs") == "kept")
  }

  @Test func anOlderSnapshotIsBroughtUp() async throws {
    let bench = try await bench()
    let ended = await bench.tool("restore", lineage: Builds.newer)
    #expect(ended.status == 0)
    #expect(ended.output.contains("applied  4 CreateTasks"))
    #expect(try bench.value("SELECT group_concat(id) FROM tidemark_changelog") == "1,2,3,4,5")
  }

  @Test func asItIsNothingRuns() async throws {
    let bench = try await bench(by: Builds.newer)
    let ended = await bench.tool("restore", "--as-is")
    #expect(ended.status == 0)
    #expect(try bench.value("SELECT group_concat(id) FROM tidemark_changelog") == "1,2,3,4,5")
  }

  @Test(arguments: [
    (Builds.other, "migration.foreign", 2), (Builds.edited, "migration.edited", 2),
  ])
  func aRestoreThatIsRefusedLeavesTheDatabase(lineage: Lineage, code: String, status: Int32) async throws {
    let bench = try await bench()
    let before = try bench.bytes("jobs.db")
    let names = try bench.names().filter { !$0.hasSuffix(".lock") }
    for arguments in [["restore"], ["restore", "--dry-run"]] {
      let ended = await TidemarkCommand.program(lineage: lineage).ended(
        arguments + ["--json"], environment: ["TIDEMARK_DATABASE": bench.database, "TIDEMARK_STORE": bench.store])
      #expect(ended.status == status)
      #expect(try ended.errorCode() == code)
    }
    #expect(try bench.bytes("jobs.db") == before)
    #expect(try bench.names().filter { !$0.hasSuffix(".lock") } == names)
  }

  @Test func whatIsRefusedIsSaidOfTheSnapshot() async throws {
    let bench = try await bench()
    let snapshot = try #require(try SnapshotStore(bench.store).list().first)
    for verb in [["restore"], ["restore", "--dry-run"], ["plan", "latest"], ["rehearse", "latest"]] {
      let ended = await bench.tool(verb, lineage: Builds.other)
      #expect(ended.status == 2)
      #expect(ended.error.contains("\(snapshot.path) belongs to the lineage \"shop\""), "\(ended.error)")
      #expect(!ended.error.contains("database belongs") && !ended.error.contains("database's path"))
    }
    #expect(
      try await bench.shell("sqlite3 plain.db 'CREATE TABLE a(b)' && sqlite3 plain.db .dump > plain.sql").status == 0)
    for name in ["plain.db", "plain.sql"] {
      let ended = await bench.tool("restore", bench.path(name))
      #expect(ended.status == 2)
      #expect(ended.error.contains("\(name) has tables but no changelog"), "\(ended.error)")
      #expect(ended.error.contains("`restore --as-is` restores it without looking at changelog and schema"))
      #expect(ended.error.contains("untouched: the database is as it was\n"))
    }
  }

  @Test func forwardOnlyRefusesToUndo() async throws {
    let bench = try await bench(by: Builds.newer)
    let ended = await bench.tool("restore", "--forward-only", "--json")
    #expect(ended.status == 2)
    #expect(try ended.errorCode() == "migration.forward-only")
  }

  @Test func whatIsTooLargeIsRefused() async throws {
    let bench = try await bench()
    let ended = await bench.tool("restore", "--max-size", "4KB", "--json")
    #expect(ended.status == 2)
    #expect(try ended.errorCode() == "snapshot.too-large")
    #expect(await bench.tool("restore", "--max-size", "1GiB").status == 0)
  }

  @Test func aSnapshotIsFoundByPathIDAndItsBeginning() async throws {
    let bench = try await bench()
    let name = try #require(try bench.snapshots().first)
    let id = name.replacingOccurrences(of: ".sqlite.lz4", with: "")
    for selector in [bench.store + "/" + name, id, String(id.prefix(12)), name, "latest"] {
      #expect(await bench.tool("restore", selector).status == 0, "\(selector)")
    }
  }

  @Test func aTimeChoosesTheNewestBefore() async throws {
    let bench = try await bench()
    #expect(await bench.tool("restore", "--at", "0s ago", "--dry-run").status == 0)
    let early = await bench.tool("restore", "--at", "1d ago", "--json")
    #expect(early.status == 1)
    #expect(try early.errorCode() == "snapshot.no-snapshot")
  }

  @Test func everyKindOfFileIsRestored() async throws {
    let bench = try await bench()
    let made = try await bench.shell(
      """
      sqlite3 jobs.db .dump > jobs.sql && cp jobs.db plain.db && lz4 -q jobs.sql jobs.sql.lz4 && \
      lz4 -q plain.db plain.lz4
      """)
    try #require(made.status == 0, "\(made.error)")
    for source in ["jobs.sql", "plain.db", "jobs.sql.lz4", "plain.lz4"] {
      let ended = await bench.tool("restore", bench.path(source))
      #expect(ended.status == 0, "\(source): \(ended.error)")
      #expect(try bench.value("SELECT group_concat(name) FROM jobs") == "kept")
    }
  }

  @Test func aMissingTargetIsMadeByARestore() async throws {
    let bench = try await bench()
    try FileManager.default.removeItem(atPath: bench.database)
    let ended = await bench.tool("restore")
    #expect(ended.status == 0)
    #expect(try bench.value("SELECT group_concat(name) FROM jobs") == "kept")
  }

  @Test func aQueryReadsInPlace() async throws {
    let bench = try await bench()
    let names = try bench.names()
    let ended = await bench.tool("inspect", "--sql", "SELECT id, name FROM jobs")
    #expect(ended.output == "ID  NAME\n 1  kept\n")
    let cut = await bench.tool("inspect", "--limit", "2", "--sql", "SELECT 1 UNION SELECT 2 UNION SELECT 3")
    #expect(cut.output.contains("there are more rows"))
    #expect(try bench.names() == names)
  }

  @Test(
    arguments: [("DELETE FROM jobs", "usage", 64), ("SELECT nothing", "sqlite.error", 1)] as [(String, String, Int32)])
  func whatIsNoQueryIsRefused(query: String, code: String, status: Int32) async throws {
    let bench = try await bench()
    let ended = await bench.tool("inspect", "--sql", query, "--json")
    #expect(ended.status == status)
    #expect(try ended.errorCode() == code)
  }

  @Test func inspectShowsManifestChangelogAndSchema() async throws {
    let bench = try await bench()
    let ended = await bench.tool("inspect")
    for words in ["lineage      shop", "2  AddCron", "CREATE INDEX jobs_by_name"] {
      #expect(ended.output.contains(words))
    }
    #expect(!ended.output.contains("DROP INDEX"))
    #expect(await bench.tool("inspect", "-v").output.contains("DROP INDEX jobs_by_name"))
  }

  @Test func schemaIsTheSameOfDatabaseSnapshotAndHead() async throws {
    let bench = try await bench()
    let database = await bench.tool("schema").output
    #expect(database.contains("CREATE TABLE jobs"))
    #expect(!database.contains("tidemark_"))
    #expect(await bench.tool("schema", "latest").output == database)
    #expect(await bench.tool("schema", "--head").output == database)
  }

  @Test func verifyFindsAFlippedBit() async throws {
    let bench = try await bench()
    let name = try #require(try bench.snapshots().first)
    #expect(await bench.tool("verify").status == 0)
    #expect(await bench.tool("verify", "--deep").status == 0)
    var bytes = try bench.bytes("Snapshots/\(name)")
    bytes[200] ^= 0x10
    try bytes.write(to: URL(filePath: bench.store + "/" + name))
    let ended = await bench.tool("verify")
    #expect(ended.status == 1)
    #expect(ended.output.contains("damaged"))
    #expect(ended.output.contains("1 of 1 cannot be relied on"))
  }

  @Test func verifyLooksAtAllThatAreNamed() async throws {
    let bench = try await bench()
    let ended = await bench.tool("verify", bench.path("nope"), "latest", "--json")
    #expect(ended.status == 1)
    let rows = try #require(try ended.json()["snapshots"] as? [[String: Any]])
    #expect(rows.map { $0["isSound"] as? Bool } == [false, true])
  }

  @Test func aSnapshotGoesToAFileAndIsPlainLZ4() async throws {
    let bench = try await Workbench().migrated()
    let ended = await bench.tool(
      "snapshot", "-o", bench.path("out.sqlite.lz4"), "--level", "9", "--check", "--pin", "because")
    #expect(ended.status == 0)
    #expect(ended.output.contains("pinned: because"))
    #expect(!bench.exists("Snapshots"))
    let unpacked = try await bench.shell("lz4 -dq out.sqlite.lz4 x.db && sqlite3 x.db 'PRAGMA integrity_check'")
    #expect(unpacked.output == "ok\n")
  }

  @Test func pruneKeepsWhatItIsToldAndWhatIsPinned() async throws {
    let bench = try await Workbench().migrated()
    for pin in ["first", nil, nil, nil] {
      let ended =
        if let pin { await bench.tool("snapshot", "--pin", pin) } else { await bench.tool("snapshot") }
      #expect(ended.status == 0)
    }
    let before = try bench.snapshots()
    let dry = await bench.tool("prune", "--keep-last", "1", "--dry-run")
    #expect(dry.output.contains("would remove 2 snapshots"))
    #expect(try bench.snapshots() == before)
    #expect(await bench.tool("prune", "--keep-last", "1").status == 0)
    #expect(try bench.snapshots() == [before[0], before[3]])
  }

  @Test func pruneRemovesDisplacedDatabasesOnlyWhenAsked() async throws {
    let bench = try await bench()
    for _ in 0..<2 { #expect(await bench.tool("restore").status == 0) }
    func displaced() throws -> Int { try bench.names().count { $0.hasPrefix("jobs.db.previous-") } }
    #expect(await bench.tool("prune", "--keep-last", "1").status == 0)
    #expect(try displaced() == 2)
    #expect(await bench.tool("prune", "--previous", "--older-than", "1d").status == 0)
    #expect(try displaced() == 2)
    #expect(await bench.tool("prune", "--previous", "--keep-last", "1").status == 0)
    #expect(try displaced() == 1)
    #expect(await bench.tool("prune", "--previous", "--keep-last", "0").status == 0)
    #expect(try displaced() == 0)
  }
}
