// What an operator made on a migration's table: it is still there afterwards, or the plan is refused with its name, and not
// a byte is other than before.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct OperatorsObjectTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// The way a step goes from narrow to wide, and back.
    var widen: String
    var narrow: String
    var made: String
    var object: String
    var testDescription: String { name }
  }

  static let native = (
    widen: "ALTER TABLE t1 ADD COLUMN extra", narrow: "ALTER TABLE t1 DROP COLUMN extra"
  )
  static let rebuild = (
    widen: """
    CREATE TABLE n(a, b, extra); INSERT INTO n(a, b) SELECT a, b FROM t1; DROP TABLE t1; ALTER TABLE n RENAME TO t1;
    CREATE INDEX i1 ON t1(a)
    """,
    narrow: """
    CREATE TABLE n(a, b); INSERT INTO n(a, b) SELECT a, b FROM t1; DROP TABLE t1; ALTER TABLE n RENAME TO t1;
    CREATE INDEX i1 ON t1(a)
    """
  )

  static let cases = [
    Case(
      name: "trigger on another table that writes it, native", widen: native.widen, narrow: native.narrow,
      made: """
        CREATE TABLE other(x);
        CREATE TRIGGER theirs AFTER INSERT ON other BEGIN UPDATE t1 SET extra = new.x; END
        """, object: "trigger theirs on other"),
    Case(
      name: "trigger on another table that inserts it, rebuild", widen: rebuild.widen, narrow: rebuild.narrow,
      made: """
        CREATE TABLE other(x);
        CREATE TRIGGER theirs AFTER INSERT ON other BEGIN INSERT INTO t1(a, extra) VALUES (1, new.x); END
        """, object: "trigger theirs on other"),
    Case(
      name: "index, native", widen: native.widen, narrow: native.narrow, made: "CREATE INDEX theirs ON t1(extra)",
      object: "index theirs on t1"),
    Case(
      name: "partial index of an odd name, native", widen: native.widen, narrow: native.narrow,
      made: "CREATE INDEX \"the irs: 1\" ON t1(a) WHERE extra IS NULL", object: "index the irs: 1 on t1"),
    Case(
      name: "view, native", widen: native.widen, narrow: native.narrow,
      made: "CREATE VIEW theirs AS SELECT extra FROM t1", object: "view theirs"),
    Case(
      name: "index, rebuild", widen: rebuild.widen, narrow: rebuild.narrow, made: "CREATE INDEX theirs ON t1(extra)",
      object: "index theirs on t1"),
  ]

  @Test(arguments: cases, [true, false])
  func whatNoLongerFitsRefusesThePlan(_ example: Case, isUpgrade: Bool) throws {
    let scratch = try Scratch()
    // Upgrade: 2 widens and 3 narrows again, and the build that knows 3 comes last. Downgrade: 2 widens and is undone.
    let wide = Change(2, "Widen", up: Upgrade(example.widen), down: Downgrade(example.narrow))
    let narrow = Change(3, "Narrow", up: Upgrade(example.narrow), down: Downgrade(example.widen))
    try scratch.migrate(lineage(table(1), wide))
    try scratch.execute("INSERT INTO t1 VALUES(1, 2, 3)")
    try scratch.execute(example.made)
    let build = isUpgrade ? lineage(table(1), wide, narrow) : lineage(table(1))
    let before = try scratch.bytes()
    do {
      try scratch.migrate(build)
      Issue.record("not refused")
    } catch let error as MigrationError {
      #expect(error.code == "in-the-way", "\(error)")
      #expect(error.isRefusal)
      #expect(error.message.contains(example.object), "\(error)")
      #expect(error.hint.contains("Drop \(example.object), or change it"), "\(error)")
    }
    #expect(try scratch.bytes() == before)
    #expect(try ChangelogTables(scratch.open()).history().count == 1)
  }

  @Test func whatTheMigrationsMadeThemselvesIsTheirFault() throws {
    let scratch = try Scratch()
    let wide = Change(
      2, "Widen", up: "ALTER TABLE t1 ADD COLUMN extra; CREATE INDEX ours ON t1(extra)",
      down: "ALTER TABLE t1 DROP COLUMN extra")
    try scratch.migrate(lineage(table(1), wide), MigratorOptions(proves: false))
    #expect(MigrationError.code { try scratch.migrate(lineage(table(1))) } == "step-failed")
  }

  @Test func whatWasBrokenBeforeIsNotedAndLeftAlone() throws {
    let scratch = try Scratch()
    let wide = Change(2, "Widen", up: Upgrade(Self.native.widen), down: Downgrade(Self.native.narrow))
    try scratch.migrate(lineage(table(1), wide))
    try scratch.execute(
      "CREATE TABLE other(x); CREATE TRIGGER theirs AFTER INSERT ON other BEGIN UPDATE t1 SET gone = new.x; END")
    let report = try scratch.migrate(lineage(table(1)))
    #expect(report.undone == [2])
    #expect(report.notes.contains { $0.hasPrefix("trigger theirs does not compile") })
  }

  @Test func droppingItIsTheWayOut() throws {
    let scratch = try Scratch()
    let wide = Change(2, "Widen", up: Upgrade(Self.native.widen), down: Downgrade(Self.native.narrow))
    try scratch.migrate(lineage(table(1), wide))
    try scratch.execute("CREATE INDEX theirs ON t1(extra)")
    #expect(MigrationError.code { try scratch.migrate(lineage(table(1))) } == "in-the-way")
    try scratch.execute("DROP INDEX theirs")
    #expect(try scratch.migrate(lineage(table(1))).undone == [2])
  }
}
