// Tables that have one feature each, written by hand, and one that has them all: whatever a rebuild is known to lose.
// Around each stand a child whose rows go with it, views, triggers and a full-text index of its rows.
import TidemarkSQLite

/// One schema around a table `t` that has a column `id` whose values are told apart.
struct Feature: Sendable {
  var name: String
  /// What makes the table, and its indexes.
  var table: String
  /// Whether others can refer to `t(id)`.
  var isKeyed: Bool

  init(_ name: String, _ table: String, keyed: Bool = true) {
    (self.name, self.table, isKeyed) = (name, table, keyed)
  }

  /// A table of the usual key and a column, and these.
  private static func columns(_ name: String, _ columns: String, _ more: String = "") -> Feature {
    Feature(name, "CREATE TABLE t(id INTEGER PRIMARY KEY, \(columns)); \(more)")
  }

  private var isRowless: Bool { table.contains("WITHOUT ROWID") }
  /// Whether a full-text index stands beside it; FTS5 reads the rowid by that very name.
  var isIndexed: Bool { !isRowless && !table.contains(" rowid TEXT") }

  /// The whole schema.
  var sql: String {
    let reference = isKeyed ? "REFERENCES t(id) ON DELETE CASCADE ON UPDATE CASCADE" : ""
    return """
      CREATE TABLE log(id INTEGER PRIMARY KEY, text);
      \(table);
      CREATE TABLE kid(id INTEGER PRIMARY KEY, t INT \(reference), note TEXT);
      CREATE INDEX kid_t ON kid(t);
      CREATE VIEW all_t AS SELECT t.id, kid.note FROM t LEFT JOIN kid ON kid.t = t.id;
      CREATE VIEW over AS SELECT note FROM all_t;
      CREATE TRIGGER all_t_in INSTEAD OF INSERT ON all_t BEGIN INSERT INTO log(text) VALUES (new.note); END;
      CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN INSERT INTO log(text) VALUES ('gone ' || old.id); END;
      CREATE TRIGGER kid_in AFTER INSERT ON kid WHEN CAST(new.t AS TEXT) IN (SELECT CAST(t.id AS TEXT) FROM t)
        BEGIN INSERT INTO log(text) VALUES ('kid of ' || new.t); END;
      \(isIndexed ? "CREATE VIRTUAL TABLE f USING fts5(a, content = 't');" : "")
      """
  }

  static let all: [Feature] = plain + ruled + keys + computed + indexes + [combined]

  private static let plain: [Feature] = [
    .columns("plain", "a TEXT, b INT"), .columns("no types", "a, b"),
    .columns("declared types", "a VARCHAR(20), b DECIMAL(10, 2)"), .columns("numbers", "a REAL, b NUMERIC"),
    .columns("bytes", "a BLOB, b BLOB"), .columns("no case", "a TEXT COLLATE NOCASE, b INT"),
    .columns("blanks", "a TEXT COLLATE RTRIM UNIQUE, b INT"), .columns("one column less", "a TEXT"),
    .columns("more columns", "a TEXT, b INT, c DEFAULT 'c', d REAL DEFAULT 1.5"),
    .columns("another order", "b INT, a TEXT"),
    .columns("quoted names", "a TEXT, \"order\" TEXT, [by x] DEFAULT 'x', `b`"),
    .columns("comments", "a TEXT, -- the first\n /* and */ b INT -- the last\n"),
    Feature("no key", "CREATE TABLE t(id, a TEXT, b)", keyed: false),
    Feature("a column called rowid", "CREATE TABLE t(id INT UNIQUE, a TEXT, rowid TEXT, oid)"),
  ]

