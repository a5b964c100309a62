// Each rule of `check` that reads migrations: one that breaks it, with the line, and one like it that does not.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct CheckLintTests {
  static let base = [
    Step(
      id: 1, name: "Create",
      upgrade: """
        CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);
        CREATE TABLE tasks(id INTEGER PRIMARY KEY, job INTEGER REFERENCES jobs(id), state TEXT, UNIQUE (job, state));
        """, downgrade: .derived)
  ]

  struct Case: Sendable, CustomStringConvertible {
    var upgrade: String
    var downgrade: Downgrade = .derived
    /// The rules and the lines of the upgrade's text.
    var expected: [String]
    var description: String { upgrade }
  }

  /// A table made anew with its rows, in five lines.
  private static func rebuilt(
    _ table: String, _ columns: String, _ options: String = "", filling: String, from: String? = nil
  ) -> String {
    """
    PRAGMA legacy_alter_table = ON;
    ALTER TABLE \(table) RENAME TO \(table)_before;
    CREATE TABLE \(table)(\(columns)) \(options);
    INSERT INTO \(table)(\(filling)) SELECT \(from ?? filling) FROM \(table)_before;
    DROP TABLE \(table)_before;
    """
  }

  static let cases: [Case] = [
    Case(upgrade: "ALTER TABLE jobs ADD COLUMN tier TEXT NOT NULL DEFAULT 'a'", expected: []),
    Case(upgrade: "SELECT 1;\nDROP TABLE tasks", expected: ["destructive 2", "lossy-downgrade"]),
    Case(upgrade: "SELECT 1;\nALTER TABLE jobs DROP COLUMN cron", expected: ["destructive 2", "lossy-downgrade"]),
    Case(upgrade: "SELECT 1;\n\nDELETE FROM jobs;", downgrade: .irreversible("gone"), expected: ["destructive 3"]),
    Case(upgrade: "DELETE FROM jobs WHERE id < 0", downgrade: "", expected: []),
    Case(upgrade: "CREATE TABLE a(b);\nDROP TABLE a", downgrade: "", expected: []),
    Case(
      upgrade: "SELECT 1;\nALTER TABLE jobs ADD COLUMN tier TEXT NOT NULL",
      expected: ["not-null 2", "unproven-downgrade"]),
    Case(
      upgrade: """
        CREATE TABLE jobs_new(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT, tier TEXT NOT NULL);
        INSERT INTO jobs_new(id, name, cron, tier) SELECT id, name, cron, 'a' FROM jobs;
        PRAGMA legacy_alter_table = ON;
        DROP TABLE jobs;
        ALTER TABLE jobs_new RENAME TO jobs;
        """, expected: []),
    Case(
      upgrade: "SELECT 1;\nCREATE UNIQUE INDEX once ON jobs(name)",
      expected: ["unique 2"]),
    Case(upgrade: "CREATE UNIQUE INDEX twice ON tasks(state, job, id)", expected: []),
    Case(upgrade: "CREATE TABLE a(b);\nCREATE UNIQUE INDEX once ON a(b)", expected: []),
    Case(upgrade: "ALTER TABLE jobs\n  RENAME COLUMN cron TO schedule", expected: ["rename 1"]),
    Case(upgrade: "SELECT 1;\nALTER TABLE tasks RENAME TO runs", expected: ["rename 2"]),
    Case(
      upgrade: rebuilt(
        "jobs", "id INTEGER PRIMARY KEY, name TEXT NOT NULL, schedule TEXT", filling: "id, name, schedule",
        from: "id, name, cron"), expected: ["rename 4"]),
    Case(
      upgrade: "ALTER TABLE jobs RENAME COLUMN cron TO schedule;\n"
        + rebuilt(
          "jobs", "id INTEGER PRIMARY KEY, name TEXT NOT NULL, schedule TEXT DEFAULT 'x'", filling: "id, name, schedule"
        ),
      downgrade: Downgrade(
        rebuilt(
          "jobs", "id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT", filling: "id, name, cron",
          from: "id, name, schedule")), expected: ["rename 1"]),
    Case(
      upgrade: rebuilt("jobs", "id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron INTEGER", filling: "id, name, cron"),
      expected: ["type-change 3", "unproven-downgrade"]),
    Case(
      upgrade: rebuilt(
        "jobs", "id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT", "STRICT", filling: "id, name, cron"),
      expected: ["type-change 2"]),
    Case(
      upgrade: rebuilt(
        "tasks", "id INTEGER PRIMARY KEY, job TEXT REFERENCES jobs(id), state TEXT, UNIQUE (job, state)",
        filling: "id, job, state"), expected: ["type-change 3", "unproven-downgrade"]),
    Case(
      upgrade: "CREATE TABLE notes(\n  id INTEGER PRIMARY KEY,\n  job REFERENCES jobs(id)\n)",
      expected: ["foreign-key-index 1"]),
    Case(
      upgrade: "CREATE TABLE notes(id INTEGER PRIMARY KEY, job REFERENCES jobs(id));\nCREATE INDEX n ON notes(job, id)",
      expected: []),
    Case(
      upgrade: "INSERT INTO jobs(name)\n  VALUES (hex(randomblob(4)))", downgrade: "DELETE FROM jobs WHERE id < 0",
      expected: ["lossy-downgrade", "nondeterministic 2"]),
    Case(
      upgrade: "CREATE TABLE a(b INTEGER DEFAULT (random()));\nCREATE VIEW v AS SELECT random() AS r", expected: []),
    Case(
      upgrade: "ALTER TABLE jobs ADD COLUMN tier TEXT;\nUPDATE jobs SET tier = 'a';", expected: ["mixed 2"]),
    Case(
      upgrade: "CREATE TABLE names(name TEXT);\n\nINSERT INTO names(name) SELECT name FROM jobs;", expected: ["mixed 3"]
    ),
    Case(upgrade: "CREATE TABLE a(b, c);\nINSERT INTO a(b, c) VALUES (1, 2)", expected: []),
    Case(upgrade: "CREATE TABLE a(b, c);\nINSERT INTO a VALUES (1, 2)", expected: ["positional 2"]),
    Case(upgrade: "CREATE VIEW v AS\n  SELECT * FROM jobs", expected: ["positional 1"]),
    Case(
      upgrade: "CREATE TABLE a(b)", downgrade: "DROP TABLE a;\nDELETE FROM tidemark_meta",
      expected: ["own-table 7"]),
    Case(
      upgrade: "CREATE TABLE a(b)", downgrade: "DROP TABLE a;\nUPDATE jobs SET cron = shout(cron)",
      expected: ["unknown-function 7"]),
    Case(
      upgrade: "CREATE TABLE a(b)", downgrade: "DROP TABLE a;\nDELETE FROM jobs WHERE cron = 'x' COLLATE german",
      expected: ["unknown-collation 7"]),
    Case(
      upgrade: "CREATE TABLE a(b)", downgrade: "DROP TABLE a;\nUPDATE jobs SET cron = cron ->> 'at' WHERE id < 0",
      expected: ["too-new 7"]),
  ]

  @Test(arguments: cases)
  func aMigrationBreaksJustTheseRules(example: Case) async throws {
    let steps =
      Self.base + [Step(id: 2, name: "Change", upgrade: Upgrade(example.upgrade), downgrade: example.downgrade)]
    let project = try Project(steps)
    let found = try await findings(project, steps)
    #expect(found.sorted() == example.expected.sorted(), "\(found)")
  }

  /// The findings about the last migration, each with its line in the upgrade's text.
  private func findings(_ project: Project, _ steps: [Step], _ options: String...) async throws -> [String] {
    let lineage = try project.built(steps)
    let json = try await project.checked(lineage, options)
    let findings = try #require(json["findings"] as? [[String: Any]])
    return findings.compactMap { finding in
      guard let path = finding["path"] as? String, path.hasSuffix("V002_Change.swift"),
        let line = finding["line"] as? Int, let rule = finding["rule"] as? String
      else { return nil }
      // What only a trial tells stands at the property.
      return rule.hasSuffix("downgrade") ? rule : "\(rule) \(line - 4)"
    }
  }

  // MARK: allowing

  static let remarks: [(above: String, inside: String, sql: String, expected: [String])] = [
    ("// tidemark: allow destructive: nobody reads it\n", "", "DROP TABLE tasks", []),
    ("", "  // tidemark: allow destructive: nobody reads it\n", "DROP TABLE tasks", []),
    ("", "", "-- tidemark: allow destructive: nobody reads it\nDROP TABLE tasks", []),
    ("", "", "SELECT 1;\nDROP TABLE tasks; -- tidemark: allow destructive: nobody reads it", []),
    ("", "", "-- tidemark: allow destructive: nobody reads it\nSELECT 1;\nDROP TABLE tasks", ["destructive 3"]),
    ("// tidemark: allow rename: another\n", "", "DROP TABLE tasks", ["destructive 2"]),
    ("// tidemark: allow destructive:\n", "", "DROP TABLE tasks", ["allow -2", "destructive 2"]),
    ("// tidemark: allow\n", "", "DROP TABLE tasks", ["allow -2", "destructive 2"]),
    ("// tidemark: alow destructive: x\n", "", "DROP TABLE tasks", ["comment -2", "destructive 2"]),
    (
      "// tidemark: allow positional: x\n", "", "CREATE TABLE a(b); INSERT INTO a VALUES (1)",
      ["allow -2", "positional 2"]
    ),
  ]

  @Test(arguments: remarks)
  func aCommentWithAReasonAllowsAtItsPlace(
    above: String, inside: String, sql: String, expected: [String]
  ) async throws {
    let steps = Self.base + [Step(id: 2, name: "Change", upgrade: Upgrade(sql), downgrade: .irreversible("it goes"))]
    let project = try Project(steps, remarks: above, insideUpgrade: inside)
    #expect(try await findings(project, steps) == expected)
  }

  // MARK: a snapshot's sizes

  @Test func aBigTableOfTheSnapshotIsNotToBeMadeAnew() async throws {
    let change = Step(
      id: 2, name: "Change",
      upgrade: Upgrade(
        Self.rebuilt("jobs", "id INTEGER PRIMARY KEY, cron TEXT, name TEXT NOT NULL", filling: "id, name, cron")),
      downgrade: .derived)
    let steps = Self.base + [change]
    let project = try Project(steps)
    try await project.bench.migrated(by: Lineage(name: "shop", migrations: Self.base))
    try project.bench.execute("INSERT INTO jobs(name) VALUES ('a'), ('b'), ('c')")
    #expect(await project.bench.tool("snapshot").status == 0)
    let most = { (rows: String) in
      try await findings(project, steps, "--snapshot", "latest", "--max-rebuild-rows", rows)
    }
    #expect(try await most("2") == ["big-rebuild 3"])
    #expect(try await most("3") == [])
  }
}

extension Project {
  /// What `check` says as JSON, behind a sum and a head that are up to date.
  func checked(_ lineage: Lineage, _ options: [String] = []) async throws -> [String: Any] {
    let written = await run("schema", "--write", "--force", lineage: lineage)
    // What cannot be written up is what is to be found.
    #expect(written.status != 64, "\(written.error)")
    let ended = await TidemarkCommand.program(lineage: lineage).ended(
      ["check", "--json", "--migrations", folder, "--store", bench.store] + options)
    return try ended.json()
  }
}
