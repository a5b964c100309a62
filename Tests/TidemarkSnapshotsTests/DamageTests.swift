// Files that are not as they were written: cut off, with bits flipped, empty, foreign. Never a trap, never a wrong
// database, never a file left behind.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct DamageTests {
  /// A snapshot of a few blocks, its bytes and those of the database it restores to.
  static func sample(_ scratch: Scratch, rows: Int = 12_000) throws -> (snapshot: [UInt8], plain: [UInt8]) {
    try makeDatabase(scratch.path("a.db"), rows: rows)
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    try Unpacker().unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("plain.db"))
    return (try scratch.bytes("a.sqlite.lz4"), try scratch.bytes("plain.db"))
  }

  @Test func aFlippedBitAnywhereIsFoundAndNeverRestoresAnotherDatabase() throws {
    let scratch = try Scratch()
    let (snapshot, plain) = try Self.sample(scratch)
    let index = try SnapshotReader.open(scratch.path("a.sqlite.lz4")).index
    let tail = Int(index.frameEnd)
    // Every byte of header, footer and section heads; block heads and their ends; and a seeded spread over the rest.
    var places = Set(0..<19).union(snapshot.count - 80..<snapshot.count).union(tail - 8..<tail + 24)
    for block in 0..<index.count {
      let start = Int(index[block].offset)
      places.formUnion([start, start + 3, start + 4, start + index[block].framedLength - 1])
    }
    var random = Seeded(state: 7)
    for _ in 0..<150 { places.insert(Int.random(in: 0..<snapshot.count, using: &random)) }
    for place in places.sorted() {
      var flipped = snapshot
      flipped[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try scratch.write("x.sqlite.lz4", flipped)
      let found: Bool
      do {
        found = try !Verifier(workers: 1).verify(scratch.path("x.sqlite.lz4")).isSound
      } catch is SnapshotError {
        found = true
      }
      #expect(found, "byte \(place) of \(snapshot.count), tail at \(tail)")
      do {
        try Unpacker(workers: 1).unpack(scratch.path("x.sqlite.lz4"), to: scratch.path("x.db"))
        #expect(try scratch.bytes("x.db") == plain, "byte \(place)")
        try FileManager.default.removeItem(atPath: scratch.path("x.db"))
      } catch is SnapshotError {
        #expect(!FileManager.default.fileExists(atPath: scratch.path("x.db")), "byte \(place)")
      }
    }
  }

  @Test func aFileCutAnywhereIsFoundAndOnlyAWholeFrameRestores() throws {
    let scratch = try Scratch()
    let (snapshot, plain) = try Self.sample(scratch)
    let tail = Int(try SnapshotReader.open(scratch.path("a.sqlite.lz4")).index.frameEnd)
    let lengths = [1, 3, 4, 6, 14, 15, 16, 19, 1000, tail - 9, tail - 8, tail - 4, tail - 1, tail, tail + 1, tail + 7]
    for length in lengths + [tail + 30, snapshot.count - 64, snapshot.count - 1] {
      try scratch.write("x.sqlite.lz4", Array(snapshot[..<length]))
      do {
        let report = try Unpacker().unpack(scratch.path("x.sqlite.lz4"), to: scratch.path("x.db"))
        #expect(length >= tail, "cut at \(length)")
        #expect(length == tail || !report.notes.isEmpty, "cut at \(length)")
        #expect(try scratch.bytes("x.db") == plain)
        try FileManager.default.removeItem(atPath: scratch.path("x.db"))
      } catch let error as SnapshotError {
        #expect(length < tail, "cut at \(length): \(error)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("x.db")))
      }
    }
  }

  @Test func aDamagedBlockIsNamedWithItsPages() throws {
    let scratch = try Scratch()
    var (snapshot, _) = try Self.sample(scratch)
    let reader = try SnapshotReader.open(scratch.path("a.sqlite.lz4"))
    snapshot[Int(reader.index[2].offset) + 1000] ^= 0x10
    try scratch.write("x.sqlite.lz4", snapshot)
    let error = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("x.sqlite.lz4"), to: scratch.path("x.db"))
    }
    guard case .damagedBlock(2, let pages, _) = error.reason else {
      Issue.record("\(error)")
      return
    }
    #expect(pages == 129...192)
    #expect(error.description.contains("x.sqlite.lz4: block 2 (pages 129 to 192) is damaged"))
    let report = try Verifier().verify(scratch.path("x.sqlite.lz4"))
    #expect(report.problems.map(\.code) == ["damaged-block"])
  }

  @Test func aQueryOverADamagedBlockFailsAndSaysWhy() throws {
    let scratch = try Scratch()
    var (snapshot, _) = try Self.sample(scratch)
    let index = try SnapshotReader.open(scratch.path("a.sqlite.lz4")).index
    snapshot[Int(index[2].offset) + 1000] ^= 0x10
    try scratch.write("x.sqlite.lz4", snapshot)
    let reader = try SnapshotReader.open(scratch.path("x.sqlite.lz4"))
    let connection = try reader.openConnection()
    #expect(throws: SQLiteError.self) { try connection.rows("SELECT * FROM jobs NOT INDEXED") }
    #expect(reader.lastFailure?.code == "damaged-block")
  }

  @Test func aDamagedTailIsSaidAndTheFrameStillReads() throws {
    let scratch = try Scratch()
    var (snapshot, plain) = try Self.sample(scratch)
    snapshot[snapshot.count - 40] ^= 1
    try scratch.write("x.sqlite.lz4", snapshot)
    let reader = try SnapshotReader.open(scratch.path("x.sqlite.lz4"))
    #expect(reader.manifest == nil)
    #expect(reader.notes.count == 1)
    #expect(try reader.openConnection().value("SELECT count(*) FROM jobs") == 12_000)
    let report = try Unpacker().unpack(scratch.path("x.sqlite.lz4"), to: scratch.path("x.db"))
    #expect(report.notes.first?.contains("tail is damaged") == true)
    #expect(try scratch.bytes("x.db") == plain)
  }

  @Test func anUnknownRequiredSectionIsRefusedAndAnOptionalOnePassedOver() throws {
    let scratch = try Scratch()
    let (snapshot, _) = try Self.sample(scratch)
    let reader = try SnapshotReader.open(scratch.path("a.sqlite.lz4"))
    let manifest = try #require(reader.manifest)
    for (required, readable) in [(false, true), (true, false)] {
      let section = Section(SectionKind(rawValue: 900), required: required, [1, 2, 3])
      let tail = try Tail(
        manifest: manifest, index: reader.index, contentChecksum: reader.storedContentChecksum(), others: [section]
      ).serialized()
      try scratch.write("x.sqlite.lz4", Array(snapshot[..<Int(reader.index.frameEnd)]) + tail)
      if readable {
        #expect(try SnapshotReader.open(scratch.path("x.sqlite.lz4")).isWhole)
        #expect(try Verifier().verify(scratch.path("x.sqlite.lz4")).isSound)
        #expect(try run("lz4", ["-t", scratch.path("x.sqlite.lz4")]).status == 0)
      } else {
        let error = try #require(throws: SnapshotError.self) { try SnapshotReader.open(scratch.path("x.sqlite.lz4")) }
        #expect(error.code == "unsupported")
      }
    }
  }

  @Test func aManifestThatLiesAboutTheDatabaseIsRefused() throws {
    let scratch = try Scratch()
    let (snapshot, _) = try Self.sample(scratch)
    let reader = try SnapshotReader.open(scratch.path("a.sqlite.lz4"))
    var manifest = try #require(reader.manifest)
    manifest.pageSize /= 2
    manifest.pageCount *= 2
    let tail = try Tail(manifest: manifest, index: reader.index, contentChecksum: reader.storedContentChecksum())
      .serialized()
    try scratch.write("x.sqlite.lz4", Array(snapshot[..<Int(reader.index.frameEnd)]) + tail)
    let error = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("x.sqlite.lz4"), to: scratch.path("x.db"))
    }
    #expect(error.code == "not-whole")
    #expect(try !Verifier().verify(scratch.path("x.sqlite.lz4")).isSound)
  }

  @Test func randomTailsNeverTrap() throws {
    var random = Seeded(state: 42)
    for _ in 0..<3000 {
      let count = Int.random(in: 0...300, using: &random)
      var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      if count >= 64 { bytes.replaceSubrange(count - 8..<count, with: Footer.magic) }
      _ = try? FrameHeader(parsing: bytes)
      _ = try? BlockIndex(parsing: bytes, tailStart: UInt64.random(in: 0 ... .max, using: &random))
      if let footer = try? Footer(parsing: Array(bytes.suffix(64)), fileSize: UInt64(count)) {
        _ = try? Tail(parsing: bytes, footer: footer)
      }
      _ = try? Section(parsing: bytes, expecting: .manifest)
      _ = try? Manifest(json: bytes)
      _ = Timestamp(String(decoding: bytes, as: UTF8.self))
    }
  }

  struct Foreign: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var code: String
    var words: String
    var testDescription: String { name }
  }

  static let foreign: [Foreign] = [
    Foreign(name: "empty", bytes: [], code: "empty", words: "empty"),
    Foreign(name: "gzip", bytes: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0], code: "foreign", words: "gzip"),
    Foreign(name: "text", bytes: Array("Dear diary, nothing happened.".utf8), code: "foreign", words: "text"),
    Foreign(name: "zeros", bytes: [UInt8](repeating: 0, count: 4096), code: "foreign", words: "zeros"),
    Foreign(
      name: "noise", bytes: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) | 0x80 }, code: "foreign",
      words: "noise"),
    Foreign(name: "legacy", bytes: [0x02, 0x21, 0x4c, 0x18, 1, 0, 0, 0], code: "unsupported", words: "legacy"),
    Foreign(
      name: "a WAL", bytes: [0x37, 0x7f, 0x06, 0x82] + [UInt8](repeating: 0, count: 60), code: "foreign", words: "WAL"),
    Foreign(name: "half a database", bytes: DatabaseHeader.magic, code: "unreadable", words: "damaged"),
  ]

  @Test(arguments: foreign) func aForeignFileIsRefusedInItsOwnWords(_ file: Foreign) throws {
    let scratch = try Scratch()
    try scratch.write("x", file.bytes)
    let error = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("x"), to: scratch.path("x.db"))
    }
    #expect(error.code == file.code)
    #expect(error.description.contains(file.words), "\(error)")
    #expect(try scratch.names == ["x"])
  }

  @Test func whatIsNotThereOrIsAFolderIsSaid() throws {
    let scratch = try Scratch()
    let missing = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("none"), to: scratch.path("x.db"))
    }
    #expect(missing.code == "missing")
    let folder = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.folder, to: scratch.path("x.db"))
    }
    #expect(folder.code == "not-a-file")
    try makeDatabase(scratch.path("a.db"))
    let taken = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("a.db"), to: scratch.path("a.db"))
    }
    #expect(taken.code == "exists")
    #expect(try integrity(scratch.path("a.db")) == "ok")
  }

  @Test func aDamagedHeaderHarmsNoBlockAndIsSaid() throws {
    let scratch = try Scratch()
    let (snapshot, plain) = try Self.sample(scratch, rows: 2_000)
    #expect(try Unpacker().unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("y.db")).notes.isEmpty)
    var flipped = snapshot
    flipped[8] ^= 0x10
    try scratch.write("x.sqlite.lz4", flipped)
    #expect(try !Verifier().verify(scratch.path("x.sqlite.lz4")).isSound)
    let report = try Unpacker().unpack(scratch.path("x.sqlite.lz4"), to: scratch.path("x.db"))
    #expect(report.notes.count == 1)
    #expect(report.notes.first?.contains("header is damaged") == true, "\(report.notes)")
    #expect(try scratch.bytes("x.db") == plain)
  }
}
