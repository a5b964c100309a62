// Tables without a key that both builds make anew: rows get other rowids each time, and are told by what is copied of them.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct AtticRemadeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var newer = AtticRemadeTests.distinct
    var older: String
    /// The table afterwards, in the order of its first column.
    var rows: [String]
    var words: String
    var testDescription: String { name }
  }

  static let distinct =
    "INSERT INTO log(rowid, at, what, who) VALUES (5, '1', 'a', 'A'), (9, '2', 'b', 'B'), (-3, '3', 'c', 'C')"
  static let stay = ", whose kept values stay in the attic"

  /// Makes a table anew with some columns, of which others are copied.
  static func remake(_ columns: String, copying: String, as expressions: String? = nil, then: String = "") -> String {
    """
    CREATE TABLE fresh(\(columns)); INSERT INTO fresh(\(copying)) SELECT \(expressions ?? copying) FROM log;
    DROP TABLE log; ALTER TABLE fresh RENAME TO log; \(then)
    """
  }

  static func change(_ up: String, _ down: String) -> Change {
    Change(2, "Who", up: Upgrade(up), down: Downgrade(down))
  }

  static let who = change(
    remake("at TEXT, what TEXT, who TEXT", copying: "at, what"), remake("at TEXT, what TEXT", copying: "at, what"))

  static let cases = [
    Case(
      name: "one deleted", older: "DELETE FROM log WHERE at = '1'", rows: ["'2' 'b' 'B'", "'3' 'c' 'C'"],
      words: "2 rows of log returned, 1 row deleted since"),
    Case(
      name: "one deleted, one new, in another order",
      older: "DELETE FROM log WHERE at = '1'; INSERT INTO log(rowid, at, what) VALUES (-7, '9', 'z'); VACUUM",
      rows: ["'2' 'b' 'B'", "'3' 'c' 'C'", "'9' 'z' -"],
      words: "2 rows of log returned, 1 row changed or deleted since" + stay),
    Case(
      name: "one changed", older: "UPDATE log SET what = 'B' WHERE at = '2'",
      rows: ["'1' 'a' 'A'", "'2' 'B' -", "'3' 'c' 'C'"],
      words: "2 rows of log returned, 1 row changed or deleted since" + stay),
    Case(
      name: "some alike", newer: distinct + ", (20, '4', 'd', 'D'), (21, '4', 'd', 'E')",
      older: "UPDATE log SET what = 'B' WHERE at = '2'",
      rows: ["'1' 'a' 'A'", "'2' 'B' -", "'3' 'c' 'C'", "'4' 'd' -", "'4' 'd' -"],
      words: "2 rows of log returned, 1 row changed or deleted since\(stay), 2 rows cannot be told apart\(stay)"),
    Case(
      name: "some alike in all there is", newer: distinct + ", (20, '4', 'd', 'D'), (21, '4', 'd', 'D')",
      older: "DELETE FROM log WHERE rowid = (SELECT max(rowid) FROM log)",
      rows: ["'1' 'a' 'A'", "'2' 'b' 'B'", "'3' 'c' 'C'", "'4' 'd' 'D'"],
      words: "4 rows of log returned, 1 row deleted since"),
  ]

  @Test(arguments: cases) func whatIsCopiedTellsTheRows(_ test: Case) throws {
    let tides = try AtticByContentTests.tides([Self.who])
    try tides.execute(test.newer)
    try tides.down()
    try tides.execute(test.older)
    let report = try tides.up()
    #expect(try tides.list("SELECT * FROM log ORDER BY at, who") == test.rows)
    #expect(report.attic.map(\.words) == [test.words])
    #expect(report.notes.filter { $0.contains("attic") } == [])
  }

  @Test func whereNothingHasChangedRowidsAreBackToo() throws {
    let tides = try AtticByContentTests.tides([Self.who])
    try tides.execute(Self.distinct)
    try tides.down()
    try tides.up()
    #expect(
      try tides.list("SELECT rowid, * FROM log") == ["-3 '3' 'c' 'C'", "5 '1' 'a' 'A'", "9 '2' 'b' 'B'"])
    #expect(try !tides.hasAttic())
  }

  /// SQLite reads the narrower index, so rows come in its order, and get the numbers that there were, but others each.
  @Test func theSameRowidsAreNotTheSameRows() throws {
    let index = "CREATE INDEX by_at ON log(at)"
    let change = Self.change(
      Self.remake("at TEXT, who TEXT, more TEXT", copying: "at", then: index),
      Self.remake("at TEXT", copying: "at", then: index))
    let tides = try AtticByContentTests.tides([change], table: "CREATE TABLE log(at TEXT); \(index)")
    try tides.execute("INSERT INTO log VALUES ('z', 'Z', 'zz'), ('m', 'M', 'mm'), ('a', 'A', 'aa')")
    try tides.down()
    #expect(try tides.list("SELECT rowid, at FROM log NOT INDEXED") == ["1 'a'", "2 'm'", "3 'z'"])
    try tides.execute("UPDATE log SET at = 'q' WHERE at = 'a'")
    let report = try tides.up()
    #expect(try tides.list("SELECT * FROM log ORDER BY at") == ["'m' 'M' 'mm'", "'q' - -", "'z' 'Z' 'zz'"])
    #expect(report.attic.map(\.words) == ["2 rows of log returned, 1 row changed or deleted since" + Self.stay])
  }

  /// What does more than copy may have given a row another's content.
  @Test(arguments: [
    remake("at TEXT, what TEXT", copying: "at, what", as: "CASE at WHEN '1' THEN '2' ELSE '1' END, what"),
    "UPDATE log SET at = CASE at WHEN '1' THEN '2' ELSE '1' END;" + remake("at TEXT, what TEXT", copying: "at, what"),
    "ALTER TABLE log RENAME COLUMN at TO x; ALTER TABLE log RENAME COLUMN what TO at; ALTER TABLE log RENAME COLUMN x TO what;"
      + remake("at TEXT, what TEXT", copying: "at, what"),
  ])
  func whatIsMoreThanACopyTellsNothing(_ down: String) throws {
    let change = Self.change(Self.remake("at TEXT, what TEXT, who TEXT", copying: "at, what"), down)
    let tides = try AtticByContentTests.tides([change])
    try tides.execute("INSERT INTO log VALUES ('1', 'w', 'A'), ('2', 'w', 'B')")
    try tides.down(MigratorOptions(build: "old"))
    try tides.execute("INSERT INTO log VALUES ('9', 'z')")
    let report = try tides.up()
    #expect(try tides.list("SELECT DISTINCT who FROM log") == ["-"])
    #expect(report.attic.map(\.alike) == [2])
    #expect(try tides.list("SELECT c2 FROM tidemark_attic_1 ORDER BY c2") == ["'A'", "'B'"])
  }

  @Test func aColumnOnTopComesBackToo() throws {
    let tides = try AtticByContentTests.tides([Self.who, AtticByContentTests.level])
    try tides.execute(
      "INSERT INTO log VALUES ('1', 'a', 'A', 'low'), ('2', 'b', 'B', 'mid'), ('3', 'c', 'C', 'high')")
    try tides.down()
    try tides.execute("DELETE FROM log WHERE at = '1'; INSERT INTO log VALUES ('9', 'z'); VACUUM")
    try tides.up()
    #expect(
      try tides.list("SELECT * FROM log ORDER BY at")
        == ["'2' 'b' 'B' 'mid'", "'3' 'c' 'C' 'high'", "'9' 'z' - -"])
  }

  @Test func aColumnThatOnlyTheUpgradeMakesTheTableAnewForComesBack() throws {
    let change = Self.change(
      Self.remake("at TEXT, what TEXT, who TEXT", copying: "at, what"), "ALTER TABLE log DROP COLUMN who")
    for older in ["", "DELETE FROM log WHERE at = '1'; INSERT INTO log VALUES ('9', 'z')"] {
      let tides = try AtticByContentTests.tides([change])
      try tides.execute(Self.distinct)
      try tides.down()
      try tides.execute(older)
      try tides.up()
      let first = older.isEmpty ? ["'1' 'a' 'A'"] : []
      let last = older.isEmpty ? [] : ["'9' 'z' -"]
      #expect(try tides.list("SELECT * FROM log ORDER BY at") == first + ["'2' 'b' 'B'", "'3' 'c' 'C'"] + last)
    }
  }
}
