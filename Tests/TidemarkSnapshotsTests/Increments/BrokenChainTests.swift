// Chains that are not whole: a parent that is gone, damaged or another, and damage in an increment itself.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct BrokenChainTests {
  @Test func aMissingParentIsNamedByEveryReader() throws {
    let chain = try Chain(rows: 9_000)
    let first = try chain.take()
    try chain.change("UPDATE jobs SET name = 'x' WHERE id = 5000")
    let second = try chain.take()
    let id = try #require(second.manifest.parent)
    try FileManager.default.removeItem(atPath: first.path)
    let error = try #require(throws: SnapshotError.self) { try chain.bytes(of: second.path) }
    #expect(error.code == "missing-parent")
    #expect(error.description.contains(second.path) && error.description.contains(id))
    #expect(error.hint?.contains("\(id).sqlite.lz4") == true)
    #expect(try !chain.scratch.names.contains("out.db"))
    #expect(try Verifier().verify(second.path).problems.map(\.code) == ["missing-parent"])
    let reader = try SnapshotReader.open(second.path)
    #expect(try #require(throws: SnapshotError.self) { try reader.openConnection() }.code == "missing-parent")
    // The manifest is there to be read all the same.
    #expect(try SnapshotReader.readManifest(second.path).parent == id)
  }

  @Test func latestAndAtPassOverABrokenChainAndSaySo() throws {
    let chain = try Chain(rows: 3_000)
    let whole = try chain.take(full: true)
    let base = try chain.take(full: true)
    let increment = try chain.take()
    try FileManager.default.removeItem(atPath: base.path)
    for found in [try chain.store.latest(), try chain.store.at(increment.manifest.time)] {
      #expect(found.entry.path == whole.path)
      #expect(found.skipped.map(\.path) == [increment.path])
      #expect(found.skipped.first?.problem?.code == "missing-parent")
    }
  }

  @Test func anotherSnapshotUnderTheParentsNameIsRefused() throws {
    let chain = try Chain(rows: 3_000)
    let first = try chain.take()
    let second = try chain.take()
    try FileManager.default.removeItem(atPath: first.path)
    try Capture(pin: "another").run(database: chain.database, to: first.path)
    let error = try #require(throws: SnapshotError.self) { try chain.bytes(of: second.path) }
    #expect(error.code == "other-parent")
    #expect(error.description.contains(try #require(second.manifest.parent)))
    try FileManager.default.removeItem(atPath: first.path)
    try Data("no snapshot".utf8).write(to: URL(fileURLWithPath: first.path))
    #expect(try Verifier().verify(second.path).problems.map(\.code) == ["other-parent"])
  }

  @Test func aSnapshotThatNamesItselfAsItsParentIsRefused() throws {
    let chain = try Chain(rows: 3_000)
    let first = try chain.take()
    let second = try chain.take()
    // Its own digest cannot stand in itself, so whoever is found under the name is another.
    try FileManager.default.removeItem(atPath: first.path)
    try FileManager.default.moveItem(atPath: second.path, toPath: first.path)
    let error = try #require(throws: SnapshotError.self) { try chain.bytes(of: first.path) }
    #expect(error.code == "other-parent")
  }

  @Test func damageInAParentNamesTheParentsFileAndTheDatabasesBlock() throws {
    let chain = try Chain(rows: 12_000)
    let first = try chain.take()
    try chain.change("UPDATE jobs SET name = 'x' WHERE id = 1")
    let second = try chain.take()
    let index = try SnapshotReader.open(first.path).index
    #expect(index.count > 5)
    try chain.flip(first.path, at: Int(index[3].offset) + 1000)
    let report = try Verifier().verify(second.path)
    let problem = try #require(report.problems.first)
    #expect(report.problems.count == 1)
    #expect(problem.path == first.path)
    guard case .damagedBlock(3, 193...256, _) = problem.reason else {
      Issue.record("\(problem)")
      return
    }
    let error = try #require(throws: SnapshotError.self) { try chain.bytes(of: second.path) }
    #expect(error.path == first.path)
    #expect(error.code == "damaged-block")
  }

  @Test func aParentWhoseTailIsLostStillServesBecauseTheIncrementHasTheHashes() throws {
    let chain = try Chain(rows: 9_000)
    let first = try chain.take()
    try chain.change("UPDATE jobs SET name = 'x' WHERE id = 5000")
    let second = try chain.take()
    let expected = try chain.wholeBytes()
    try chain.flip(first.path, at: Int(first.fileSize) - 20)
    #expect(try chain.bytes(of: second.path) == expected)
    let report = try Unpacker().unpack(second.path, to: chain.scratch.path("noted.db"))
    #expect(report.notes.contains { $0.contains("tail is damaged") && $0.contains(second.manifest.parent ?? "?") })
    #expect(try !Verifier().verify(second.path).isSound)
    // And a damaged block of it does not pass, though nothing of its own can tell.
    let index = try SnapshotReader.open(first.path).index
    try chain.flip(first.path, at: Int(index[1].offset) + 1000)
    #expect(try #require(throws: SnapshotError.self) { try chain.bytes(of: second.path) }.code == "damaged-block")
  }

  @Test func anIncrementWhoseTailIsLostIsNeverTakenForADatabase() throws {
    let chain = try Chain(rows: 3_000)
    try chain.take()
    // All of it changes: the frame of the increment would be a whole database by its looks.
    try chain.change("UPDATE jobs SET command = 'all of it ' || id")
    let second = try chain.take()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: second.path))
    let tail = Int(try SnapshotReader.open(second.path).index.frameEnd)
    for length in [tail, tail + 20, bytes.count - 1] {
      try bytes.prefix(length).write(to: URL(fileURLWithPath: chain.scratch.path("cut.sqlite.lz4")))
      let error = try #require(throws: SnapshotError.self) {
        try Unpacker().unpack(chain.scratch.path("cut.sqlite.lz4"), to: chain.scratch.path("x.db"))
      }
      #expect(["damaged", "unsupported"].contains(error.code), "cut at \(length): \(error)")
      #expect(!FileManager.default.fileExists(atPath: chain.scratch.path("x.db")))
    }
  }

  @Test func aFlippedBitAnywhereInAnIncrementIsFoundAndNeverRestoresAnotherDatabase() throws {
    let chain = try Chain(rows: 6_000)
    try chain.take()
    try chain.change("UPDATE jobs SET name = 'x' WHERE id IN (1, 5000)")
    let second = try chain.take()
    let expected = try chain.wholeBytes()
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: second.path)))
    let index = try SnapshotReader.open(second.path).index
    let tail = Int(index.frameEnd)
    var random = Seeded(state: 11)
    var places = Array(0..<24) + Array(tail - 8..<tail + 24) + Array(whole.count - 64..<whole.count)
    for _ in 0..<80 { places.append(Int.random(in: tail..<whole.count, using: &random)) }
    for _ in 0..<40 { places.append(Int.random(in: 0..<tail, using: &random)) }
    for place in places {
      var flipped = whole
      flipped[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try Data(flipped).write(to: URL(fileURLWithPath: second.path))
      var isFound = true
      do {
        isFound = try !Verifier(workers: 1).verify(second.path).isSound
      } catch is SnapshotError {}
      #expect(isFound, "byte \(place) of \(whole.count), tail at \(tail)")
      if let bytes = try? chain.bytes(of: second.path) { #expect(bytes == expected, "byte \(place)") }
    }
  }

  @Test func randomBlockMapsNeverTrap() throws {
    var random = Seeded(state: 5)
    for _ in 0..<3000 {
      var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      if bytes.count > 40, Bool.random(using: &random) {
        // A head that is nearly right.
        for place in 0..<40 where place != 8 && place != 12 && place != 16 { bytes[place] = 0 }
        bytes[0] = 1
        bytes[8] = 1
        bytes[12] = UInt8.random(in: 0...1, using: &random)
      }
      _ = try? BlockMap(parsing: bytes, index: BlockIndex(isIncrement: true))
    }
  }

  @Test(arguments: ["", ".", "..", "../other", "a/b", ".hidden", "a\nb", "a\0b"])
  func anIdThatCouldLeadElsewhereIsRefused(_ id: String) throws {
    let map = BlockMap(plainSize: 0, ancestors: [BlockMap.Ancestor(id: id, digest: [UInt8](repeating: 0, count: 16))])
    #expect(throws: FormatFault.self) { try BlockMap(parsing: map.serialized, index: BlockIndex(isIncrement: true)) }
    let sound = BlockMap(
      plainSize: 0, ancestors: [BlockMap.Ancestor(id: "a", digest: [UInt8](repeating: 0, count: 16))])
    #expect(try BlockMap(parsing: sound.serialized, index: BlockIndex(isIncrement: true)) == sound)
  }

  @Test func aManifestThatSpeaksOfOtherBlocksThanTheMapIsDamage() throws {
    let chain = try Chain(rows: 3_000)
    try chain.take()
    let second = try chain.take()
    let reader = try SnapshotReader.open(second.path)
    let frame = Array(try Data(contentsOf: URL(fileURLWithPath: second.path)).prefix(Int(reader.index.frameEnd)))
    let changes: [(inout Manifest) -> Void] = [
      { _ in }, { $0.increment = nil }, { $0.increment?.needs = [] }, { $0.increment?.needs = ["other"] },
      { $0.increment?.stored = 7 }, { $0.increment?.blocks = 7 }, { $0.parent = nil }, { $0.parent = "../a" },
      { $0.pageCount += 1 },
    ]
    for (number, change) in changes.enumerated() {
      var manifest = second.manifest
      change(&manifest)
      let sum = try reader.storedContentChecksum()
      let tail = try Tail(manifest: manifest, index: reader.index, map: reader.map, contentChecksum: sum).serialized()
      try Data(frame + tail).write(to: URL(fileURLWithPath: second.path))
      if number == 0 {
        #expect(try SnapshotReader.open(second.path).isWhole)
      } else {
        let error = try #require(throws: SnapshotError.self) { try SnapshotReader.open(second.path) }
        #expect(error.code == "damaged", "\(number)")
      }
    }
  }
}
