// A database without a changelog is placed by its schema and gets the entries that this build would have left, or is
// refused with the difference; nothing else of it changes.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct AdoptTests {
  /// 3 changes rows alone, 5 has code, 6 comes last.
  static let steps: [any Migration] = [
    Change(1, "Jobs", up: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT)", down: .derived),
    Change(2, "Tier", up: "ALTER TABLE jobs ADD COLUMN tier TEXT", down: "ALTER TABLE jobs DROP COLUMN tier"),
    Change(3, "Fill", up: "UPDATE jobs SET tier = 'low'", down: "UPDATE jobs SET tier = NULL"),
    Change(4, "Runs", up: "CREATE TABLE runs(job REFERENCES jobs(id)); CREATE INDEX r ON runs(job)", down: .derived),
    Change(
      5, "Code", up: .run { try $0.execute("CREATE VIEW names AS SELECT name FROM jobs") }, down: "DROP VIEW names"),
    Change(6, "Drop", up: "DROP INDEX r", down: .derived),
  ]
  static func build(_ ids: ClosedRange<Int64> = 1...6) -> Lineage {
    Lineage(name: "test", migrations: steps.filter { ids.contains($0.id.rawValue) })
  }

  /// A database as hand-written statements, in their own spelling, would make it after some of the steps.
  static func made(through id: Int64) throws -> Scratch {
    let scratch = try Scratch()
    var sql = "create table [jobs] (id integer primary key, name text);\n"
    if id >= 2 { sql += "alter table jobs add column \"tier\" text; insert into jobs(name, tier) values ('a', 'b');" }
    if id >= 4 { sql += "create table runs (job references jobs(id)); CREATE INDEX r on runs(job);" }
    if id >= 5 { sql += "create view names as select name from jobs;" }
    if id >= 6 { sql += "drop index r;" }
    try scratch.execute(sql)
    return scratch
  }

  @discardableResult
  static func adopt(
    _ scratch: Scratch, _ lineage: Lineage = build(), at id: MigrationID? = nil, isDry: Bool = false
  ) throws -> Adoption {
    let connection = try scratch.open()
    defer { try? connection.close() }
    return try Migrator(lineage, options: MigratorOptions(build: "adopter")).adopt(connection, at: id, isDry: isDry)
  }

  @Test(arguments: [1, 4, 5, 6] as [Int64]) func itIsFoundByItsSchemaAndGoesOnFromThere(_ id: Int64) throws {
    let scratch = try Self.made(through: id)
    let reference = try Scratch()
    try reference.migrate(Self.build(1...id), MigratorOptions(build: "adopter"))
    let before = try Schema.read(from: scratch.open())
    let adoption = try Self.adopt(scratch)
    #expect(adoption.at == MigrationID(id) && adoption.isWritten && adoption.isExact)
    #expect(adoption.pending == (id + 1..<7).map { MigrationID($0) })
    // As if this build had made it: entries but for their times.
    let columns = "id, position, name, revision, applied_by, upgrade_digest, downgrade, irreversible, objects, proof"
    let query = "SELECT \(columns) FROM tidemark_changelog ORDER BY position"
    #expect(try scratch.open().rows(query).map(\.values) == reference.open().rows(query).map(\.values))
    #expect(try Schema.read(from: scratch.open()) == before)
    let history = try #require(try ChangelogTables(scratch.open()).history().first)
    #expect(history.outcome == "done" && history.detail?.hasPrefix("adopted at \(id) ") == true)
    // Up, and by a build that knows only the first all the way down.
    #expect(try scratch.migrate(Self.build()).applied == adoption.pending)
    try scratch.migrate(Self.build(1...1))
    #expect(try scratch.tables() == ["jobs"])
    #expect(try scratch.value("SELECT count(*) FROM pragma_table_info('jobs')") == 2)
  }

  @Test func whereRowsAloneTellItRefusesAndTheAuthorSays() throws {
    let scratch = try Self.made(through: 2)
    let before = try scratch.bytes()
    let error = #expect(throws: MigrationError.self) { try Self.adopt(scratch) }
    #expect(error == .ambiguousPlace(["2 Tier", "3 Fill"], others: []) && error?.isRefusal == true)
    #expect(try scratch.bytes() == before)
    #expect(try Self.adopt(scratch, at: 3).entries.map(\.id) == [1, 2, 3])
    #expect(try scratch.ids() == [1, 2, 3])
    #expect(try scratch.value("SELECT tier FROM jobs") == "b")
  }

  @Test func whatTheAuthorSaysMustBeSo() throws {
    let scratch = try Self.made(through: 4)
    let before = try scratch.bytes()
    let early = #expect(throws: MigrationError.self) { try Self.adopt(scratch, at: 3) }
    #expect(early?.message.contains("table runs is there already, or still") == true)
    let late = #expect(throws: MigrationError.self) { try Self.adopt(scratch, at: 5) }
    #expect(late?.code == "not-placed" && late?.message.contains("view names is missing") == true)
    #expect(MigrationError.code { try Self.adopt(scratch, at: 9) } == "unknown-target")
    #expect(try scratch.bytes() == before)
  }

  @Test func aSchemaOfNoMigrationShowsTheNearestAndTheDifference() throws {
    let scratch = try Self.made(through: 4)
    try scratch.execute("ALTER TABLE runs ADD COLUMN note TEXT")
    let before = try scratch.bytes()
    let error = #expect(throws: MigrationError.self) { try Self.adopt(scratch) }
    #expect(error?.code == "not-placed" && error?.isRefusal == true)
    #expect(error?.message.contains("the nearest is 4 Runs") == true)
    #expect(error?.message.contains("note") == true)
    #expect(try scratch.bytes() == before)
  }

  @Test func anOperatorsObjectsAreDriftAndOnesThatActAreNot() throws {
    let scratch = try Self.made(through: 4)
    try scratch.execute("CREATE TABLE notes(a); CREATE INDEX theirs ON runs(job)")
    #expect(try Self.adopt(scratch, isDry: true).drift.sorted() == ["index theirs", "table notes"])
    try scratch.execute("CREATE TRIGGER theirs_too AFTER INSERT ON runs BEGIN DELETE FROM jobs; END")
    #expect(MigrationError.code { try Self.adopt(scratch) } == "not-placed")
  }

  @Test func aDryRunWritesNothingAndTellsTheSame() throws {
    let scratch = try Self.made(through: 4)
    let before = try scratch.bytes()
    let dry = try Self.adopt(scratch, isDry: true)
    #expect(try scratch.bytes() == before)
    var wet = try Self.adopt(scratch)
    #expect(!dry.isWritten && wet.isWritten)
    wet.isWritten = false
    #expect(dry == wet)
  }

  @Test func anotherOrderOfColumnsIsAdoptedAndSaid() throws {
    let scratch = try Scratch()
    try scratch.execute("CREATE TABLE jobs(tier TEXT, name TEXT, id INTEGER PRIMARY KEY)")
    let adoption = try Self.adopt(scratch, at: 2)
    #expect(!adoption.isExact)
    #expect(adoption.notes.contains { $0.contains("another order") })
  }

  @Test func aBaselineIsAPlaceToo() throws {
    let retired = RetiredMigration(
      id: 1, name: "Jobs", revision: 0, upgradeDigest: "d", downgrade: "DROP TABLE jobs", irreversible: nil,
      objects: #"{"added":["table jobs"],"changed":[],"removed":[]}"#, proof: "lossless with attic")
    let lineage = Lineage(
      name: "test", migrations: Array(Self.steps.dropFirst()),
      baseline: Baseline(schema: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT)", retired: [retired]),
      head: nil, sources: [:])
    let scratch = try Self.made(through: 1)
    let adoption = try Self.adopt(scratch, lineage)
    #expect(adoption.at == 1 && adoption.place == "the baseline, through 1 Jobs")
    #expect(adoption.entries.map(\.proof) == ["lossless with attic"])
    #expect(try scratch.migrate(lineage).applied == [2, 3, 4, 5, 6])
    #expect(MigrationError.code { try Self.adopt(Self.made(through: 4), lineage, at: 1) } == "not-placed")
  }

  @Test func whatWasNotRecordedHasNoWayBack() throws {
    let lineage = Lineage(
      name: "test",
      migrations: [
        Self.steps[0],
        Change(2, "Fill", up: "UPDATE jobs SET name = upper(name)", down: .recorded),
      ])
    let scratch = try Self.made(through: 1)
    let adoption = try Self.adopt(scratch, lineage, at: 2)
    #expect(adoption.entries.last?.irreversible?.contains("without a record") == true)
    #expect(MigrationError.code { try scratch.migrate(Self.build(1...1)) } == "no-way-back")
  }

  @Test func whatIsManagedOrEmptyIsRefused() throws {
    let scratch = try Scratch()
    try scratch.migrate(Self.build(1...2))
    #expect(MigrationError.code { try Self.adopt(scratch) } == "managed")
    #expect(MigrationError.code { try Self.adopt(Scratch()) } == "nothing-to-adopt")
    let other = try Scratch()
    try other.execute("CREATE TABLE mine(a)")
    #expect(MigrationError.code { try Self.adopt(other) } == "not-placed")
  }

  @Test func whoWritesAtTheTimeIsWaitedForAndThenItRefuses() throws {
    let scratch = try Self.made(through: 4)
    let writer = try scratch.open()
    try writer.execute("BEGIN IMMEDIATE; INSERT INTO jobs(name) VALUES ('x')")
    let connection = try scratch.open()
    let migrator = Migrator(Self.build(), options: MigratorOptions(lockTimeout: 1))
    #expect(MigrationError.code { try migrator.adopt(connection) } == "busy")
    try writer.execute("COMMIT")
    #expect(try migrator.adopt(connection).isWritten)
    try writer.close()
    try connection.close()
  }
}
