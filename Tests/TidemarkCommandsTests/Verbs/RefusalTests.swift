// Every refusal and failure that a command can end with: its code, its status, and the database as it was.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

/// One way to be refused, or to fail.
struct Mishap: Sendable, CustomTestStringConvertible {
  var code: String
  var status: Int32
  /// The build that made the database; nil for one without a changelog.
  var made: Lineage? = Builds.current
  /// The build that is run.
  var build: Lineage = Builds.current
  /// What an operator did before.
  var before: String = ""
  var arguments: [String] = ["migrate"]
  /// What the message has to name.
  var names: [String] = []

  var testDescription: String { "\(code) of \(arguments.joined(separator: " "))" }
}

@Suite struct RefusalTests {
  static let mishaps: [Mishap] = [
    Mishap(code: "migration.foreign", status: 2, build: Builds.other, names: ["shop", "bakery"]),
    Mishap(code: "migration.edited", status: 2, build: Builds.edited, names: ["1 CreateJobs"]),
    Mishap(code: "migration.unmanaged", status: 2, made: nil, before: "CREATE TABLE a(b)", names: ["changelog"]),
    Mishap(
      code: "migration.no-way-back", status: 2, made: Builds.irreversible, names: ["4 Forget", "the rows are gone"]),
    Mishap(
      code: "migration.forward-only", status: 2, made: Builds.newer, arguments: ["migrate", "--forward-only"],
      names: ["4 CreateTasks"]),
    Mishap(
      code: "migration.out-of-order", status: 2, made: Builds.late, arguments: ["migrate", "--strict-order"],
      names: ["2 AddCron"]),
    Mishap(
      code: "migration.drift", status: 2, before: "CREATE TABLE stray(a)", arguments: ["migrate", "--strict"],
      names: ["stray"]),
    Mishap(
      code: "migration.altered", status: 2, before: "DROP INDEX jobs_by_name", arguments: ["migrate", "--strict"],
      names: ["jobs_by_name"]),
    Mishap(code: "migration.unknown-target", status: 2, arguments: ["migrate", "--to", "99"], names: ["99"]),
    Mishap(code: "migration.unknown-target", status: 2, arguments: ["plan", "--to", "99"], names: ["99"]),
    Mishap(code: "migration.unknown-target", status: 2, arguments: ["script", "1", "99"], names: ["99"]),
    Mishap(
      code: "migration.no-way-back", status: 2, made: Builds.irreversible, build: Builds.irreversible,
      arguments: ["redo"], names: ["4 Forget"]),
    Mishap(
      code: "migration.no-way-back", status: 2, build: Builds.irreversible, arguments: ["script", "4", "1"],
      names: ["4 Forget"]),
    Mishap(
      code: "migration.step-failed", status: 1, build: Builds.failing, names: ["4 Stumble", "statement 3", "line 3"]),
    Mishap(
      code: "migration.in-the-way", status: 2, made: Builds.newer, before: "CREATE INDEX theirs ON jobs(tier)",
      names: ["index theirs on jobs", "5 AddTier", "Drop index theirs"]),
    Mishap(
      code: "migration.left-behind", status: 1, made: Builds.idle,
      before: "UPDATE tidemark_changelog SET downgrade = 'SELECT 1' WHERE id = 4", names: ["4 Leave", "left"]),
    Mishap(
      code: "migration.not-reversible", status: 2, build: Builds.stuck,
      names: ["4 Stay", "table stays", "irreversible"]),
    Mishap(
      code: "migration.not-lossless", status: 2, build: Builds.irreversible,
      arguments: ["migrate", "--require", "lossless"],
      names: ["4 Forget", "--require"]),
    Mishap(
      code: "migration.not-lossless", status: 2, made: Builds.idle,
      before: "UPDATE tidemark_changelog SET proof = 'lossy: rows' WHERE id = 4",
      arguments: ["plan", "--require", "lossless"], names: ["4 Leave (lossy: rows)"]),
    Mishap(code: "migration.foreign", status: 2, build: Builds.other, arguments: ["plan"], names: ["bakery"]),
  ]

  @Test(arguments: mishaps)
  func mishapIsSaidWithItsStatusAndLeavesTheDatabase(mishap: Mishap) async throws {
    let bench = try Workbench()
    if let made = mishap.made { try await bench.migrated(by: made) }
    if !mishap.before.isEmpty { try bench.execute(mishap.before) }
    let schema = try bench.value("SELECT group_concat(sql) FROM sqlite_schema")
    let ids = try mishap.made == nil ? "" : bench.value("SELECT group_concat(id) FROM tidemark_changelog")

    let words = await TidemarkCommand.program(lineage: mishap.build).ended(
      mishap.arguments, environment: ["TIDEMARK_DATABASE": bench.database, "TIDEMARK_STORE": bench.store])
    #expect(words.status == mishap.status)
    #expect(words.output == "")
    #expect(words.error.hasPrefix(mishap.status == 2 ? "refused: " : "error: "))
    for name in mishap.names { #expect(words.error.contains(name)) }
    #expect(words.error.contains("\nuntouched: "))
    #expect(words.error.contains("\nnext: "))

    let json = await TidemarkCommand.program(lineage: mishap.build).ended(
      mishap.arguments + ["--json"], environment: ["TIDEMARK_DATABASE": bench.database, "TIDEMARK_STORE": bench.store])
    #expect(json.status == mishap.status)
    #expect(json.error == "")
    #expect(try json.errorCode() == mishap.code)

    #expect(try bench.value("SELECT group_concat(sql) FROM sqlite_schema") == schema)
    if mishap.made != nil { #expect(try bench.value("SELECT group_concat(id) FROM tidemark_changelog") == ids) }
  }

  @Test func aRefusalLeavesEveryByte() async throws {
    let bench = try await Workbench().migrated()
    let before = try bench.bytes("jobs.db")
    #expect(await bench.tool("migrate", lineage: Builds.other).status == 2)
    #expect(try bench.bytes("jobs.db") == before)
  }

  @Test func aDatabaseInUseIsRefusedAndItsHolderNamed() async throws {
    let bench = try await Workbench().migrated(by: Builds.newer)
    let lock = try await DatabaseLock.acquire(
      bench.database, .shared, as: .current(build: "scheduler 7", purpose: "running"), timeout: .zero)
    defer { lock.release() }
    for arguments in [["migrate", "--wait", "0s"], ["redo", "--wait", "0s"]] {
      let ended = await TidemarkCommand.program(lineage: Builds.current).ended(
        arguments, environment: ["TIDEMARK_DATABASE": bench.database, "TIDEMARK_STORE": bench.store])
      #expect(ended.status == 2)
      #expect(ended.error.contains("scheduler 7"))
      #expect(ended.error.contains("--wait"))
    }
  }

  @Test func aSignalBeforeAStepRollsBack() async throws {
    let bench = try await Workbench().migrated()
    let interruption = Interruption()
    interruption.raise(SIGINT)
    let ended = await bench.tool("migrate", lineage: Builds.newer, interruption: interruption)
    #expect(ended.status == 130)
    #expect(ended.error.contains("SIGINT"))
    #expect(try bench.value("SELECT count(*) FROM tidemark_changelog") == "3")
  }
}
