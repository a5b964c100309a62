// A database that this process has open is no source: to open and close it once more would drop the locks on it.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct OpenSourceTests {
  @Test(arguments: [true, false]) func theLocksOnAnOpenDatabaseStay(throughLink: Bool) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: "delete", rows: 5)
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link.db"), withDestinationPath: scratch.path("a.db"))
    let path = scratch.path(throughLink ? "link.db" : "a.db")
    #expect(!FileHolder.isThisProcess(path))
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute("BEGIN IMMEDIATE")
    #expect(FileHolder.isThisProcess(path))
    let error = #expect(throws: SnapshotError.self) { try Unpacker().unpack(path, to: scratch.path("out.db")) }
    #expect(error?.code == "invalid")
    #expect(try SourceKind.otherThanDatabase(path) == nil)
    #expect(try run("sqlite3", [scratch.path("a.db"), "DELETE FROM jobs"]).errors.contains("locked"))
    try connection.execute("ROLLBACK")
    try connection.close()
    try Unpacker().unpack(path, to: scratch.path("out.db"))
  }

  /// A verification has the file open itself.
  @Test(arguments: ["wal", "delete"]) func aDatabaseIsVerifiedDeeply(journal: String) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: journal, rows: 5)
    let report = try Verifier().verify(scratch.path("a.db"), deep: true)
    #expect(report.kind == .database)
    #expect(report.problems.map(\.description) == [])
    #expect(try scratch.names == ["a.db"])
  }

  /// What may be left of a database gives way to a restore; what never was one does not.
  @Test(
    arguments: [
      ([], nil), ([UInt8](repeating: 0, count: 5_000), nil), ([0x93, 0x02, 0xfe, 0x00, 0x71], nil),
      (Array("SQLite format 3\0".utf8), nil), ([0x1f, 0x8b, 0x08], "gzip"),
      (Array("CREATE TABLE a(b);".utf8), "SQL text"),
      (Array("dear diary".utf8), "text that does not begin as a schema or a dump does"),
      ([0x37, 0x7f, 0x06, 0x82], "a WAL file"),
    ] as [([UInt8], String?)])
  func whatIsNoDatabaseIsTold(content: [UInt8], words: String?) throws {
    let scratch = try Scratch()
    try scratch.write("a.db", content)
    let other = try SourceKind.otherThanDatabase(scratch.path("a.db"))
    #expect(words.map { other?.hasPrefix($0) == true } ?? (other == nil), "\(other ?? "a database")")
  }
}
