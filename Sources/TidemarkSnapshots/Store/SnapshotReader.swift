// A snapshot opened for reading: manifest and index from two reads at its end, blocks one by one.
public import TidemarkSQLite

/// A snapshot that is open. Any number of threads may read from it; removing the file does not disturb it.
public final class SnapshotReader: Sendable {
  /// The path it was opened by.
  public let path: String
  /// What it says of itself; nil when its tail is lost, or when it is a frame that `lz4` made.
  public let manifest: Manifest?
  /// The blocks in its own file: all of the database's, but in an increment.
  public let index: BlockIndex
  /// Where the blocks of the database are, in an increment; nil in a whole snapshot.
  public let map: BlockMap?
  /// Whose it is; nil for one that nobody signed, and for one whose tail is lost.
  public let signature: Signature?
  /// For whom it is sealed; nil for one that is not.
  public var label: SealLabel? { seal?.label }
  /// The digests of its blocks, where each block is to be held against them.
  let tree: HashTree?
  /// What its blocks are sealed with.
  let seal: Seal?
  /// What it was opened with, and those that it needs are.
  let trust: Trust
  /// Whether its frame is not the whole database.
  let isIncrement: Bool
  /// The digest of its tail, 16 bytes; none when the tail is lost.
  let digest: [UInt8]
  /// What was not as it should be, in words: a damaged tail, say.
  public let notes: [String]
  /// The copy of the frame's content checksum in the tail; nil when the tail is lost.
  let contentChecksum: UInt32?
  /// The bytes it takes on disk.
  public var fileSize: Int64 { file.size }
  /// The bytes of the database.
  public var plainSize: Int64 { Int64(map?.plainSize ?? index.plainSize) }
  /// Whether the tail was whole: manifest and index are then what was written.
  public var isWhole: Bool { manifest != nil && notes.isEmpty }

  let file: InputFile
  /// The folder in which the other snapshots that it needs stand.
  let folder: String
  /// Those that were opened, by their number in the map.
  let ancestors = Guarded<[Int: SnapshotReader]>([:])
  /// Why the last read through a connection failed.
  let failure = Guarded<SnapshotError?>(nil)

  /// What one read of the end takes: the footer, and mostly the manifest too, in bytes.
  private static let endLength = 16 * 1024

  /// Opens a snapshot.
  ///
  /// Where the tail is damaged the index is rebuilt from the frame, and `notes` says so; then nothing but LZ4's own
  /// checksums guards the blocks.
  /// - Parameters:
  ///   - path: the snapshot.
  ///   - trust: whose signature is asked for, and the keys that open it. A signature is always held against what it
  ///     speaks of; with `signers` every block that is read is, too.
  /// - Throws: `SnapshotError`: missing, empty, foreign, damaged beyond use, `notIndexed` for a frame of another layout,
  ///   `sealed` to others, `untrusted`, `forged`; `KeyError`.
  public static func open(
    _ path: String, trust: Trust = .anyone, files: any FileSystem = LocalFiles()
  ) throws -> SnapshotReader {
    try open(InputFile(path, files), trust: trust)
  }

  /// - Parameters:
  ///   - forItsBlocks: whether only the blocks in its own file are wanted: a chain holds one map, not one a link.
  ///   - provingBlocks: whether every block is held against the hash tree, whoever signed it.
  static func open(
    _ file: InputFile, trust: Trust = .anyone, forItsBlocks: Bool = false, provingBlocks: Bool = false
  ) throws -> SnapshotReader {
    let reader = try opened(file, trust, forItsBlocks: forItsBlocks, provingBlocks: provingBlocks)
    guard !forItsBlocks, let signers = trust.signers else { return reader }
    guard let signature = reader.signature else {
      throw SnapshotError(.untrusted("nobody has signed it"), at: file.path)
    }
    guard signers.contains(where: { $0.signing == signature.key }) else {
      throw SnapshotError(.untrusted("it is signed by \(signature.keyID)"), at: file.path)
    }
    return reader
  }

