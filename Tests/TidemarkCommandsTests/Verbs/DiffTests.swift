// `diff` over every kind of thing that has a schema.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct DiffTests {
  @Test func anyTwoKindsCompareAndTheScriptLeadsThere() async throws {
    let bench = try await Workbench().migrated()
    #expect(await bench.tool("snapshot").status == 0)
    try bench.write(
      """
      PRAGMA foreign_keys = OFF;
      BEGIN;
      CREATE TABLE jobs(
        id INTEGER PRIMARY KEY, name TEXT NOT NULL,
        schedule TEXT -- tidemark: renamed from cron
      );
      INSERT INTO nowhere VALUES (1);
      COMMIT;
      """, to: "wanted")
    for source in [
      "latest", bench.database, "head", "3", try bench.store + "/" + #require(try bench.snapshots().first),
    ] {
      let same = await bench.tool("diff", source, "head", "--exit-code")
      #expect(same.status == 0 && same.output.hasSuffix(" have the same schema\n"), "\(source): \(same)")
      let other = await bench.tool("diff", source, bench.path("wanted"), "--exit-code")
      #expect(other.status == 3)
      #expect(other.output == "~ table jobs\n    column cron renamed to schedule\n- index jobs_by_name\n", "\(source)")
    }
    let script = await bench.tool("diff", bench.database, bench.path("wanted"), "--sql").output
    #expect(await bench.tool("diff", bench.database, bench.path("wanted"), "--format", "sql").output == script)
    try bench.write(script, to: "script.sql")
    #expect(try await bench.shell("sqlite3 jobs.db < script.sql").status == 0)
    #expect(await bench.tool("diff", bench.database, bench.path("wanted"), "--exit-code").status == 0)
  }

  @Test func jsonHoldsChangesAndStatements() async throws {
    let bench = try Workbench()
    let json = try await bench.tool("diff", "1", "3", "--json").json()
    #expect(json["identical"] as? Bool == false)
    #expect(
      json["statements"] as? [String] == [
        "PRAGMA legacy_alter_table = ON", "ALTER TABLE \"jobs\" ADD COLUMN cron TEXT",
        "PRAGMA legacy_alter_table = OFF", "CREATE INDEX jobs_by_name ON jobs(name)",
      ])
    let changes = try #require(json["changes"] as? [[String: Any]])
    #expect(changes.map { $0["name"] as? String } == ["jobs", "jobs_by_name"])
    #expect((json["from"] as? [String: Any])?["kind"] as? String == "lineage")
  }

  @Test func theFormatMayBeJSONAlsoOfWhatFails() async throws {
    let bench = try Workbench()
    let plain = await bench.tool("diff", "1", "3", "--json", "--exit-code")
    let named = await bench.tool("diff", "1", "3", "--format", "json", "--exit-code")
    #expect(plain.output == named.output && plain.status == 3 && named.status == 3)
    #expect(
      try await bench.tool("diff", "17", "3", "--format=json", "--exit-code").errorCode() == "migration.unknown-target")
    #expect(await bench.tool("diff", "17", "3", "--exit-code").status == 2)
    #expect(await bench.tool("diff", "1", "3", "--format", "words").output == bench.tool("diff", "1", "3").output)
    #expect(await bench.tool("diff", "1", "3", "--format", "yaml").status == 64)
    #expect(await bench.tool("diff", "1", "3", "--format", "sql", "--json").status == 64)
  }

  @Test func aFileIsInput() async throws {
    let bench = try Workbench()
    let other = bench.path("other.db")
    try bench.write("", to: "empty")
    for (sql, code) in [
      ("CREATE TABLE a(b); ATTACH '\(other)' AS o; CREATE TABLE o.x(y);", "schema.bad-file"),
      ("CREATE TABLE a(b);\nVACUUM INTO '\(other)';", "schema.bad-file"),
      ("CREATE TABLE a(b);\nCREATE TABEL c(d)", "schema.bad-file"),
      (
        "CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(1000000) FROM n",
        "snapshot.too-large"
      ),
      ("\u{1}\u{2}", "snapshot.foreign"),
    ] {
      try bench.write(sql, to: "input")
      let ended = await bench.tool("diff", bench.path("empty"), bench.path("input"), "--json")
      #expect(ended.status == (code == "snapshot.too-large" ? 2 : 1))
      #expect(try ended.errorCode() == code, "\(sql)")
      #expect(try bench.names() == ["empty", "input"])
    }
  }

  @Test func whatIsNothingOrTwoThingsIsSaid() async throws {
    let bench = try Workbench()
    let nothing = await bench.tool("diff", "jobs", "head")
    #expect(nothing.status == 1 && nothing.error.hasPrefix("error: 'jobs' is no file, no snapshot in "))
    let number = await bench.tool("diff", "17", "head", "--json")
    #expect(try number.errorCode() == "migration.unknown-target")
    #expect(try await bench.tool("diff", bench.folder, "head", "--json").errorCode() == "snapshot.not-a-file")
  }

  @Test func whatHasNoStatementsIsStillTold() async throws {
    let bench = try Workbench()
    try bench.write("CREATE VIRTUAL TABLE f USING fts5(a)", to: "one")
    try bench.write("CREATE TABLE f(a)", to: "other")
    let words = await bench.tool("diff", bench.path("one"), bench.path("other"))
    #expect(
      words.status == 0 && words.output.hasPrefix("~ table f\n    becomes an ordinary table\nnote: no statements"))
    #expect(await bench.tool("diff", bench.path("one"), bench.path("other"), "--sql").status == 1)
  }
}
