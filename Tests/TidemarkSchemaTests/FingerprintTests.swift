// A table altered by SQLite has the fingerprint of a fresh one of the same meaning, and one of another meaning has not.
// Everything runs on the SQLite at hand.

import Testing
import TidemarkSQLite
import TidemarkSchema

struct FingerprintTests {
  /// Before, the ALTER statements, and the schema as one would write it today.
  @Test(arguments: [
    (
      "CREATE TABLE t(a INT, PRIMARY KEY(a))", "ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'x'",
      "CREATE TABLE t(a INT, b TEXT NOT NULL DEFAULT 'x', PRIMARY KEY(a))"
    ),
    (
      "CREATE TABLE t(a INT, b INT, CONSTRAINT c CHECK(a > 0) UNIQUE (a, b)) STRICT",
      "ALTER TABLE t ADD COLUMN /* new */ d INT; ALTER TABLE t ADD e INT",
      "CREATE TABLE t(a INT, b INT, d INT, e INT, CONSTRAINT c CHECK (a > 0), UNIQUE(a, b)) STRICT"
    ),
    ("CREATE TABLE t(a, b)", "ALTER TABLE t RENAME COLUMN a TO c", "CREATE TABLE t(c, b)"),
    ("CREATE TABLE t(\"a\", b)", "ALTER TABLE t RENAME COLUMN a TO \"order\"", "CREATE TABLE t([order], b)"),
    ("CREATE TABLE t(a, b)", "ALTER TABLE t RENAME COLUMN a TO \"x y\"", "CREATE TABLE t(`x y`, b)"),
    ("CREATE TABLE t(a, b)", "ALTER TABLE t RENAME COLUMN a TO \"Key\"", "CREATE TABLE t(key, b)"),
    (
      "CREATE TABLE t(a, b, c, PRIMARY KEY (a, b), CHECK (b <> 'A')); CREATE INDEX i ON t(b DESC, c) WHERE b > 1",
      "ALTER TABLE t RENAME b TO d",
      "CREATE TABLE t(a, d, c, PRIMARY KEY (a, d), CHECK (d <> 'A')); CREATE INDEX i ON t(d DESC, c) WHERE d > 1"
    ),
    ("CREATE TABLE t(a, b, c, PRIMARY KEY(a))", "ALTER TABLE t DROP COLUMN b", "CREATE TABLE t(a, c, PRIMARY KEY(a))"),
    ("CREATE TABLE t(a, b, c)", "ALTER TABLE t DROP COLUMN c", "CREATE TABLE t(a, b)"),
    ("CREATE TABLE t(a, b /* about b */, c -- about c\n)", "ALTER TABLE t DROP COLUMN c", "CREATE TABLE t(a, b)"),
    (
      "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p INT REFERENCES p(id) ON DELETE CASCADE)",
      "ALTER TABLE p RENAME TO Parent",
      "CREATE TABLE parent(id INTEGER PRIMARY KEY); CREATE TABLE c(p INT REFERENCES parent(id) ON DELETE CASCADE)"
    ),
    (
      "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p INT, FOREIGN KEY (p) REFERENCES p(id))",
      "ALTER TABLE p RENAME COLUMN id TO nr",
      "CREATE TABLE p(nr INTEGER PRIMARY KEY); CREATE TABLE c(p INT, FOREIGN KEY (p) REFERENCES p(nr))"
    ),
    (
      """
      CREATE TABLE t(a, b); CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT a, t.b FROM t;
      CREATE TRIGGER r AFTER UPDATE OF a ON t BEGIN UPDATE t SET b = new.a WHERE a = old.a; END
      """,
      "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN a TO z",
      """
      CREATE TABLE u(z, b); CREATE INDEX i ON u(z); CREATE VIEW v AS SELECT z, u.b FROM u;
      CREATE TRIGGER r AFTER UPDATE OF z ON u BEGIN UPDATE u SET b = new.z WHERE z = old.z; END
      """
    ),
    (
      "CREATE TABLE t(a, b, PRIMARY KEY('a'))", "ALTER TABLE t RENAME COLUMN a TO d",
      "CREATE TABLE t(d, b, PRIMARY KEY('d'))"
    ),
    ("CREATE TABLE 't'(a)", "ALTER TABLE t RENAME TO u", "CREATE TABLE 'u'('a')"),
    (
      "CREATE TABLE t(a CHECK (a <> \"Xy\"), b)", "ALTER TABLE t RENAME COLUMN b TO c",
      "CREATE TABLE t(a CHECK (a <> \"Xy\"), c)"
    ),
    (
      "CREATE TABLE t(a DEFAULT \"Xy\", b)", "ALTER TABLE t RENAME COLUMN b TO c", "CREATE TABLE t(a DEFAULT \"Xy\", c)"
    ),
    (
      "CREATE TABLE t(a, b AS (a || 'x') STORED)", "ALTER TABLE t RENAME COLUMN a TO c",
      "CREATE TABLE t(c, b AS (c || 'x') STORED)"
    ),
    (
      "CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT)", "ALTER TABLE t ADD COLUMN b INT REFERENCES t(a)",
      "CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b INT REFERENCES t(a))"
    ),
    (
      "CREATE VIRTUAL TABLE f USING fts5(a, tokenize='porter')", "ALTER TABLE f RENAME TO g",
      "CREATE VIRTUAL TABLE g USING fts5(a, tokenize='porter')"
    ),
  ])
  func alteredEqualsFresh(_ before: String, _ alter: String, _ fresh: String) throws {
    let altered = try Schema.make(running: before + ";\n" + alter)
    let expected = try Schema.make(running: fresh)
    #expect(altered.fingerprint(.exact) == expected.fingerprint(.exact))
    #expect(altered.fingerprint(.loose) == expected.fingerprint(.loose))
    #expect(try Schema.make(running: before).fingerprint(.loose) != expected.fingerprint(.loose))
  }

