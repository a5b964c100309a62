// A script gives back the schema and the rows it was written from, and is the same however the database came to them.

import Testing
import TidemarkSQLite
import TidemarkSchema

struct SchemaScriptTests {
  /// Every row of every table, with its storage classes.
  private func content(_ connection: Connection) throws -> [String] {
    var lines: [String] = []
    for object in try Schema.read(from: connection).objects where object.type == .table {
      let name = SQL.quote(object.name)
      for row in try connection.rows("SELECT * FROM \(name)") {
        lines.append("\(object.name) \(row.values.map { "\($0)" }.joined(separator: ", "))")
      }
      if let rowids = try? connection.rows("SELECT rowid FROM \(name)") {
        lines.append("\(object.name) rowids \(rowids.map { "\($0[0])" })")
      }
    }
    if let marks = try? connection.rows("SELECT name, seq FROM sqlite_sequence ORDER BY name") {
      lines += marks.map { "mark \($0[0]) \($0[1])" }
    }
    return lines.sorted()
  }

  @Test(arguments: [
    "",
    "CREATE TABLE t(a, b, c); INSERT INTO t VALUES(1, 'it''s', x'00ff'), (NULL, '', x''), (-9223372036854775808, 9e999, -9e999)",
    "CREATE TABLE t(a); INSERT INTO t VALUES(0.1), (1e300), (-5e-324), (123456789012345680.0), (2.5e-308), (1.0), (-0.0)",
    "CREATE TABLE t(a TEXT); INSERT INTO t VALUES('a' || char(0) || 'b'), (char(13,10)), (char(0)), (CAST(x'ff61' AS TEXT))",
    "CREATE TABLE t(a INT, b TEXT); INSERT INTO t VALUES('no number', x'00'); INSERT INTO t(rowid, a) VALUES(77, 1.5), (-3, 2)",
    "CREATE TABLE t(rowid, oid); INSERT INTO t(_rowid_, rowid, oid) VALUES(9, 1, 2)",
    "CREATE TABLE t(rowid, oid, _rowid_); INSERT INTO t VALUES(1, 2, 3)",
    "CREATE TABLE t(a INTEGER PRIMARY KEY DESC, b); INSERT INTO t(rowid, a, b) VALUES(5, 6, 7)",
    "CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES(40); DELETE FROM t",
    "CREATE TABLE t(b TEXT, a INT, PRIMARY KEY(a, b)) WITHOUT ROWID, STRICT; INSERT INTO t VALUES('x', 2), ('y', 1)",
    "CREATE TABLE t(a, b AS (a * 2), c AS (a || 'x') STORED); INSERT INTO t VALUES(4)",
    "CREATE TABLE \"or der\"(\"select\", \"left\", \"a\"\"b\", key, größe); INSERT INTO \"or der\" VALUES(1,2,3,4,5)",
    "CREATE TABLE c(p REFERENCES z(id)); CREATE TABLE z(id INTEGER PRIMARY KEY); INSERT INTO z VALUES(1); INSERT INTO c VALUES(1)",
    "CREATE TABLE a(x REFERENCES b); CREATE TABLE b(x REFERENCES a); CREATE INDEX i ON a(x) WHERE x > 1",
    """
    CREATE TABLE t(a); CREATE VIEW b AS SELECT a FROM z; CREATE VIEW z AS SELECT a FROM t;
    CREATE TRIGGER r INSTEAD OF INSERT ON b BEGIN INSERT INTO t VALUES(new.a); INSERT INTO t VALUES(-1); END;
    CREATE TRIGGER q AFTER INSERT ON t BEGIN INSERT INTO t VALUES(0); END;
    INSERT INTO t VALUES(3);
    """,
    "CREATE VIRTUAL TABLE f USING fts5(a, b UNINDEXED, tokenize='porter'); INSERT INTO f(rowid, a, b) VALUES(7, 'x y', 3)",
    "CREATE VIRTUAL TABLE f USING fts4(a); INSERT INTO f(rowid, a) VALUES(7, 'x y')",
    "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, +note); INSERT INTO r VALUES(3, 1.5, 2.5, 'n')",
    """
    CREATE TABLE t(a); INSERT INTO t VALUES('word');
    CREATE VIRTUAL TABLE f USING fts5(a, content='t'); INSERT INTO f(f) VALUES('rebuild');
    """,
    "CREATE VIRTUAL TABLE f USING fts5(a, content='')",
    "CREATE TABLE t(a, b /* why */, c -- because\n); INSERT INTO t VALUES(1, 2, 3)",
    "CREATE TABLE tidemark_x(a); INSERT INTO tidemark_x VALUES(1); CREATE TABLE t(a); ALTER TABLE t RENAME TO \"U v\"",
    "PRAGMA encoding='UTF-16le'; CREATE TABLE t(a); INSERT INTO t VALUES('größe' || char(0) || 'x')",
  ])
  func theScriptGivesTheDatabaseBack(_ sql: String) throws {
    let original = try Connection.inMemory()
    try original.execute(sql)
    let script = try SchemaScript.write(from: original, includeData: true)
    let copy = try Connection.inMemory()
    try copy.execute(script)
    #expect(
      try Schema.read(from: copy).fingerprint(.exact) == Schema.read(from: original).fingerprint(.exact), "\(script)")
    #expect(try content(copy) == content(original), "\(script)")
    #expect(try SchemaScript.write(from: copy, includeData: true) == script)
    #expect(!script.contains("tidemark_"))
    let schemaOnly = try SchemaScript.write(from: original)
    #expect(try Schema.make(running: schemaOnly).fingerprint(.exact) == Schema.read(from: copy).fingerprint(.exact))
    #expect(!schemaOnly.split(separator: "\n").contains { $0.hasPrefix("INSERT") })
  }

  @Test func theOrderOfCreationDoesNotShow() throws {
    let parts = [
      "CREATE TABLE b(x)", "CREATE TABLE a(x REFERENCES b)", "CREATE INDEX i ON b(x)", "CREATE VIEW v AS SELECT 1",
    ]
    let scripts = try [[0, 1, 2, 3], [3, 1, 0, 2], [1, 0, 3, 2]].map { order in
      let connection = try Connection.inMemory()
      for part in order { try connection.execute(parts[part]) }
      return try SchemaScript.write(from: connection)
    }
    #expect(scripts[0] == parts.map { $0 + ";" }.joined(separator: "\n\n") + "\n")
    #expect(Set(scripts).count == 1)
  }

  @Test func aLongLineBecomesOneColumnALine() throws {
    let connection = try Connection.inMemory()
    try connection.execute(
      "CREATE TABLE t(a INT DEFAULT (1 + 2), b TEXT, c ANY, d ANY, CHECK (a > 0) UNIQUE(a, b), UNIQUE(c)) STRICT")
    #expect(
      try SchemaScript.write(from: connection) == """
        CREATE TABLE t (
          a INT DEFAULT (1 + 2),
          b TEXT,
          c ANY,
          d ANY,
          CHECK (a > 0)
          UNIQUE(a, b),
          UNIQUE(c)
        ) STRICT;

        """)
  }

  @Test func theAuthorsLinesAreKept() throws {
    let text = "CREATE TABLE t(\n    a INT,   -- the first\n    b TEXT\n)"
    let connection = try Connection.inMemory()
    try connection.execute(text)
    #expect(try SchemaScript.write(from: connection) == text + ";\n")
  }

  @Test func parentsComeFirstSoForeignKeysMayBeOn() throws {
    let original = try Connection.inMemory()
    try original.execute(
      "CREATE TABLE a(x REFERENCES b); CREATE TABLE b(x PRIMARY KEY); INSERT INTO b VALUES(1); INSERT INTO a VALUES(1)")
    let copy = try Connection.inMemory()
    try copy.execute("PRAGMA foreign_keys = ON")
    try copy.execute(SchemaScript.write(from: original, includeData: true))
    #expect(try copy.value("SELECT count(*) FROM a", as: Int.self) == 1)
  }

  /// Random doubles of every magnitude, from a fixed seed.
  @Test func realsComeBackToTheBit() throws {
    let original = try Connection.inMemory()
    try original.execute("CREATE TABLE t(a)")
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for _ in 0..<2000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let number = Double(bitPattern: state)
      if number.isFinite { try original.run("INSERT INTO t VALUES(?)", number) }
    }
    let copy = try Connection.inMemory()
    try copy.execute(SchemaScript.write(from: original, includeData: true))
    #expect(try copy.rows("SELECT a FROM t").map { $0[0] } == original.rows("SELECT a FROM t").map { $0[0] })
  }
}
