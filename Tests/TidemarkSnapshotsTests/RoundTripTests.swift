// Capture and restore, over the shapes a database can have; `lz4` and `sqlite3` are the judges.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct RoundTripTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    var pageSize: Int
    var journal: String
    var rows: Int
    var testDescription: String { "\(pageSize)-byte pages, \(journal), \(rows) rows" }
  }

  static let shapes: [Shape] =
    [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536].flatMap { size in
      ["wal", "delete"].map { Shape(pageSize: size, journal: $0, rows: 3000) }
    } + [
      Shape(pageSize: 4096, journal: "wal", rows: 0), Shape(pageSize: 4096, journal: "delete", rows: 0),
      Shape(pageSize: 4096, journal: "truncate", rows: 8_000), Shape(pageSize: 4096, journal: "wal", rows: 16_000),
    ]

  @Test(arguments: shapes) func whatWasCapturedIsRestored(_ shape: Shape) throws {
    let scratch = try Scratch()
    let database = scratch.path("a.db")
    try makeDatabase(database, pageSize: shape.pageSize, journal: shape.journal, rows: shape.rows)
    let report = try Capture().run(database: database, to: scratch.path("a.sqlite.lz4"))
    #expect(report.manifest.pageSize == shape.pageSize)
    #expect(report.manifest.capture == (shape.journal == "wal" ? .frozenWAL : .sharedLock))
    #expect(report.fileSize == Int64(try scratch.bytes("a.sqlite.lz4").count))

    let restored = try Unpacker().unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("b.db"))
    #expect(restored.kind == .snapshot)
    #expect(restored.notes.isEmpty)
    #expect(restored.manifest == report.manifest)
    #expect(try content(scratch.path("b.db")) == content(database))
    #expect(try integrity(scratch.path("b.db")) == "ok")
    #expect(try Verifier().verify(scratch.path("a.sqlite.lz4"), deep: true).isSound)
  }

  @Test(arguments: [1, 2, 3, 9, 12]) func lz4AndSQLiteReadASnapshotOfEveryLevel(_ level: Int) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 10_000)
    try Capture(level: level).run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    #expect(try run("lz4", ["-t", scratch.path("a.sqlite.lz4")]).status == 0)
    let ran = try run("lz4", ["-d", scratch.path("a.sqlite.lz4"), scratch.path("b.db")])
    #expect(ran.status == 0, "\(ran.errors)")
    #expect(try integrity(scratch.path("b.db")) == "ok")
    #expect(try content(scratch.path("b.db")) == content(scratch.path("a.db")))
  }

  @Test(arguments: [0, 13, -1]) func aLevelThatThereIsNotIsRefused(_ level: Int) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"))
    #expect(throws: SnapshotError.self) {
      try Capture(level: level).run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    }
  }

  @Test func aDatabaseWithoutAPageComesBackAsAnEmptyFile() throws {
    let scratch = try Scratch()
    try scratch.write("a.db", [])
    let report = try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    #expect(report.manifest.pageCount == 0)
    #expect(try run("lz4", ["-t", scratch.path("a.sqlite.lz4")]).status == 0)
    try Unpacker().unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("b.db"))
    #expect(try scratch.bytes("b.db").isEmpty)
    #expect(try Verifier().verify(scratch.path("a.sqlite.lz4")).isSound)
  }

  @Test func aDatabaseOfOnePageIsCaptured() throws {
    let scratch = try Scratch()
    try run("sqlite3", [scratch.path("a.db"), "PRAGMA user_version=7"])
    let report = try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    #expect(report.manifest.pageCount == 1)
    try Unpacker().unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("b.db"))
    #expect(try scratch.bytes("b.db") == scratch.bytes("a.db"))
  }

  @Test func leavesOfTheFreelistAreCarriedAsZerosAndTrunksAreNot() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: "delete", rows: 40_000)
    try run("sqlite3", [scratch.path("a.db"), "DELETE FROM jobs WHERE id > 100"])
    let free = Int64(try run("sqlite3", [scratch.path("a.db"), "PRAGMA freelist_count"]).output.dropLast()) ?? 0
    let report = try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    #expect(free > 1000)
    #expect(report.zeroedPages > free - free / 500 - 3)
    #expect(report.zeroedPages < free)
    #expect(report.fileSize < report.plainSize / 50)
    try Unpacker().unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("b.db"))
    #expect(try integrity(scratch.path("b.db")) == "ok")
    #expect(try content(scratch.path("b.db")) == content(scratch.path("a.db")))
    #expect(try run("sqlite3", [scratch.path("b.db"), "PRAGMA freelist_count"]).output == "\(free)\n")
  }

  @Test func aFreelistThatIsDamagedIsCarriedAsItIs() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: "delete", rows: 10_000)
    try run("sqlite3", [scratch.path("a.db"), "DELETE FROM jobs WHERE id > 100"])
    var bytes = try scratch.bytes("a.db")
    // The count of free pages in the header no longer agrees with the list.
    bytes[39] ^= 1
    try scratch.write("a.db", bytes)
    let report = try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    #expect(report.zeroedPages == 0)
    try Unpacker().unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("b.db"))
    #expect(try scratch.bytes("b.db") == bytes)
  }

  @Test func theDescriptionIsTakenInTheSameTransactionAndComesBackFromTheManifest() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 3)
    let row = ChangelogRow(
      id: 12, position: 1, name: "AddTier", revision: 0, appliedAt: "2026-11-20T00:00:00Z", appliedBy: "build 7",
      upgradeDigest: "ab", downgrade: "ALTER TABLE jobs DROP COLUMN \"tier\"; -- \u{1F30A}", irreversible: nil,
      objects: "{}", proof: nil)
    try Capture(pin: "before a rollback").run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4")) {
      connection in
      #expect(!connection.isAutocommit)
      let count: Int = try connection.value("SELECT count(*) FROM jobs") ?? 0
      return DatabaseDescription(lineage: "scheduler", baseline: "\(count)", changelog: [row])
    }
    let manifest = try SnapshotReader.readManifest(scratch.path("a.sqlite.lz4"))
    #expect(manifest.description?.changelog == [row])
    #expect(manifest.description?.baseline == "3")
    #expect(manifest.pinned == "before a rollback")
  }

  @Test func aSnapshotInPlaceAnswersQueriesAndPassesTheFullCheck() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 30_000)
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    let before = try scratch.names
    let reader = try SnapshotReader.open(scratch.path("a.sqlite.lz4"))
    let connections = try (0..<3).map { _ in try reader.openConnection() }
    for connection in connections {
      #expect(try connection.value("SELECT count(*) FROM jobs") == 30_000)
      // More than SQLite sorts in memory.
      let sorted = try connection.rows("SELECT noise, hex(zeroblob(200)) FROM jobs ORDER BY noise")
      #expect(sorted.count == 30_000)
      #expect(try connection.value("SELECT name FROM jobs ORDER BY noise LIMIT 1", as: String.self) != nil)
      #expect(try connection.value("PRAGMA integrity_check") == "ok")
      #expect(throws: SQLiteError.self) { try connection.execute("DELETE FROM jobs") }
    }
    #expect(try scratch.names == before)
  }
}
