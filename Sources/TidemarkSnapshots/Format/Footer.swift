// The footer: the end of a snapshot, by which everything else in it is found.

/// The footer: the last 64 bytes of a snapshot.
public struct Footer: Sendable, Hashable {
  /// Its length in bytes.
  public static let length = 64
  /// The last eight bytes of every snapshot: "TIDEMARK".
  public static let magic: [UInt8] = Array("TIDEMARK".utf8)
  /// The highest version that this build reads.
  public static let version: UInt16 = 2
  /// The version of a snapshot that is not sealed, which every build reads.
  private static let plainVersion: UInt16 = 1

  /// Where the tail begins, in bytes from the start of the file: where the LZ4 frame ends.
  public var tailStart: UInt64
  /// Where the manifest section begins, in bytes from the tail's start.
  public var manifestOffset: UInt32
  /// The length of the manifest section in bytes, its header included.
  public var manifestLength: UInt32
  /// Where the index section begins, in bytes from the tail's start.
  public var indexOffset: UInt32
  /// The length of the index section in bytes, its header included.
  public var indexLength: UInt32
  /// How many sections there are.
  public var sections: UInt32
  /// The frame's own content checksum once more. The blocks' hashes prove the content, so comparing the two copies proves
  /// the frame's without computing it anew.
  public var contentChecksum: UInt32
  /// Whether the snapshot is sealed: readers that know version 1 only must not take it for a damaged one.
  public var isSealed = false
  /// XXH3-128 of the tail from its magic up to this field, low half first.
  public var digest: [UInt8] = []

  /// The bytes before the digest.
  var head: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: tailStart)
    for number in [manifestOffset, manifestLength, indexOffset, indexLength, sections] { bytes.append(number: number) }
    bytes.append(number: contentChecksum)
    let version = isSealed ? Self.version : Self.plainVersion
    bytes.append(number: version)
    // The oldest version of a reader that understands this file.
    bytes.append(number: version)
    bytes.append(number: UInt32(Self.length))
    return bytes
  }

  init(
    tailStart: UInt64, manifest: (UInt32, UInt32), index: (UInt32, UInt32), sections: UInt32,
    contentChecksum: UInt32, isSealed: Bool
  ) {
    self.isSealed = isSealed
    self.tailStart = tailStart
    (manifestOffset, manifestLength) = manifest
    (indexOffset, indexLength) = index
    self.sections = sections
    self.contentChecksum = contentChecksum
  }

  /// Reads a footer.
  /// - Parameters:
  ///   - bytes: the last 64 bytes of the file.
  ///   - fileSize: the length of the file in bytes; every place in the footer is held against it.
  /// - Throws: `FormatFault` when it is none, is damaged, or asks for a newer reader.
  public init(parsing bytes: [UInt8], fileSize: UInt64) throws(FormatFault) {
    guard bytes.count == Self.length, Array(bytes[56...]) == Self.magic else {
      throw FormatFault.damaged("the file does not end in a footer")
    }
    var reader = ByteReader(bytes)
    func next<T: FixedWidthInteger & UnsignedInteger>() -> T { reader.number(T.self) ?? 0 }
    tailStart = next()
    manifestOffset = next()
    manifestLength = next()
    indexOffset = next()
    indexLength = next()
    sections = next()
    contentChecksum = next()
    let _: UInt16 = next()
    let oldestReader: UInt16 = next()
    let length: UInt32 = next()
    digest = reader.take(16) ?? []
    isSealed = oldestReader >= 2
    guard oldestReader <= Self.version else {
      throw FormatFault.unsupported(
        "it asks for a reader of format version \(oldestReader); this one knows \(Self.version)")
    }
    let shortest = UInt64(8 + Self.length)
    guard length == Self.length, fileSize >= shortest, tailStart <= fileSize - shortest else {
      throw FormatFault.damaged("the footer's places lie outside the file")
    }
    let sectionsEnd = fileSize - tailStart - UInt64(Self.length)
    for (offset, length) in [(manifestOffset, manifestLength), (indexOffset, indexLength)] {
      guard offset >= 8, length >= Section.headerLength, UInt64(offset) + UInt64(length) <= sectionsEnd else {
        throw FormatFault.damaged("the footer's places lie outside the tail")
      }
    }
  }
}
