// Statements of SQLite's whole grammar, written by hand after https://sqlite.org/lang.html: one at least for each production
// and each kind of literal and name. The tables they speak of are in `fixture`.

/// Statements that SQLite takes.
enum GrammarCorpus {
  static let fixture = """
    CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c, d REAL);
    CREATE TABLE u(a, b, c);
    CREATE TABLE "order"("group" TEXT, [a b] INT, `c``d`, "e""f");
    CREATE VIEW v AS SELECT a, b FROM t;
    CREATE INDEX ti ON t(b);
    """

  static let all = tables + indexes + views + triggers + virtual + changes + queries + expressions + others

  static let tables = [
    "CREATE TABLE n(a)", "CREATE TEMP TABLE n(a)", "CREATE TEMPORARY TABLE n(a)", "CREATE TABLE IF NOT EXISTS n(a)",
    "CREATE TABLE main.n(a)", "CREATE TABLE n AS SELECT * FROM t", "CREATE TABLE 'n'('a' 'some type')",
    "CREATE TABLE n(a, b VARCHAR(20), c DECIMAL(10, -2), d UNSIGNED BIG INT, e DOUBLE PRECISION, f \"q t\")",
    "CREATE TABLE n(a INT CONSTRAINT pk PRIMARY KEY DESC ON CONFLICT ROLLBACK)",
    "CREATE TABLE n(a INTEGER PRIMARY KEY ASC ON CONFLICT ABORT AUTOINCREMENT)",
    "CREATE TABLE n(a NOT NULL ON CONFLICT FAIL, b NULL, c UNIQUE ON CONFLICT IGNORE, d UNIQUE ON CONFLICT REPLACE)",
    "CREATE TABLE n(a CHECK (a > 0) CONSTRAINT x CHECK (a < 9) COLLATE NOCASE COLLATE rtrim)",
    "CREATE TABLE n(a DEFAULT 1, b DEFAULT -1, c DEFAULT +1.5e-3, d DEFAULT 'x', e DEFAULT x'00FF', f DEFAULT NULL)",
    "CREATE TABLE n(a DEFAULT TRUE, b DEFAULT word, c DEFAULT \"quoted\", d DEFAULT (1 + (2)), e DEFAULT -0x1F)",
    "CREATE TABLE n(a DEFAULT CURRENT_TIME, b DEFAULT CURRENT_DATE, c DEFAULT CURRENT_TIMESTAMP)",
    "CREATE TABLE n(a, b GENERATED ALWAYS AS (a + 1), c AS (a) STORED, d INT AS (a) VIRTUAL NOT NULL)",
    "CREATE TABLE n(a REFERENCES t, b REFERENCES t(a) ON DELETE SET NULL ON UPDATE SET DEFAULT MATCH FULL)",
    "CREATE TABLE n(a REFERENCES t ON DELETE CASCADE ON UPDATE RESTRICT NOT DEFERRABLE, b REFERENCES t ON DELETE NO ACTION)",
    "CREATE TABLE n(a REFERENCES t DEFERRABLE INITIALLY DEFERRED, b REFERENCES t NOT DEFERRABLE INITIALLY IMMEDIATE)",
    "CREATE TABLE n(a, b, PRIMARY KEY (a COLLATE nocase DESC, b ASC) ON CONFLICT REPLACE, UNIQUE (b))",
    "CREATE TABLE n(a, b, CONSTRAINT c1 UNIQUE (a, b) ON CONFLICT FAIL CONSTRAINT c2 CHECK (a <> b) CHECK (b))",
    "CREATE TABLE n(a, b, FOREIGN KEY (a, b) REFERENCES u(a, b) MATCH SIMPLE ON DELETE CASCADE DEFERRABLE)",
    "CREATE TABLE n(a INTEGER PRIMARY KEY, b ANY, c BLOB) STRICT", "CREATE TABLE n(a, PRIMARY KEY (a)) WITHOUT ROWID",
    "CREATE TABLE n(a INT PRIMARY KEY) WITHOUT ROWID, STRICT",
    "CREATE TABLE n(a INTEGER, PRIMARY KEY (a AUTOINCREMENT))",
    "CREATE TABLE n(абв, 名前 TEXT, \u{1F600} INT, a$b, _c)", "CREATE TABLE [n n]([a] b TEXT)",
    "CREATE TABLE n(key, desc, asc, action, after, before, begin, cascade, cast, column, conflict, current, day, do, end)",
    "CREATE TABLE n(a -- a comment\n, b /* another, */ TEXT /**/)", "CREATE\tTABLE\r\nn\u{C}(a)",
    "CREATE TABLE \u{FEFF}n(a)",
  ]

