// What leads from one schema to another, in words: each clause that SQLite has is told by name.

import Testing
import TidemarkSchema

struct SchemaChangeTests {
  private static let table: [(String, String, [String])] = [
    ("CREATE TABLE t(a)", "create table T (\"a\")", []),
    ("CREATE TABLE t(a)", "CREATE TABLE t(a, b)", ["table t: column b added"]),
    (
      "CREATE TABLE t(a, c)", "CREATE TABLE t(a, b TEXT NOT NULL, c)",
      ["table t: column b added behind a: TEXT NOT NULL"]
    ),
    ("CREATE TABLE t(a)", "CREATE TABLE t(b, a)", ["table t: column b added in front"]),
    ("CREATE TABLE t(a, b)", "CREATE TABLE t(a)", ["table t: column b removed"]),
    ("CREATE TABLE t(a, b)", "CREATE TABLE t(b, a)", ["table t: columns in another order: b, a"]),
    ("CREATE TABLE t(x INTEGER)", "CREATE TABLE t(x TEXT)", ["table t: column x: type INTEGER -> TEXT"]),
    ("CREATE TABLE t(x)", "CREATE TABLE t(x VARCHAR(20))", ["table t: column x: type none -> VARCHAR(20)"]),
    ("CREATE TABLE t(x)", "CREATE TABLE t(x CHECK (x > 0))", ["table t: column x: CHECK (x > 0) added"]),
    ("CREATE TABLE t(x, CHECK (x > 0))", "CREATE TABLE t(x)", ["table t: CHECK (x > 0) removed"]),
    ("CREATE TABLE t(x DEFAULT 1)", "CREATE TABLE t(x DEFAULT -1)", ["table t: column x: DEFAULT 1 -> DEFAULT -1"]),
    ("CREATE TABLE t(x)", "CREATE TABLE t(x DEFAULT (1 + 1))", ["table t: column x: DEFAULT (1 + 1) added"]),
    (
      "CREATE TABLE t(x NOT NULL)", "CREATE TABLE t(x NOT NULL ON CONFLICT IGNORE)",
      ["table t: column x: NOT NULL -> NOT NULL ON CONFLICT IGNORE"]
    ),
    ("CREATE TABLE t(x COLLATE NOCASE)", "CREATE TABLE t(x)", ["table t: column x: COLLATE NOCASE removed"]),
    (
      "CREATE TABLE t(a, x AS (1))", "CREATE TABLE t(a, x AS (1) STORED)",
      ["table t: column x: AS (1) -> AS (1) STORED"]
    ),
    (
      "CREATE TABLE t(a, b, PRIMARY KEY (a, b))", "CREATE TABLE t(a, b, PRIMARY KEY (b, a))",
      ["table t: PRIMARY KEY (a, b) -> PRIMARY KEY (b, a)"]
    ),
    (
      "CREATE TABLE t(a INTEGER PRIMARY KEY)", "CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT)",
      ["table t: column a: PRIMARY KEY -> PRIMARY KEY AUTOINCREMENT"]
    ),
    (
      "CREATE TABLE t(a, UNIQUE (a))", "CREATE TABLE t(a, UNIQUE (a) ON CONFLICT REPLACE)",
      ["table t: UNIQUE (a) -> UNIQUE (a) ON CONFLICT REPLACE"]
    ),
    (
      "CREATE TABLE t(a REFERENCES p(id))", "CREATE TABLE t(a REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)",
      ["table t: column a: REFERENCES p(id) -> REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED"]
    ),
    (
      "CREATE TABLE t(a, FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE)",
      "CREATE TABLE t(a, FOREIGN KEY (a) REFERENCES p ON DELETE SET NULL)",
      [
        "table t: FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE -> FOREIGN KEY (a) REFERENCES p ON DELETE SET NULL"
      ]
    ),
    ("CREATE TABLE t(a INT)", "CREATE TABLE t(a INT) STRICT", ["table t: STRICT added"]),
    (
      "CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID", "CREATE TABLE t(a PRIMARY KEY)", ["table t: WITHOUT ROWID removed"]
    ),
  ]
  private static let others: [(String, String, [String])] = [
    ("CREATE TABLE t(a)", "CREATE TABLE u(a)", ["table t removed", "table u added"]),
    (
      "CREATE TABLE t(a, b); CREATE INDEX i ON t(a)", "CREATE TABLE t(a, b); CREATE UNIQUE INDEX i ON t(a DESC, b)",
      ["index i: UNIQUE added; (a) -> (a DESC, b)"]
    ),
    (
      "CREATE TABLE t(a); CREATE INDEX i ON t(a COLLATE NOCASE)",
      "CREATE TABLE t(a); CREATE INDEX i ON t(lower(a)) WHERE a > 0",
      ["index i: (a COLLATE NOCASE) -> (lower(a)); WHERE a > 0 added"]
    ),
    (
      "CREATE VIEW v AS SELECT 1 AS a", "CREATE VIEW v AS SELECT 2 AS a",
      ["view v: 'AS SELECT 1 AS a' -> 'AS SELECT 2 AS a'"]
    ),
    (
      "CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
      "CREATE TABLE t(a); CREATE TRIGGER g BEFORE UPDATE OF a ON t WHEN new.a > 0 BEGIN SELECT 1; END",
      ["trigger g: AFTER INSERT -> BEFORE UPDATE; any column -> OF a; no WHEN -> WHEN new.a > 0"]
    ),
    (
      "CREATE VIRTUAL TABLE f USING fts5(a, b)", "CREATE VIRTUAL TABLE f USING fts5(a, prefix = '2')",
      ["table f: b removed; prefix = '2' added"]
    ),
    ("CREATE VIRTUAL TABLE f USING fts5(a)", "CREATE TABLE f(a)", ["table f: becomes an ordinary table"]),
  ]

