// Which statements go by the position of columns, and of which tables.
import Testing

@testable import TidemarkMigrations

@Suite struct PositionalCheckTests {
  static let cases: [(String, Set<String>)] = [
    ("INSERT INTO t VALUES (1)", ["t"]),
    ("INSERT INTO 'T' VALUES (1)", ["t"]),
    ("INSERT INTO main.t AS x SELECT 1", ["t"]),
    ("INSERT INTO t(a) VALUES (1)", []),
    ("INSERT INTO t DEFAULT VALUES", []),
    // In triggers: the first statement too, and behind a condition.
    ("CREATE TRIGGER g AFTER INSERT ON s BEGIN INSERT INTO t VALUES (1); END", ["t"]),
    ("CREATE TEMP TRIGGER g AFTER UPDATE OF a ON s WHEN new.a > 1 BEGIN INSERT INTO t SELECT new.a; END", ["t"]),
    ("CREATE TRIGGER g AFTER INSERT ON s BEGIN DELETE FROM s; INSERT INTO t VALUES (1); END", ["t"]),
    ("CREATE TRIGGER g AFTER INSERT ON s BEGIN UPDATE t SET a = 1; INSERT INTO t(a) VALUES (2); END", []),
    ("CREATE TRIGGER g AFTER INSERT ON s BEGIN UPDATE t SET (a, b) = (SELECT * FROM u); END", ["u"]),
    // Into a row of values, and against one.
    ("UPDATE t SET (a, b) = (SELECT * FROM s WHERE s.id = t.id)", ["s"]),
    ("DELETE FROM t WHERE (a, b) IN (SELECT * FROM s)", ["s"]),
    ("UPDATE t SET a = a * 2, b = (SELECT a * 2 FROM s)", []),
    ("UPDATE t SET a = 1 WHERE EXISTS (SELECT * FROM s)", []),
    ("INSERT INTO t(a) SELECT a FROM s WHERE NOT EXISTS (SELECT * FROM u)", []),
    ("UPDATE t SET a = (SELECT count(*) FROM s)", []),
    // Where the rows come from.
    ("INSERT INTO t(a, b) SELECT * FROM main.s", ["s"]),
    ("INSERT INTO t(a, b) SELECT * FROM \"main\".\"S\"", ["s"]),
    ("INSERT INTO t(a, b) SELECT * FROM s, u", ["s", "u"]),
    ("INSERT INTO t(a, b) SELECT * FROM s AS x, main.u y WHERE x.a IN (1, 2)", ["s", "u"]),
    ("INSERT INTO t(a, b) SELECT * FROM s JOIN u ON max(s.a, u.a) > 1, v", ["s", "u", "v"]),
    ("INSERT INTO t(a, b) SELECT * FROM (s JOIN u USING (a))", ["s", "u"]),
    ("INSERT INTO t(a, b) SELECT * FROM (SELECT a, b FROM s) ORDER BY a, b", ["s"]),
    ("INSERT INTO t(a, b) SELECT * FROM s GROUP BY a, b", ["s"]),
    ("CREATE VIEW v AS SELECT s.* FROM u, s", ["s", "u"]),
    ("CREATE TABLE v AS SELECT * FROM main.s", ["s"]),
    ("CREATE TABLE v(a, b)", []),
    ("SELECT 1; INSERT INTO t VALUES (1)", ["t"]),
  ]

  @Test(arguments: cases) func theTablesThatATextGoesByAreFound(_ sql: String, _ tables: Set<String>) {
    #expect(PositionalCheck.tables(in: sql) == tables)
  }
}
