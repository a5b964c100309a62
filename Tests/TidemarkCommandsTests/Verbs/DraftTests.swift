// `new` with an edited head: the drafted statements are run here by themselves, up and down, on the schema that was there.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct DraftTests {
  /// Edits of the head, each with words that the draft has to have.
  static let edits: [(name: String, replacing: [(String, String)], adding: String, words: [String])] = [
    ("a table", [], "CREATE TABLE notes(id INTEGER PRIMARY KEY);", ["CREATE TABLE notes", "DROP TABLE notes"]),
    ("a column", [("cron TEXT)", "cron TEXT, tier TEXT)")], "", ["ALTER TABLE jobs ADD COLUMN tier TEXT;"]),
    (
      "a column before others", [("name TEXT NOT NULL", "tier TEXT, name TEXT NOT NULL")], "",
      ["INSERT INTO jobs(id, name, cron)\n      SELECT id, name, cron FROM jobs_before;"]
    ),
    (
      "a renamed column", [("cron TEXT)", "schedule TEXT -- tidemark: renamed from cron\n)")], "",
      ["ALTER TABLE jobs RENAME COLUMN cron TO schedule;", "ALTER TABLE jobs RENAME COLUMN schedule TO cron;"]
    ),
    (
      "a renamed column, said behind its comma",
      [
        ("name TEXT NOT NULL, ", "title TEXT NOT NULL, -- tidemark: renamed from name\n"),
        ("jobs(name)", "jobs(title)"),
      ],
      "", ["RENAME COLUMN name TO title"]
    ),
    (
      "a renamed table",
      [
        ("CREATE TABLE jobs", "-- tidemark: renamed from jobs\nCREATE TABLE work"),
        ("ON jobs", "ON work"),
      ], "", ["ALTER TABLE jobs RENAME TO work;", "ALTER TABLE work RENAME TO jobs;"]
    ),
    (
      "a column that is no rename", [("cron TEXT)", "note TEXT -- tidemark: new\n)")], "",
      ["-- column jobs.cron goes with what it holds", "ADD COLUMN note TEXT", "DROP COLUMN cron"]
    ),
    ("a dropped index", [("CREATE INDEX jobs_by_name ON jobs(name);", "")], "", ["DROP INDEX jobs_by_name;"]),
    (
      "text that Swift would change", [],
      "CREATE TABLE notes(a TEXT DEFAULT 'x\\n\"\"\"#', b TEXT CHECK (b <> '\\(c)'));", ["##\"\"\""]
    ),
    (
      "a trigger and a view", [],
      """
      CREATE TABLE log(at INTEGER, what TEXT);
      CREATE TRIGGER keep AFTER INSERT ON jobs BEGIN
        INSERT INTO log(at, what) VALUES (1, new.name);
      END;
      CREATE VIEW recent(what) AS SELECT what FROM log;
      """, ["CREATE TRIGGER keep", "CREATE VIEW recent"]
    ),
  ]

  @Test(arguments: edits.indices)
  func theDraftLeadsToTheEditedHeadAndBack(index: Int) async throws {
    let edit = Self.edits[index]
    let project = try Project()
    try project.writeHead(edit.replacing, adding: edit.adding)
    let ended = await project.run("new", "Edit")
    try #require(ended.status == 0, "\(edit.name): \(ended.error)")
    #expect(ended.output == "\(project.folder)/V004_Edit.swift\n")
    let text = try project.bench.read("Migrations/V004_Edit.swift")
    for words in edit.words { #expect(text.contains(words), "\(edit.name): \(text)") }

    let connection = try Connection.inMemory()
    for step in Builds.steps { try connection.execute(try #require(step.upgrade.sqlText)) }
    let before = try Schema.read(from: connection).fingerprint(.exact)
    try connection.execute(try project.literal("upgrade", of: "V004_Edit.swift"))
    let wanted = try Schema.make(running: try project.bench.read("Migrations/head.sql"))
    let found = try Schema.read(from: connection)
    #expect(
      found.fingerprint(.exact) == wanted.fingerprint(.exact),
      "\(edit.name): \(SchemaDifference.between(expected: wanted, found: found, kind: .exact).words)")
    try connection.execute(try project.literal("downgrade", of: "V004_Edit.swift"))
    #expect(try Schema.read(from: connection).fingerprint(.exact) == before)
    #expect(
      !found.objects.contains { $0.sql?.contains("tidemark:") ?? false }, "what is said to the tool stays in the file")
  }

  @Test func roomIsWhereTheNewIsThereAndTheOldStillIs() async throws {
    let project = try Project()
    try project.writeHead([(", cron TEXT", "")], adding: "CREATE TABLE crons(job INTEGER PRIMARY KEY, cron TEXT);")
    #expect(await project.run("new", "MoveCrons").status == 0)
    let upgrade = try project.literal("upgrade", of: "V004_MoveCrons.swift")
    let connection = try Connection.inMemory()
    for step in Builds.steps { try connection.execute(try #require(step.upgrade.sqlText)) }
    try connection.execute("INSERT INTO jobs(name, cron) VALUES ('a', '1 * * * *')")
    let lines = upgrade.split(separator: "\n").map(String.init)
    let room = try #require(lines.firstIndex { $0.contains("Statements of your own") })
    let filled = lines[..<room] + ["INSERT INTO crons(job, cron) SELECT id, cron FROM jobs;"] + lines[(room + 1)...]
    try connection.execute(filled.joined(separator: "\n"))
    #expect(try connection.value("SELECT cron FROM crons", as: String.self) == "1 * * * *")
  }

  @Test func theVerdictAndWhatToSeeToAreSaid() async throws {
    let project = try Project()
    try project.writeHead([(", cron TEXT", ", owner TEXT NOT NULL")])
    // The types are the same, so it is not drafted until the author says which it is.
    let refused = await project.run("new", "Own", "--json")
    #expect(refused.status == 2)
    #expect(try refused.errorCode() == "new.rename-unmarked")
    #expect(refused.output.contains("-- tidemark: renamed from cron"))
    #expect(try project.names.filter { $0.hasPrefix("V004") } == [])

    try project.writeHead([(", cron TEXT", ", owner TEXT NOT NULL /* tidemark: new */")])
    let ended = await project.run("new", "Own")
    #expect(ended.status == 0)
    #expect(ended.error.contains("note: column jobs.cron goes with what it holds"))
    #expect(ended.error.contains("jobs.owner may not be NULL and has no default"))
    #expect(ended.error.contains("unproven"))
    #expect(ended.error.contains("NOT NULL constraint failed"))
  }

  @Test func aSoundDraftIsProven() async throws {
    let project = try Project()
    try project.writeHead([("cron TEXT)", "cron TEXT, tier TEXT)")])
    let json = try await project.run("new", "Tier", "--json").json()
    #expect(json["proof"] as? String == "lossless with attic")
    #expect(json["isDrafted"] as? Bool == true)
  }

  static let refusals: [(head: String, code: String)] = [
    ("CREATE TABLE jobs(id INTEGER PRIMARY KEY,,)", "new.head-fails"),
    ("<<<<<<< a\nCREATE TABLE a(b);\n=======\n>>>>>>> b\n", "new.head-conflict"),
    ("-- tidemark: version 3\nCREATE TABLE a(b);", "new.version-taken"),
    ("-- tidemark: renamed from nothing\nCREATE TABLE a(b);", "new.undraftable"),
    (
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT NOT NULL -- tidemark: renamed from name\n);",
      "new.undraftable"
    ),
    ("-- tidemark: remaned from jobs\nCREATE TABLE a(b);", "new.undraftable"),
    ("CREATE TABLE work(id INTEGER PRIMARY KEY, name TEXT, cron TEXT);", "new.rename-unmarked"),
    (
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\nINSERT INTO jobs(name) VALUES ('a');",
      "new.head-statements"
    ),
    ("CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\nSELECT 1;", "new.head-statements"),
    (
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\nPRAGMA user_version = 3;",
      "new.head-statements"
    ),
    (
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\nCREATE TEMP TABLE a(b);",
      "new.head-statements"
    ),
    (
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\nCREATE TABLE temp.a(b);",
      "new.head-statements"
    ),
    (
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\nCREATE TABLE Tidemark_x(a);",
      "new.head-statements"
    ),
    (
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\nCREATE VIEW v AS SELECT nothing FROM jobs;",
      "new.head-fails"
    ),
    ("-- nothing\n", "new.head-empty"),
    ("", "new.head-empty"),
  ]

  @Test(arguments: refusals)
  func whatCannotBeDraftedIsRefused(head: String, code: String) async throws {
    let project = try Project()
    try project.bench.write(head, to: "Migrations/head.sql")
    let before = try project.names
    let ended = await project.run("new", "Edit", "--json")
    #expect(ended.status != 0)
    #expect(try ended.errorCode() == code, "\(ended.output)")
    #expect(try project.names == before)
    #expect(await project.run("new", "Edit", "--empty").status == 0)
  }

  @Test func whatAHeadIsNotToHoldIsSaidAtItsLine() async throws {
    let project = try Project()
    try project.writeHead(
      adding: "INSERT INTO jobs(name) VALUES ('a');\n\nCREATE TEMP TABLE scratch(a);\nCREATE TABLE notes(a);\n")
    let ended = await project.run("new", "Edit")
    #expect(ended.status == 2)
    #expect(ended.error.contains("line 3: INSERT is no part of a schema\n"))
    #expect(ended.error.contains("line 5: scratch is temporary"))
    #expect(!ended.error.contains("notes"))
  }

  @Test func aBrokenViewIsToBeMended() async throws {
    let project = try Project()
    try project.writeHead(
      adding: "CREATE VIEW good AS SELECT name FROM jobs;\nCREATE VIEW bad AS SELECT nme FROM jobs;\n")
    let ended = await project.run("new", "Edit")
    #expect(
      ended.error.contains("the view bad of \(project.folder)/head.sql does not run, at line 4: no such column: nme"))
    #expect(ended.error.contains("next: mend the view\n"))
  }

  @Test func theVersionOfAHeadIsTheNumber() async throws {
    let project = try Project()
    try project.writeHead(adding: "-- tidemark: version 7\nCREATE TABLE a(b);")
    #expect(await project.run("new", "Edit").output.hasSuffix("/V007_Edit.swift\n"))
  }

  @Test func aBuildOfOtherFilesDraftsNothing() async throws {
    let project = try Project()
    try project.writeHead(adding: "CREATE TABLE a(b);")
    try project.bench.write("", to: "Migrations/V004_More.swift")
    #expect(try await project.run("new", "Edit", "--json").errorCode() == "project.stale-build")
  }

  @Test func aHeadThatWasNotEditedGivesTheTemplate() async throws {
    let project = try Project()
    #expect(await project.run("schema", "--write").status == 0)
    // A migration came since; the head that was written shows none of it, and nobody edited it.
    let later = Lineage(name: "shop", migrations: Builds.steps + Builds.newerSteps.prefix(1))
    try project.bench.write("", to: "Migrations/V004_CreateTasks.swift")
    let ended = await project.run("new", "Next", lineage: later)
    #expect(ended.status == 0)
    #expect(try project.bench.read("Migrations/V005_Next.swift").contains("The change: any number of statements"))
    // Edited as it is, a draft would drop what the new one made.
    try project.writeHead(adding: "CREATE TABLE a(b);")
    try FileManager.default.removeItem(atPath: project.bench.path("Migrations/V005_Next.swift"))
    #expect(try await project.run("new", "Next", "--json", lineage: later).errorCode() == "new.head-behind")
  }

  // MARK: schema --write

  @Test func anEditedHeadIsNotWrittenOver() async throws {
    let project = try Project()
    #expect(await project.run("schema", "--write").status == 0)
    try project.writeHead(adding: "CREATE TABLE a(b);")
    let edited = try project.bench.read("Migrations/head.sql")
    let ended = await project.run("schema", "--write", "--json")
    #expect(ended.status == 2)
    #expect(try ended.errorCode() == "schema.head-edited")
    #expect(try project.bench.read("Migrations/head.sql") == edited)
    #expect(await project.run("schema", "--write", "--force").status == 0)
    #expect(try !project.bench.read("Migrations/head.sql").contains("CREATE TABLE a"))
  }

  @Test func filesThatAreNoTextAreMendedByTheTool() async throws {
    let project = try Project()
    #expect(await project.run("schema", "--write").status == 0)
    let whole = try project.bench.read("Migrations/lineage.sum")
    #expect(try await project.bench.shell("printf '\\377\\n' >> Migrations/lineage.sum").status == 0)
    #expect(await project.run("schema", "--write").status == 0)
    #expect(try project.bench.read("Migrations/lineage.sum") == whole)
    #expect(try await project.bench.shell("printf -- '-- \\377\\n' >> Migrations/head.sql").status == 0)
    let refused = await project.run("schema", "--write")
    #expect(refused.status == 2)
    #expect(refused.error.contains("it is not UTF-8"))
    #expect(try await project.run("new", "Edit", "--json").errorCode() == "new.head-fails")
    #expect(await project.run("schema", "--write", "--force").status == 0)
    #expect(try !project.bench.read("Migrations/head.sql").isEmpty)
  }

  @Test func aHeadInItsAuthorsWordsKeepsThem() async throws {
    let project = try Project()
    try project.writeHead([
      ("cron TEXT)", "cron TEXT /* when */ -- tidemark: renamed from schedule\n)"),
      ("CREATE TABLE", "-- What is to run.\n-- tidemark: new\nCREATE TABLE"),
    ])
    #expect(await project.run("schema", "--write").status == 0)
    let text = try project.bench.read("Migrations/head.sql")
    #expect(text.hasPrefix("-- What is to run.\nCREATE TABLE jobs("))
    #expect(text.contains("cron TEXT /* when */\n)"))
  }

  // MARK: --data

  @Test(arguments: [("jobs", "id", "50"), ("loose", "rowid", "1000"), ("fixed", "key", "7")])
  func aBackfillWalksTheTableByItsKey(table: String, key: String, size: String) async throws {
    let project = try Project()
    let lineage = Lineage(
      name: "shop",
      migrations: [
        Step(
          id: 1, name: "All",
          upgrade: """
            CREATE TABLE jobs(id INTEGER PRIMARY KEY, a); CREATE TABLE loose(a, b);
            CREATE TABLE fixed("key" TEXT PRIMARY KEY, b) WITHOUT ROWID;
            """, downgrade: .derived)
      ])
    let ended = await project.run(
      "new", "Fill", "--data", "--table", table, "--batch-size", size, lineage: lineage)
    #expect(ended.status == 0)
    #expect(ended.error.contains("tidemark rehearse latest"))
    let text = try project.bench.read("Migrations/V004_Fill.swift")
    #expect(text.contains("table: \"\(table)\", key: \"\(key)\", size: \(size)"))
    #expect(text.contains(table == "loose" ? "var downgrade: Downgrade { \"\" }" : ".recorded"))
    let sql = text.split(separator: "\n").filter { $0.contains("UPDATE ") || $0.contains("WHERE ") }.joined(
      separator: " ")
    // As it stands it can be rehearsed: it changes nothing.
    let backfill = Step(
      id: 2, name: "Fill", upgrade: .batched(table: table, key: key, sql), downgrade: .irreversible("a trial"))
    try await project.bench.migrated(by: lineage)
    try project.bench.execute("INSERT INTO \(table) VALUES ('1', 2)")
    #expect(await project.bench.tool("snapshot", lineage: lineage).status == 0)
    for arguments in [["rehearse"], ["rehearse", "latest"]] {
      let rehearsed = await project.bench.tool(arguments, lineage: lineage.adding([backfill]))
      #expect(rehearsed.status == 0, "\(rehearsed.error)")
      #expect(rehearsed.output.contains("2 Fill"))
    }
  }

  @Test func aBackfillNeedsATableThatIsThere() async throws {
    let project = try Project()
    let missing = await project.run("new", "Fill", "--data", "--table", "nowhere", "--json")
    #expect(try missing.errorCode() == "new.no-table")
    let unsaid = await project.run("new", "Fill", "--data")
    #expect(unsaid.status == 64)
    #expect(unsaid.error.contains("one of: jobs"))
  }
}