  private static func opened(
    _ file: InputFile, _ trust: Trust, forItsBlocks: Bool, provingBlocks: Bool
  ) throws -> SnapshotReader {
    guard file.size > 0 else { throw SnapshotError(.empty, at: file.path) }
    do {
      let (footer, end) = try readFooter(file)
      let tail = try tail(of: file, footer, end, trust)
      let stated = tail.manifest.pageCount * Int64(tail.manifest.pageSize)
      guard stated == Int64(tail.map?.plainSize ?? tail.index.plainSize) else {
        throw FormatFault.damaged("manifest and index speak of different lengths")
      }
      return try SnapshotReader(
        file: file, tail: tail, forItsBlocks: forItsBlocks,
        provesBlocks: !forItsBlocks && (provingBlocks || trust.signers != nil), digest: footer.digest, trust: trust)
    } catch let fault as FormatFault {
      switch fault {
      case .unsupported, .sealed, .forged: throw SnapshotError(fault, at: file.path)
      case .damaged, .truncated:
        // A frame without its tail is nobody's, whatever it may hold.
        guard forItsBlocks || trust.signers == nil else {
          throw SnapshotError(.untrusted("its tail is lost (\(fault.words))"), at: file.path)
        }
        return try rebuilt(file, because: fault)
      }
    }
  }

  /// Reads the manifest alone: one read of the end, two for a long manifest. The blocks are not looked at, nor is whether
  /// a signature agrees. A sealed snapshot has its whole tail read.
  /// - Throws: `SnapshotError`; a damaged tail is an error here, as is one that is sealed to others; `KeyError`.
  public static func readManifest(
    _ path: String, trust: Trust = .anyone, files: any FileSystem = LocalFiles()
  ) throws -> Manifest {
    let file = try InputFile(path, files)
    guard file.size > 0 else { throw SnapshotError(.empty, at: path) }
    return try SnapshotError.naming(path, "read its manifest") {
      let (footer, end) = try readFooter(file)
      if footer.isSealed { return try tail(of: file, footer, end, trust).manifest }
      let length = Int(footer.manifestLength)
      guard length <= Manifest.greatestLength else { throw FormatFault.unsupported("a manifest of \(length) bytes") }
      let start = Int64(footer.tailStart) + Int64(footer.manifestOffset)
      let endStart = file.size - Int64(end.count)
      let bytes =
        start >= endStart
        ? Array(end[Int(start - endStart)..<Int(start - endStart) + length]) : try file.bytes(at: start, length)
      return try Manifest(json: Section(parsing: bytes, expecting: .manifest).payload)
    }
  }

  private static func tail(of file: InputFile, _ footer: Footer, _ end: [UInt8], _ trust: Trust) throws -> Tail {
    let length = UInt64(file.size) - footer.tailStart
    guard length <= Tail.greatestLength else { throw FormatFault.unsupported("a tail of \(length) bytes") }
    let bytes =
      Int(length) <= end.count
      ? Array(end.suffix(Int(length))) : try file.bytes(at: Int64(footer.tailStart), Int(length))
    return try Tail(parsing: bytes, footer: footer, identities: trust.identities)
  }

  private static func readFooter(_ file: InputFile) throws -> (Footer, [UInt8]) {
    let count = Int(min(file.size, Int64(endLength)))
    guard count >= Footer.length else { throw FormatFault.truncated("it is too short for a footer") }
    let end = try file.bytes(at: file.size - Int64(count), count)
    return (try Footer(parsing: Array(end.suffix(Footer.length)), fileSize: UInt64(file.size)), end)
  }

