// `alter` as people and programs use it: what it says, what it refuses, and how it ends.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct AlterTests {
  private func bench() throws -> Workbench {
    let bench = try Workbench()
    try bench.execute(
      """
      CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT, note TEXT);
      INSERT INTO jobs VALUES (1, 'x', NULL), (2, 'x', 'kept'), (7, NULL, NULL);
      """)
    return bench
  }

  @Test func aDatabaseFollowsItsFile() async throws {
    let bench = try bench()
    try bench.write(
      """
      CREATE TABLE jobs(
        id INTEGER PRIMARY KEY,
        schedule TEXT, -- tidemark: renamed from cron
        note TEXT CHECK (length(note) < 9)
      ) STRICT;
      CREATE INDEX jobs_by_schedule ON jobs(schedule);
      """, to: "wanted.sql")
    let planned = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--dry-run")
    #expect(
      planned.status == 0 && planned.output.contains("ALTER TABLE \"jobs\" RENAME COLUMN \"cron\" TO \"schedule\";"))
    #expect(try bench.value("SELECT count(*) FROM jobs WHERE cron = 'x'") == "2")
    let done = try await bench.tool("alter", "--to", bench.path("wanted.sql"), "--json").json()
    let shown = try await bench.tool("diff", bench.path("wanted.sql"), bench.database, "--json").json()
    #expect(shown["identical"] as? Bool == true && (done["statements"] as? [String])?.isEmpty == false)
    #expect(
      try bench.value(
        "SELECT group_concat(word) FROM (SELECT id || coalesce(schedule, '-') AS word FROM jobs ORDER BY id)")
        == "1x,2x,7-")
    let again = await bench.tool("alter", "--to", bench.path("wanted.sql"))
    #expect(again.status == 0 && again.output.contains("nothing to do"))
  }

  @Test func rowsThatDoNotFitAreToldAndNothingRuns() async throws {
    let bench = try bench()
    try bench.write("CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT UNIQUE, note TEXT NOT NULL)", to: "wanted.sql")
    let before = try bench.bytes("jobs.db")
    let refused = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--json")
    #expect(refused.status == 2)
    #expect(try refused.errorCode() == "alter.does-not-fit")
    #expect(refused.output.contains("\"rowid 1 and rowid 2\""))
    let planned = try await bench.tool("alter", "--to", bench.path("wanted.sql"), "--dry-run", "--json").json()
    #expect((planned["obstacles"] as? [Any])?.count == 2 && planned["refused"] as? [String] == ["does-not-fit"])
    #expect(await bench.tool("alter", "--to", bench.path("wanted.sql"), "--dry-run").status == 2)
    #expect(try bench.bytes("jobs.db") == before)
  }

  /// Whether there is util-linux's `script`, which gives the tool a terminal to ask at.
  private static let hasTerminal = FileManager.default.isExecutableFile(atPath: "/usr/bin/script") && isLinux
  #if os(Linux)
    private static let isLinux = true
  #else
    private static let isLinux = false
  #endif

  @Test(.enabled(if: hasTerminal), arguments: [("no", "2", "3"), ("yes", "0", "0")])
  func droppingAsksAtATerminal(answer: String, status: String, rows: String) async throws {
    let bench = try bench()
    try bench.write("CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT)", to: "wanted.sql")
    let ended = try await Tool.shell(
      """
      alter="$TIDEMARK alter --mode drop --database '\(bench.database)' --to '\(bench.path("wanted.sql"))'"
      printf '\(answer)\\n' | script -qec "$alter" /dev/null
      echo "ended $?"
      """)
    #expect(ended.output.contains("What goes: table jobs, 3 rows. Type 'yes' to go on: "))
    #expect(ended.output.contains("ended \(status)"), "\(ended)")
    #expect(try bench.value("SELECT count(*) FROM jobs") == rows)
  }

  @Test(arguments: ["", "-- nothing\n", "INSERT INTO nosuch VALUES (1);"])
  func aFileWithoutASchemaIsNotTakenForOne(text: String) async throws {
    let bench = try bench()
    try bench.write(text, to: "wanted.sql")
    for options in [[], ["--dry-run"]] {
      let refused = await bench.tool(["alter", "--to", bench.path("wanted.sql"), "--json"] + options)
      #expect(try refused.status == 2 && refused.errorCode() == "alter.empty", "\(refused.output)")
    }
    #expect(try bench.value("SELECT count(*) FROM jobs") == "3")
    let emptied = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--mode", "drop", "--yes")
    #expect(emptied.status == 0)
  }

  @Test func whatIsLostNeedsConsentToJustThat() async throws {
    let bench = try bench()
    try bench.write("CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT)", to: "wanted.sql")
    let refused = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--json")
    let details = try #require((try refused.json()["error"] as? [String: Any])?["details"] as? [String: Any])
    let plan = try #require(details["plan"] as? String)
    #expect(refused.status == 2 && details["losses"] as? [String] == ["column jobs.note, 1 row"])
    try bench.execute("UPDATE jobs SET note = 'more' WHERE id = 7")
    let stale = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--accept-loss", plan)
    #expect(stale.status == 2 && stale.error.contains("column jobs.note, 2 rows"))
    try bench.execute("UPDATE jobs SET note = NULL WHERE id = 7")
    #expect(await bench.tool("alter", "--to", bench.path("wanted.sql"), "--accept-loss", plan).status == 0)
    #expect(try bench.value("SELECT count(*) FROM jobs") == "3")
  }

  @Test func droppingAsksOrIsToldTo() async throws {
    let bench = try bench()
    try bench.write("CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT NOT NULL)", to: "wanted.sql")
    let unasked = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--mode", "drop", "--json")
    #expect(unasked.status == 2)
    #expect(try unasked.errorCode() == "alter.unconfirmed")
    #expect(try bench.value("SELECT count(*) FROM jobs") == "3")
    #expect(await bench.tool("alter", "--to", bench.path("wanted.sql"), "--mode", "drop", "--yes").status == 0)
    #expect(try bench.value("SELECT count(*) FROM jobs") == "0")
  }

  @Test func aDatabaseOfALineageIsLeftToItsMigrations() async throws {
    let bench = try await Workbench().migrated()
    try bench.write("CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT, x)", to: "wanted.sql")
    let refused = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--json")
    #expect(refused.status == 2)
    #expect(try refused.errorCode() == "alter.managed")
    let done = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--development")
    #expect(done.status == 0 && done.output.contains("the lineage \"shop\" keeps this database"))
    #expect(try bench.value("SELECT count(*) FROM tidemark_changelog") == "3")
    #expect(await bench.tool("migrate").status == 2)
    let back = await bench.tool("alter", "--to", "head", "--development")
    #expect(back.status == 0, "\(back.error)")
    #expect(await bench.tool("migrate").status == 0)
  }

  @Test func aServiceThatRunsKeepsItsSchema() async throws {
    let bench = try bench()
    try bench.write("CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT, note TEXT, x)", to: "wanted.sql")
    let lock = try await DatabaseLock.acquire(bench.database, .shared, as: .current(build: "other", purpose: "running"))
    let refused = await bench.tool("alter", "--to", bench.path("wanted.sql"), "--wait", "1ms")
    lock.release()
    #expect(refused.status == 2 && refused.error.contains("other"))
    #expect(await bench.tool("alter", "--to", bench.path("wanted.sql")).status == 0)
  }
}
