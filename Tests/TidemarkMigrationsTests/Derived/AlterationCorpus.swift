// Pairs of schemas, one for every kind of object and constraint, each to be gone both ways.
import Testing

/// Two schemas that differ in one thing.
struct SchemaPair: Sendable, CustomTestStringConvertible {
  var name: String
  var one: String
  var other: String
  var testDescription: String { name }

  init(_ name: String, _ one: String, _ other: String) {
    (self.name, self.one, self.other) = (name, one, other)
  }

  /// A parent, a child, a view and a trigger elsewhere, which a rebuild must leave as they are.
  private static let around = """
    CREATE TABLE log(id INTEGER PRIMARY KEY, text);
    CREATE TABLE kid(id INTEGER PRIMARY KEY, t INTEGER REFERENCES t(id) ON DELETE CASCADE, note TEXT);
    CREATE VIEW all_t AS SELECT t.id, kid.note FROM t LEFT JOIN kid ON kid.t = t.id;
    CREATE TRIGGER all_t_in INSTEAD OF INSERT ON all_t BEGIN INSERT INTO log(text) VALUES(new.note); END;
    CREATE TRIGGER kid_t AFTER INSERT ON kid BEGIN UPDATE t SET a = new.note WHERE id = new.t; END;
    """
  private static func table(_ name: String, _ one: String, _ other: String, with: String = "") -> SchemaPair {
    SchemaPair(
      name, "CREATE TABLE t(\(one)); \(around) \(with)", "CREATE TABLE t(\(other)); \(around) \(with)")
  }
  private static func whole(_ name: String, _ one: String, _ other: String, with: String = "") -> SchemaPair {
    SchemaPair(name, "\(one); \(around) \(with)", "\(other); \(around) \(with)")
  }

  static let all: [SchemaPair] = columns + constraints + options + others + virtual

  static let columns: [SchemaPair] = [
    .table("a column at the end", "id INTEGER PRIMARY KEY, a TEXT", "id INTEGER PRIMARY KEY, a TEXT, b TEXT"),
    .table("a column in the middle", "id INTEGER PRIMARY KEY, a TEXT, c", "id INTEGER PRIMARY KEY, b INT, a TEXT, c"),
    .table("the order of columns", "id INTEGER PRIMARY KEY, a, b, c", "id INTEGER PRIMARY KEY, c, a, b"),
    .table("one goes, one comes", "id INTEGER PRIMARY KEY, a, b TEXT", "id INTEGER PRIMARY KEY, a, c BLOB"),
    .table("a default", "id INTEGER PRIMARY KEY, a DEFAULT 'x'", "id INTEGER PRIMARY KEY, a DEFAULT 'y'"),
    .table(
      "NOT NULL with a default", "id INTEGER PRIMARY KEY, a", "id INTEGER PRIMARY KEY, a, b TEXT NOT NULL DEFAULT 'n'"),
    .table("NOT NULL without one", "id INTEGER PRIMARY KEY, a", "id INTEGER PRIMARY KEY, a, b TEXT NOT NULL"),
    .table(
      "a default that is computed", "id INTEGER PRIMARY KEY, a",
      "id INTEGER PRIMARY KEY, a, b TEXT DEFAULT CURRENT_TIMESTAMP, c DEFAULT (1 + 1)"),
    .table("a column's collation", "id INTEGER PRIMARY KEY, a TEXT", "id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE"),
    .table("a declared type", "id INTEGER PRIMARY KEY, a VARCHAR(20)", "id INTEGER PRIMARY KEY, a TEXT"),
    .table("no type", "id INTEGER PRIMARY KEY, a", "id INTEGER PRIMARY KEY, a UNSIGNED BIG INT"),
    .table(
      "a column that is checked", "id INTEGER PRIMARY KEY, a",
      "id INTEGER PRIMARY KEY, a, b INTEGER DEFAULT 1 CHECK (b > 0)"),
    .table(
      "a virtual generated column", "id INTEGER PRIMARY KEY, a",
      "id INTEGER PRIMARY KEY, a, b TEXT GENERATED ALWAYS AS (a || '!') VIRTUAL"),
    .table(
      "a stored generated column", "id INTEGER PRIMARY KEY, a",
      "id INTEGER PRIMARY KEY, a, b TEXT AS (a || '!') STORED"),
    .table(
      "a generated column that is another", "id INTEGER PRIMARY KEY, a, b AS (a || 1)",
      "id INTEGER PRIMARY KEY, a, b AS (a || 2)"),
    .table(
      "a generated column that is not", "id INTEGER PRIMARY KEY, a, b AS (a || 1)", "id INTEGER PRIMARY KEY, a, b"),
    .table(
      "a column that an index is on", "id INTEGER PRIMARY KEY, a", "id INTEGER PRIMARY KEY, a, b",
      with: "CREATE INDEX i ON t(a DESC);"),
    .table(
      "a column of a partial index", "id INTEGER PRIMARY KEY, a, b, c", "id INTEGER PRIMARY KEY, a, b",
      with: "CREATE INDEX i ON t(lower(a)) WHERE b > 0; CREATE UNIQUE INDEX u ON t(id, b COLLATE NOCASE);"),
    .table(
      "names in quotes", "id INTEGER PRIMARY KEY, a, \"order\" TEXT, [by x]", "id INTEGER PRIMARY KEY, a, `by x`"),
    .table("a column that refers", "id INTEGER PRIMARY KEY, a", "id INTEGER PRIMARY KEY, a, l INTEGER REFERENCES log"),
    .table(
      "a comment", "id INTEGER PRIMARY KEY, a -- the first\n, b",
      "id INTEGER PRIMARY KEY, /* kept */ a, c -- the last\n"),
    .table(
      "letters beyond ASCII", "id INTEGER PRIMARY KEY, a, größe TEXT DEFAULT 'ß'",
      "id INTEGER PRIMARY KEY, a, größe BLOB"),
  ]

