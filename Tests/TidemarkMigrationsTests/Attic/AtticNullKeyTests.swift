// A key that is NULL tells no rows apart; the rows beside it are still known by theirs.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct AtticNullKeyTests {
  static let seed = Change(
    2, "Seed", up: "INSERT OR IGNORE INTO t(k) VALUES ('seed')", down: "DELETE FROM t WHERE k = 'seed'")
  static let rebuild = Change(
    3, "Rebuild",
    up: """
      CREATE TABLE n(k TEXT PRIMARY KEY, c REAL, d TEXT); INSERT INTO n(k, c) SELECT k, c FROM t; DROP TABLE t;
      ALTER TABLE n RENAME TO t
      """,
    down: """
      CREATE TABLE n(k TEXT PRIMARY KEY, c REAL); INSERT INTO n(k, c) SELECT k, c FROM t; DROP TABLE t;
      ALTER TABLE n RENAME TO t
      """)

  static func tides(_ top: [Change]) throws -> Tides {
    let base = Change(1, "Base", up: "CREATE TABLE t(k TEXT PRIMARY KEY, c REAL)", down: .irreversible("the first"))
    let tides = try Tides([base], top)
    try tides.execute(
      "DELETE FROM t; INSERT INTO t(rowid, k, c, d) VALUES (4, 'seed', 1.5, 'x'), (5, 'a', 2.5, 'y')")
    return tides
  }

  @Test func aRowOfTheOlderBuildWithoutAKeyLeavesTheOthersTheirs() throws {
    let tides = try Self.tides([Self.seed, Self.rebuild])
    try tides.down()
    try tides.execute("INSERT INTO t VALUES ('k1', 3.5), (NULL, 'v')")
    let report = try tides.up()
    #expect(report.attic.map(\.words) == ["2 rows of t returned", "2 rows of t returned"])
    let rows = ["- 'v' -", "'a' 2.5r 'y'", "'k1' 3.5r -", "'seed' 1.5r 'x'"]
    #expect(try tides.list("SELECT k, c, d FROM t ORDER BY k") == rows)
    #expect(try !tides.hasAttic())
  }

  /// The author's rebuild gives rows other rowids; where one has no key, all are told by what is copied of them.
  @Test func rowsOfATableThatIsMadeAnewReturnByWhatIsCopiedOfThem() throws {
    for isWorked in [false, true] {
      let tides = try Self.tides([Self.rebuild])
      try tides.execute("INSERT INTO t(rowid, k, c, d) VALUES (8, NULL, 4.5, 'z')")
      try tides.down()
      if isWorked { try tides.execute("INSERT INTO t VALUES ('k1', 3.5)") }
      let report = try tides.up()
      guard isWorked else {
        let rows = ["4 'seed' 1.5r 'x'", "5 'a' 2.5r 'y'", "8 - 4.5r 'z'"]
        #expect(try tides.list("SELECT rowid, * FROM t") == rows)
        #expect(try !tides.hasAttic())
        continue
      }
      #expect(report.attic.map(\.words) == ["3 rows of t returned"])
      let rows = ["- 4.5r 'z'", "'a' 2.5r 'y'", "'k1' 3.5r -", "'seed' 1.5r 'x'"]
      #expect(try tides.list("SELECT k, c, d FROM t ORDER BY k") == rows)
    }
  }
}
