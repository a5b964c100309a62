// Input that is not there, or not what its name says: a clear error, and nothing made or changed.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

/// A command line with something wrong behind it. `DB`, `DIR` and `FILE` stand for paths on the bench.
struct BadInput: Sendable, CustomTestStringConvertible {
  var arguments: [String]
  var code: String
  var status: Int32 = 1

  var testDescription: String { arguments.joined(separator: " ") }
}

@Suite struct BadInputTests {
  static let missingDatabase: [BadInput] = [
    BadInput(arguments: ["status"], code: "service.absent"),
    BadInput(arguments: ["plan"], code: "service.absent"),
    BadInput(arguments: ["schema"], code: "service.absent"),
    BadInput(arguments: ["snapshot"], code: "service.absent"),
    BadInput(arguments: ["redo"], code: "service.absent"),
    BadInput(arguments: ["script", "--pending"], code: "service.absent"),
    BadInput(arguments: ["migrate"], code: "service.absent", status: 2),
    BadInput(arguments: ["migrate", "--dry-run"], code: "service.absent", status: 2),
  ]

  @Test(arguments: missingDatabase)
  func aMissingDatabaseIsSaidAndNotMade(input: BadInput) async throws {
    let bench = try Workbench()
    let ended = await run(input.arguments + ["--json"], bench)
    #expect(ended.status == input.status)
    #expect(try ended.errorCode() == input.code)
    #expect(try bench.names() == [])
  }

  @Test(arguments: ["status", "plan", "schema", "snapshot", "redo", "migrate", "restore"])
  func aFolderIsNoDatabase(verb: String) async throws {
    let bench = try Workbench()
    try FileManager.default.createDirectory(atPath: bench.database, withIntermediateDirectories: true)
    let ended = await run([verb, "--json"], bench)
    #expect(ended.status == 1)
    #expect(try ended.errorCode() == "database.not-a-file")
    #expect(try bench.names() == ["jobs.db"])
  }

  @Test(arguments: ["status", "plan", "schema", "migrate"])
  func aFileOfAnotherKindIsNoDatabase(verb: String) async throws {
    let bench = try Workbench()
    let text = String(repeating: "no database, whatever its name says. ", count: 100)
    try bench.write(text, to: "jobs.db")
    let ended = await run([verb, "--json"], bench)
    #expect(ended.status == 1)
    #expect(try ended.errorCode() == "sqlite.not-a-database")
    #expect(try bench.read("jobs.db") == text)
  }

  /// The way out is a command's, and no parameter of the library.
  @Test func whatIsLeftOfADatabaseIsToBeRestored() async throws {
    let bench = try await Workbench().migrated()
    #expect(await bench.tool("snapshot").status == 0)
    try bench.write("", to: "jobs.db")
    try bench.write("what is left", to: "jobs.db-wal")
    let ended = await run(["migrate"], bench)
    #expect(ended.status == 2)
    #expect(ended.error.contains("(`tidemark restore`)") && !ended.error.contains("onDamage"), "\(ended.error)")
    #expect(try bench.read("jobs.db-wal") == "what is left")
    #expect(await run(["restore"], bench).status == 0)
  }

  @Test func anEmptyFileIsAnEmptyDatabase() async throws {
    let bench = try Workbench()
    try bench.write("", to: "jobs.db")
    let status = await run(["status"], bench)
    #expect(status.status == 0)
    #expect(status.output.contains("the database is empty"))
    #expect(status.output.contains("3 pending"))
  }