  static let constraints: [SchemaPair] = [
    .table("UNIQUE of a column", "id INTEGER PRIMARY KEY, a", "id INTEGER PRIMARY KEY, a UNIQUE"),
    .table("a unique column", "id INTEGER PRIMARY KEY, a, b UNIQUE", "id INTEGER PRIMARY KEY, a"),
    .table("UNIQUE of two", "id INTEGER PRIMARY KEY, a, b", "id INTEGER PRIMARY KEY, a, b, UNIQUE(b, a)"),
    .table(
      "ON CONFLICT", "id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT REPLACE",
      "id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT IGNORE"),
    .table("CHECK", "id INTEGER PRIMARY KEY, a, CHECK (a <> 'z')", "id INTEGER PRIMARY KEY, a, CHECK (a <> 'y')"),
    .table(
      "CHECK that names the table", "id INTEGER PRIMARY KEY, a, CHECK (t.a <> 'z')",
      "id INTEGER PRIMARY KEY, a, b, CHECK (t.a <> 'y')"),
    .table(
      "an index that names the table", "id INTEGER PRIMARY KEY, a, b UNIQUE", "id INTEGER PRIMARY KEY, a, b",
      with: "CREATE INDEX i ON t(a) WHERE t.a <> 'q';"),
    .table("a named constraint", "id INTEGER PRIMARY KEY, a, CONSTRAINT one UNIQUE(a)", "id INTEGER PRIMARY KEY, a"),
    .table(
      "a foreign key", "id INTEGER PRIMARY KEY, a, l INTEGER",
      "id INTEGER PRIMARY KEY, a, l INTEGER REFERENCES log(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED"),
    .table(
      "DEFERRABLE", "id INTEGER PRIMARY KEY, a, l INTEGER REFERENCES log(id)",
      "id INTEGER PRIMARY KEY, a, l INTEGER REFERENCES log(id) DEFERRABLE INITIALLY DEFERRED"),
    .table(
      "a table's own child", "id INTEGER PRIMARY KEY, a, up INTEGER REFERENCES t(id), b",
      "id INTEGER PRIMARY KEY, a, up INTEGER REFERENCES t(id) ON DELETE CASCADE"),
    SchemaPair(
      "the order of a key", "CREATE TABLE t(id INT, a TEXT, PRIMARY KEY(id, a)) WITHOUT ROWID",
      "CREATE TABLE t(id INT, a TEXT, PRIMARY KEY(a, id)) WITHOUT ROWID"),
    .whole(
      "a key that is no rowid", "CREATE TABLE t(id INT PRIMARY KEY, a)", "CREATE TABLE t(id INT PRIMARY KEY, a UNIQUE)"),
    .whole(
      "a descending key", "CREATE TABLE t(id INTEGER PRIMARY KEY DESC, a)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY DESC, a, CHECK(1))"),
    SchemaPair(
      "no key", "CREATE TABLE t(id, a)", "CREATE TABLE t(id UNIQUE, a)"),
    SchemaPair(
      "a key that becomes the rowid", "CREATE TABLE t(id INTEGER, a)", "CREATE TABLE t(id INTEGER PRIMARY KEY, a)"),
    SchemaPair(
      "the rowid by another name", "CREATE TABLE t(id INT, a, rowid TEXT, oid)",
      "CREATE TABLE t(id INT UNIQUE, a, rowid TEXT, oid)"),
  ]