  private static let ruled: [Feature] = [
    .columns("NOT NULL", "a TEXT, b INT NOT NULL"),
    .columns("NOT NULL DEFAULT", "a TEXT NOT NULL DEFAULT 'none', b INT NOT NULL DEFAULT 7"),
    .columns("computed defaults", "a TEXT DEFAULT (1 + 1), b TEXT DEFAULT CURRENT_TIMESTAMP, c DEFAULT (hex('x'))"),
    .columns("UNIQUE", "a TEXT UNIQUE, b INT"),
    .columns("REPLACE", "a TEXT UNIQUE ON CONFLICT REPLACE, b INT NOT NULL ON CONFLICT IGNORE DEFAULT 3"),
    .columns("UNIQUE of two", "a TEXT, b INT, CONSTRAINT pair UNIQUE (b, a) ON CONFLICT IGNORE"),
    .columns("CHECK", "a TEXT, b INT CHECK (b <> 12)"),
    .columns("CHECK by the table's name", "a TEXT, b INT, CHECK (t.b IS NULL OR t.a IS NOT 'x')"),
    .columns("a foreign key", "a TEXT, b INT, l INTEGER REFERENCES log(id) ON DELETE SET NULL"),
    .columns("DEFERRABLE", "a TEXT, b INT, l INTEGER REFERENCES log(id) DEFERRABLE INITIALLY DEFERRED"),
    .columns("its own child", "a TEXT, b INT, up INTEGER REFERENCES t(id) ON DELETE CASCADE"),
    .columns(
      "its own child, by name", "a TEXT, b INT, up INTEGER REFERENCES t(id) ON DELETE SET NULL, CHECK (t.up <> t.id)"),
    .columns(
      "two columns that refer", "a TEXT, b INT, x, y, FOREIGN KEY (x, y) REFERENCES pairs(x, y)",
      "CREATE TABLE pairs(x, y, PRIMARY KEY (x, y))"),
  ]

  private static let keys: [Feature] = [
    Feature("AUTOINCREMENT", "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INT)"),
    Feature(
      "AUTOINCREMENT by name",
      "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INT, CHECK (t.a IS NOT 'q'))"),
    Feature("a descending key", "CREATE TABLE t(id INTEGER PRIMARY KEY DESC, a TEXT, b INT)"),
    Feature("INT PRIMARY KEY", "CREATE TABLE t(id INT PRIMARY KEY, a TEXT, b INT)"),
    Feature("TEXT PRIMARY KEY", "CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT, b INT)"),
    Feature("a key of two", "CREATE TABLE t(id INT, a TEXT, b INT, PRIMARY KEY (id, a))", keyed: false),
    Feature("the other way round", "CREATE TABLE t(id INT, a TEXT, b INT, PRIMARY KEY (a DESC, id))", keyed: false),
    Feature("WITHOUT ROWID", "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT) WITHOUT ROWID"),
    Feature(
      "WITHOUT ROWID of two",
      "CREATE TABLE t(id INT, a TEXT COLLATE NOCASE, b, PRIMARY KEY (a DESC, id)) WITHOUT ROWID",
      keyed: false),
    Feature(
      "STRICT of two", "CREATE TABLE t(id INT, a TEXT, b ANY, PRIMARY KEY (a, id)) STRICT", keyed: false),
    Feature("STRICT", "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT) STRICT"),
    Feature("ANY", "CREATE TABLE t(id INTEGER PRIMARY KEY, a ANY, b ANY) STRICT"),
    Feature("STRICT WITHOUT ROWID", "CREATE TABLE t(id INTEGER PRIMARY KEY, a ANY, b ANY) STRICT, WITHOUT ROWID"),
  ]

  private static let computed: [Feature] = [
    .columns("virtual", "a TEXT, b INT, c TEXT AS (a || '!') VIRTUAL"),
    .columns("stored", "a TEXT, b INT, c TEXT GENERATED ALWAYS AS (a || '!') STORED"),
    .columns("computed and checked", "a TEXT, b AS (length(a)) NOT NULL CHECK (b < 100) UNIQUE"),
  ]