  static let sources: [BadInput] = [
    BadInput(arguments: ["restore", "nope"], code: "snapshot.no-snapshot"),
    BadInput(arguments: ["restore", "latest"], code: "snapshot.no-snapshot"),
    BadInput(arguments: ["restore"], code: "snapshot.no-snapshot"),
    BadInput(arguments: ["restore", "--at", "2001-01-01"], code: "snapshot.no-snapshot"),
    BadInput(arguments: ["restore", "BENCH/nope.lz4"], code: "snapshot.missing"),
    BadInput(arguments: ["restore", "BENCH/folder"], code: "snapshot.not-a-file"),
    BadInput(arguments: ["restore", "BENCH/empty"], code: "snapshot.empty"),
    BadInput(arguments: ["restore", "BENCH/text"], code: "snapshot.foreign"),
    BadInput(arguments: ["restore", "--dry-run", "BENCH/text"], code: "snapshot.foreign"),
    BadInput(arguments: ["inspect", "BENCH/nope.lz4"], code: "snapshot.missing"),
    BadInput(arguments: ["inspect", "BENCH/folder"], code: "snapshot.not-a-file"),
    BadInput(arguments: ["inspect", "BENCH/empty"], code: "snapshot.empty"),
    BadInput(arguments: ["inspect", "BENCH/text", "--sql", "SELECT 1"], code: "snapshot.foreign"),
    BadInput(arguments: ["inspect"], code: "snapshot.no-snapshot"),
    BadInput(arguments: ["plan", "nope"], code: "snapshot.no-snapshot"),
    BadInput(arguments: ["plan", "BENCH/text"], code: "snapshot.foreign"),
    BadInput(arguments: ["plan", "BENCH/empty"], code: "snapshot.empty"),
    BadInput(arguments: ["plan", "BENCH/jobs.db"], code: "plan.no-manifest"),
    BadInput(arguments: ["schema", "BENCH/empty"], code: "snapshot.empty"),
    BadInput(arguments: ["verify"], code: "snapshot.no-snapshot"),
    BadInput(arguments: ["new", "Thing", "--migrations", "BENCH/nope"], code: "project.no-folder"),
    BadInput(arguments: ["new", "Thing", "--migrations", "BENCH/text"], code: "project.no-folder"),
    BadInput(arguments: ["schema", "--write", "--migrations", "BENCH/nope"], code: "project.no-folder"),
    BadInput(
      arguments: ["snapshot", "--output", "BENCH/text"], code: "snapshot.exists", status: 2),
    BadInput(arguments: ["snapshot", "--output", "BENCH/nope/x.lz4"], code: "snapshot.file"),
    BadInput(arguments: ["restore", "BENCH/broken-\u{FFFD}"], code: "usage", status: 64),
    BadInput(arguments: ["status", "--database", "BENCH/broken-\u{FFFD}"], code: "usage", status: 64),
    BadInput(arguments: ["inspect", "--sql", "SELECT 1; SELECT 2", "BENCH/jobs.db"], code: "usage", status: 64),
    BadInput(arguments: ["inspect", "--sql", "", "BENCH/jobs.db"], code: "usage", status: 64),
    BadInput(arguments: ["new", "1st"], code: "usage", status: 64),
    BadInput(arguments: ["new", "a/b"], code: "usage", status: 64),
    BadInput(arguments: ["prune", "--keep-last", "1", "--store", "BENCH/text"], code: "snapshot.not-a-folder"),
    BadInput(arguments: ["snapshots", "--store", "BENCH/text"], code: "snapshot.not-a-folder"),
    BadInput(arguments: ["plan", "--to", "99"], code: "migration.unknown-target", status: 2),
    BadInput(arguments: ["status", "--database", "BENCH/folder"], code: "database.not-a-file"),
    BadInput(arguments: ["prune"], code: "usage", status: 64),
    BadInput(arguments: ["prune", "--previous"], code: "usage", status: 64),
    BadInput(arguments: ["prune", "--older-than", "1d", "--keep-last", "1"], code: "usage", status: 64),
    BadInput(arguments: ["prune", "--wait", "1s", "--keep-last", "1"], code: "usage", status: 64),
    BadInput(arguments: ["new", "Thing", "--table", "jobs"], code: "usage", status: 64),
    BadInput(arguments: ["new", "Thing", "--batch-size", "9"], code: "usage", status: 64),
    BadInput(arguments: ["inspect", "--limit", "9"], code: "usage", status: 64),
    BadInput(arguments: ["schema", "--force"], code: "usage", status: 64),
    BadInput(arguments: ["snapshot", "-o", "BENCH/x.lz4", "--full-every", "2"], code: "usage", status: 64),
    BadInput(arguments: ["restore", "x", "--at", "2h ago"], code: "usage", status: 64),
    BadInput(arguments: ["restore", "--as-is", "--strict"], code: "usage", status: 64),
    BadInput(arguments: ["restore", "--max-size", "big"], code: "usage", status: 64),
    BadInput(arguments: ["migrate", "--to", "x"], code: "usage", status: 64),
    BadInput(arguments: ["script", "--pending", "1"], code: "usage", status: 64),
    BadInput(arguments: ["redo", "0"], code: "usage", status: 64),
  ]