  static let options: [SchemaPair] = [
    .whole(
      "STRICT", "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT) STRICT"),
    .whole(
      "ANY", "CREATE TABLE t(id INTEGER PRIMARY KEY, a ANY) STRICT",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a ANY, b ANY) STRICT"),
    .whole(
      "WITHOUT ROWID", "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT) WITHOUT ROWID"),
    .whole(
      "both", "CREATE TABLE t(id INTEGER NOT NULL, a TEXT, PRIMARY KEY(id)) STRICT",
      "CREATE TABLE t(id INTEGER NOT NULL, a TEXT, PRIMARY KEY(id)) WITHOUT ROWID, STRICT"),
    .whole(
      "AUTOINCREMENT", "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, CHECK (a <> 'q'))"),
    .whole(
      "AUTOINCREMENT and a name", "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, CHECK (t.a <> 'p'))",
      "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, CHECK (t.a <> 'q'))"),
    .whole(
      "no AUTOINCREMENT", "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)",
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT)"),
  ]

  static let others: [SchemaPair] = [
    SchemaPair(
      "a table", "",
      "CREATE TABLE n(a); CREATE INDEX ni ON n(a); CREATE TRIGGER nt AFTER INSERT ON n BEGIN SELECT 1; END"),
    SchemaPair("all of it", around + "CREATE TABLE t(id INTEGER PRIMARY KEY, a)", ""),
    .table("an index", "id INTEGER PRIMARY KEY, a", "id INTEGER PRIMARY KEY, a, b", with: "CREATE INDEX i ON t(a);"),
    SchemaPair(
      "an index that is another", "CREATE TABLE n(a, b); CREATE INDEX i ON n(a)",
      "CREATE TABLE n(a, b); CREATE INDEX i ON n(b)"),
    SchemaPair(
      "an index on another table", "CREATE TABLE n(a); CREATE TABLE m(a); CREATE INDEX i ON n(a)",
      "CREATE TABLE n(a); CREATE TABLE m(a); CREATE INDEX i ON m(a)"),
    SchemaPair(
      "a trigger that is another", "CREATE TABLE n(a); CREATE TRIGGER g AFTER INSERT ON n BEGIN SELECT 1; END",
      "CREATE TABLE n(a); CREATE TRIGGER g AFTER INSERT ON n BEGIN SELECT 2; END"),
    SchemaPair(
      "a trigger on another table",
      "CREATE TABLE n(a); CREATE TABLE m(a); CREATE TRIGGER g AFTER INSERT ON n BEGIN SELECT 1; END",
      "CREATE TABLE n(a, b UNIQUE); CREATE TABLE m(a); CREATE TRIGGER g AFTER INSERT ON m BEGIN SELECT 1; END"),
    SchemaPair(
      "a view with triggers and a view on it",
      "CREATE TABLE n(a, b); CREATE VIEW v AS SELECT a FROM n; CREATE VIEW w AS SELECT a FROM v; CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN DELETE FROM n WHERE a = old.a; END",
      "CREATE TABLE n(a); CREATE VIEW v AS SELECT a, 1 AS b FROM n; CREATE VIEW w AS SELECT a FROM v; CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN DELETE FROM n WHERE a = old.a; END"
    ),
    SchemaPair(
      "a table that becomes a view", "CREATE TABLE n(a); CREATE TABLE x(a)",
      "CREATE TABLE n(a); CREATE VIEW x AS SELECT a FROM n"),
    SchemaPair(
      "tables that refer to each other",
      "CREATE TABLE n(id INTEGER PRIMARY KEY, m REFERENCES m(id)); CREATE TABLE m(id INTEGER PRIMARY KEY, n REFERENCES n(id))",
      "CREATE TABLE n(id INTEGER PRIMARY KEY, m REFERENCES m(id), x UNIQUE); CREATE TABLE m(id INTEGER PRIMARY KEY, n REFERENCES n(id), x UNIQUE)"
    ),
    SchemaPair(
      "a name that is taken", "CREATE TABLE n(a UNIQUE); CREATE TABLE n_before(a)",
      "CREATE TABLE n(a); CREATE TABLE n_before(a)"),
  ]

