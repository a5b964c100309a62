// A restore over a database that is mostly the same: only what differs is written, and nothing but the snapshot comes out.
import Foundation
import Synchronization
import TestProcesses
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct DeltaRestoreTests {
  /// What was written into the output, besides a clone.
  private final class Written: Sendable {
    let bytes = Mutex<Int64>(0)
    let clones = Mutex<Int>(0)
  }

  /// The machine's files, which clone by copying, so that the rest can be tested on any file system.
  private static func cloning(_ written: Written) -> HookedFiles {
    HookedFiles(
      onClone: { written.clones.withLock { $0 += 1 } },
      onWrite: { bytes, _ in written.bytes.withLock { $0 += Int64(bytes.count) } })
  }

  private func restore(
    _ snapshot: String, over database: String?, in chain: Chain, _ written: Written = Written()
  ) throws -> (report: Unpacker.Report, bytes: [UInt8]) {
    let output = chain.scratch.path("restored.db")
    defer { try? FileManager.default.removeItem(atPath: output) }
    var unpacker = Unpacker(files: Self.cloning(written))
    unpacker.base = database
    let report = try unpacker.unpack(snapshot, to: output)
    return (report, try chain.scratch.bytes("restored.db"))
  }

  @Test(arguments: ["wal", "delete"]) func onlyBlocksThatDifferAreWritten(_ journal: String) throws {
    let chain = try Chain(rows: 12_000, journal: journal)
    let snapshot = try chain.take(full: true)
    let expected = try chain.bytes(of: snapshot.path)
    try chain.change("UPDATE jobs SET command = 'later' WHERE id = 6000")
    let before = try chain.scratch.bytes("a.db")
    let written = Written()
    let (report, bytes) = try restore(snapshot.path, over: chain.database, in: chain, written)
    #expect(bytes == expected)
    #expect(written.clones.withLock { $0 } == 1)
    #expect((1...2).contains(written.bytes.withLock { $0 } / Int64(BlockIndex.blockSize)))
    #expect(report.sharedBytes + written.bytes.withLock { $0 } == report.size)
    // The database in place is as it was.
    #expect(try chain.scratch.bytes("a.db") == before)
  }

  @Test func itFollowsAChainAndAnotherLength() throws {
    let chain = try Chain(rows: 12_000)
    try chain.take()
    try chain.change("UPDATE jobs SET command = 'now' WHERE id = 6000")
    let snapshot = try chain.take()
    let expected = try chain.bytes(of: snapshot.path)
    for sql in [
      "INSERT INTO jobs(name, command, noise) SELECT name, command, randomblob(500) FROM jobs LIMIT 3000",
      "DELETE FROM jobs WHERE id > 3000; VACUUM",
    ] {
      try chain.change(sql)
      let (report, bytes) = try restore(snapshot.path, over: chain.database, in: chain)
      #expect(bytes == expected, "\(sql)")
      #expect(report.sharedBytes < report.size)
    }
  }

  @Test func aDamagedDatabaseLendsOnlyWhatIsRight() throws {
    let chain = try Chain(rows: 12_000)
    let snapshot = try chain.take()
    let expected = try chain.bytes(of: snapshot.path)
    try chain.flip(chain.database, at: 1_000_000)
    let (report, bytes) = try restore(snapshot.path, over: chain.database, in: chain)
    #expect(bytes == expected)
    #expect(report.size - report.sharedBytes == Int64(BlockIndex.blockSize))
  }

  /// The index, which nobody signs, claims that the block of the database in place is the snapshot's.
  @Test func aBlockThatNobodySignedIsNotLent() throws {
    let chain = try Chain(rows: 12_000)
    let key = try SecretKey.generate()
    var capture = chain.capture(full: true)
    capture.signer = key
    let snapshot = try chain.store.capture(chain.database, with: capture)
    try chain.change("UPDATE jobs SET command = 'rm -rf /srv' WHERE id = 6000; PRAGMA wal_checkpoint(TRUNCATE)")
    let reader = try SnapshotReader.open(snapshot.path)
    let there = try chain.scratch.bytes("a.db")
    var index = BlockIndex()
    var forgeries = 0
    for number in 0..<reader.index.count {
      var entry = reader.index[number]
      let start = number * BlockIndex.blockSize
      let hash = there[start..<min(start + BlockIndex.blockSize, there.count)].withUnsafeBytes { Checksum.xxh3($0) }
      if entry.hash != hash { forgeries += 1 }
      entry.hash = hash
      index.append(entry)
    }
    try #require(forgeries > 0)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: snapshot.path)))
    let footer = try Footer(parsing: Array(bytes.suffix(64)), fileSize: UInt64(bytes.count))
    let tail = try Tail(parsing: Array(bytes[Int(footer.tailStart)...]), footer: footer)
    let forged = Tail(
      manifest: tail.manifest, index: index, contentChecksum: tail.contentChecksum,
      others: [
        Section(.hashTree, required: false, try #require(tail.tree).bytes),
        Section(.signature, required: false, try #require(tail.signature).serialized),
      ])
    bytes.replaceSubrange(Int(footer.tailStart)..., with: try forged.serialized())
    try Data(bytes).write(to: URL(fileURLWithPath: snapshot.path))
    var unpacker = Unpacker(files: Self.cloning(Written()))
    unpacker.base = chain.database
    unpacker.trust = .signed(by: key.publicKey)
    let error = try #require(throws: SnapshotError.self) {
      try unpacker.unpack(snapshot.path, to: chain.scratch.path("restored.db"))
    }
    #expect(error.code == "damaged-block", "\(error)")
  }

  @Test func whereItCannotBeComparedAllIsWritten() throws {
    let chain = try Chain(rows: 6_000)
    let snapshot = try chain.take()
    let expected = try chain.bytes(of: snapshot.path)
    try makeDatabase(chain.scratch.path("other.db"), pageSize: 8192)
    try chain.scratch.write("noise.db", (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try chain.scratch.write("empty.db", [])
    for base in ["none.db", "other.db", "noise.db", "empty.db", "store"].map(chain.scratch.path) {
      let written = Written()
      let (report, bytes) = try restore(snapshot.path, over: base, in: chain, written)
      #expect(bytes == expected, "\(base)")
      #expect(report.sharedBytes == 0)
      #expect(written.clones.withLock { $0 } == 0, "\(base)")
      #expect(written.bytes.withLock { $0 } == report.size)
    }
  }

  @Test func aDatabaseThatThisProcessHasOpenIsLeftAloneAndKeepsItsLocks() throws {
    let chain = try Chain(rows: 6_000, journal: "delete")
    let snapshot = try chain.take()
    let holder = try Connection(path: chain.database)
    try holder.execute("BEGIN IMMEDIATE")
    let written = Written()
    let (report, _) = try restore(snapshot.path, over: chain.database, in: chain, written)
    #expect(report.sharedBytes == 0)
    let other = try run("sqlite3", [chain.database, "BEGIN IMMEDIATE"])
    #expect(other.errors.contains("locked"))
    try holder.execute("ROLLBACK")
  }

  @Test func aWALThatIsNotInTheFileMakesItAFullRestore() throws {
    let chain = try Chain(rows: 6_000)
    let snapshot = try chain.take()
    let expected = try chain.bytes(of: snapshot.path)
    // Another process pins an old state and then commits: the WAL cannot be emptied.
    let program = try RunningProgram("sqlite3", [chain.database])
    try program.tell("BEGIN; SELECT count(*) FROM jobs;\n.shell echo ready\n")
    _ = program.listen(until: "ready")
    try run("sqlite3", [chain.database, "UPDATE jobs SET command = 'in the WAL' WHERE id < 3000"])
    let (report, bytes) = try restore(snapshot.path, over: chain.database, in: chain)
    #expect(bytes == expected)
    #expect(report.sharedBytes == 0)
    try program.endInput()
    try program.end()
  }

  @Test func whatFailsOnTheWayLeavesNothing() throws {
    let chain = try Chain(rows: 6_000)
    let snapshot = try chain.take()
    try chain.change("UPDATE jobs SET command = 'later'")
    var unpacker = Unpacker(files: HookedFiles(onWrite: { _, _ in throw FileError("write", "it", ENOSPC) }))
    unpacker.base = chain.database
    let error = try #require(throws: SnapshotError.self) {
      try unpacker.unpack(snapshot.path, to: chain.scratch.path("x.db"))
    }
    #expect(error.code == "disk-full")
    #expect(!FileManager.default.fileExists(atPath: chain.scratch.path("x.db")))
  }

  @Test func thisFileSystemEitherSharesOrSaysThatItCannot() throws {
    let scratch = try Scratch()
    try scratch.write("a", [1, 2, 3])
    let files = LocalFiles()
    let (from, to) = (
      try files.open(scratch.path("a"), .read), try files.open(scratch.path("b"), .createNew(mode: 0o600))
    )
    defer {
      files.close(from)
      files.close(to)
    }
    let isShared = try files.clone(from, to: to)
    #expect(try scratch.bytes("b") == (isShared ? [1, 2, 3] : []))
  }
}