  private init(
    file: InputFile, tail: Tail, forItsBlocks: Bool, provesBlocks: Bool, digest: [UInt8], trust: Trust
  ) throws {
    map = forItsBlocks ? nil : tail.map
    isIncrement = tail.map != nil
    self.digest = digest
    // Through a link the others are found where the file really is.
    folder =
      map == nil
      ? "" : try SnapshotError.naming(file.path, "resolve it") { parentFolder(of: try file.files.resolve(file.path)) }
    contentChecksum = tail.contentChecksum
    self.file = file
    path = file.path
    manifest = tail.manifest
    index = tail.index
    signature = tail.signature
    tree = provesBlocks ? tail.tree : nil
    seal = tail.seal
    self.trust = trust
    notes = []
  }

  /// One whose tail is lost.
  private init(file: InputFile, rebuilt index: BlockIndex, notes: [String]) {
    self.file = file
    path = file.path
    self.index = index
    self.notes = notes
    manifest = nil
    map = nil
    isIncrement = false
    digest = []
    folder = ""
    contentChecksum = nil
    signature = nil
    tree = nil
    seal = nil
    trust = .anyone
  }

  /// Rebuilds the index from the frame itself, by walking from size word to size word.
  private static func rebuilt(_ file: InputFile, because fault: FormatFault) throws -> SnapshotReader {
    let headBytes = try file.bytes(at: 0, Int(min(file.size, Int64(Seal.header.count))))
    if headBytes == Seal.header {
      throw SnapshotError(.damaged("it is sealed, and its tail is lost (\(fault.words))"), at: file.path)
    }
    guard headBytes.withUnsafeBytes({ $0.number32(at: 0) }) == FrameHeader.magic else {
      throw SnapshotError(.foreign(found: "it begins with no LZ4 frame"), at: file.path)
    }
    let header = try SnapshotError.naming(file.path, "read it") { try FrameHeader(parsing: headBytes) }
    guard header.dictionary != FrameHeader.incrementMark else {
      throw SnapshotError(.damaged("it is an increment, and its tail is lost (\(fault.words))"), at: file.path)
    }
    guard header.isOurs, let size = header.contentSize else { throw SnapshotError(.notIndexed, at: file.path) }
    let index = try walk(file, size)
    let end = Int64(index.frameEnd)
    var notes: [String] = []
    if end < file.size {
      let rest = try file.bytes(at: end, Int(min(4, file.size - end)))
      if rest.withUnsafeBytes({ $0.number32(at: 0) }) == FrameHeader.magic {
        throw SnapshotError(.notIndexed, at: file.path)
      }
      notes.append("its tail is damaged (\(fault.words)): manifest lost, index rebuilt from the frame")
    }
    return SnapshotReader(file: file, rebuilt: index, notes: notes)
  }

  private static func walk(_ file: InputFile, _ size: UInt64) throws -> BlockIndex {
    var index = BlockIndex(hasHashes: false)
    // No index that is written is longer, and what a file of the smallest blocks states would fill the memory.
    let most = Int(Tail.greatestLength) / BlockIndex.entryLength
    var left = size
    var offset = Int64(FrameHeader.writtenLength)
    while left > 0 {
      guard index.count < most else { throw SnapshotError(.notIndexed, at: file.path) }
      guard offset + 4 <= file.size else { throw truncated(file, index.count) }
      let word = try file.bytes(at: offset, 4).withUnsafeBytes { $0.number32(at: 0) ?? 0 }
      let plain = UInt32(min(left, UInt64(BlockIndex.blockSize)))
      let entry = BlockIndex.Entry(offset: UInt64(offset), word: word, plain: plain, hash: nil)
      guard (1...BlockIndex.blockSize).contains(entry.packedLength),
        !entry.isUncompressed || entry.packedLength == plain
      else {
        throw SnapshotError(.damagedBlock(index.count, pages: nil, why: "its length cannot be"), at: file.path)
      }
      offset += Int64(entry.framedLength)
      guard offset <= file.size else { throw truncated(file, index.count) }
      index.append(entry)
      left -= UInt64(plain)
    }
    guard offset + 8 <= file.size else { throw SnapshotError(.truncated("the frame has no end"), at: file.path) }
    guard try file.bytes(at: offset, 4) == [0, 0, 0, 0] else {
      throw SnapshotError(.damaged("the frame does not end where its content does"), at: file.path)
    }
    return index
  }