  private static let indexes: [Feature] = [
    .columns("an index", "a TEXT, b INT", "CREATE INDEX by_a ON t(a)"),
    .columns("an index by a collation", "a TEXT, b INT", "CREATE INDEX by_a ON t(a COLLATE NOCASE DESC, b)"),
    .columns("a partial index", "a TEXT, b INT", "CREATE INDEX by_a ON t(a) WHERE b > 0"),
    .columns("an index of an expression", "a TEXT, b INT", "CREATE INDEX by_a ON t(lower(a), b + 1)"),
    .columns("a unique partial index", "a TEXT, b INT", "CREATE UNIQUE INDEX by_b ON t(b) WHERE b IS NOT NULL"),
    .columns("an index by the table's name", "a TEXT, b INT", "CREATE INDEX by_a ON t(a) WHERE t.b IS NOT 5"),
    .columns(
      "triggers", "a TEXT, b INT",
      """
      CREATE TRIGGER t_up BEFORE UPDATE OF a, b ON t WHEN old.b > 0 OR new.b IS NULL BEGIN SELECT 1; END;
      CREATE TRIGGER t_in AFTER INSERT ON t BEGIN UPDATE t SET b = t.b WHERE t.id = new.id; END
      """),
  ]

  private static let combined = Feature(
    "all of it",
    """
    CREATE TABLE t(
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
      a VARCHAR(20) COLLATE NOCASE DEFAULT 'x''y', "b" DECIMAL(10, 2) NOT NULL ON CONFLICT IGNORE DEFAULT 7,
      c TEXT GENERATED ALWAYS AS (a || '!') STORED, d, e BLOB DEFAULT x'00ff',
      up INTEGER REFERENCES t(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT pair UNIQUE (b, a, id) ON CONFLICT REPLACE, CHECK (t.a IS NOT 'q'),
      FOREIGN KEY (d) REFERENCES log(id) ON DELETE SET NULL
    );
    CREATE INDEX by_a ON t(lower(a) DESC, b) WHERE t.a > '';
    CREATE UNIQUE INDEX by_b ON t(b, id DESC);
    CREATE TRIGGER t_up BEFORE UPDATE OF a ON t WHEN old.b > 0 BEGIN SELECT 1; END
    """)

  // MARK: rows

  /// Values whose type is often not the column's.
  private static let odd = [
    "'x'", "12", "3.5", "x'00ff'", "NULL", "'007'", "'12'", "9007199254740993", "-1", "'X'", "'a '", "''", "1e300", "5",
  ]

  /// Fills a database that has this schema. What a rule of the table keeps out is left out.
  func fill(_ database: Connection, salt: Int) throws {
    try database.execute("INSERT INTO log VALUES (1, 'one'), (3, 'three')")
    let columns = try database.rows("SELECT name FROM pragma_table_info('t') WHERE name <> 'id'")
      .map { try $0.get(0, as: String.self) }
    for row in 0..<8 {
      let id = [1, 2, 5, 9, 12, 40, 41, 100][row]
      let values = columns.enumerated().map { place, column in
        switch column {
        case "l", "d": row.isMultiple(of: 2) ? "1" : "NULL"
        case "up": row == 0 || row == 3 ? "NULL" : "1"
        case "x", "y": "NULL"
        default: Self.odd[(row * 5 + place * 3 + salt) % Self.odd.count]
        }
      }
      let names = (["id"] + columns.map(SQL.quote)).joined(separator: ", ")
      // What does not fit one table fits the next.
      _ = try? database.execute(
        "INSERT OR ABORT INTO t(\(names)) VALUES (\((["\(id)"] + values).joined(separator: ", ")))")
    }
    // Somebody who refers to nobody is there already, and is to stay.
    try database.execute("INSERT INTO kid VALUES (1, 1, 'first'), (2, 9, 'second'), (3, NULL, 'third')")
    if isKeyed { try database.execute("INSERT INTO kid VALUES (4, 999, 'fourth')") }
    if table.contains("AUTOINCREMENT") { try database.execute("UPDATE sqlite_sequence SET seq = 777 WHERE name = 't'") }
    if isIndexed { try database.execute("INSERT INTO f(f) VALUES ('rebuild')") }
    try database.execute("ANALYZE")
  }
}
