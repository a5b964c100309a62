// The index: where each block of a snapshot stands, how long it is packed and plain, and what its plain bytes hash to.

/// The blocks of a snapshot's frame. Kept as the bytes of the file, 24 a block, so that it stays small in memory.
public struct BlockIndex: Sendable, Hashable {
  /// The plain length of every block but the last, in bytes.
  public static let blockSize = 256 * 1024
  /// The length of one entry in bytes.
  public static let entryLength = 24

  /// One block.
  public struct Entry: Sendable, Hashable {
    /// Where its size word stands in the file, in bytes from its start.
    public var offset: UInt64
    /// The size word: the packed length, with the highest bit set for a block that is carried as it is.
    public var word: UInt32
    /// The plain length in bytes.
    public var plain: UInt32
    /// XXH3-64 of the plain bytes; nil in an index that was rebuilt from the frame.
    public var hash: UInt64?

    /// Whether the block is carried as it is.
    public var isUncompressed: Bool { word & BlockCodec.uncompressed != 0 }
    /// The packed length in bytes.
    public var packedLength: Int { Int(word & ~BlockCodec.uncompressed) }
    /// What it takes in the file, size word and checksum included, in bytes.
    public var framedLength: Int { packedLength + BlockCodec.overhead }
  }

  private var bytes: [UInt8] = []
  /// Whether the entries carry hashes; a rebuilt index has none.
  public private(set) var hasHashes = true
  /// The plain length of all blocks together, in bytes.
  public private(set) var plainSize: UInt64 = 0

  /// Where the first block stands: behind the frame's header.
  let start: UInt64
  /// What each block takes for its seal, in bytes.
  private let sealLength: Int
  /// Whether the blocks are sealed.
  var isSealed: Bool { sealLength > 0 }

  /// An index without blocks.
  /// - Parameters:
  ///   - hasHashes: whether its entries will carry hashes.
  ///   - isIncrement: whether the frame is that of an increment, whose header is longer.
  ///   - isSealed: whether the blocks are sealed.
  public init(hasHashes: Bool = true, isIncrement: Bool = false, isSealed: Bool = false) {
    self.hasHashes = hasHashes
    start = isSealed ? UInt64(Seal.header.count) : FrameHeader.length(isIncrement: isIncrement)
    sealLength = isSealed ? Seal.overhead : 0
  }

  /// How many blocks there are.
  public var count: Int { bytes.count / Self.entryLength }
  /// The entries as they stand in the file.
  public var serialized: [UInt8] { bytes }

  /// Adds the next block.
  public mutating func append(_ entry: Entry) {
    bytes.append(number: entry.offset)
    bytes.append(number: entry.word)
    bytes.append(number: entry.plain)
    bytes.append(number: entry.hash ?? 0)
    plainSize += UInt64(entry.plain)
  }

  /// Makes room for this many blocks.
  public mutating func reserve(_ blocks: Int) { bytes.reserveCapacity(blocks * Self.entryLength) }

  /// The block at a place, counted from 0.
  public subscript(block: Int) -> Entry {
    precondition(block >= 0 && block < count, "no such block")
    let at = block * Self.entryLength
    return bytes.withUnsafeBytes { raw in
      Entry(
        offset: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)),
        word: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: at + 8, as: UInt32.self)),
        plain: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: at + 12, as: UInt32.self)),
        hash: hasHashes
          ? UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at + 16, as: UInt64.self)) : nil)
    }
  }

  /// Where the frame ends behind these blocks, its end mark and its checksum, in bytes from the start of the file.
  public var frameEnd: UInt64 {
    guard count > 0 else { return start + 8 }
    let last = self[count - 1]
    return last.offset + UInt64(last.framedLength) + 8
  }

  /// Reads the index section and holds every entry against the frame it claims to describe.
  /// - Parameters:
  ///   - section: the section's bytes.
  ///   - tailStart: where the tail begins in the file, which is where the frame must end.
  ///   - isIncrement: whether the frame is that of an increment.
  ///   - isSealed: whether the blocks are sealed.
  /// - Throws: `FormatFault` when the entries leave a gap, overlap, or run over the frame.
  public init(
    parsing section: [UInt8], tailStart: UInt64, isIncrement: Bool = false, isSealed: Bool = false
  ) throws(FormatFault) {
    self.init(isIncrement: isIncrement, isSealed: isSealed)
    guard section.count % Self.entryLength == 0 else { throw FormatFault.damaged("the index has a broken length") }
    bytes = section
    var expected = start
    for block in 0..<count {
      let entry = self[block]
      let isLast = block == count - 1
      let plainFits = isLast ? (1...Self.blockSize).contains(Int(entry.plain)) : Int(entry.plain) == Self.blockSize
      let packedFits =
        entry.isUncompressed
        ? entry.packedLength == Int(entry.plain) + sealLength
        : (1...Self.blockSize).contains(entry.packedLength - sealLength)
      guard entry.offset == expected, plainFits, packedFits else {
        throw FormatFault.damaged("the index contradicts itself at block \(block)")
      }
      // Cannot overflow: each step adds less than 2^19 and the offset is held below the tail's.
      expected += UInt64(entry.framedLength)
      guard expected <= tailStart else { throw FormatFault.damaged("the index runs over the frame at block \(block)") }
      plainSize += UInt64(entry.plain)
    }
    guard tailStart >= 8, expected == tailStart - 8 else {
      throw FormatFault.damaged("the index does not end where the frame ends")
    }
  }
}