  @Test(arguments: sources)
  func badInputIsSaidAndLeavesEverything(input: BadInput) async throws {
    let bench = try await Workbench().migrated()
    try FileManager.default.createDirectory(atPath: bench.path("folder"), withIntermediateDirectories: true)
    try bench.write("", to: "empty")
    try bench.write("Dear diary, nothing happened today.", to: "text")
    let before = try bench.bytes("jobs.db")
    let names = try bench.names()
    let arguments = input.arguments.map { $0.replacingOccurrences(of: "BENCH", with: bench.folder) }
    let ended = await run(arguments + ["--json"], bench)
    #expect(ended.status == input.status)
    #expect(ended.error == "")
    #expect(try ended.errorCode() == input.code)
    if input.status != 64 {
      let error = try #require(try ended.json()["error"] as? [String: Any])
      #expect((error["untouched"] as? String)?.isEmpty == false)
      #expect((error["hint"] as? String)?.isEmpty == false)
    }
    #expect(try bench.bytes("jobs.db") == before)
    // The lock's file may come, and stays: nothing else.
    #expect(
      try bench.names().filter { $0 != "jobs.db-tidemark.lock" } == names.filter { $0 != "jobs.db-tidemark.lock" })
  }

  @Test func aTruncatedSnapshotIsSaidByAll() async throws {
    let bench = try await Workbench().migrated()
    #expect(await bench.tool("snapshot").status == 0)
    let name = try #require(try bench.snapshots().first)
    let whole = try bench.bytes("Snapshots/\(name)")
    try whole.prefix(200).write(to: URL(filePath: bench.store + "/" + name))
    let before = try bench.bytes("jobs.db")
    let id = name.replacingOccurrences(of: ".sqlite.lz4", with: "")
    for arguments in [["restore", id], ["restore", id, "--dry-run"], ["schema", id]] {
      let ended = await run(arguments + ["--json"], bench)
      #expect(ended.status == 1, "\(arguments)")
      #expect(try ended.errorCode().hasPrefix("snapshot."), "\(arguments)")
    }
    let verified = await run(["verify", "--json"], bench)
    #expect(verified.status == 1)
    #expect(try verified.json()["damaged"] as? Int == 1)
    let listed = await run(["snapshots"], bench)
    #expect(listed.status == 0)
    #expect(!listed.output.contains("as it is"))
    #expect(try bench.bytes("jobs.db") == before)
  }

  @Test func aSnapshotThatLostItsTailIsRestoredAndThatIsSaid() async throws {
    let bench = try await Workbench().migrated()
    #expect(await bench.tool("snapshot").status == 0)
    let name = try #require(try bench.snapshots().first)
    let whole = try bench.bytes("Snapshots/\(name)")
    try whole.prefix(whole.count - 40).write(to: URL(filePath: bench.path("cut.lz4")))
    let ended = await bench.tool("restore", bench.path("cut.lz4"))
    #expect(ended.status == 0)
    #expect(ended.output.contains("note: its tail is damaged"))
    let plan = await bench.tool("plan", bench.path("cut.lz4"), "--json")
    // Without a manifest it is planned from the database in it, read in place.
    #expect(plan.status == 0)
    #expect(plan.output.contains("its tail is damaged"))
  }

  @Test func aReadOnlyFolderIsAFailure() async throws {
    // To root nothing is read-only.
    guard getuid() != 0 else { return }
    let bench = try await Workbench().migrated(by: Builds.newer)
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: bench.folder)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bench.folder) }
    let ended = await run(["migrate", "--json"], bench)
    #expect(ended.status == 1)
    #expect(await run(["status"], bench).status == 0)
  }

  private func run(_ arguments: [String], _ bench: Workbench) async -> Ended {
    await TidemarkCommand.program(lineage: Builds.current).ended(
      arguments, environment: ["TIDEMARK_DATABASE": bench.database, "TIDEMARK_STORE": bench.store])
  }
}
