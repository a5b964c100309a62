// Signed snapshots against somebody who can rewrite the store: every checksum is made to agree again, and still nothing
// that was not signed is restored, read in place, or taken into an increment.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct SignatureTests {
  /// A database, a key, and the snapshots of both.
  private struct Bench {
    let scratch: Scratch
    let key: SecretKey
    var trust: Trust { .signed(by: key.publicKey) }
    var signed: String { scratch.path("signed.sqlite.lz4") }

    init() throws {
      scratch = try Scratch()
      key = try SecretKey.generate()
      try makeDatabase(scratch.path("a.db"), rows: 9000)
      try capture("signed.sqlite.lz4", key)
    }

    func capture(_ name: String, _ signer: SecretKey?) throws {
      var capture = Capture()
      capture.signer = signer
      try capture.run(database: scratch.path("a.db"), to: scratch.path(name))
    }

    func unpack(_ path: String, _ trust: Trust) throws {
      var unpacker = Unpacker()
      unpacker.trust = trust
      try unpacker.unpack(path, to: scratch.path("out.db"))
    }

    /// What refuses a file, each way of reading it.
    func refusals(of path: String) -> [String] {
      let ways: [() throws -> Void] = [
        { try unpack(path, trust) },
        {
          let reader = try SnapshotReader.open(path, trust: trust)
          do {
            _ = try reader.openConnection().value("SELECT sum(length(noise)) FROM jobs", as: Int64.self)
          } catch { throw reader.lastFailure ?? error }
        },
        {
          var verifier = Verifier()
          verifier.trust = trust
          if let problem = try verifier.verify(path).problems.first { throw problem }
        },
      ]
      return ways.map { way in
        do {
          try way()
          return "taken"
        } catch let error as SnapshotError {
          return error.code
        } catch { return "\(error)" }
      }
    }

    /// Puts another tail behind the frame of a snapshot, with every checksum in order.
    func write(_ tail: [UInt8], behind reader: SnapshotReader, _ frame: [UInt8]) throws -> String {
      try scratch.write("forged.sqlite.lz4", Array(frame[..<Int(reader.index.frameEnd)]) + tail)
      return scratch.path("forged.sqlite.lz4")
    }

    func parts(_ path: String) throws -> (reader: SnapshotReader, bytes: [UInt8], tail: Tail) {
      let reader = try SnapshotReader.open(path)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      let footer = try Footer(parsing: Array(bytes.suffix(64)), fileSize: UInt64(bytes.count))
      return (reader, bytes, try Tail(parsing: Array(bytes[Int(footer.tailStart)...]), footer: footer))
    }
  }

  @Test func whatASignerHasSignedIsTaken() throws {
    let bench = try Bench()
    #expect(bench.refusals(of: bench.signed) == ["taken", "taken", "taken"])
    #expect(try integrity(bench.scratch.path("out.db")) == "ok")
    #expect(try SnapshotReader.open(bench.signed).signature?.keyID == bench.key.publicKey.id)
    // Readers that ask for no signature, and LZ4 itself, read it like any other.
    #expect(try Verifier().verify(bench.signed).isSound)
    #expect(try run("lz4", ["-t", bench.signed]).status == 0)
  }

  @Test func whatNobodyOrAnotherHasSignedIsNotTaken() throws {
    let bench = try Bench()
    try bench.capture("unsigned.sqlite.lz4", nil)
    try bench.capture("other.sqlite.lz4", try SecretKey.generate())
    for name in ["unsigned", "other"] {
      #expect(
        bench.refusals(of: bench.scratch.path("\(name).sqlite.lz4")) == ["untrusted", "untrusted", "untrusted"],
        "\(name)")
    }
    #expect(throws: SnapshotError.self) { try bench.unpack(bench.scratch.path("a.db"), bench.trust) }
    try run("lz4", ["-q", bench.scratch.path("a.db"), bench.scratch.path("plain.lz4")])
    #expect(throws: SnapshotError.self) { try bench.unpack(bench.scratch.path("plain.lz4"), bench.trust) }
    try bench.scratch.write("dump.sql", run("sqlite3", [bench.scratch.path("a.db"), ".dump"]).output)
    try run("lz4", ["-q", bench.scratch.path("dump.sql"), bench.scratch.path("dump.lz4")])
    for name in ["dump.sql", "dump.lz4"] {
      let error = #expect(throws: SnapshotError.self) { try bench.unpack(bench.scratch.path(name), bench.trust) }
      #expect(error?.code == "untrusted")
    }
    #expect(!FileManager.default.fileExists(atPath: bench.scratch.path("out.db")))
  }

  @Test func aManifestThatWasChangedIsNotTaken() throws {
    let bench = try Bench()
    let (reader, bytes, tail) = try bench.parts(bench.signed)
    var manifest = try #require(reader.manifest)
    manifest.writer = "somebody else"
    // The signature and its tree are moved over as they are.
    let forged = Tail(
      manifest: manifest, index: reader.index, contentChecksum: tail.contentChecksum,
      others: [
        Section(.hashTree, required: false, try #require(tail.tree).bytes),
        Section(.signature, required: false, try #require(tail.signature).serialized),
      ])
    let path = try bench.write(forged.serialized(), behind: reader, bytes)
    #expect(bench.refusals(of: path) == ["forged", "forged", "forged"])
    // Even those who ask for no signature are told.
    #expect(throws: SnapshotError.self) { try SnapshotReader.open(path) }
  }

  /// A footer that leads into a section of another kind, where a whole manifest stands: whoever reads that alone would
  /// show it, and say beside it who has signed.
  @Test func aManifestBesideTheSignedOneIsNotShown() throws {
    let bench = try Bench()
    let (reader, bytes, tail) = try bench.parts(bench.signed)
    var manifest = try #require(reader.manifest)
    manifest.writer = "somebody else"
    var fake: [UInt8] = []
    Section(.manifest, required: true, try manifest.json()).write(to: &fake)
    let sections = [
      Section(.index, required: true, reader.index.serialized),
      Section(.hashTree, required: false, try #require(tail.tree).bytes),
      Section(.signature, required: false, try #require(tail.signature).serialized),
      Section(.manifest, required: true, try tail.manifest.json()),
      Section(SectionKind(rawValue: 900), required: false, fake),
    ]
    var forged = try Tail.assemble(
      sections, tailStart: reader.index.frameEnd, contentChecksum: tail.contentChecksum, isSealed: false)
    // The footer names the last section; its header is stepped over.
    let end = forged.count - Footer.length
    let footer = try Footer(
      parsing: Array(forged.suffix(Footer.length)), fileSize: reader.index.frameEnd + UInt64(forged.count))
    var words: [UInt8] = []
    words.append(number: footer.manifestOffset + Section.headerLength)
    words.append(number: footer.manifestLength - Section.headerLength)
    forged.replaceSubrange(end + 8..<end + 16, with: words)
    let digest = forged.withUnsafeBytes {
      Checksum.xxh3Wide(UnsafeRawBufferPointer(rebasing: $0[..<(forged.count - 24)]))
    }
    var sum: [UInt8] = []
    sum.append(number: digest.low)
    sum.append(number: digest.high)
    forged.replaceSubrange(forged.count - 24..<forged.count - 8, with: sum)
    let path = try bench.write(forged, behind: reader, bytes)
    #expect(try SnapshotReader.readManifest(path).writer == "somebody else")
    #expect(bench.refusals(of: path) == ["untrusted", "untrusted", "untrusted"])
    let store = SnapshotStore(bench.scratch.folder, trust: bench.trust)
    let entry = try #require(try store.list().first { $0.path == path })
    #expect(entry.manifest == nil && entry.problem?.code == "untrusted")
    // Where nobody asks for a signature, the forgery is damage.
    #expect(try !Verifier().verify(path).isSound)
  }

  @Test func anotherSignersNameOnASignatureIsNotTaken() throws {
    let bench = try Bench()
    let (reader, bytes, tail) = try bench.parts(bench.signed)
    let mallory = try SecretKey.generate()
    let tree = try #require(tail.tree)
    var signature = Signature(manifest: try tail.manifest.json(), tree: tree, by: mallory).serialized
    signature.replaceSubrange(4..<36, with: bench.key.publicKey.signing)
    let forged = Tail(
      manifest: tail.manifest, index: reader.index, contentChecksum: tail.contentChecksum,
      others: [Section(.hashTree, required: false, tree.bytes), Section(.signature, required: false, signature)])
    #expect(
      bench.refusals(of: try bench.write(forged.serialized(), behind: reader, bytes)) == ["forged", "forged", "forged"])
  }

  @Test func aBlockThatWasExchangedIsNotTaken() throws {
    let bench = try Bench()
    let (_, _, signed) = try bench.parts(bench.signed)
    // The same database with one value changed, captured by somebody without the key.
    let connection = try Connection(path: bench.scratch.path("a.db"))
    try connection.execute("UPDATE jobs SET command = 'rm -rf /srv' WHERE id = 4500; PRAGMA wal_checkpoint(TRUNCATE)")
    try connection.close()
    try bench.capture("changed.sqlite.lz4", nil)
    let (reader, bytes, changed) = try bench.parts(bench.scratch.path("changed.sqlite.lz4"))
    let forged = Tail(
      manifest: signed.manifest, index: reader.index, contentChecksum: changed.contentChecksum,
      others: [
        Section(.hashTree, required: false, try #require(signed.tree).bytes),
        Section(.signature, required: false, try #require(signed.signature).serialized),
      ])
    let path = try bench.write(forged.serialized(), behind: reader, bytes)
    #expect(bench.refusals(of: path) == ["damaged-block", "damaged-block", "damaged-block"])
    let error = try #require(throws: SnapshotError.self) { try bench.unpack(path, bench.trust) }
    #expect("\(error)".contains("it is not the block that was signed"))
    #expect(!FileManager.default.fileExists(atPath: bench.scratch.path("out.db")))
  }

  @Test func aSignatureThatWasTakenOffLeavesNothingThatIsTaken() throws {
    let bench = try Bench()
    let (reader, bytes, tail) = try bench.parts(bench.signed)
    let bare = Tail(manifest: tail.manifest, index: reader.index, contentChecksum: tail.contentChecksum)
    #expect(
      bench.refusals(of: try bench.write(bare.serialized(), behind: reader, bytes))
        == ["untrusted", "untrusted", "untrusted"])
    let half = Tail(
      manifest: tail.manifest, index: reader.index, contentChecksum: tail.contentChecksum,
      others: [Section(.signature, required: false, try #require(tail.signature).serialized)])
    #expect(
      bench.refusals(of: try bench.write(half.serialized(), behind: reader, bytes)) == ["forged", "forged", "forged"])
    // With the whole tail gone there is no signature either.
    try bench.scratch.write("cut.sqlite.lz4", Array(bytes[..<(Int(reader.index.frameEnd) + 40)]))
    #expect(bench.refusals(of: bench.scratch.path("cut.sqlite.lz4")).allSatisfy { $0 == "untrusted" })
  }

  @Test func anIncrementIsHeldAgainstItsOwnSignatureWhateverBecameOfItsParent() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    try makeDatabase(scratch.path("a.db"), rows: 9000)
    var store = SnapshotStore(scratch.path("store"), trust: .signed(by: key.publicKey))
    var capture = Capture()
    capture.signer = key
    let first = try store.capture(scratch.path("a.db"), with: capture)
    let connection = try Connection(path: scratch.path("a.db"))
    try connection.execute("UPDATE jobs SET name = 'other' WHERE id = 1")
    try connection.close()
    let second = try store.capture(scratch.path("a.db"), with: capture)
    #expect(second.manifest.parent != nil)
    #expect(try store.latest().entry.path == second.path)
    var unpacker = Unpacker()
    unpacker.trust = store.trust
    try unpacker.unpack(second.path, to: scratch.path("out.db"))
    #expect(try content(scratch.path("out.db")) == content(scratch.path("a.db")))
    // The parent's blocks are exchanged and its index, which nobody signed, says that they are the right ones.
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: first.path)))
    let reader = try SnapshotReader.open(first.path)
    let last = reader.index[reader.index.count - 2]
    bytes[Int(last.offset) + 4 + last.packedLength / 2] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: first.path))
    #expect(throws: SnapshotError.self) { try unpacker.unpack(second.path, to: scratch.path("again.db")) }
    // What nobody signed is no parent of what is signed.
    store.trust = .anyone
    capture.signer = nil
    try store.capture(scratch.path("a.db"), with: capture)
    capture.signer = key
    let third = try store.capture(scratch.path("a.db"), with: capture)
    #expect(third.manifest.parent == nil)
    #expect(third.wholeBecause?.contains("not signed by the same key") == true)
  }

  @Test func anOldSnapshotUnderANewNameIsPassedOver() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    try makeDatabase(scratch.path("a.db"), rows: 10)
    let store = SnapshotStore(scratch.path("store"), trust: .signed(by: key.publicKey))
    var capture = Capture()
    capture.signer = key
    capture.full = true
    let old = try store.capture(scratch.path("a.db"), with: capture)
    let new = try store.capture(scratch.path("a.db"), with: capture)
    let name = "29991231T000000.000Z-00000000" + SnapshotStore.suffix
    try FileManager.default.copyItem(atPath: old.path, toPath: store.folder + "/" + name)
    let found = try store.latest()
    #expect(found.entry.path == new.path)
    #expect(found.skipped.map(\.problem?.code) == ["untrusted"])
  }

  @Test func aSignedDatabaseWithoutAPageIsTaken() throws {
    let scratch = try Scratch()
    let key = try SecretKey.generate()
    try scratch.write("empty.db", [])
    var capture = Capture()
    capture.signer = key
    capture.recipients = [key.publicKey]
    try capture.run(database: scratch.path("empty.db"), to: scratch.path("empty.sealed"))
    var unpacker = Unpacker()
    unpacker.trust = .signed(by: key.publicKey, opening: [key])
    #expect(try unpacker.unpack(scratch.path("empty.sealed"), to: scratch.path("out.db")).size == 0)
  }
}
