// The expectations that services use on their lineages: sound ones pass, and each kind of fault is found and named.
import Synchronization
import Testing
import Tidemark
import TidemarkTesting

struct Trial: Migration {
  var id: MigrationID
  var name = "Change"
  var upgrade: Upgrade
  var downgrade: Downgrade

  init(_ id: MigrationID, up: Upgrade, down: Downgrade) {
    self.id = id
    upgrade = up
    downgrade = down
  }
}

/// A table with a column that later migrations work on.
private let jobs = Trial(
  1, up: "CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, note TEXT)",
  down: "DROP TABLE jobs")
private func lineage(_ migrations: Trial...) -> Lineage { Lineage(name: "test", migrations: migrations) }

/// What an expectation records, and nothing else fails.
private func issues(_ body: () -> TrialReport) -> [String] {
  let recorded = Mutex<[String]>([])
  var report: TrialReport?
  withKnownIssue(isIntermittent: true) {
    report = body()
  } matching: { issue in
    let comment = issue.comments.map(\.rawValue).joined()
    recorded.withLock { $0.append(comment) }
    return true
  }
  let told = recorded.withLock { $0 }
  #expect(told == report?.findings.map(\.description))
  return told
}

@Suite struct TestingTests {
  static let sound = lineage(
    jobs,
    Trial(2, up: "ALTER TABLE jobs ADD COLUMN tier TEXT", down: "ALTER TABLE jobs DROP COLUMN tier"),
    Trial(3, up: "CREATE INDEX by_role ON jobs(role)", down: "DROP INDEX by_role"),
    Trial(
      4,
      up: """
        CREATE TABLE tasks(job INTEGER NOT NULL REFERENCES jobs(id), state TEXT NOT NULL CHECK (state IN ('on', 'off')),
          UNIQUE(job, state)) STRICT;
        CREATE VIRTUAL TABLE found USING fts5(role);
        CREATE TRIGGER jobs_found AFTER INSERT ON jobs BEGIN INSERT INTO found(rowid, role) VALUES(new.id, new.role); END;
        """, down: "DROP TRIGGER jobs_found; DROP TABLE found; DROP TABLE tasks"))

  @Test func aSoundLineagePassesBoth() {
    let converging = expectConverges(Self.sound)
    #expect(converging.isSound)
    // The head, and both ways for each of the four prefixes below it.
    #expect(converging.comparisons == 9)
    #expect(converging.unfilled == [])
    let reversible = expectReversible(Self.sound)
    #expect(reversible.comparisons == 8)
    #expect(reversible.rows == 9)
    #expect(reversible.skipped == [])
  }

