// SQL dumps as sources: what `sqlite3 .dump` prints loads, what reaches outside the database does not.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct DumpTests {
  static let schemas: [String] = [
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT DEFAULT 'x;y', c BLOB); INSERT INTO t VALUES(1,'it''s; \"here\" -- no',x'00ff'),(2,NULL,NULL)",
    "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t(v) VALUES(1),(2); DELETE FROM t WHERE id=2",
    "CREATE TABLE t(a); CREATE TABLE l(a); CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO l VALUES(new.a); SELECT CASE WHEN 1 THEN 2 END; END; INSERT INTO t VALUES(5)",
    "CREATE VIRTUAL TABLE ft USING fts5(body); INSERT INTO ft VALUES('the tide turns'),('at noon')",
    "CREATE VIRTUAL TABLE ft USING fts4(body); INSERT INTO ft VALUES('the tide turns')",
    "CREATE VIRTUAL TABLE rt USING rtree(id,x0,x1); INSERT INTO rt VALUES(1,0,5)",
    "CREATE TABLE t(a UNIQUE, b GENERATED ALWAYS AS (a*2)); CREATE VIEW v AS SELECT b FROM t; INSERT INTO t VALUES(4); ANALYZE",
    "CREATE TABLE \"odd ; name\"(\"a'b\" TEXT); INSERT INTO \"odd ; name\" VALUES(char(10)||'two lines'||char(13,10))",
    "CREATE TABLE p(id PRIMARY KEY); CREATE TABLE a(id REFERENCES p); PRAGMA foreign_keys=OFF; INSERT INTO a VALUES(9)",
  ]

  @Test(arguments: schemas, [false, true]) func whatDumpPrintsLoadsAndDumpsTheSame(_ sql: String, _ packed: Bool) throws
  {
    let scratch = try Scratch()
    let made = try run("sqlite3", [scratch.path("a.db")], input: sql + ";\n")
    #expect(made.errors.isEmpty)
    let dump = try run("sqlite3", [scratch.path("a.db"), ".dump"]).output
    try scratch.write("a.sql", dump)
    if packed { try run("lz4", ["-q", scratch.path("a.sql"), scratch.path("a.sql.lz4")]) }
    let source = scratch.path(packed ? "a.sql.lz4" : "a.sql")
    let report = try Unpacker().unpack(source, to: scratch.path("b.db"))
    #expect(report.kind == (packed ? .lz4Dump : .dump))
    #expect(try integrity(scratch.path("b.db")) == "ok")
    #expect(try run("sqlite3", [scratch.path("b.db"), ".dump"]).output == dump)
    #expect(try !scratch.names.contains { $0.hasPrefix("b.db-") })
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    var sql: String
    var code: String
    var testDescription: String { sql }
  }

  static let refused: [Refused] = [
    Refused(sql: "CREATE TABLE t(a); ATTACH 'evil.db' AS e;", code: "refused-statement"),
    Refused(sql: "CREATE TABLE t(a); VACUUM INTO 'evil.db';", code: "refused-statement"),
    Refused(sql: "BEGIN; /* x */ aTTach 'evil.db' AS e; COMMIT;", code: "refused-statement"),
    Refused(sql: "CREATE TABLE t(a); SELECT load_extension('evil');", code: "refused-statement"),
    Refused(sql: "PRAGMA temp_store_directory='/tmp';", code: "refused-statement"),
    Refused(sql: "PRAGMA journal_mode=WAL;", code: "refused-statement"),
    Refused(
      sql: "CREATE TABLE t(a); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql='x';", code: "failed-statement"),
    Refused(
      sql: "CREATE TABLE t(a); PRAGMA main.writable_schema=ON; UPDATE sqlite_schema SET sql=sql;",
      code: "refused-statement"),
    Refused(
      sql: "CREATE TABLE t(a); PRAGMA /*x*/ writable_schema=ON; UPDATE sqlite_schema SET sql=sql;",
      code: "refused-statement"),
    Refused(
      sql: "INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('trigger','N','N',0,'CREATE TRIGGER x');",
      code: "refused-statement"),
    Refused(
      sql:
        "INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','n','n',0,'CREATE VIRTUAL TABLE n USING csv(filename=x)');",
      code: "refused-statement"),
    Refused(
      sql:
        "INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','n','n',0,'CREATE VIRTUAL TABLE/*using fts5*/n USING dbstat');",
      code: "refused-statement"),
    Refused(
      sql:
        "INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','n','n',0,'CREATE VIRTUAL TABLE n --using fts5\n USING dbstat');",
      code: "refused-statement"),
    Refused(sql: "CREATE TABLE t(a); INSERT INTO t VALUES(1", code: "incomplete-dump"),
    Refused(sql: "BEGIN TRANSACTION; CREATE TABLE t(a);", code: "incomplete-dump"),
    Refused(sql: "BEGIN; CREATE TABLE t(a); ROLLBACK; -- due to errors", code: "incomplete-dump"),
    Refused(sql: "CREATE TABLE t(a);\nINSERT INTO missing VALUES(1);", code: "failed-statement"),
  ]

  @Test(arguments: refused) func whatReachesOutsideOrIsNotWholeIsRefusedAndLeavesNothing(_ dump: Refused) throws {
    let scratch = try Scratch()
    try scratch.write("a.sql", dump.sql)
    let error = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("a.sql"), to: scratch.path("b.db"))
    }
    #expect(error.code == dump.code, "\(error)")
    #expect(try scratch.names == ["a.sql"])
  }

  @Test func aFailingStatementIsNamedWithItsLine() throws {
    let scratch = try Scratch()
    try scratch.write("a.sql", "-- a comment;\nCREATE TABLE t(a\n);\n\n  INSERT INTO nowhere VALUES(1);\n")
    let error = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("a.sql"), to: scratch.path("b.db"))
    }
    guard case .failedStatement(5, _) = error.reason else {
      Issue.record("\(error)")
      return
    }
  }

  @Test func theScannerEndsStatementsWhereSQLiteDoes() throws {
    let text =
      Self.schemas.joined(separator: ";\n")
      + ";\nEXPLAIN CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;\nSELECT /* ; */ [a;b], `c;d` - 1 / 2 -- ;\n;"
    var scanner = StatementScanner()
    var current = ""
    for character in text.unicodeScalars {
      current.unicodeScalars.append(character)
      for byte in String(character).utf8 {
        let ended = scanner.feed(byte) == .end
        if byte == UInt8(ascii: ";") { #expect(ended == SQLiteLibrary.isComplete(current), "\(current)") }
        if ended { current = "" }
      }
    }
    #expect(!scanner.hasContent)
  }

  @Test func aBoundOnTheSizeHoldsForEveryKind() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 20_000)
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    try run("lz4", ["-q", scratch.path("a.db"), scratch.path("a.lz4")])
    try scratch.write("a.sql", try run("sqlite3", [scratch.path("a.db"), ".dump"]).output)
    for name in ["a.db", "a.sqlite.lz4", "a.lz4", "a.sql"] {
      let error = try #require(throws: SnapshotError.self) {
        try Unpacker(maxSize: 100_000).unpack(scratch.path(name), to: scratch.path("x.db"))
      }
      #expect(error.code == "too-large", "\(name)")
      #expect(try !scratch.names.contains { $0.hasPrefix("x.db") })
    }
  }

  /// The bound is in bytes, however long a page is.
  @Test(arguments: [512, 65_536]) func aBoundHoldsWhateverADumpSaysOfItsPages(pageSize: Int) throws {
    let scratch = try Scratch()
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
    try scratch.write(
      "a.sql",
      "PRAGMA page_size=\(pageSize); CREATE TABLE t(a); INSERT INTO t \(rows) SELECT hex(randomblob(600)) FROM n;")
    try Unpacker(maxSize: 10_000_000).unpack(scratch.path("a.sql"), to: scratch.path("b.db"))
    #expect(try run("sqlite3", [scratch.path("b.db"), "PRAGMA page_size"]).output == "\(pageSize)\n")
    let error = try #require(throws: SnapshotError.self) {
      try Unpacker(maxSize: 400_000).unpack(scratch.path("a.sql"), to: scratch.path("c.db"))
    }
    #expect(error.code == "too-large")
  }

  static let frames: [[String]] = [
    ["-B4"], ["-B7"], ["-BD"], ["-B5", "-BX", "--content-size"], ["--no-frame-crc"], ["-9"], ["-B6", "-BX"],
  ]

  @Test(arguments: frames) func framesThatLZ4ItselfMakesRestore(_ options: [String]) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 20_000)
    let made = try run("lz4", ["-q"] + options + [scratch.path("a.db"), scratch.path("a.lz4")])
    #expect(made.status == 0, "\(made.errors)")
    let report = try Unpacker().unpack(scratch.path("a.lz4"), to: scratch.path("b.db"))
    #expect(report.kind == .lz4Database)
    #expect(try scratch.bytes("b.db") == scratch.bytes("a.db"))
    #expect(try Verifier().verify(scratch.path("a.lz4")).isSound)
    try scratch.write("cut.lz4", Array(try scratch.bytes("a.lz4").dropLast(5000)))
    #expect(throws: SnapshotError.self) { try Unpacker().unpack(scratch.path("cut.lz4"), to: scratch.path("c.db")) }
    #expect(try !scratch.names.contains("c.db"))
  }

  @Test func severalFramesInARowRestore() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 20_000)
    let plain = try scratch.bytes("a.db")
    var joined: [UInt8] = []
    for (index, part) in [plain[..<700_000], plain[700_000...]].enumerated() {
      try scratch.write("p\(index)", Array(part))
      try run("lz4", ["-q", "-B5", "-BX", "--content-size", scratch.path("p\(index)"), scratch.path("p\(index).lz4")])
      joined += try scratch.bytes("p\(index).lz4")
    }
    try scratch.write("a.lz4", joined)
    try Unpacker().unpack(scratch.path("a.lz4"), to: scratch.path("b.db"))
    #expect(try scratch.bytes("b.db") == plain)
  }

  @Test func aPlainDatabaseRestoresWithWhatItsWALHolds() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 10)
    let live = try Holder(
      ".open \(scratch.path("a.db"))\nPRAGMA wal_autocheckpoint=0;\nINSERT INTO jobs(name) VALUES('only in the WAL');")
    let report = try Unpacker().unpack(scratch.path("a.db"), to: scratch.path("b.db"))
    #expect(report.kind == .database)
    #expect(try Connection(path: scratch.path("b.db")).value("SELECT count(*) FROM jobs") == 11)
    try live.kill()
  }
}
