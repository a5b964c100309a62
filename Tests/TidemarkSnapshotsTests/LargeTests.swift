// A database beyond 1 GiB, where SQLite keeps a page for its lock bytes that holds nothing.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct LargeTests {
  @Test(arguments: ["wal", "delete"]) func aDatabaseAcrossTheLockPageIsCapturedAndRestored(_ journal: String) throws {
    let scratch = try Scratch()
    let connection = try Connection(path: scratch.path("a.db"))
    try connection.execute(
      """
      PRAGMA page_size=65536; PRAGMA synchronous=OFF; CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB);
      WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<1090) INSERT INTO t SELECT i, zeroblob(1000000) FROM c;
      CREATE TABLE after(a); INSERT INTO after VALUES('beyond the lock page');
      PRAGMA journal_mode=\(journal);
      """)
    try connection.close()
    let report = try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    #expect(report.plainSize > 0x4000_0000 + 65536)
    #expect(report.zeroedPages == 1)
    try FileManager.default.removeItem(atPath: scratch.path("a.db"))
    try Unpacker().unpack(scratch.path("s"), to: scratch.path("b.db"))
    #expect(try integrity(scratch.path("b.db")) == "ok")
    #expect(try run("sqlite3", [scratch.path("b.db"), "SELECT * FROM after"]).output == "beyond the lock page\n")
  }

  @Test func aDatabaseBeyond4GiBIsCapturedVerifiedAndReadInPlace() throws {
    let scratch = try Scratch()
    let database = scratch.path("a.db")
    try Connection(path: database).execute(
      "PRAGMA page_size=65536; CREATE TABLE near(a); INSERT INTO near VALUES('near')")
    // Pages that nobody has used, without room on disk: what is made next stands behind them.
    let pages: Int64 = (1 << 32) / 65536 + 100
    let files = LocalFiles()
    let descriptor = try files.open(database, .readWrite)
    try files.truncate(descriptor, to: pages * 65536)
    try withUnsafeBytes(of: UInt32(pages).bigEndian) { try files.write(descriptor, $0, at: 28) }
    files.close(descriptor)
    try Connection(path: database).execute("CREATE TABLE far(a); INSERT INTO far VALUES('far')")
    #expect(try #require(try files.status(database, followLinks: false)).size > pages * 65536)
    let report = try Capture().run(database: database, to: scratch.path("s"))
    #expect(report.plainSize > 1 << 32)
    #expect(try Verifier().verify(scratch.path("s")).isSound)
    let connection = try SnapshotReader.open(scratch.path("s")).openConnection()
    #expect(try connection.value("SELECT near.a || far.a FROM near, far") == "nearfar")
  }
}