  @Test(arguments: [
    ("CREATE TABLE t(a,b)", "create table if not exists main.\"T\" ( [A] , -- one\n `b` )"),
    ("CREATE TABLE t(a, CHECK(a>0) UNIQUE(a))", "CREATE TABLE t(a, CHECK(a>0), UNIQUE(a))"),
    (
      "CREATE TABLE t(a, CONSTRAINT x UNIQUE(a) CONSTRAINT y CHECK(a>0))",
      "CREATE TABLE t(a, CONSTRAINT x UNIQUE(a), CONSTRAINT y CHECK(a>0))"
    ),
    (
      "CREATE TABLE t(a INT PRIMARY KEY) STRICT, WITHOUT ROWID",
      "CREATE TABLE t(a INT PRIMARY KEY) without rowid, strict"
    ),
    ("CREATE TABLE t(a); CREATE TABLE u(a)", "CREATE TABLE u(a); CREATE TABLE t(a)"),
    (
      "CREATE TABLE t(a); CREATE UNIQUE INDEX i ON t(a)",
      "CREATE TABLE t(a); CREATE UNIQUE INDEX main.i ON \"t\" (\"a\")"
    ),
    ("CREATE TABLE t(a); CREATE INDEX i ON t(a)", "CREATE TABLE t(a); CREATE INDEX IF NOT EXISTS i ON t('a')"),
    ("CREATE TABLE t(a DEFAULT 'x')", "CREATE TABLE t(a DEFAULT \"x\")"),
    ("CREATE VIEW v AS SELECT 1", "CREATE VIEW IF NOT EXISTS main.v AS /* one */ SELECT 1;"),
    ("CREATE TABLE t(\"left\")", "CREATE TABLE t(left)"),
  ])
  func spellingDoesNotCount(_ one: String, _ other: String) throws {
    #expect(try Schema.make(running: one).fingerprint(.exact) == Schema.make(running: other).fingerprint(.exact))
  }

