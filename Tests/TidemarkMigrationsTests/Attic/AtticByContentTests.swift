// Rows of a table without a key are told by what they hold: VACUUM gives them other rowids, and new rows take old ones.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct AtticByContentTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var newer: String
    var older: String
    /// The table afterwards, by rowid.
    var rows: [String]
    var words: String
    /// What stays in the attic.
    var stays: [String] = []
    var testDescription: String { name }
  }

  static let alike =
    "INSERT INTO log VALUES ('t', 'w', 'ann'), ('t', 'w', 'bob'), ('t', 'w', 'carl'), ('t', 'w', 'dora')"
  static let distinct = "INSERT INTO log VALUES ('1', 'a', 'A'), ('2', 'b', 'B'), ('3', 'c', 'C')"
  static let untold = " cannot be told apart, whose kept values stay in the attic"

  static let cases = [
    Case(
      name: "alike rows, one deleted, and VACUUM", newer: alike, older: "DELETE FROM log WHERE rowid = 1; VACUUM",
      rows: ["'t' 'w' -", "'t' 'w' -", "'t' 'w' -"], words: "0 rows of log returned, 4 rows" + untold,
      stays: ["'ann'", "'bob'", "'carl'", "'dora'"]),
    Case(
      name: "alike rows, one deleted and one inserted", newer: alike,
      older: "DELETE FROM log WHERE rowid = 2; INSERT INTO log(rowid, at, what) VALUES (2, 't', 'w')",
      rows: ["'t' 'w' -", "'t' 'w' -", "'t' 'w' -", "'t' 'w' -"], words: "0 rows of log returned, 4 rows" + untold,
      stays: ["'ann'", "'bob'", "'carl'", "'dora'"]),
    Case(
      name: "distinct rows, one deleted, and VACUUM", newer: distinct, older: "DELETE FROM log WHERE at = '1'; VACUUM",
      rows: ["'2' 'b' 'B'", "'3' 'c' 'C'"], words: "2 rows of log returned, 1 row deleted since"),
    Case(
      name: "distinct rows in another order", newer: distinct,
      older: "DELETE FROM log; INSERT INTO log VALUES ('3', 'c'), ('1', 'a'), ('2', 'b')",
      rows: ["'3' 'c' 'C'", "'1' 'a' 'A'", "'2' 'b' 'B'"], words: "3 rows of log returned"),
    Case(
      name: "another row in the place of a deleted one", newer: distinct,
      older: "DELETE FROM log WHERE at = '2'; INSERT INTO log(rowid, at, what) VALUES (2, '9', 'z')",
      rows: ["'1' 'a' 'A'", "'9' 'z' -", "'3' 'c' 'C'"],
      words: "2 rows of log returned, 1 row changed or deleted since, whose kept values stay in the attic",
      stays: ["'B'"]),
    Case(
      name: "a row that has become like another", newer: distinct,
      older: "UPDATE log SET at = '1', what = 'a' WHERE at = '2'", rows: ["'1' 'a' -", "'1' 'a' -", "'3' 'c' 'C'"],
      words: "1 row of log returned, 1 row changed or deleted since, whose kept values stay in the attic, 1 row"
        + untold,
      stays: ["'A'", "'B'"]),
    Case(
      name: "some alike, some not", newer: alike + "; " + distinct, older: "DELETE FROM log WHERE at = '1'; VACUUM",
      rows: ["'t' 'w' -", "'t' 'w' -", "'t' 'w' -", "'t' 'w' -", "'2' 'b' 'B'", "'3' 'c' 'C'"],
      words: "2 rows of log returned, 4 rows" + untold + ", 1 row deleted since",
      stays: ["'ann'", "'bob'", "'carl'", "'dora'"]),
    Case(
      name: "rows alike in what is kept of them, too", newer: alike + "; UPDATE log SET who = 'ann'",
      older: "DELETE FROM log WHERE rowid = 1; VACUUM", rows: ["'t' 'w' 'ann'", "'t' 'w' 'ann'", "'t' 'w' 'ann'"],
      words: "3 rows of log returned, 1 row deleted since"),
    Case(
      name: "nothing done, and distinct", newer: distinct, older: "",
      rows: ["'1' 'a' 'A'", "'2' 'b' 'B'", "'3' 'c' 'C'"],
      words: "3 rows of log returned"),
  ]

  static func tides(_ top: [Change], table: String = "CREATE TABLE log(at TEXT, what TEXT)") throws -> Tides {
    try Tides([Change(1, "Base", up: Upgrade(table), down: .irreversible("the first"))], top)
  }

  static let who = Change(
    2, "Who", up: "ALTER TABLE log ADD COLUMN who TEXT", down: "ALTER TABLE log DROP COLUMN who")
  static let level = Change(
    3, "Level", up: "ALTER TABLE log ADD COLUMN level TEXT", down: "ALTER TABLE log DROP COLUMN level")

  @Test(arguments: cases) func valuesReturnToRowsThatAreToldForSure(_ test: Case) throws {
    let tides = try Self.tides([Self.who])
    try tides.execute(test.newer)
    try tides.down()
    try tides.execute(test.older)
    let report = try tides.up()
    #expect(try tides.list("SELECT * FROM log ORDER BY rowid") == test.rows)
    #expect(report.attic.map(\.words) == [test.words])
    #expect(try tides.hasAttic() == !test.stays.isEmpty)
    if !test.stays.isEmpty {
      #expect(try tides.list("SELECT c0 FROM tidemark_attic_1 ORDER BY c0") == test.stays)
    }
  }

  /// What stays of one migration is no ground to tell rows by for the next.
  @Test func whatIsUntoldOfOneMigrationIsUntoldOfTheNext() throws {
    let tides = try Self.tides([Self.who, Self.level])
    try tides.execute("INSERT INTO log VALUES ('t', 'w', NULL, 'low'), ('t', 'w', 'bob', 'high')")
    try tides.down()
    try tides.execute("DELETE FROM log WHERE rowid = 1")
    let report = try tides.up()
    #expect(try tides.list("SELECT * FROM log") == ["'t' 'w' - -"])
    #expect(report.attic.map(\.alike) == [2, 2])
  }

  @Test func aKeyThatIsNullIsNoKey() throws {
    let tides = try Self.tides([Self.who], table: "CREATE TABLE log(at TEXT PRIMARY KEY, what TEXT)")
    try tides.execute("INSERT INTO log VALUES (NULL, 'w', 'ann'), (NULL, 'w', 'bob'), ('3', 'c', 'C')")
    try tides.down()
    try tides.execute("DELETE FROM log WHERE rowid = 1; VACUUM")
    let report = try tides.up()
    #expect(try tides.list("SELECT * FROM log ORDER BY rowid") == ["- 'w' -", "'3' 'c' 'C'"])
    #expect(report.attic.map(\.words) == ["1 row of log returned, 2 rows" + Self.untold])
  }

  @Test func aTableThatComesBackWholeHasAllItsRows() throws {
    let made = Change(2, "Notes", up: "CREATE TABLE notes(note, who)", down: "DROP TABLE notes")
    let tides = try Self.tides([made])
    try tides.execute("INSERT INTO notes VALUES ('w', 'ann'), ('w', 'bob'), ('w', 'ann')")
    try tides.down()
    try tides.execute("INSERT INTO log VALUES ('x', 'y'); VACUUM")
    let report = try tides.up()
    #expect(try tides.list("SELECT * FROM notes") == ["'w' 'ann'", "'w' 'bob'", "'w' 'ann'"])
    #expect(report.attic.map(\.words) == ["3 rows of notes returned"])
  }

  @Test func thePlanSaysHowManyRowsCannotBeToldApart() throws {
    let tides = try Self.tides([Self.who])
    try tides.execute("\(Self.alike); \(Self.distinct); INSERT INTO log VALUES ('5', 'e', 'E'), ('5', 'e', 'E')")
    let connection = try tides.scratch.open()
    let plan = try Migrator(tides.older).plan(connection)
    #expect(try PlanEffects(of: plan, on: connection).steps.map { $0.tables.map(\.alike) } == [[4]])
  }

  @Test func nothingIsSaidOfTablesWithoutRows() throws {
    let tides = try Self.tides([Self.who])
    #expect(try tides.down().attic == [])
    #expect(try tides.up().attic == [])
  }
}
