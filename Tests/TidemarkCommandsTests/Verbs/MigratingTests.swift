// Up, down and again: what migrate, redo, plan and status do and say.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct MigratingTests {
  @Test func aNewDatabaseIsMadeOnlyWhenAsked() async throws {
    let bench = try Workbench()
    let made = await bench.tool("migrate", "--create")
    #expect(made.status == 0)
    #expect(made.output.contains("created, shop at 3"))
    #expect(try bench.value("SELECT group_concat(name) FROM pragma_table_info('jobs')") == "id,name,cron")
  }

  @Test(arguments: [Builds.failing, Builds.stuck])
  func aNewDatabaseThatCannotBeMadeLeavesNoFile(lineage: Lineage) async throws {
    let bench = try Workbench()
    let ended = await bench.tool("migrate", "--create", lineage: lineage)
    #expect(ended.status != 0)
    #expect(!bench.exists("jobs.db"))
    #expect(ended.error.contains("untouched: no database was made\n"), "\(ended.error)")
    // One that was there stays, empty as it is.
    try bench.write("", to: "jobs.db")
    #expect(await bench.tool("migrate", "--create", lineage: lineage).status != 0)
    #expect(bench.exists("jobs.db"))
  }

  @Test func aNewDatabaseWhoseBackfillFailsIsNotSaidToBeEmpty() async throws {
    let bench = try Workbench()
    let lineage = Lineage(
      name: "shop",
      migrations: [
        // The row that stops it is not there where the upgrades are proven.
        Step(
          id: 1, name: "Make",
          upgrade: .run { connection in
            try connection.execute("CREATE TABLE a(id INTEGER PRIMARY KEY, b)")
            if connection.path.hasSuffix("jobs.db") { try connection.execute("INSERT INTO a VALUES (1, 'x')") }
          }, downgrade: "DROP TABLE a"),
        Step(
          id: 2, name: "Fill",
          upgrade: .batched(
            table: "a", key: "id",
            "UPDATE a SET b = json_extract(b, '$.c') WHERE id BETWEEN :first AND :last"), downgrade: ""),
      ])
    let ended = await bench.tool("migrate", "--create", lineage: lineage)
    #expect(ended.status == 1)
    #expect(try bench.value("SELECT count(*) FROM a") == "1")
    #expect(ended.error.contains("untouched: ") && !ended.error.contains("is empty"), "\(ended.error)")
  }

  @Test func whatUpgradesDropIsSaidBeforehand() async throws {
    let bench = try await Workbench().migrated()
    try bench.execute("INSERT INTO jobs(name) VALUES ('a'), ('b')")
    #expect(await bench.tool("snapshot").status == 0)
    let dropping = Lineage(
      name: "shop",
      migrations: Builds.steps + [
        Step(id: 4, name: "NoCron", upgrade: "ALTER TABLE jobs DROP COLUMN cron", downgrade: .derived)
      ])
    let words = "note: applying 4 NoCron drops the column cron of jobs, 2 rows"
    for verb in [
      ["plan"], ["migrate", "--dry-run"], ["plan", "latest"], ["rehearse"], ["rehearse", "latest"],
      ["restore", "--dry-run"],
    ] {
      let ended = await bench.tool(verb, lineage: dropping)
      #expect(ended.output.contains(words), "\(verb): \(ended)")
    }
    let drops = try #require(try await bench.tool("plan", "--json", lineage: dropping).json()["drops"] as? [Any])
    #expect(drops.count == 1)
    #expect(await bench.tool("migrate", lineage: dropping).status == 0)
    #expect(!(await bench.tool("plan", lineage: dropping).output.contains("drops")))
  }

  @Test func aDatabaseThatMigrateRefusesIsToldByStatus() async throws {
    let bench = try await Workbench().migrated(by: Lineage(name: "shop", migrations: Array(Builds.steps.prefix(1))))
    let retired = Builds.steps.prefix(2).map { step in
      RetiredMigration(
        id: step.id, name: step.name, revision: 0, upgradeDigest: "", downgrade: "SELECT 1", irreversible: nil,
        objects: "{}")
    }
    let folded = Lineage(
      name: "shop", migrations: Array(Builds.steps.suffix(1)),
      baseline: Baseline(
        schema: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT)", retired: retired),
      head: nil, sources: [:])
    #expect(try await bench.tool("migrate", "--json", lineage: folded).errorCode() == "migration.too-old")
    let ended = await bench.tool("status", lineage: folded)
    #expect(ended.status == 0)
    #expect(ended.output.contains("note: migrate refuses it: the database is older than this build's baseline"))
    #expect(try await bench.tool("status", "--json", lineage: folded).json()["refusal"] is String)
    #expect(!(await bench.tool("status").output.contains("refuses")))
  }

  @Test func aSecondRunWritesNothing() async throws {
    let bench = try await Workbench().migrated()
    let before = try bench.bytes("jobs.db")
    let again = await bench.tool("migrate")
    #expect(again.status == 0)
    #expect(again.output.contains("nothing to do, it is shop at 3"))
    #expect(try bench.bytes("jobs.db") == before)
  }

  @Test func migrateGoesUpAndDownToAnID() async throws {
    let bench = try await Workbench().migrated()
    let down = await bench.tool("migrate", "--to", "1")
    #expect(down.status == 0)
    #expect(down.output.contains("undid    3 IndexJobs") || down.output.contains("undid  3 IndexJobs"))
    #expect(try bench.value("SELECT group_concat(id) FROM tidemark_changelog") == "1")
    let up = await bench.tool("migrate", "--to", "2")
    #expect(up.output.contains("applied  2 AddCron"))
    #expect(try bench.value("SELECT group_concat(id) FROM tidemark_changelog") == "1,2")
  }

  @Test func anOldBuildUndoesWhatItDoesNotKnowAndShowsTheStoredSQL() async throws {
    let bench = try await Workbench().migrated(by: Builds.newer)
    let ended = await bench.tool("migrate")
    #expect(ended.status == 0)
    #expect(ended.output.contains("stored SQL that ran:"))
    #expect(ended.output.contains("ALTER TABLE jobs DROP COLUMN tier"))
    #expect(ended.output.contains("DROP TABLE tasks"))
    #expect(try bench.value("SELECT group_concat(id) FROM tidemark_changelog") == "1,2,3")
  }

  @Test func aPinnedSnapshotIsTakenBeforeUndoingWhereThereIsAStore() async throws {
    let bench = try await Workbench().migrated(by: Builds.newer)
    let ended = await bench.tool("migrate")
    #expect(!ended.output.contains("no snapshot was taken"))
    #expect(try bench.snapshots().count == 1)
    #expect(await bench.tool("snapshots").output.contains("pinned: before undoing 4, 5"))
  }

  @Test func withoutAStoreNoneIsMadeAndThatIsSaid() async throws {
    // As a process: whether there is a store of the default name depends on the folder that the tool runs in.
    let bench = try Workbench()
    let ended = try await bench.shell(
      "$TIDEMARK migrate --create --database a.db -q && $TIDEMARK migrate --to 9 --database a.db && ls")
    #expect(ended.status == 0, "\(ended.error)")
    #expect(ended.output.contains("note: no snapshot was taken beforehand"))
    #expect(!ended.output.contains("Snapshots"))
  }

  @Test func dryRunsChangeNothing() async throws {
    let bench = try await Workbench().migrated()
    let before = try bench.bytes("jobs.db")
    for arguments in [["migrate", "--to", "1"], ["redo", "2"]] {
      let ended = await TidemarkCommand.program(lineage: Builds.current).ended(
        arguments + ["--dry-run"],
        environment: ["TIDEMARK_DATABASE": bench.database, "TIDEMARK_STORE": bench.store])
      #expect(ended.status == 0)
      #expect(ended.output.contains("DROP INDEX jobs_by_name"))
    }
    #expect(try bench.bytes("jobs.db") == before)
    #expect(try bench.names() == ["jobs.db", "jobs.db-tidemark.lock"])
  }

  @Test func aDryRunOfANewDatabaseMakesNone() async throws {
    let bench = try Workbench()
    let ended = await bench.tool("migrate", "--create", "--dry-run")
    #expect(ended.status == 0)
    #expect(ended.output.contains("CREATE TABLE jobs"))
    #expect(try bench.names() == [])
  }

  @Test func redoTakesTheLastDownAndUp() async throws {
    let bench = try await Workbench().migrated()
    let ended = await bench.tool("redo", "2")
    #expect(ended.status == 0)
    for words in ["undid    3 IndexJobs", "undid    2 AddCron", "applied  2 AddCron", "applied  3 IndexJobs"] {
      #expect(ended.output.contains(words))
    }
  }

  @Test func aLateMigrationIsToldByPlanStatusAndMigrate() async throws {
    let bench = try await Workbench().migrated(by: Builds.late)
    #expect(await bench.tool("status").output.contains("pending, late"))
    #expect(await bench.tool("plan").output.contains("2 applied below ids that were applied already"))
    let ended = await bench.tool("migrate")
    #expect(ended.status == 0)
    #expect(ended.output.contains("note: 2 "))
  }

  @Test func driftIsToldAndLeftAlone() async throws {
    let bench = try await Workbench().migrated()
    try bench.execute("CREATE TABLE stray(a)")
    let status = await bench.tool("status")
    #expect(status.output.contains("no migration made: table stray"))
    let ended = await bench.tool("migrate", lineage: Builds.newer)
    #expect(ended.status == 0)
    #expect(ended.output.contains("table stray"))
    #expect(try bench.value("SELECT count(*) FROM stray") == "0")
  }

  @Test(arguments: [
    ("DROP INDEX jobs_by_name", "jobs_by_name"),
    ("CREATE UNIQUE INDEX mine ON jobs(name)", "unique index mine"),
    ("CREATE TRIGGER mine AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END", "trigger mine"),
  ])
  func whatMigrateRefusesIsNoDriftToStatus(change: String, says: String) async throws {
    let bench = try await Workbench().migrated()
    try bench.execute(change)
    let status = await bench.tool("status")
    #expect(status.status == 0)
    #expect(status.output.contains("not as the head has it: "))
    #expect(status.output.contains(says))
    #expect(!status.output.contains("no migration made"))
    for verb in ["migrate", "plan"] {
      let ended = await bench.tool(verb, "--json")
      #expect(ended.status == 2)
      #expect(try ended.errorCode() == "migration.altered", "\(verb)")
    }
    // With steps to run it is told, and whether they put it right only the run can tell.
    for verb in ["plan", "status"] {
      let ended = await bench.tool(verb, lineage: Builds.newer)
      #expect(ended.status == 0)
      #expect(ended.output.contains(says), "\(verb)")
    }
    #expect(await bench.tool("migrate", lineage: Builds.newer).status == 2)
  }

  @Test func whatAPlanOfNothingStandsOnIsTheMarkOfTheLastRun() async throws {
    let bench = try await Workbench().migrated()
    #expect(await bench.tool("plan").output.contains("nothing to do"))
    try bench.execute("CREATE INDEX theirs ON jobs(cron)")
    #expect(await bench.tool("plan").output.contains("nothing to do"))
    #expect(await bench.tool("plan", lineage: Builds.newer).output.contains("changed by hand") == false)
  }

  @Test func aTableOfStatusIsAligned() async throws {
    let bench = try await Workbench().migrated(by: Builds.newer)
    let lines = await bench.tool("status").output.split(separator: "\n")
    #expect(lines.first == "\(bench.database): lineage shop, 3 applied, 2 unknown")
    let places = lines.dropFirst().map { line in
      ["STATE", "applied", "unknown"].compactMap { line.range(of: $0)?.lowerBound }.min()
        .map { line.distance(from: line.startIndex, to: $0) }
    }
    #expect(places.count == 6)
    #expect(Set(places).count == 1)
  }

  @Test func unmanagedTablesAreToldByStatus() async throws {
    let bench = try Workbench()
    try bench.execute("CREATE TABLE a(b)")
    let status = await bench.tool("status")
    #expect(status.status == 0)
    #expect(status.output.contains("tables but no changelog"))
  }

  @Test func coloursAreForTerminalsAlone() async throws {
    let bench = try await Workbench().migrated()
    #expect(!(await bench.tool("status").output.contains("\u{1B}")))
    #expect(await bench.tool("status", columns: 120).output.contains("\u{1B}"))
    #expect(!(await bench.tool("status", "--no-color", columns: 120).output.contains("\u{1B}")))
  }

  @Test func quietSaysNothingOfAChangeThatWorked() async throws {
    let bench = try Workbench()
    let ended = await bench.tool("migrate", "--create", "--quiet")
    #expect(ended.output == "")
    #expect(ended.error == "")
  }

  @Test func verboseTellsEachStep() async throws {
    let bench = try Workbench()
    let ended = await bench.tool("migrate", "--create", "--verbose")
    #expect(ended.error.split(separator: "\n").map { $0.prefix(9) } == ["applied 1", "applied 2", "applied 3"])
  }
}