  @Test(arguments: [
    ("CREATE TABLE t(a)", "CREATE TABLE t(a TEXT)"),
    ("CREATE TABLE t(a VARCHAR(20))", "CREATE TABLE t(a VARCHAR(30))"),
    ("CREATE TABLE t(a TEXT)", "CREATE TABLE t(a TEXT COLLATE NOCASE)"),
    ("CREATE TABLE t(a, CHECK(a <> 'x'))", "CREATE TABLE t(a, CHECK(a <> 'X'))"),
    ("CREATE TABLE t(a CHECK(a <> \"x\"))", "CREATE TABLE t(a CHECK(a <> \"X\"))"),
    ("CREATE TABLE t(a DEFAULT 'x')", "CREATE TABLE t(a DEFAULT 'X')"),
    ("CREATE TABLE t(a DEFAULT \"x\")", "CREATE TABLE t(a DEFAULT \"X\")"),
    ("CREATE TABLE t(a DEFAULT \"true\")", "CREATE TABLE t(a DEFAULT true)"),
    ("CREATE TABLE t(a INTEGER PRIMARY KEY)", "CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT)"),
    ("CREATE TABLE t(a INT PRIMARY KEY)", "CREATE TABLE t(a INT PRIMARY KEY) WITHOUT ROWID"),
    ("CREATE TABLE t(a INT)", "CREATE TABLE t(a INT) STRICT"),
    ("CREATE TABLE t(a REFERENCES t)", "CREATE TABLE t(a REFERENCES t DEFERRABLE INITIALLY DEFERRED)"),
    ("CREATE TABLE t(a UNIQUE)", "CREATE TABLE t(a UNIQUE ON CONFLICT IGNORE)"),
    ("CREATE TABLE t(a, b, PRIMARY KEY(a, b))", "CREATE TABLE t(a, b, PRIMARY KEY(b, a))"),
    ("CREATE TABLE t(a, b AS (a+1))", "CREATE TABLE t(a, b AS (a+2))"),
    ("CREATE TABLE t(a); CREATE INDEX i ON t(a)", "CREATE TABLE t(a); CREATE UNIQUE INDEX i ON t(a)"),
    ("CREATE TABLE t(a); CREATE INDEX i ON t(a)", "CREATE TABLE t(a); CREATE INDEX i ON t(a DESC)"),
    ("CREATE TABLE t(a); CREATE INDEX i ON t(a)", "CREATE TABLE t(a); CREATE INDEX j ON t(a)"),
    ("CREATE TABLE t(a); CREATE INDEX i ON t(a)", "CREATE TABLE t(a)"),
    ("CREATE TABLE t(a)", "CREATE VIEW t(a) AS SELECT 1"),
    (
      "CREATE VIRTUAL TABLE f USING fts5(a, tokenize='porter')",
      "CREATE VIRTUAL TABLE f USING fts5(a, tokenize='ascii')"
    ),
    (
      "CREATE TABLE a(x); CREATE TABLE b(x); CREATE VIEW v AS SELECT * FROM a left JOIN b",
      "CREATE TABLE a(x); CREATE TABLE b(x); CREATE VIEW v AS SELECT * FROM a \"left\" JOIN b"
    ),
  ])
  func meaningCounts(_ one: String, _ other: String) throws {
    let (one, other) = (try Schema.make(running: one), try Schema.make(running: other))
    #expect(one.fingerprint(.exact) != other.fingerprint(.exact))
    #expect(one.fingerprint(.loose) != other.fingerprint(.loose))
  }

  @Test func onlyTheExactFingerprintSeesTheOrderOfColumns() throws {
    let one = try Schema.make(running: "CREATE TABLE t(a INT, b TEXT, UNIQUE(a))")
    let other = try Schema.make(running: "CREATE TABLE t(b TEXT, a INT, UNIQUE(a))")
    #expect(one.fingerprint(.loose) == other.fingerprint(.loose))
    #expect(one.fingerprint(.exact) != other.fingerprint(.exact))
  }

  /// A keyword is a name only in quotes, or it is in the list of those that may stand bare: told by asking SQLite.
  @Test(arguments: [
    "abort", "action", "add", "after", "all", "alter", "always", "analyze", "and", "as", "asc", "attach",
    "autoincrement",
    "before", "begin", "between", "by", "cascade", "case", "cast", "check", "collate", "column", "commit", "conflict",
    "constraint", "create", "cross", "current", "database", "default", "deferrable", "deferred", "delete", "desc",
    "detach",
    "distinct", "do", "drop", "each", "else", "end", "escape", "except", "exclude", "exclusive", "exists", "explain",
    "fail",
    "filter", "first", "following", "for", "foreign", "from", "full", "generated", "glob", "group", "groups", "having",
    "if",
    "ignore", "immediate", "in", "index", "indexed", "initially", "inner", "insert", "instead", "intersect", "into",
    "is",
    "isnull", "join", "key", "last", "left", "like", "limit", "match", "materialized", "natural", "no", "not",
    "nothing",
    "notnull", "null", "nulls", "of", "offset", "on", "or", "order", "others", "outer", "over", "partition", "plan",
    "pragma", "preceding", "primary", "query", "raise", "range", "recursive", "references", "regexp", "reindex",
    "release",
    "rename", "replace", "restrict", "returning", "right", "rollback", "row", "rows", "savepoint", "select", "set",
    "table",
    "temp", "temporary", "then", "ties", "to", "transaction", "trigger", "unbounded", "union", "unique", "update",
    "using",
    "vacuum", "values", "view", "virtual", "when", "where", "window", "with", "within", "without",
  ])
  func quotingCountsJustForWordsThatCannotStandBare(_ word: String) throws {
    let connection = try Connection.inMemory()
    let bareIsAName = (try? connection.execute("CREATE TABLE t(\(word) INT)")) != nil
    let same = Digest.ofSQL("CREATE TABLE t(\(word) INT)") == Digest.ofSQL("CREATE TABLE t(\"\(word)\" INT)")
    let joins = ["cross", "full", "inner", "left", "natural", "outer", "right"]
    #expect(same == (bareIsAName && !joins.contains(word)))
  }
}
