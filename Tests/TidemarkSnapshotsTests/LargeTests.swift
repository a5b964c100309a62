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
}
