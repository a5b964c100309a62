// A copy of a live database: by sharing its room on disk where the file system can, without a lock lost, else by backup.
import Foundation
import Synchronization
import TestProcesses
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct DatabaseCopyTests {
  private static func copy(_ chain: Chain, _ files: any FileSystem) throws -> (DatabaseCopy.Method, [UInt8]) {
    let output = chain.scratch.path("copy.db")
    try Data().write(to: URL(filePath: output))
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: output + suffix) } }
    let method = try DatabaseCopy.make(of: chain.database, at: output, files: files)
    return (method, try chain.scratch.bytes("copy.db"))
  }

  @Test(arguments: ["wal", "delete"]) func whereTheFileSystemCanItsRoomIsShared(_ journal: String) throws {
    let chain = try Chain(rows: 4000, journal: journal)
    // What is only in the WAL so far belongs to it.
    let other = try Connection(path: chain.database)
    try other.set(.noCheckpointOnClose, true)
    try other.execute("UPDATE jobs SET command = 'last' WHERE id = 7")
    let written = Mutex<Int>(0)
    let files = HookedFiles(onWrite: { bytes, _ in written.withLock { $0 += bytes.count } })
    let (method, bytes) = try Self.copy(chain, files)
    #expect(method == .shared)
    #expect(written.withLock { $0 } == 0)
    try Data(bytes).write(to: URL(filePath: chain.scratch.path("look.db")))
    let look = try Connection(path: chain.scratch.path("look.db"))
    #expect(try look.value("SELECT command FROM jobs WHERE id = 7") == "last")
    #expect(try look.value("PRAGMA integrity_check") == "ok")
    try look.close()
    try other.close()
  }

  @Test func noLockOfThisProcessIsLost() throws {
    let chain = try Chain(rows: 400, journal: "delete")
    let other = try Connection(path: chain.database)
    try other.execute("BEGIN IMMEDIATE; UPDATE jobs SET command = 'mine' WHERE id = 7")
    let (method, _) = try Self.copy(chain, HookedFiles())
    #expect(method == .shared)
    let ended = try TestProcesses.run(
      "/bin/sh", ["-c", "sqlite3 '\(chain.database)' 'BEGIN IMMEDIATE' 2>&1; true"], folder: chain.scratch.path(""))
    #expect(ended.output.contains("locked"))
    try other.execute("COMMIT")
    try other.close()
  }

  @Test func whereItCannotItIsABackup() throws {
    let chain = try Chain(rows: 400)
    let (method, bytes) = try Self.copy(chain, HookedFiles(canClone: false))
    #expect(method == .backup)
    #expect(!bytes.isEmpty)
  }

  @Test func aDatabaseThatAnOldReaderPinsIsBackedUp() throws {
    let chain = try Chain(rows: 400)
    let reader = try Connection(path: chain.database)
    try reader.execute("BEGIN; SELECT count(*) FROM jobs")
    let _: Int? = try reader.value("SELECT count(*) FROM jobs")
    let writer = try Connection(path: chain.database)
    try writer.set(.noCheckpointOnClose, true)
    for row in 1...3 { try writer.execute("UPDATE jobs SET command = 'new' WHERE id = \(row)") }
    let (method, bytes) = try Self.copy(chain, HookedFiles())
    try Data(bytes).write(to: URL(filePath: chain.scratch.path("look.db")))
    let look = try Connection(path: chain.scratch.path("look.db"))
    #expect(method == .backup)
    #expect(try look.value("SELECT count(*) FROM jobs WHERE command = 'new'") == 3)
    try look.close()
    try writer.close()
    try reader.close()
  }
}
