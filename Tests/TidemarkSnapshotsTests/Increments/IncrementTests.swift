// Increments: what is in them, what they restore to, and when a snapshot is whole instead.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct IncrementTests {
  @Test(arguments: [("wal", 4096), ("delete", 512), ("wal", 65536)])
  func manyIncrementsUnderRandomWritesEqualTheDatabaseByteForByte(_ journal: String, _ pageSize: Int) throws {
    let chain = try Chain(rows: 12_000, journal: journal, pageSize: pageSize)
    var expected: [(path: String, hash: UInt64, depth: Int)] = []
    for round in 0..<14 {
      let report = try chain.take(every: 6)
      let hash = try chain.wholeBytes().withUnsafeBytes { Checksum.xxh3($0) }
      expected.append((report.path, hash, report.manifest.increment?.depth ?? 0))
      switch round {
      case 4: try chain.change("DELETE FROM jobs WHERE id % 3 = 0")
      case 7: try chain.change("VACUUM")
      case 9, 13: break  // nothing changes
      default: try chain.write(3)
      }
    }
    #expect(expected.map(\.depth) == (0..<14).map { $0 % 6 })
    for (path, hash, depth) in expected {
      let restored = try chain.bytes(of: path)
      #expect(restored.withUnsafeBytes { Checksum.xxh3($0) } == hash, "\(path), \(depth) before it")
      let report = try Verifier().verify(path)
      #expect(report.isSound, "\(report.problems)")
    }
    let last = try #require(expected.last).path
    try Unpacker().unpack(last, to: chain.scratch.path("last.db"))
    #expect(try integrity(chain.scratch.path("last.db")) == "ok")
    #expect(try content(chain.scratch.path("last.db")) == content(chain.database))
    #expect(try Verifier().verify(last, deep: true).isSound)
  }

  @Test func onlyTheBlocksThatChangedAreStoredAndTheFrameHoldsNothingElse() throws {
    let chain = try Chain()
    let whole = try chain.take()
    try chain.change("UPDATE jobs SET command = 'changed' WHERE id = 20000")
    let report = try chain.take()
    #expect(whole.storedBlocks == whole.blocks && whole.manifest.parent == nil)
    // The row's page, and page 1 with the change counter.
    #expect((1...2).contains(report.storedBlocks), "\(report.storedBlocks) of \(report.blocks)")
    #expect(report.blocks == whole.blocks && whole.blocks > 20)
    #expect(report.fileSize < whole.fileSize / 8)
    let parent = try #require(report.manifest.parent)
    #expect(whole.path.hasSuffix("/\(parent).sqlite.lz4"))
    #expect(report.manifest.increment?.needs == [parent])
    #expect(report.manifest.increment?.stored == report.storedBlocks)
    #expect(try chain.store.list().map(\.manifest?.parent) == [parent, nil])
    // It is one LZ4 frame still, and says by its dictionary that it does not stand alone.
    let plain = try run("sh", ["-c", "lz4 -dc \(report.path) | wc -c"]).output
    #expect(Int(plain.trimmingCharacters(in: .whitespacesAndNewlines)) == report.storedBlocks * BlockIndex.blockSize)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: report.path)).prefix(19))
    #expect(try FrameHeader(parsing: bytes).dictionary == FrameHeader.incrementMark)
  }

  @Test func whereNothingChangedNothingIsStored() throws {
    let chain = try Chain(rows: 5_000)
    try chain.take()
    let report = try chain.take()
    #expect(report.storedBlocks == 0)
    #expect(report.fileSize < 4_000)
    #expect(try chain.bytes(of: report.path) == chain.wholeBytes())
  }

  @Test func aWholeOneComesAsOftenAsAskedForAndWheneverAskedFor() throws {
    let chain = try Chain(rows: 100)
    #expect(try (0..<7).map { _ in try chain.take(every: 3).manifest.increment?.depth ?? 0 } == [0, 1, 2, 0, 1, 2, 0])
    #expect(try (0..<3).map { _ in try chain.take(every: 1).manifest.parent == nil } == [true, true, true])
    #expect(try chain.take().manifest.increment?.depth == 1)
    let report = try chain.take(full: true)
    #expect(report.manifest.parent == nil && report.wholeBecause == nil)
  }

  @Test func anotherPageSizeMakesItWholeAndSaysWhy() throws {
    let chain = try Chain(rows: 2_000, journal: "delete")
    try chain.take()
    try chain.change("PRAGMA page_size=8192; VACUUM")
    let report = try chain.take()
    #expect(report.manifest.parent == nil)
    #expect(report.wholeBecause?.contains("page size") == true)
    #expect(try chain.bytes(of: report.path) == chain.wholeBytes())
  }

  @Test func aDamagedParentIsNotBuiltOn() throws {
    let chain = try Chain(rows: 2_000)
    let first = try chain.take()
    try chain.take()
    try chain.flip(first.path, at: Int(first.fileSize) - 20)
    let report = try chain.take()
    #expect(report.manifest.parent == nil)
    #expect(report.wholeBecause?.contains("tail is damaged") == true)
    #expect(try chain.bytes(of: report.path) == chain.wholeBytes())
  }

  @Test func aDatabaseThatGrowsAndShrinksKeepsItsLastBlockRight() throws {
    let chain = try Chain(rows: 9_000)
    try chain.take()
    for sql in [
      "INSERT INTO jobs(name, command, noise) SELECT name, command, randomblob(500) FROM jobs LIMIT 700",
      "DELETE FROM jobs WHERE id > 2000; VACUUM", "INSERT INTO jobs(name) VALUES('one')", "DROP TABLE jobs; VACUUM",
    ] {
      try chain.change(sql)
      let report = try chain.take()
      #expect(report.manifest.parent != nil)
      #expect(try chain.bytes(of: report.path) == chain.wholeBytes(), "\(sql)")
    }
  }

  @Test func aQueryInPlaceReadsThroughTheChain() throws {
    let chain = try Chain()
    try chain.take()
    for row in [7, 20_000, 39_999] {
      try chain.change("UPDATE jobs SET name = 'found' WHERE id = \(row)")
      try chain.take()
    }
    let reader = try SnapshotReader.open(chain.store.latest().entry.path)
    #expect(reader.map?.ancestors.count == 3)
    let connection = try reader.openConnection()
    #expect(try connection.value("SELECT count(*) FROM jobs WHERE name = 'found'") == 3)
    #expect(try connection.value("PRAGMA integrity_check", as: String.self) == "ok")
  }

  @Test func anAncestorOfWhichNothingIsWantedAnyMoreIsNotNeeded() throws {
    let chain = try Chain(rows: 9_000)
    try chain.take()
    for value in ["a", "b", "c"] {
      try chain.change("UPDATE jobs SET command = '\(value)' WHERE id = 4000")
      try chain.take()
    }
    let entries = try chain.store.list()
    // Each of the two between holds the same blocks in an older state.
    #expect(entries[0].manifest?.increment?.needs == [entries[3].id])
    #expect(entries[0].manifest?.parent == entries[1].id)
  }
}