  private static func truncated(_ file: InputFile, _ block: Int) -> SnapshotError {
    SnapshotError(.truncated("it ends within block \(block)"), at: file.path)
  }

  /// The pages, counted from 1, that a block holds; nil where the page size is not known.
  public func pages(of block: Int) -> ClosedRange<Int64>? {
    guard let size = manifest.map({ Int64($0.pageSize) }), block >= 0, block < blockCount else { return nil }
    let start = Int64(block) * Int64(BlockIndex.blockSize)
    return start / size + 1...(start + Int64(plainLength(of: block)) - 1) / size + 1
  }

  /// Puts the block's number and pages on a fault.
  /// - Parameter owner: the snapshot whose file is damaged, where it is another.
  func fault(_ fault: FormatFault, block: Int, in owner: SnapshotReader? = nil) -> SnapshotError {
    SnapshotError(.damagedBlock(block, pages: pages(of: block), why: fault.words), at: owner?.path ?? path)
  }

  /// Reads, decodes and checks one block.
  /// - Parameter block: counted from 0.
  /// - Returns: its plain bytes.
  /// - Throws: `SnapshotError` that names block and pages when a checksum does not agree.
  public func readBlock(_ block: Int) throws -> [UInt8] {
    guard block >= 0, block < blockCount else {
      throw SnapshotError(.invalid("there is no block \(block): it has \(blockCount)"), at: path)
    }
    var framed = [UInt8](repeating: 0, count: BlockCodec.greatestFramed)
    var plain: [UInt8] = []
    try readBlock(block, framed: &framed, into: &plain)
    return plain
  }

  /// Reads one block that there is into a buffer of the caller, through another.
  func readBlock(_ block: Int, framed: inout [UInt8], into plain: inout [UInt8]) throws {
    let length = plainLength(of: block)
    if plain.count != length { plain = [UInt8](repeating: 0, count: length) }
    try framed.withUnsafeMutableBytes { framed in
      try plain.withUnsafeMutableBytes { try read(block, through: framed, into: $0) }
    }
  }

  /// Reads one block that there is.
  /// - Parameters:
  ///   - framed: room for it as it stands in the file.
  ///   - plain: exactly its plain length.
  func read(
    _ block: Int, through framed: UnsafeMutableRawBufferPointer, into plain: UnsafeMutableRawBufferPointer
  ) throws {
    let place = try place(of: block)
    let entry = place.entry
    let raw = UnsafeMutableRawBufferPointer(rebasing: framed[..<entry.framedLength])
    try place.owner.file.read(into: raw, at: Int64(entry.offset))
    do throws(FormatFault) {
      let checks: BlockCodec.Checks = entry.hash == nil ? [.packed] : [.plain]
      try BlockCodec.unpack(raw, entry, into: plain, checks: checks, seal: place.seal)
      try prove(block, UnsafeRawBufferPointer(plain))
    } catch {
      throw fault(error, block: block, in: place.owner)
    }
  }

  /// Holds a block of the database against the hash tree, where that is asked for.
  func prove(_ block: Int, _ plain: UnsafeRawBufferPointer) throws(FormatFault) {
    guard isProven(block, plain) else {
      throw FormatFault.damaged("it is not the block that was signed")
    }
  }

  /// Whether some bytes may stand for a block of the database, as far as the hash tree is asked for.
  func isProven(_ block: Int, _ plain: UnsafeRawBufferPointer) -> Bool {
    tree?.agrees(block, with: HashTree.leaf(plain)) ?? true
  }

  /// The frame's own checksum of its content, from the file.
  func storedContentChecksum() throws -> UInt32 {
    try file.bytes(at: Int64(index.frameEnd) - 4, 4).withUnsafeBytes { $0.number32(at: 0) ?? 0 }
  }
}
