// Snapshots, frames, dumps and keys as bytes from outside.
internal import Synchronization
internal import TidemarkSQLite

@testable internal import TidemarkSnapshots

enum SnapshotInput {
  /// The most that an input may decode to, in bytes: a bomb has to be stopped by it.
  private static let bound: Int64 = 4 << 20

  /// What all readers do with a file.
  static func run(_ bytes: [UInt8]) throws {
    let files = MemoryFiles(bytes)
    _ = try? SourceKind.detect(MemoryFiles.path, files: files)
    _ = try? SnapshotReader.readManifest(MemoryFiles.path, files: files)
    if let reader = try? SnapshotReader.open(MemoryFiles.path, files: files) { try look(reader) }
    var verifier = Verifier(workers: 1, files: files)
    let verified = try? verifier.verify(MemoryFiles.path)
    verifier.trust = .signed(by: PublicKey(signing: [UInt8](repeating: 1, count: 32), sealing: []))
    try FuzzFinding.unless(
      (try? verifier.verify(MemoryFiles.path))?.isSound != true, "a file counts as signed by a key that nobody has")
    if let verified { try FuzzFinding.unless(verified.blocks >= 0, "blocks below zero") }
  }

  private static func look(_ reader: SnapshotReader) throws {
    guard reader.plainSize <= bound else { return }
    for block in 0..<reader.blockCount {
      if let plain = try? reader.readBlock(block) {
        try FuzzFinding.unless(plain.count == reader.plainLength(of: block), "block \(block) has another length")
      }
      if let pages = reader.pages(of: block) { try FuzzFinding.unless(pages.lowerBound >= 1, "a page below 1") }
    }
    _ = try? reader.allNotes()
    _ = try? reader.openConnection().rows("SELECT * FROM sqlite_schema LIMIT 100")
  }

  /// Takes the bytes for sections, each with a kind and a length, and puts a sound tail around them.
  static func runTail(_ bytes: [UInt8]) throws {
    var reader = ByteReader(bytes)
    var sections: [Section] = []
    while let kind = reader.number(UInt8.self), let length = reader.number(UInt16.self), sections.count < 12 {
      let payload = reader.take(min(Int(length), reader.remaining)) ?? []
      sections.append(Section(SectionKind(rawValue: UInt16(kind & 15)), required: kind & 16 != 0, payload))
    }
    for isSealed in [false, true] {
      guard
        let tail = try? Tail.assemble(
          sections.isEmpty ? [Section(.index, required: true, [])] : sections, tailStart: 23, contentChecksum: 0,
          isSealed: isSealed)
      else { continue }
      let header = isSealed ? Seal.header : FrameHeader(contentSize: 0).bytes
      try run(Array(header.prefix(15)) + [UInt8](repeating: 0, count: 8) + tail)
    }
  }

  /// Decodes frames from the front.
  static func runFrame(_ bytes: [UInt8]) throws {
    guard let file = try? InputFile(MemoryFiles.path, MemoryFiles(bytes)), let stream = try? FrameStream(file) else {
      return
    }
    let buffer = Buffer(64 << 10)
    var made: Int64 = 0
    do {
      while made < bound {
        let count = try stream.read(into: buffer.bytes)
        if count == 0 { break }
        made += Int64(count)
      }
    } catch is SnapshotError {}
  }

  /// Runs a dump into a database in memory.
  static func runDump(_ bytes: [UInt8]) throws {
    guard let file = try? InputFile(MemoryFiles.path, MemoryFiles(bytes)) else { return }
    let connection = try Connection.inMemory()
    let loader = DumpLoader(source: MemoryFiles.path, maxSize: bound)
    // A statement can be made to run for ever; what bounds it for a user is that it can be cancelled.
    let left = Mutex(40)
    struct Enough: Error {}
    let meter = ProgressMeter("load", total: nil) { _ in
      let isOver = left.withLock { count in
        count -= 1
        return count < 0
      }
      if isOver { throw Enough() }
    }
    try? loader.feed(FileStream(file), connection, meter)
    connection.authorizer = nil
    let attached: Int64? = try connection.value("SELECT count(*) FROM pragma_database_list WHERE name != 'temp'")
    try FuzzFinding.unless(attached == 1, "a dump has attached a database")
  }

  /// Everything that is read of keys and names.
  static func runKey(_ bytes: [UInt8]) throws {
    let files = MemoryFiles(bytes)
    _ = try? KeyFile.readSecret(MemoryFiles.path, files: files)
    _ = try? KeyFile.readPublic(MemoryFiles.path, files: files)
    let text = String(decoding: bytes, as: UTF8.self)
    if let key = PublicKey(text) {
      try FuzzFinding.unless(PublicKey(key.description) == key, "a public key does not come back from its text")
    }
    if let time = Timestamp(text) {
      try FuzzFinding.unless(Timestamp(time.description) == time, "a time does not come back from its text")
      try FuzzFinding.unless(Timestamp(time.fileName) == time, "a time does not come back from a name")
    }
    _ = UTCStamp(text)
    _ = try? SealLabel.parse(bytes)
    _ = try? Signature(parsing: bytes)
    _ = try? HashTree(parsing: bytes)
    _ = try? Manifest(json: bytes)
    _ = PartFile.part(of: text, for: "x")
  }
}