  static let indexes = [
    "CREATE INDEX i ON t(b)", "CREATE UNIQUE INDEX i ON t(b, c)",
    "CREATE INDEX IF NOT EXISTS main.i ON t(b DESC, c ASC)",
    "CREATE INDEX i ON t(b COLLATE NOCASE DESC)",
    "CREATE INDEX i ON t(lower(b), a + 1, c IS NULL) WHERE b > 'x' AND c IN (1, 2)",
    "CREATE INDEX \"i i\" ON \"order\"(\"group\", [a b])", "REINDEX", "REINDEX ti", "REINDEX main.t", "REINDEX nocase",
    "DROP INDEX ti", "DROP INDEX IF EXISTS main.ti",
  ]

  static let views = [
    "CREATE VIEW w AS SELECT 1", "CREATE TEMP VIEW w(x, \"y\") AS SELECT a, b FROM t",
    "CREATE VIEW IF NOT EXISTS main.w AS VALUES (1, 2), (3, 4)",
    "CREATE VIEW w AS WITH x(n) AS (SELECT 1) SELECT n FROM x", "DROP VIEW v", "DROP VIEW IF EXISTS main.v",
  ]

  static let triggers = [
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
    "CREATE TRIGGER IF NOT EXISTS g BEFORE DELETE ON t FOR EACH ROW WHEN old.a > 0 BEGIN DELETE FROM u WHERE a = old.a; SELECT 1; END",
    "CREATE TRIGGER g UPDATE OF b, c ON t BEGIN UPDATE OR IGNORE u SET a = new.b WHERE b = old.b; END",
    "CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN INSERT INTO t(a, b) VALUES (new.a, new.b) ON CONFLICT (a) DO NOTHING; END",
    "CREATE TEMP TRIGGER g AFTER INSERT ON main.t BEGIN INSERT OR REPLACE INTO u SELECT * FROM u WHERE a = CASE WHEN new.a THEN 1 ELSE 2 END; END",
    "CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no'); SELECT RAISE(IGNORE); SELECT RAISE(FAIL, 'x''y') WHERE new.a; SELECT RAISE(ROLLBACK, ''); END",
    "DROP TRIGGER IF EXISTS main.g",
  ]

  static let virtual = [
    "CREATE VIRTUAL TABLE f USING fts5(a, b UNINDEXED, tokenize = 'porter unicode61', content='', prefix = '2 3')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS main.f USING rtree(id, x0, x1, +note TEXT)",
    "CREATE VIRTUAL TABLE f USING fts4(a, tokenize=unicode61 \"remove_diacritics=0\")",
  ]

  static let changes = [
    "ALTER TABLE t RENAME TO n", "ALTER TABLE main.t RENAME b TO x", "ALTER TABLE t RENAME COLUMN b TO \"x y\"",
    "ALTER TABLE t ADD n", "ALTER TABLE t ADD COLUMN n TEXT NOT NULL DEFAULT 'x' CHECK (n <> '')",
    "ALTER TABLE u DROP b",
    "ALTER TABLE u DROP COLUMN c", "DROP TABLE u", "DROP TABLE IF EXISTS main.u", "INSERT INTO t DEFAULT VALUES",
    "INSERT INTO t VALUES (1, 'x', NULL, 2.5), (2, '', x'', .5)", "INSERT OR ABORT INTO main.t AS x(a, b) SELECT 1, 2",
    "REPLACE INTO t(a) VALUES (1) RETURNING *, a + 1 AS n",
    "INSERT INTO t(a) VALUES (1) ON CONFLICT (a) WHERE a > 0 DO UPDATE SET b = excluded.b, (c, d) = (1, 2) WHERE b <> 'x'",
    "INSERT INTO t(a) VALUES (1) ON CONFLICT DO NOTHING",
    "WITH x AS (SELECT 1 AS n) INSERT INTO t(a) SELECT n FROM x WHERE true",
    "UPDATE t SET b = 1", "UPDATE OR ROLLBACK t INDEXED BY ti SET b = 'x' WHERE b = 'y'",
    "UPDATE t NOT INDEXED SET (b, c) = (SELECT 1, 2) FROM u WHERE u.a = t.a RETURNING t.a",
    "DELETE FROM t", "DELETE FROM main.t AS x WHERE x.a IN (SELECT a FROM u) RETURNING a",
    "WITH x(n) AS (VALUES (1)) DELETE FROM t WHERE a IN x",
  ]

