// `adopt` at the command line: what it prints, how it ends, and what it writes.
import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct AdoptVerbTests {
  private static let jobs = "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);"
  private static let goose = """
    CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
      is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
    INSERT INTO goose_db_version(version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1);
    """

  @Test func aDatabaseOfAnotherToolIsTakenOver() async throws {
    let bench = try Workbench()
    try bench.execute(Self.jobs + Self.goose)
    let before = try bench.bytes("jobs.db")
    let dry = await bench.tool("adopt", "--dry-run")
    #expect(dry.status == 0)
    #expect(dry.output.contains("jobs.db: would be adopted by shop at 2 AddCron"))
    #expect(try bench.bytes("jobs.db") == before)
    #expect(await bench.tool("migrate").error.contains("tidemark adopt"))
    let ended = await bench.tool("adopt")
    #expect(ended.status == 0)
    #expect(ended.output.contains("jobs.db: adopted by shop at 2 AddCron"))
    #expect(ended.output.contains("goose (goose_db_version): 2 applied, the last is 2"))
    #expect(ended.output.contains("pending: 3, which 'tidemark migrate' applies"))
    #expect((ended.output + ended.error).contains("left alone, as no migration made it: table goose_db_version"))
    #expect(await bench.tool("migrate").status == 0)
    #expect(await bench.tool("adopt").status == 2)
  }

  @Test func inJSONItIsOneObject() async throws {
    let bench = try Workbench()
    try bench.execute(Self.jobs)
    let object = try #require(try await bench.tool("adopt", "--json").json()["adoption"] as? [String: Any])
    #expect(object["at"] as? Int == 2)
    #expect((object["entries"] as? [Any])?.count == 2)
    #expect(object["isWritten"] as? Bool == true)
  }

  @Test func aRefusalShowsTheDifference() async throws {
    let bench = try Workbench()
    try bench.execute("CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, crown TEXT)")
    let ended = await bench.tool("adopt")
    #expect(ended.status == 2)
    #expect(ended.error.contains("the nearest is"))
    #expect(ended.error.contains("crown"))
    let error = try #require(try await bench.tool("adopt", "--at", "2", "--json").json()["error"] as? [String: Any])
    #expect(error["code"] as? String == "migration.not-placed")
    let details = try #require(error["details"] as? [String: Any])
    #expect((details["differences"] as? [String])?.contains { $0.contains("cron") } == true)
    #expect(await bench.tool("adopt", "--at", "77").status == 2)
  }
}
