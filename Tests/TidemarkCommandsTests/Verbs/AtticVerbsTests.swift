// The attic at the command line: plans say what goes into it, status its size, prune empties it, and what would be lost
// in spite of it is refused with the id that allows it.
import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct AtticVerbsTests {
  /// A database of the newer build with rows in what the older one does not know.
  static func bench() async throws -> Workbench {
    let bench = try await Workbench().migrated(by: Builds.newer)
    try bench.execute(
      "INSERT INTO jobs(id, name, tier) VALUES (10, 'a', 'x'), (11, 'b', 'y'); INSERT INTO tasks VALUES (1)")
    return bench
  }

  @Test func aPlanSaysWhatEachDowngradeTouches() async throws {
    let bench = try await Self.bench()
    let plan = await bench.tool("plan")
    #expect(plan.output.contains("undoing 5 drops the column tier: jobs, 3 rows, kept in the attic"))
    #expect(plan.output.contains("undoing 4 drops it: tasks, 1 row, kept in the attic"))
    let dry = await bench.tool("migrate", "--dry-run")
    #expect(dry.output.contains("undoing 4 drops it: tasks, 1 row, kept in the attic"))
    let effects = try #require(try await bench.tool("plan", "--json").json()["effects"] as? [String: Any])
    let steps = try #require(effects["steps"] as? [[String: Any]])
    #expect(steps.compactMap { $0["id"] as? Int } == [5, 4])
    let tables = try #require(steps[0]["tables"] as? [[String: Any]])
    #expect(tables[0]["rows"] as? Int == 3)
    #expect(tables[0]["columnsLost"] as? [String] == ["tier"])
  }

  @Test func aPlanForASnapshotSaysItToo() async throws {
    let bench = try await Self.bench()
    #expect(await bench.tool("snapshot", lineage: Builds.newer).status == 0)
    #expect(
      await bench.tool("plan", "latest").output.contains("drops the column tier: jobs, 3 rows, kept in the attic"))
  }

  @Test func downAndUpThroughTheTool() async throws {
    let bench = try await Self.bench()
    let down = await bench.tool("migrate")
    #expect(down.output.contains("note: attic: 5: 3 rows of jobs kept"))
    let status = await bench.tool("status", "--verbose")
    #expect(status.output.contains("attic: "))
    #expect(status.output.contains("5 AddTier"))
    let attic = try #require(try await bench.tool("status", "--json").json()["attic"] as? [String: Any])
    #expect((attic["rows"] as? Int ?? 0) >= 4)
    #expect((attic["bytes"] as? Int ?? 0) > 0)
    let up = await bench.tool("migrate", lineage: Builds.newer)
    #expect(up.output.contains("note: attic: 5: 3 rows of jobs returned"))
    #expect(try bench.value("SELECT group_concat(tier) FROM jobs WHERE id > 9") == "x,y")
    #expect(!(await bench.tool("status", lineage: Builds.newer)).output.contains("attic: "))
  }

  @Test func pruneEmptiesIt() async throws {
    let bench = try await Self.bench()
    #expect(await bench.tool("migrate").status == 0)
    let young = await bench.tool("prune", "--attic", "--older-than", "1h")
    #expect(young.output.contains("removed 0 rows from the attic"))
    let dry = await bench.tool("prune", "--attic", "--dry-run")
    #expect(dry.output.contains("would remove"))
    #expect(await bench.tool("status").output.contains("attic: "))
    #expect(await bench.tool("prune", "--attic").status == 0)
    #expect(!(await bench.tool("status")).output.contains("attic: "))
    #expect(await bench.tool("prune", "--attic", "--previous").status == 64)
  }

  @Test func pruningWaitsAsLongAsItIsTold() async throws {
    let bench = try await Self.bench()
    #expect(await bench.tool("migrate").status == 0)
    let other = try Connection(path: bench.database, mode: .readWrite)
    try other.execute("BEGIN IMMEDIATE")
    let refused = await bench.tool("prune", "--attic", "--wait", "20ms", "--json")
    #expect(refused.status == 2)
    #expect(try refused.errorCode() == "migration.busy")
    try other.execute("ROLLBACK")
    try other.close()
    #expect(await bench.tool("prune", "--attic").status == 0)
  }

  @Test func aLossIsRefusedAndAcceptedById() async throws {
    let bench = try await Self.bench()
    let before = try bench.bytes("jobs.db")
    let refused = await bench.tool("migrate", "--no-attic")
    #expect(refused.status == 2)
    #expect(refused.error.contains("table tasks, 1 row: the attic is off"))
    #expect(try bench.bytes("jobs.db") == before)
    let json = try await bench.tool("migrate", "--no-attic", "--json").json()
    let error = try #require(json["error"] as? [String: Any])
    #expect(error["code"] as? String == "migration.would-lose")
    let details = try #require(error["details"] as? [String: Any])
    let id = try #require(details["plan"] as? String)
    // A dry run ends as the run would.
    for verb in ["plan", "migrate --dry-run"] {
      let dry = await bench.tool(verb.split(separator: " ").map(String.init) + ["--no-attic"])
      #expect(dry.status == 2, "\(verb)")
      #expect(dry.output.contains("--accept-loss \(id) allows it"), "\(verb)")
    }
    let allowed = await bench.tool("migrate", "--dry-run", "--no-attic", "--accept-loss", id)
    #expect(allowed.status == 0)
    #expect(allowed.output.contains("it loses data, as --accept-loss \(id) allows"))
    #expect(await bench.tool("migrate", "--no-attic", "--accept-loss", "0123456789ab").status == 2)
    // With one row more it is another loss.
    try bench.execute("INSERT INTO tasks VALUES (2)")
    #expect(await bench.tool("migrate", "--no-attic", "--accept-loss", id).status == 2)
    try bench.execute("DELETE FROM tasks WHERE id = 2")
    let done = await bench.tool("migrate", "--no-attic", "--accept-loss", id)
    #expect(done.status == 0, "\(done.error)")
    #expect(try bench.value("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'tidemark_attic%'") == "0")
  }

  /// A verdict is shown wherever a downgrade is: of the database, of a plan, of each snapshot; and a restore can require it.
  @Test func verdictsAreShownAndCanBeRequired() async throws {
    let bench = try await Self.bench()
    try bench.execute("UPDATE tidemark_changelog SET proof = 'lossy: column jobs.tier' WHERE id = 5")
    #expect(await bench.tool("snapshot", lineage: Builds.newer).status == 0)
    #expect(await bench.tool("status", lineage: Builds.newer).output.contains("lossy: column jobs.tier"))
    #expect(await bench.tool("plan").output.contains("lossy: column jobs.tier"))
    #expect(await bench.tool("plan", "latest").output.contains("lossy: column jobs.tier"))
    #expect(await bench.tool("snapshots").output.contains("5 lossy"))
    #expect(await bench.tool("rehearse").output.contains("lossy: column jobs.tier"))
    let before = try bench.bytes("jobs.db")
    let refused = await bench.tool("restore", "latest", "--require", "lossless")
    #expect(refused.status == 2)
    #expect(refused.error.contains("5 AddTier (lossy: column jobs.tier)"))
    #expect(try bench.bytes("jobs.db") == before)
    #expect(await bench.tool("restore", "latest").status == 0)
  }

  /// The id is of the plan and of the rows at stake: another database, with others, has another.
  @Test func anAcceptanceIsOfOneDatabase() async throws {
    var ids: [String] = []
    for value in ["x", "y"] {
      let bench = try await Workbench().migrated(by: Builds.newer)
      try bench.execute("INSERT INTO jobs(id, name, tier) VALUES (10, 'a', '\(value)')")
      let json = try await bench.tool("migrate", "--no-attic", "--json").json()
      let details = try #require((json["error"] as? [String: Any])?["details"] as? [String: Any])
      ids.append(try #require(details["plan"] as? String))
      if ids.count == 2 {
        #expect(await bench.tool("migrate", "--no-attic", "--accept-loss", ids[0]).status == 2)
        #expect(await bench.tool("migrate", "--no-attic", "--accept-loss", ids[1]).status == 0)
      }
    }
    #expect(ids[0] != ids[1])
  }

  @Test func aRestoreKeepsItAndRefusesALossToo() async throws {
    let bench = try await Self.bench()
    #expect(await bench.tool("snapshot", lineage: Builds.newer).status == 0)
    #expect(await bench.tool("restore", "latest", "--no-attic").status == 2)
    let dry = await bench.tool("restore", "latest", "--no-attic", "--dry-run")
    #expect(dry.status == 2)
    #expect(dry.output.contains("tasks, 1 row, lost: the attic is off"))
    #expect(await bench.tool("restore", "latest", "--dry-run").output.contains("tasks, 1 row, kept in the attic"))
    let restored = await bench.tool("restore", "latest")
    #expect(restored.output.contains("note: attic: 5: 3 rows of jobs kept"))
    #expect(await bench.tool("migrate", lineage: Builds.newer).status == 0)
    #expect(try bench.value("SELECT count(*) FROM tasks") == "1")
  }
}
