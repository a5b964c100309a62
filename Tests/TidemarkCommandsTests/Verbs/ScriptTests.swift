// Scripts as `sqlite3` runs them: the same schema as a migration gives, stopping at the first error.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct ScriptTests {
  /// What `sqlite3` makes of a script on the bench's `script.db`.
  private func run(_ script: String, _ bench: Workbench) async throws -> Ended {
    try bench.write(script, to: "script.sql")
    return try await bench.shell("sqlite3 script.db < script.sql")
  }

  @Test func aWholeRangeGivesTheHeadAndTheWayBackTakesItDown() async throws {
    let bench = try Workbench()
    let up = await bench.tool("script", lineage: Builds.newer)
    #expect(up.status == 0)
    for title in ["-- apply 1 CreateJobs", "-- apply 5 AddTier"] { #expect(up.output.contains(title + "\n")) }
    #expect(try await run(up.output, bench).status == 0)
    let head = await bench.tool("schema", "--head", lineage: Builds.newer).output
    let made = await bench.tool("schema", "--database", bench.path("script.db")).output
    #expect(made == head)

    let down = await bench.tool("script", "--downgrade", lineage: Builds.newer).output
    #expect(try await run(down, bench).status == 0)
    #expect(try await bench.shell("sqlite3 script.db .schema").output == "")
  }

  @Test func bothWordsForTheWayBackAreTheSame() async throws {
    let bench = try Workbench()
    let one = await bench.tool("script", "3", "1").output
    let other = await bench.tool("script", "1", "3", "--downgrade").output
    #expect(one == other)
    #expect(one.contains("-- undo 3 IndexJobs\nDROP INDEX jobs_by_name;\n\n-- undo 2 AddCron\n"))
  }

  @Test func anErrorLeavesNothing() async throws {
    let bench = try Workbench()
    let script = await bench.tool("script", lineage: Builds.failing).output
    let ended = try await run(script, bench)
    #expect(ended.status != 0)
    #expect(try await bench.shell("sqlite3 script.db .schema").output == "")
  }

  @Test func codeIsNamedAndABackfillRunsInOneGo() async throws {
    let bench = try Workbench()
    let ended = await bench.tool("script", lineage: Builds.withCode)
    #expect(ended.status == 0)
    #expect(ended.output.contains("-- WARNING: 4 Fill runs code of the build here, which a script cannot.\n"))
    #expect(ended.error == "warning: 4 Fill runs code of the build here, which a script cannot\n")
    let first = await bench.tool("script", "0", "3", lineage: Builds.withCode).output
    #expect(try await run(first, bench).status == 0)
    #expect(try await bench.shell("sqlite3 script.db \"INSERT INTO jobs(name) VALUES ('a'), ('b')\"").status == 0)
    let rest = await bench.tool("script", "3", "5", lineage: Builds.withCode).output
    #expect(try await run(rest, bench).status == 0)
    #expect(
      try await bench.shell("sqlite3 script.db 'SELECT count(*) FROM jobs WHERE cron = \"batched\"'").output == "2\n")
  }

  @Test func thePlanOfADatabaseIsAScriptWithItsStoredSQL() async throws {
    let bench = try await Workbench().migrated(by: Builds.newer)
    let ended = await bench.tool("script", "--pending")
    #expect(ended.output.contains("-- undo 5 AddTier, by the SQL stored in the database\n"))
    #expect(ended.output.contains("ALTER TABLE jobs DROP COLUMN tier;\n"))
    let head = await bench.tool("script", "--pending", lineage: Builds.newer)
    #expect(head.output.contains("-- Nothing to do.\n"))
  }

  @Test func aBaselineStandsFirst() async throws {
    let bench = try Workbench()
    let fold = try BaselineFold.make(lineage: Builds.current, through: 2)
    let lineage = Lineage(
      name: "shop", migrations: [Builds.steps[2]], baseline: fold.baseline, head: nil, sources: [:])
    let script = await bench.tool("script", lineage: lineage).output
    #expect(script.contains("-- the baseline, schema.sql\n"))
    #expect(try await run(script, bench).status == 0)
    let made = try Schema.read(from: Connection(path: bench.path("script.db"), mode: .readOnly))
    #expect(made.fingerprint(.exact) == (try Builds.current.headSchema().fingerprint(.exact)))
  }
}
