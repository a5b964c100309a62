// The hash tree of a signed snapshot: a digest of every block of the database, and one digest of them all.

/// BLAKE2b-256 of the plain bytes of every block of the database, in order; the root is a digest of those.
///
/// Two floors are enough: the leaves of a gigabyte are 122 KB, are read once, and prove each block by itself, in any order.
/// In an increment the leaves of all blocks are there, wherever the blocks are: no other snapshot needs to be believed.
public struct HashTree: Sendable, Hashable {
  /// The length of a leaf in bytes.
  static let leafLength = 32

  private(set) var bytes: [UInt8]

  /// A tree without leaves.
  init() { bytes = [] }

  /// Reads the section.
  /// - Throws: `FormatFault` when it is no row of leaves.
  init(parsing section: [UInt8]) throws(FormatFault) {
    guard section.count % Self.leafLength == 0 else { throw FormatFault.damaged("the hash tree has a broken length") }
    bytes = section
  }

  /// How many leaves there are.
  public var count: Int { bytes.count / Self.leafLength }

  /// The leaf of some plain bytes.
  static func leaf(_ plain: UnsafeRawBufferPointer) -> [UInt8] {
    Sodium.hash(plain, domain: Array("tidemark block 1".utf8))
  }

  /// Adds the next block's leaf.
  mutating func append(_ leaf: [UInt8]) { bytes.append(contentsOf: leaf) }

  /// The digest of all leaves.
  var root: [UInt8] { Sodium.hash(bytes, domain: Array("tidemark tree 1 ".utf8)) }

  /// Whether a block has this leaf; also false for one that the tree does not have.
  func agrees(_ block: Int, with leaf: [UInt8]) -> Bool {
    guard block >= 0, block < count else { return false }
    return bytes[block * Self.leafLength..<(block + 1) * Self.leafLength].elementsEqual(leaf)
  }
}
