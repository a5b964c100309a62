// A rename is read off the statements that made it, and taken back by name; without them it is a drop and an add.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct RenameTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var before: String
    var upgrade: String
    /// "jobs=work" for a table, "work.cost=price" for a column.
    var renames: [String]
    init(_ name: String, _ before: String, _ upgrade: String, _ renames: [String]) {
      (testDescription, self.before, self.upgrade, self.renames) = (name, before, upgrade, renames)
    }
  }

  static let jobs = """
    CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, cost INT CHECK (jobs.cost >= 0), name TEXT);
    CREATE TABLE runs(id INTEGER PRIMARY KEY, job INTEGER REFERENCES jobs(id));
    CREATE INDEX by_cost ON jobs(cost) WHERE cost > 0;
    CREATE VIEW costly AS SELECT name, cost FROM jobs WHERE cost > 1;
    CREATE TRIGGER done AFTER INSERT ON runs BEGIN UPDATE jobs SET cost = 1 WHERE id = new.job; END;
    """

  static let cases = [
    Case("a table", jobs, "ALTER TABLE jobs RENAME TO work", ["jobs=work"]),
    Case("a column", jobs, "ALTER TABLE \"jobs\" RENAME COLUMN cost TO price;", ["jobs.cost=price"]),
    Case(
      "both, twice, in other words", jobs,
      "alter table main.jobs rename cost to x; ALTER TABLE jobs RENAME TO w; /* ; */ ALTER TABLE w RENAME [x] TO price; ALTER TABLE w RENAME TO work",
      ["jobs=work", "work.cost=price"]),
    Case("there and back", jobs, "ALTER TABLE jobs RENAME TO w; ALTER TABLE w RENAME TO jobs", []),
    Case(
      "two change places", "CREATE TABLE a(x); CREATE TABLE b(y)",
      "ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a; ALTER TABLE c RENAME TO b", ["a=b", "b=a"]),
    Case(
      "two columns change places", "CREATE TABLE t(a, b)",
      "ALTER TABLE t RENAME a TO c; ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME c TO b", ["t.a=b", "t.b=a"]),
    Case(
      "the name is given away", "CREATE TABLE t(a, b); CREATE VIEW v AS SELECT a FROM t",
      "ALTER TABLE t RENAME TO old; CREATE TABLE t(a, c)", ["t=old"]),
    Case(
      "the column's name is given away", "CREATE TABLE t(a, b)",
      "ALTER TABLE t RENAME a TO old; ALTER TABLE t ADD COLUMN a", ["t.a=old"]),
    Case(
      "and another change", jobs,
      "DROP VIEW costly; ALTER TABLE jobs RENAME COLUMN cost TO price; ALTER TABLE jobs ADD COLUMN tier TEXT; DROP INDEX by_cost; ALTER TABLE jobs DROP COLUMN name",
      ["jobs.cost=price"]),
    Case(
      "a rebuild is no rename", "CREATE TABLE t(a)",
      "CREATE TABLE t_new(a, b); INSERT INTO t_new(a) SELECT a FROM t; DROP TABLE t; ALTER TABLE t_new RENAME TO t", []),
    Case(
      "a column of a table that is made anew behind it", "CREATE TABLE t(a, b)",
      "ALTER TABLE t RENAME a TO x; CREATE TABLE t_new(b, x UNIQUE); INSERT INTO t_new(b, x) SELECT b, x FROM main.t; DROP TABLE t; ALTER TABLE t_new RENAME TO t",
      ["t.a=x"]),
    Case(
      "both, made anew the other way round", "CREATE TABLE t(a)",
      "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME a TO x; ALTER TABLE u RENAME TO u_old; CREATE TABLE u(x UNIQUE); INSERT INTO u(x) SELECT x FROM u_old; DROP TABLE u_old",
      ["t=u", "u.a=x"]),
    Case(
      "renamed once more behind it", "CREATE TABLE t(a)",
      "ALTER TABLE t RENAME a TO x; CREATE TABLE n(x); INSERT INTO n(x) SELECT x FROM t; ALTER TABLE n RENAME x TO y; DROP TABLE t; ALTER TABLE n RENAME TO t",
      ["t.a=y"]),
    Case(
      "a table of its own that is filled from it", "CREATE TABLE t(a)",
      "ALTER TABLE t RENAME a TO x; CREATE TABLE n(x); INSERT INTO n(x) SELECT x FROM t; DROP TABLE t", []),
    Case(
      "by the copy of a table that is made anew", "CREATE TABLE t(a, b, c)",
      "CREATE TABLE n(x UNIQUE, b, y); INSERT INTO n(b, x, y) SELECT b, t.a, c AS y FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
      ["t.a=x", "t.c=y"]),
    Case(
      "values that change places by the copy are changed", "CREATE TABLE t(a, b)",
      "CREATE TABLE n(a, b); INSERT INTO n(a, b) SELECT b, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t", []),
    Case(
      "what is copied twice, or changed, is no rename", "CREATE TABLE t(a, b)",
      "CREATE TABLE n(a, x, y); INSERT INTO n(a, x, y) SELECT a, a, b + 1 FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t",
      []),
    Case("a column that goes", "CREATE TABLE t(a, b)", "ALTER TABLE t RENAME a TO c; ALTER TABLE t DROP COLUMN c", []),
  ]

  @Test(arguments: cases)
  func statementsSayWhatWasRenamed(_ test: Case) throws {
    let before = try Schema.make(running: test.before)
    let after = try Schema.make(running: test.before + ";" + test.upgrade)
    let renames = SchemaRenames(in: test.upgrade, before: before, after: after)
    let words =
      renames.tables.map { "\($0.from)=\($0.to)" } + renames.columns.map { "\($0.table.to).\($0.from)=\($0.to)" }
    #expect(words == test.renames)
    #expect(try AlterationTrial(from: after, to: before, renames: renames.reversed).findings() == [])
    #expect(try AlterationTrial(from: before, to: after, renames: renames).findings() == [])
    #expect(try AlterationTrial(from: after, to: before, renames: renames.reversed, sqlite: 3_024_000).findings() == [])
  }

  @Test func nothingIsGuessed() throws {
    let before = try Schema.make(running: "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)")
    let after = try Schema.make(running: "CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT)")
    let alteration = try SchemaAlteration.make(from: before, to: after, sqlite: SQLiteLibrary.version)
    #expect(alteration.losses == [.column(table: "t", column: "a")])
  }

  @Test func aRenameOfWhatIsNotThereIsRefused() throws {
    let schema = try Schema.make(running: "CREATE TABLE t(a)")
    let renames = SchemaRenames(tables: [.init(from: "x", to: "t")])
    #expect(throws: SchemaError.self) {
      try SchemaAlteration.make(from: schema, to: schema, renames: renames, sqlite: SQLiteLibrary.version)
    }
  }

  @Test func whatRowsCannotTakeIsSaid() throws {
    let before = try Schema.make(running: "CREATE TABLE t(id INTEGER PRIMARY KEY)")
    let after = try Schema.make(
      running: "CREATE TABLE t(id INTEGER PRIMARY KEY, a NOT NULL, b NOT NULL DEFAULT 1, c NOT NULL AS (1))")
    let alteration = try SchemaAlteration.make(from: before, to: after, sqlite: SQLiteLibrary.version)
    #expect(alteration.demands.map(\.column) == ["a"])
  }
}