  @Test(arguments: [
    ("the downgrade does nothing", Trial(2, up: "CREATE TABLE a(x)", down: ""), ["table a is still there"]),
    ("it does not run", Trial(2, up: "CREATE TABLE a(x)", down: "DROP TABLE b"), ["no such table: b"]),
    (
      "it loses a column's values",
      Trial(2, up: "ALTER TABLE jobs DROP COLUMN note", down: "ALTER TABLE jobs ADD COLUMN note TEXT"),
      ["2 Change, up and down: table jobs, row 1: note is NULL, not 'note 1'", "row 2: note is NULL, not 'note 2'"]
    ),
    (
      "the upgrade deletes rows",
      Trial(2, up: "DELETE FROM jobs WHERE id = 2", down: ""),
      ["table jobs, row 2: is missing (id: 2, role: 'role 2', note: 'note 2')"]
    ),
    (
      "the downgrade leaves a row",
      Trial(2, up: "INSERT INTO jobs(id, role) VALUES(99, 'new')", down: ""),
      ["table jobs, row 99: is not expected (id: 99, role: 'new', note: NULL)"]
    ),
    (
      "a rebuild forgets the AUTOINCREMENT mark",
      Trial(
        2, up: "ALTER TABLE jobs ADD COLUMN x",
        down: "ALTER TABLE jobs DROP COLUMN x; DELETE FROM sqlite_sequence"),
      ["table jobs: its AUTOINCREMENT mark was 3 and is gone"]
    ),
  ])
  func whatADowngradeLosesIsNamed(_ fault: String, _ change: Trial, _ words: [String]) {
    let found = issues { expectReversible(lineage(jobs, change)) }
    for word in words { #expect(found.contains { $0.contains(word) }, "\(fault): \(found)") }
  }

  @Test func rowsWithOtherRowidsAreNotTheSameRows() {
    let plain = Trial(
      1, up: "CREATE TABLE plain(x); INSERT INTO plain(rowid, x) VALUES(7, 'x')", down: "DROP TABLE plain")
    let rebuild =
      "CREATE TABLE n(x); INSERT INTO n(x) SELECT x FROM plain; DROP TABLE plain; ALTER TABLE n RENAME TO plain"
    let found = issues { expectReversible(lineage(plain, Trial(2, up: "", down: Downgrade(rebuild))), rows: .none) }
    #expect(found.contains { $0.contains("table plain, row 7: is missing (x: 'x')") }, "\(found)")
  }

  @Test func columnsInAnotherOrderAreAFindingUnlessTold() {
    let moved = Trial(
      2, up: "ALTER TABLE jobs DROP COLUMN role", down: "ALTER TABLE jobs ADD COLUMN role TEXT NOT NULL DEFAULT ''")
    let order = lineage(
      Trial(1, up: "CREATE TABLE jobs(role TEXT NOT NULL DEFAULT '', note TEXT)", down: "DROP TABLE jobs"), moved)
    let found = issues { expectConverges(order) }
    #expect(found.count == 1)
    #expect(found.first?.contains("from the head to 1 Change") == true, "\(found)")
    #expect(expectConverges(order, ignoringColumnOrder: true).isSound)
  }

  @Test func aHeadFileThatIsNotWhatTheMigrationsMakeIsFound() {
    let head = "CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT, role TEXT NOT NULL)"
    let stale = Lineage(name: "test", migrations: [jobs], baseline: nil, head: head, sources: [:])
    #expect(issues { expectConverges(stale) }.contains { $0.hasPrefix("head.sql: table jobs: ") })
  }

  @Test func rowsMeetAnUpgradeThatOnlyWorksWithoutThem() {
    let strict = Trial(
      2, up: "ALTER TABLE jobs ADD COLUMN x TEXT NOT NULL CHECK (x <> '') DEFAULT ''",
      down: "ALTER TABLE jobs DROP COLUMN x")
    #expect(expectConverges(lineage(jobs, strict), rows: .none).isSound)
    let found = issues { expectConverges(lineage(jobs, strict)) }
    #expect(found.contains { $0.hasPrefix("from 1 Change to the head: the upgrade of 2 Change failed") }, "\(found)")
  }

  @Test func irreversibleMigrationsAreSkippedWithTheirReason() {
    let some = lineage(jobs, Trial(2, up: "ALTER TABLE jobs DROP COLUMN note", down: .irreversible("notes are gone")))
    #expect(
      expectReversible(some).skipped.map(\.description) == ["2 Change was skipped: irreversible: notes are gone"])
    let converging = expectConverges(some)
    #expect(converging.skipped.map(\.subject) == ["from the head to the empty database", "from the head to 1 Change"])
    #expect(converging.skipped.allSatisfy { $0.reason.contains("notes are gone") })
  }

  @Test func aLineageWithNothingToTryIsAFinding() {
    #expect(issues { expectConverges(lineage()) } == ["the lineage: it has no migrations to try"])
    #expect(issues { expectReversible(lineage(jobs, jobs)) }.first?.contains("id 1 is used twice") == true)
  }

  @Test func rowsOfTheCallersOwnAreTakenAndTablesWithoutAnyAreNamed() {
    let picky = lineage(
      Trial(1, up: "CREATE TABLE picky(x TEXT NOT NULL CHECK (x = upper('no literal')))", down: "DROP TABLE picky"),
      Trial(2, up: "CREATE INDEX i ON picky(x)", down: "DROP INDEX i"))
    let made = expectReversible(picky)
    #expect(made.unfilled.count == 1)
    #expect(made.unfilled.first?.hasPrefix("picky (CHECK constraint failed") == true)
    let own = expectReversible(
      picky,
      rows: .custom { database, applied in
        if applied.contains(1) { try database.execute("INSERT INTO picky VALUES('NO LITERAL')") }
      })
    #expect(own.rows == 1)
  }

  @Test func aLineageWithABaselineBeginsThere() throws {
    let fold = try BaselineFold.make(lineage: Self.sound, through: 2)
    let folded = Lineage(
      name: "test", migrations: Self.sound.migrations.filter { $0.id > 2 }, baseline: fold.baseline, head: nil,
      sources: [:])
    #expect(expectConverges(folded).comparisons == 5)
    #expect(expectReversible(folded).rows == 6)
  }

  @Test func aSnapshotsRowsShowWhatADowngradeLoses() throws {
    let shop = try Workshop()
    let path = try shop.snapshot(of: tables(1))
    let forgetful = Trial(2, up: "UPDATE t1 SET a = upper(a)", down: "UPDATE t1 SET a = lower(a) || '!'")
    let lossy = Lineage(name: "test", migrations: tables(1).migrations + [forgetful])
    let found = issues { (try? expectReversible(lossy, on: path)) ?? TrialReport() }
    #expect(found == ["2 Change, up and down: table t1, row 1: a is 'of the snapshot!', not 'of the snapshot'"])
    let database = shop.folder + "/plain.db"
    try ManagedDatabase(database, lineage: tables(1)).migrate()
    #expect(try expectReversible(lossy, on: database).isSound)
    #expect(throws: (any Error).self) { try expectReversible(lossy, on: shop.folder + "/missing") }
  }
}
