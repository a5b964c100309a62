// The block map of an increment: which file holds each block of the database, where there, and what it hashes to.

/// Where the blocks of an increment's database are.
///
/// It is flat: every block names the one file that holds it, so that reading follows no chain, no snapshot can be its
/// own ancestor by a detour, and those between that hold nothing which is still wanted may go.
public struct BlockMap: Sendable, Hashable {
  /// The length of one entry in bytes.
  public static let entryLength = 16
  /// The most other snapshots that one may need.
  public static let mostAncestors = 10_000
  /// The largest database of which increments are made, in bytes: with two tables its tail still is one that is read.
  public static let largestDatabase: Int64 = 1 << 40

  /// Another snapshot that holds blocks of this one.
  public struct Ancestor: Sendable, Hashable {
    /// Its id: its name without `.sqlite.lz4`. It stands in the same folder.
    public var id: String
    /// The digest of its tail, 16 bytes.
    public var digest: [UInt8]
  }

  /// One block.
  public struct Entry: Sendable, Hashable {
    /// Who holds it: 0 for this file, else the ancestor of that number, counted from 1.
    public var source: Int
    /// Its place among the blocks in that file, counted from 0.
    public var place: Int
    /// XXH3-64 of its plain bytes.
    public var hash: UInt64
  }

  /// The bytes of the database.
  public let plainSize: UInt64
  /// The other snapshots that hold blocks.
  public private(set) var ancestors: [Ancestor]
  private var bytes: [UInt8] = []

  /// A map without blocks.
  init(plainSize: UInt64, ancestors: [Ancestor]) {
    self.plainSize = plainSize
    self.ancestors = ancestors
    bytes.reserveCapacity(Self.blocks(of: plainSize) * Self.entryLength)
  }

  /// Blocks of a database of this many bytes.
  static func blocks(of size: UInt64) -> Int {
    Int(size / UInt64(BlockIndex.blockSize)) + (size % UInt64(BlockIndex.blockSize) == 0 ? 0 : 1)
  }

  /// How many blocks there are.
  public var count: Int { bytes.count / Self.entryLength }

  /// The plain length of a block, in bytes.
  func plainLength(of block: Int) -> Int {
    Int(min(UInt64(BlockIndex.blockSize), plainSize - UInt64(block) * UInt64(BlockIndex.blockSize)))
  }

  /// Adds the next block.
  mutating func append(_ entry: Entry) {
    bytes.append(number: UInt32(entry.source))
    bytes.append(number: UInt32(entry.place))
    bytes.append(number: entry.hash)
  }

  /// The block at a place, counted from 0.
  public subscript(block: Int) -> Entry {
    precondition(block >= 0 && block < count, "no such block")
    let at = block * Self.entryLength
    return bytes.withUnsafeBytes { raw in
      Entry(
        source: Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt32.self))),
        place: Int(UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))),
        hash: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)))
    }
  }

  /// The same map without the ancestors of which no block is wanted any more.
  func compacted() -> BlockMap {
    var isUsed = [Bool](repeating: false, count: ancestors.count + 1)
    for block in 0..<count { isUsed[self[block].source] = true }
    var numbers = [Int](repeating: 0, count: ancestors.count + 1)
    var kept: [Ancestor] = []
    for number in isUsed.indices.dropFirst() where isUsed[number] {
      kept.append(ancestors[number - 1])
      numbers[number] = kept.count
    }
    var map = BlockMap(plainSize: plainSize, ancestors: kept)
    for block in 0..<count {
      var entry = self[block]
      entry.source = numbers[entry.source]
      map.append(entry)
    }
    return map
  }

  /// The section's bytes.
  var serialized: [UInt8] {
    var result: [UInt8] = []
    result.append(number: plainSize)
    result.append(number: UInt32(count))
    result.append(number: UInt32(ancestors.count))
    for ancestor in ancestors {
      result.append(contentsOf: ancestor.digest)
      let name = Array(ancestor.id.utf8)
      result.append(number: UInt32(name.count))
      result.append(contentsOf: name)
    }
    return result + bytes
  }

  /// Reads the section.
  /// - Parameters:
  ///   - section: its bytes.
  ///   - index: the blocks in this file; the map must name each of them once, in order.
  /// - Throws: `FormatFault` when it contradicts itself or the index, or an id could lead out of the folder.
  init(parsing section: [UInt8], index: BlockIndex) throws(FormatFault) {
    var reader = ByteReader(section)
    guard let size = reader.number(UInt64.self), let blocks = reader.number(UInt32.self).map(Int.init),
      let others = reader.number(UInt32.self).map(Int.init)
    else { throw FormatFault.damaged("the block map is cut off") }
    guard size <= UInt64(Self.largestDatabase), blocks == Self.blocks(of: size), others <= Self.mostAncestors else {
      throw FormatFault.damaged("the block map's numbers cannot be")
    }
    plainSize = size
    ancestors = []
    for _ in 0..<others {
      guard let digest = reader.take(16), let length = reader.number(UInt32.self).map(Int.init), length <= 200,
        let name = reader.take(length), let id = String(validating: name, as: UTF8.self), Self.mayBeID(id)
      else { throw FormatFault.damaged("the block map names an ancestor that cannot be") }
      ancestors.append(Ancestor(id: id, digest: digest))
    }
    guard reader.remaining == blocks * Self.entryLength else {
      throw FormatFault.damaged("the block map has a broken length")
    }
    bytes = reader.take(reader.remaining) ?? []
    try check(against: index)
  }

  private func check(against index: BlockIndex) throws(FormatFault) {
    var own = 0
    for block in 0..<count {
      let entry = self[block]
      guard entry.source <= ancestors.count else {
        throw FormatFault.damaged("the block map contradicts itself at block \(block)")
      }
      guard entry.source == 0 else { continue }
      guard entry.place == own, own < index.count, index[own].hash == entry.hash,
        Int(index[own].plain) == plainLength(of: block)
      else { throw FormatFault.damaged("block map and index contradict each other at block \(block)") }
      own += 1
    }
    guard own == index.count else { throw FormatFault.damaged("the frame holds blocks that the block map lacks") }
  }

  /// Whether an id is the beginning of a file's name in the same folder.
  static func mayBeID(_ id: String) -> Bool {
    !id.isEmpty && !id.hasPrefix(".") && !id.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 }
  }
}
