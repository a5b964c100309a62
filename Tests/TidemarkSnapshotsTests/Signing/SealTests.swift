// Sealed snapshots: the owner of a key reads all of them, in place too; everybody else reads nothing, and a change of any
// byte is found.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct SealTests {
  private static func capture(_ scratch: Scratch, to keys: [SecretKey], rows: Int = 9000) throws {
    try makeDatabase(scratch.path("a.db"), rows: rows)
    var capture = Capture(pin: "a reason that is nobody's business")
    capture.recipients = keys.map(\.publicKey)
    try capture.run(database: scratch.path("a.db"), to: scratch.path("a.sealed"))
  }

  @Test func anyOfTheOwnersReadsItAndNobodyElse() throws {
    let scratch = try Scratch()
    let keys = try [SecretKey.generate(), SecretKey.generate()]
    let stranger = try SecretKey.generate()
    try Self.capture(scratch, to: keys)
    for (number, key) in keys.enumerated() {
      var unpacker = Unpacker()
      unpacker.trust.identities = [stranger, key]
      let report = try unpacker.unpack(scratch.path("a.sealed"), to: scratch.path("out\(number).db"))
      #expect(report.kind == .snapshot)
      #expect(try content(scratch.path("out\(number).db")) == content(scratch.path("a.db")))
      let reader = try SnapshotReader.open(scratch.path("a.sealed"), trust: unpacker.trust)
      #expect(try reader.openConnection().value("SELECT count(*) FROM jobs") == 9000)
      var verifier = Verifier()
      verifier.trust = unpacker.trust
      let verified = try verifier.verify(scratch.path("a.sealed"), deep: true)
      #expect(verified.isSound)
      #expect(Set(verified.sealedTo) == Set(keys.map(\.publicKey.id)))
    }
    for identities in [[], [stranger]] {
      var unpacker = Unpacker()
      unpacker.trust.identities = identities
      let error = try #require(throws: SnapshotError.self) {
        try unpacker.unpack(scratch.path("a.sealed"), to: scratch.path("no.db"))
      }
      #expect(error.code == "sealed")
      #expect(error.label?.isPinned == true)
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("no.db")))
  }

  @Test func nothingOfTheDatabaseIsLegible() throws {
    let scratch = try Scratch()
    try Self.capture(scratch, to: [SecretKey.generate()], rows: 3)
    let bytes = try Data(scratch.bytes("a.sealed"))
    for words in ["SQLite format 3", "/usr/bin/run", "CREATE TABLE", "jobs", "pageSize", "nobody's business"] {
      #expect(bytes.range(of: Data(words.utf8)) == nil, "\(words)")
    }
    #expect(bytes.starts(with: Array("Tidemark sealed snapshot 1\n".utf8)))
    #expect(try run("lz4", ["-t", scratch.path("a.sealed")]).status != 0)
    // Two of the same have nothing in common either: each file has a key of its own.
    let again = try Scratch()
    try Self.capture(again, to: [SecretKey.generate()], rows: 3)
    let first = Data(bytes[36..<80])
    #expect(try Data(again.bytes("a.sealed")).range(of: first) == nil)
  }

  @Test func aChangeOfAnyByteIsFound() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    try Self.capture(scratch, to: [key], rows: 3000)
    let sound = try scratch.bytes("a.sealed")
    var random = Seeded(state: 7)
    let plain = try content(scratch.path("a.db"))
    for place in Array(0..<sound.count).shuffled(using: &random).prefix(60) + [0, 31, 32, sound.count - 1] {
      var bytes = sound
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try scratch.write("x.sealed", bytes)
      var verifier = Verifier()
      verifier.trust.identities = [key]
      let found = (try? verifier.verify(scratch.path("x.sealed")).isSound) != true
      #expect(found, "byte \(place)")
      // Without a key accidents are found as well.
      #expect((try? Verifier().verify(scratch.path("x.sealed")).isSound) != true, "byte \(place)")
      var unpacker = Unpacker()
      unpacker.trust.identities = [key]
      if (try? unpacker.unpack(scratch.path("x.sealed"), to: scratch.path("x.db"))) != nil {
        // Only what stands around the blocks can be passed over, and no block is another for it.
        #expect(try content(scratch.path("x.db")) == plain, "byte \(place)")
        try FileManager.default.removeItem(atPath: scratch.path("x.db"))
      }
    }
  }

  @Test func blocksThatAreExchangedDoNotOpen() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    // Two blocks of one length: the content is noise, which does not pack.
    let connection = try Connection(path: scratch.path("a.db"))
    try connection.execute("CREATE TABLE t(x); INSERT INTO t VALUES(randomblob(1200000))")
    try connection.close()
    var capture = Capture()
    capture.recipients = [key.publicKey]
    try capture.run(database: scratch.path("a.db"), to: scratch.path("a.sealed"))
    let trust = Trust(identities: [key])
    let index = try SnapshotReader.open(scratch.path("a.sealed"), trust: trust).index
    let (first, second) = (index[1], index[2])
    try #require(first.isUncompressed && second.isUncompressed)
    var bytes = try scratch.bytes("a.sealed")
    let range = Int(first.offset)..<Int(first.offset) + first.framedLength
    let other = Int(second.offset)..<Int(second.offset) + second.framedLength
    let kept = Array(bytes[range])
    bytes.replaceSubrange(range, with: Array(bytes[other]))
    bytes.replaceSubrange(other, with: kept)
    try scratch.write("x.sealed", bytes)
    let reader = try SnapshotReader.open(scratch.path("x.sealed"), trust: trust)
    let error = try #require(throws: SnapshotError.self) { try reader.readBlock(1) }
    #expect("\(error)".contains("not what was sealed"))
  }

  @Test func aLabelThatWasChangedIsFoundByWhoeverOpensIt() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    try Self.capture(scratch, to: [key], rows: 3)
    let bytes = try scratch.bytes("a.sealed")
    let footer = try Footer(parsing: Array(bytes.suffix(64)), fileSize: UInt64(bytes.count))
    let tail = try Tail(parsing: Array(bytes[Int(footer.tailStart)...]), footer: footer, identities: [key])
    let seal = try #require(tail.seal)
    let sealed = seal.seal([1, 2, 3], of: .manifest)
    #expect(try seal.open(sealed, of: .manifest) == [1, 2, 3])
    #expect(throws: FormatFault.self) { try seal.open(sealed, of: .index) }
    var label = seal.label
    label.isPinned = false
    let other = try #require(try Seal(opening: label.json(), with: [key]))
    #expect(throws: FormatFault.self) { try other.open(sealed, of: .manifest) }
  }

  @Test func aStoreKeepsSealedOnesApart() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    try makeDatabase(scratch.path("a.db"), rows: 3000)
    var store = SnapshotStore(scratch.path("store"))
    try store.capture(scratch.path("a.db"))
    var capture = Capture(pin: "kept")
    capture.recipients = [key.publicKey]
    let sealed = try store.capture(scratch.path("a.db"), with: capture)
    #expect(sealed.path.hasSuffix(SnapshotStore.sealedSuffix))
    #expect(sealed.manifest.parent == nil)
    // Whoever lacks the key is told so, and not given an older one.
    let error = try #require(throws: SnapshotError.self) { try store.latest() }
    #expect(error.code == "sealed")
    let entry = try #require(try store.list().first)
    #expect(entry.isClosed && entry.pinned != nil && entry.isNamedByStore)
    let plain = try store.capture(scratch.path("a.db"))
    #expect(plain.manifest.parent == nil)
    // Retention needs no key: it goes by the names, and spares what is pinned.
    let pruned = try store.prune(RetentionPolicy(last: 1))
    #expect(pruned.kept.map(\.entry.path) == [plain.path, sealed.path])
    try FileManager.default.removeItem(atPath: plain.path)
    store.trust.identities = [key]
    #expect(try store.latest().entry.manifest?.pinned == "kept")
    #expect(try store.find(sealed.path.split(separator: "/").last.map(String.init) ?? "").entry.path == sealed.path)
  }

  @Test func olderReadersAreToldToBeTooOld() throws {
    let scratch = try Scratch()
    try Self.capture(scratch, to: [SecretKey.generate()], rows: 3)
    let bytes = try scratch.bytes("a.sealed").suffix(64)
    // The version, and the oldest that understands it, where the format's first readers look for them.
    #expect(Array(bytes)[32..<36] == [2, 0, 2, 0])
  }
}