  static let virtual: [SchemaPair] = [
    SchemaPair("a full-text table", "", "CREATE VIRTUAL TABLE f USING fts5(a, b)"),
    SchemaPair("its columns", "CREATE VIRTUAL TABLE f USING fts5(a, b)", "CREATE VIRTUAL TABLE f USING fts5(a, c)"),
    SchemaPair(
      "its tokenizer", "CREATE VIRTUAL TABLE f USING fts5(a, b, tokenize = 'porter ascii')",
      "CREATE VIRTUAL TABLE f USING fts5(a, b)"),
    SchemaPair(
      "a full-text table that a trigger fills",
      "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT); CREATE VIRTUAL TABLE f USING fts5(a, b); CREATE TRIGGER g AFTER UPDATE ON n BEGIN INSERT INTO f(rowid, a) VALUES(new.id, new.a); END; CREATE VIEW v AS SELECT f.a FROM f",
      "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT); CREATE VIRTUAL TABLE f USING fts5(a, c); CREATE TRIGGER g AFTER UPDATE ON n BEGIN INSERT INTO f(rowid, a) VALUES(new.id, new.a); END; CREATE VIEW v AS SELECT f.a FROM f"
    ),
    SchemaPair("fts4", "CREATE VIRTUAL TABLE f USING fts4(a, b)", "CREATE VIRTUAL TABLE f USING fts4(a, b, c)"),
    SchemaPair("an R-tree", "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)", ""),
    SchemaPair(
      "an R-tree with more", "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
      "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, +note TEXT)"),
    SchemaPair(
      "an index of another table's rows",
      "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT); CREATE VIRTUAL TABLE f USING fts5(a, content='n', content_rowid='id'); CREATE TRIGGER g AFTER INSERT ON n BEGIN INSERT INTO f(rowid, a) VALUES(new.id, new.a); END",
      "CREATE TABLE n(id INTEGER PRIMARY KEY, a TEXT, UNIQUE(a)); CREATE VIRTUAL TABLE f USING fts5(a, content='n', content_rowid='id', prefix='2'); CREATE TRIGGER g AFTER INSERT ON n BEGIN INSERT INTO f(rowid, a) VALUES(new.id, new.a); END"
    ),
    SchemaPair(
      "the table that an index reads", "CREATE TABLE n(a TEXT, b); CREATE VIRTUAL TABLE f USING fts5(a, content='n')",
      "CREATE TABLE n(a TEXT UNIQUE, b); CREATE VIRTUAL TABLE f USING fts5(a, content='n')"),
  ]
}
