// `rehearse` at the command line: what it prints, how it ends, and that only a copy was touched.
import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct RehearseTests {
  @Test func aPlanIsShownWithWhatItTakes() async throws {
    let bench = try await AtticVerbsTests.bench()
    let before = try (bench.bytes("jobs.db"), bench.names())
    let ended = await bench.tool("rehearse")
    #expect(ended.status == 0)
    #expect(ended.output.contains(", on a copy"))
    #expect(ended.output.contains("STATEMENTS"))
    #expect(ended.output.contains("undoing 5 drops the column tier: jobs, 3 rows, kept in the attic"))
    #expect(ended.output.contains("the run needs "))
    let object = try #require(try await bench.tool("rehearse", "--json").json()["rehearsal"] as? [String: Any])
    #expect((object["steps"] as? [Any])?.count == 2)
    #expect((object["needs"] as? [String: Any])?["seconds"] as? Double ?? 0 > 0)
    #expect(try bench.bytes("jobs.db") == before.0)
    #expect(try bench.names() == before.1)
  }

  @Test func aSnapshotIsRehearsedWithoutADatabase() async throws {
    let bench = try await AtticVerbsTests.bench()
    #expect(await bench.tool("snapshot", lineage: Builds.newer).status == 0)
    let ended = await TidemarkCommand.program(lineage: Builds.current).ended(
      ["rehearse", "latest"], environment: ["TIDEMARK_STORE": bench.store, "TMPDIR": bench.folder])
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output.contains(", in place"))
    #expect(try bench.names() == ["Snapshots", "jobs.db", "jobs.db-tidemark.lock"])
  }

  @Test func whatIsRefusedSaysThatOnlyACopyWasTouched() async throws {
    let bench = try await AtticVerbsTests.bench()
    let ended = await bench.tool("rehearse", "--forward-only")
    #expect(ended.status == 2)
    #expect(ended.error.contains("untouched: only a copy was touched, and it is gone"))
    #expect(await bench.tool("rehearse", "--no-attic").status == 2)
  }

  /// What anybody may have put into the folder of temporary files says neither where nor for whom a copy is made.
  @Test func withoutADatabaseACopyIsMadeInAFolderOfItsOwn() async throws {
    let bench = try await AtticVerbsTests.bench()
    let temporary = bench.folder + "/tmp"
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: temporary + "/tidemark", withDestinationPath: bench.folder + "/none/x")
    let ended = await TidemarkCommand.program(lineage: Builds.current).ended(
      ["rehearse", bench.folder + "/jobs.db"], environment: ["TMPDIR": temporary])
    #expect(ended.status == 0, "\(ended.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).sorted() == ["tidemark"])
  }
}