  static let queries = [
    "SELECT *, t.*, main.t.a, a AS n, b m, c 'l', d \"k\" FROM t", "SELECT DISTINCT a FROM t", "SELECT ALL a FROM t",
    "SELECT a FROM t, u", "SELECT t.a FROM t JOIN u ON t.a = u.a", "SELECT a FROM t LEFT OUTER JOIN u USING (a, b)",
    "SELECT a FROM t NATURAL JOIN u", "SELECT t.a FROM t CROSS JOIN u",
    "SELECT t.a FROM t INNER JOIN u ON true JOIN (SELECT 1) AS x",
    "SELECT t.a FROM (t JOIN u), (SELECT 2)", "SELECT * FROM json_each('[1]') AS j WHERE j.value > 0",
    "SELECT b, count(*) FROM t GROUP BY b, 1 HAVING count(*) > 1",
    "SELECT a FROM t ORDER BY b COLLATE NOCASE DESC NULLS LAST, 1 ASC NULLS FIRST LIMIT 1 OFFSET 2",
    "SELECT a FROM t LIMIT 2, 1",
    "SELECT 1 UNION SELECT 2 UNION ALL SELECT 3 INTERSECT SELECT 4 EXCEPT SELECT 5", "VALUES (1, 2), (3, 4)",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT i FROM n",
    "WITH x AS MATERIALIZED (SELECT 1), y AS NOT MATERIALIZED (SELECT 2) SELECT * FROM x, y",
    "SELECT sum(a) FILTER (WHERE a > 1) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM t",
    "SELECT rank() OVER w, lag(a, 1, 0) OVER (w ROWS 2 PRECEDING) FROM t WINDOW w AS (ORDER BY a)",
    "SELECT sum(a) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE NO OTHERS), sum(a) OVER (GROUPS CURRENT ROW) FROM t",
    "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT a FROM t",
  ]

  static let expressions = [
    "SELECT 1, -1, +1, 1.0, .5, 5., 1e10, 1E+10, 1.5e-3, 0x1f, 0XFF, 9223372036854775807, 9223372036854775808",
    "SELECT 'it''s', '', '--', '/*', \"a\"\"b\", x'', X'0aFf', NULL, TRUE, FALSE, CURRENT_TIMESTAMP",
    "SELECT ?, ?1, ?999, :a, @b, $c, $d::e, $f(g), :1",
    "SELECT a+b-c*d/a%b||c FROM t", "SELECT a<b, a<=b, a>b, a>=b, a=b, a==b, a<>b, a!=b FROM t",
    "SELECT a&b|c, a<<1, a>>1, ~a, -~+a FROM t", "SELECT a- -b, a--b\n FROM t",
    "SELECT b->'$.x', b->>'$.x', b->0 FROM t",
    "SELECT a IS b, a IS NOT b, a ISNULL, a NOTNULL, a NOT NULL, a IS NOT DISTINCT FROM b, a IS DISTINCT FROM b FROM t",
    "SELECT a AND b OR NOT c FROM t", "SELECT a BETWEEN 1 AND 2, a NOT BETWEEN 1 AND 2 FROM t",
    "SELECT a IN (), a IN (1, 2), a NOT IN (SELECT a FROM u), a IN u, (a, b) IN (VALUES (1, 2)) FROM t",
    "SELECT b LIKE 'x%', b NOT LIKE 'x' ESCAPE '\\', b GLOB '*', b NOT GLOB 'x' FROM t",
    "SELECT CASE a WHEN 1 THEN 'x' ELSE 'y' END, CASE WHEN a THEN b END FROM t",
    "SELECT CAST(a AS VARCHAR(10)), CAST(b AS UNSIGNED BIG INT) FROM t",
    "SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT 1), (SELECT 2), (1, 2) = (SELECT 1, 2)",
    "SELECT b COLLATE NOCASE, count(*), count(DISTINCT a), group_concat(b, ','), max(a, 2) FROM t",
    "SELECT \"order\".\"group\", [order].[a b], `order`.`c``d`, \"e\"\"f\" FROM \"order\"",
    "SELECT a.b FROM (SELECT 1 AS b) AS a", "SELECT/**/1/* x **/,/* '*/2--'\n", "SELECT(1),((2))",
  ]

  static let others = [
    "BEGIN", "BEGIN DEFERRED TRANSACTION", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "COMMIT", "END TRANSACTION",
    "ROLLBACK", "ROLLBACK TRANSACTION TO SAVEPOINT s", "SAVEPOINT s", "RELEASE SAVEPOINT s",
    "PRAGMA user_version", "PRAGMA main.user_version = 5", "PRAGMA cache_size(-100)", "PRAGMA journal_mode = delete",
    "PRAGMA foreign_keys = ON", "ANALYZE", "ANALYZE main.t", "VACUUM", "VACUUM main INTO 'x'",
    "ATTACH DATABASE ':memory:' AS n", "DETACH DATABASE n",
    ";", "SELECT 1;",
  ]

  /// Texts that SQLite has no word for.
  static let illegal = [
    "SELECT 'x", "SELECT \"x", "SELECT [x", "SELECT `x", "SELECT x'0'", "SELECT x'0g'", "SELECT 1x", "SELECT 0x",
    "SELECT 1e", "SELECT 1.5x", "SELECT !", "SELECT a ! b", "SELECT \\",
    "SELECT ^", "SELECT {", "SELECT @", "SELECT :", "SELECT $", "SELECT $a(b c)", "SELECT \u{1}",
  ]
}