  @Test(arguments: table + others) func eachClauseIsToldByName(_ from: String, _ to: String, _ words: [String]) throws {
    let (one, other) = (try Schema.make(running: from), try Schema.make(running: to))
    #expect(SchemaChange.between(one, other).map(\.words) == words)
    #expect(SchemaChange.between(one, one).isEmpty && SchemaChange.between(other, other).isEmpty)
  }

  @Test func aValueSaysAllOfATable() throws {
    let sql = """
      CREATE TABLE t(
        id INTEGER CONSTRAINT k PRIMARY KEY DESC ON CONFLICT FAIL, a VARCHAR(20) COLLATE nocase DEFAULT 'x' NOT NULL,
        b AS (a || 1) STORED, c ANY UNIQUE ON CONFLICT IGNORE CHECK (c > 0),
        d INT REFERENCES p(x) ON DELETE SET NULL ON UPDATE CASCADE MATCH FULL NOT DEFERRABLE,
        FOREIGN KEY (a, c) REFERENCES q(m, n) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT u UNIQUE (a COLLATE rtrim, d DESC))
      """
    let object = try #require(try Schema.make(running: sql)["t"])
    let table = try #require(Schema.Table(object))
    #expect(table.columns.map(\.affinity) == [.integer, .text, .blob, .numeric, .integer])
    #expect(table.primaryKey.map(\.expression) == ["id"] && table.primaryKey.first?.isDescending == true)
    #expect(table["A"]?.collation == "nocase" && table["a"]?.defaultValue == "'x'")
    #expect(table["b"]?.generated?.expression == "a || 1" && table["b"]?.generated?.isStored == true)
    #expect(table["id"]?.constraints.first?.name == "k")
    #expect(
      table["c"]?.constraints.map(\.kind) == [.unique([], onConflict: .ignore), .check("c > 0", onConflict: nil)])
    guard case .foreignKey([], let reference)? = table["d"]?.constraints.first?.kind else {
      Issue.record("no reference")
      return
    }
    #expect(reference.onDelete == "SET NULL" && reference.onUpdate == "CASCADE" && reference.match == "FULL")
    #expect(reference.columns == ["x"] && reference.deferral == "NOT DEFERRABLE")
    guard case .foreignKey(["a", "c"], let other)? = table.constraints.first?.kind else {
      Issue.record("no foreign key")
      return
    }
    #expect(other.table == "q" && other.columns == ["m", "n"] && other.deferral == "DEFERRABLE INITIALLY DEFERRED")
    #expect(table.constraints.last?.name == "u" && table.constraints.count == 2)
  }
}
