// SQL that an older build could not run, or would run with another result, is told from SQL that it can.
import Testing
import TidemarkSchema

@Suite struct StoredSQLLintTests {
  static let functions: Set<String> = [
    "lower", "coalesce", "date", "datetime", "strftime", "random", "changes", "count", "json_each", "replace", "max",
    "unixepoch", "group_concat", "iif",
  ]

  private func rules(_ sql: String, oldest: Int32 = 3_037_000) -> [String] {
    StoredSQLLint(oldestSQLite: oldest, functions: Self.functions).findings(in: sql).map { "\($0.line) \($0.rule)" }
  }

  @Test(arguments: [
    ("UPDATE t SET a = shout(b)", ["1 unknown-function"]),
    ("UPDATE t SET a = \"Shout\"(b)", ["1 unknown-function"]),
    ("DELETE FROM t\nWHERE lower(a) = 'x'\n  AND seen(a)", ["3 unknown-function"]),
    ("INSERT INTO t(a) SELECT f(a) FROM u", ["1 unknown-function"]),
    ("SELECT * FROM split(a)", ["1 unknown-function"]),
    ("CREATE INDEX i ON t(mine(a))", ["1 unknown-function"]),
    ("CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET a = mine(new.a); END", ["1 unknown-function"]),
    ("UPDATE t SET a = random()", ["1 nondeterministic"]),
    ("UPDATE t SET a = datetime('now')", ["1 nondeterministic"]),
    ("UPDATE t SET a = datetime( 'NOW' , '+1 day')", ["1 nondeterministic"]),
    ("UPDATE t SET a = strftime('%s')", ["1 nondeterministic"]),
    ("INSERT INTO t VALUES (1, CURRENT_TIMESTAMP)", ["1 nondeterministic"]),
    ("WITH a AS (SELECT 1) UPDATE t SET b = changes()", ["1 nondeterministic"]),
    ("SELECT 1;\n\nUPDATE t SET a = random()", ["3 nondeterministic"]),
    ("CREATE TABLE t(a TEXT COLLATE german)", ["1 unknown-collation"]),
    ("SELECT a FROM t ORDER BY a COLLATE \"German\"", ["1 unknown-collation"]),
    ("DELETE FROM tidemark_changelog", ["1 own-table"]),
    ("DROP TABLE \"Tidemark_Meta\"", ["1 own-table"]),
    ("UPDATE t SET a = b -> 'c'", ["1 too-new"]),
    ("UPDATE t SET a = b ->> 'c'", ["1 too-new"]),
    ("INSERT INTO t SELECT u.a FROM v RIGHT JOIN u ON u.a = v.a", ["1 too-new"]),
    ("INSERT INTO t SELECT u.a FROM v FULL OUTER JOIN u ON u.a = v.a", ["1 too-new"]),
    ("DELETE FROM t WHERE a IS NOT DISTINCT FROM b", ["1 too-new"]),
    ("UPDATE t SET a = unixepoch(b)", ["1 too-new"]),
    ("ALTER TABLE t DROP CONSTRAINT c", ["1 too-new"]),
  ])
  func whatAnOlderBuildCannotRunIsFound(_ sql: String, _ expected: [String]) {
    #expect(rules(sql) == expected)
  }

  @Test(arguments: [
    "", "DROP TABLE t", "UPDATE t SET a = lower(b), c = replace(d, 'x', 'y')",
    "CREATE TABLE t(a VARCHAR(20) DEFAULT (datetime('now')), b DECIMAL(10, 2) CHECK (b > 0), at TEXT DEFAULT CURRENT_TIMESTAMP, UNIQUE(a), PRIMARY KEY(a, b), FOREIGN KEY(a) REFERENCES p(b))",
    "INSERT INTO t(a, b) VALUES (1, 2), (3, 4)", "INSERT INTO random(a) SELECT 1",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n), m(j) AS NOT MATERIALIZED (SELECT 2) DELETE FROM t WHERE a IN (SELECT i FROM n)",
    "INSERT INTO t(a) VALUES (1) ON CONFLICT(a) DO UPDATE SET a = excluded.a",
    "CREATE INDEX i ON t(lower(a), b) WHERE a IS NOT NULL", "CREATE VIRTUAL TABLE s USING fts5(a, b)",
    "SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b) FROM t", "UPDATE t SET a = date(b), c = strftime('%s', d)",
    "SELECT value FROM json_each(a)", "UPDATE t SET a = 'tidemark_x random() -> COLLATE mine'",
    "-- random() of tidemark_meta\nDELETE FROM t", "ALTER TABLE t DROP COLUMN c",
    "ALTER TABLE t ADD COLUMN c DEFAULT (1)",
    """
    CREATE TRIGGER r AFTER INSERT ON t BEGIN
      SELECT CASE WHEN new.a THEN 1 END; UPDATE log SET at = datetime('now'); DELETE FROM log WHERE id = random();
    END; DROP TABLE u
    """,
    "SELECT a FROM t ORDER BY a COLLATE NOCASE",
    "DELETE FROM t WHERE EXISTS (SELECT 1) AND NOT (a = 1) OR CAST(b AS TEXT) = ''",
  ])
  func whatItCanRunIsLeftAlone(_ sql: String) {
    #expect(rules(sql) == [])
  }

  @Test func aNewerOldestVersionAllowsMore() {
    let sql = "DELETE FROM t WHERE a IS NOT DISTINCT FROM b -> 'c'; UPDATE t SET a = unixepoch(b)"
    #expect(rules(sql).count == 3)
    #expect(rules(sql, oldest: 3_038_000) == ["1 too-new"])
    #expect(rules(sql, oldest: 3_039_000) == [])
  }
}
