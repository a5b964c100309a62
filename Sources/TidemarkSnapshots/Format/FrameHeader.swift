// The header of an LZ4 frame, by the LZ4 Frame Format 1.6.2 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md).

/// What an LZ4 frame says of itself before its first block.
public struct FrameHeader: Sendable, Hashable {
  /// The first four bytes of an LZ4 frame.
  public static let magic: UInt32 = 0x184D_2204
  /// The first four bytes of a frame of the legacy format, which is refused.
  public static let legacyMagic: UInt32 = 0x184C_2102
  /// The first of the sixteen magics of skippable frames.
  public static let skippableMagic: UInt32 = 0x184D_2A50
  /// The length of the header of a whole snapshot, in bytes.
  public static let writtenLength = 15
  /// The dictionary that an increment's frame names: its blocks are no database without those of its ancestors, and this
  /// is LZ4's own word for a frame that does not stand alone.
  public static let incrementMark: UInt32 = 0x4D44_4954
  /// The greatest length of any header, in bytes.
  public static let greatestLength = 19

  /// Whether each block can be decoded on its own.
  public var independentBlocks = true
  /// Whether each block is followed by its checksum.
  public var blockChecksums = true
  /// Whether the frame ends with a checksum of its content.
  public var contentChecksum = true
  /// The length of the content in bytes, where it is stated.
  public var contentSize: UInt64?
  /// The dictionary the blocks were compressed with, where there is one.
  public var dictionary: UInt32?
  /// The greatest plain length of a block in bytes: 64 KiB, 256 KiB, 1 MiB or 4 MiB.
  public var blockSize = BlockIndex.blockSize
  /// The length of this header in bytes.
  public private(set) var length = FrameHeader.writtenLength

  /// The header of a snapshot's frame.
  /// - Parameters:
  ///   - contentSize: the plain bytes in the frame.
  ///   - isIncrement: whether they are not the whole database.
  public init(contentSize: UInt64, isIncrement: Bool = false) {
    self.contentSize = contentSize
    if isIncrement { dictionary = Self.incrementMark }
    length = Int(Self.length(isIncrement: isIncrement))
  }

  /// The length of the header that Tidemark writes, in bytes.
  static func length(isIncrement: Bool) -> UInt64 { UInt64(isIncrement ? writtenLength + 4 : writtenLength) }

  /// Whether a number is the magic of a skippable frame.
  public static func isSkippable(_ magic: UInt32) -> Bool { magic & 0xFFFF_FFF0 == skippableMagic }

  /// Whether the frame is laid out as Tidemark lays it out, so that its blocks can be found and decoded one by one.
  public var isOurs: Bool {
    independentBlocks && blockChecksums && contentChecksum && contentSize != nil && dictionary == nil
      && blockSize == BlockIndex.blockSize
  }

  /// The bytes of the header of a snapshot's frame.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: Self.magic)
    // FLG: version 01, independent blocks, block checksums, content size, content checksum; in an increment a dictionary.
    bytes.append(dictionary == nil ? 0b0111_1100 : 0b0111_1101)
    // BD: code 5 is 256 KiB.
    bytes.append(5 << 4)
    bytes.append(number: contentSize ?? 0)
    if let dictionary { bytes.append(number: dictionary) }
    bytes.append(Self.check(bytes[4...]))
    return bytes
  }

  /// Reads a header.
  /// - Parameter bytes: the file from the frame's magic on, at least `greatestLength` bytes where there are as many.
  /// - Throws: `FormatFault` when it is no header, a damaged one, or one of another version.
  public init(parsing bytes: [UInt8]) throws(FormatFault) {
    var reader = ByteReader(bytes)
    guard let magic = reader.number(UInt32.self), magic == Self.magic else {
      throw FormatFault.damaged("there is no LZ4 frame header")
    }
    guard let flags = reader.number(UInt8.self), let descriptor = reader.number(UInt8.self) else {
      throw FormatFault.truncated("the LZ4 frame header is cut off")
    }
    guard flags >> 6 == 1 else { throw FormatFault.unsupported("LZ4 frame version \(flags >> 6)") }
    guard flags & 0b10 == 0, descriptor & 0b1000_1111 == 0 else {
      throw FormatFault.damaged("reserved bits are set in the LZ4 frame header")
    }
    let sizeCode = Int(descriptor >> 4)
    guard (4...7).contains(sizeCode) else { throw FormatFault.damaged("the LZ4 frame header has no block size") }
    independentBlocks = flags & 0b10_0000 != 0
    blockChecksums = flags & 0b1_0000 != 0
    contentChecksum = flags & 0b100 != 0
    blockSize = 1 << (8 + 2 * sizeCode)
    if flags & 0b1000 != 0 {
      guard let size = reader.number(UInt64.self) else {
        throw FormatFault.truncated("the LZ4 frame header is cut off")
      }
      contentSize = size
    }
    if flags & 1 != 0 {
      guard let number = reader.number(UInt32.self) else {
        throw FormatFault.truncated("the LZ4 frame header is cut off")
      }
      dictionary = number
    }
    let end = reader.offset
    guard let check = reader.number(UInt8.self) else {
      throw FormatFault.truncated("the LZ4 frame header is cut off")
    }
    guard check == Self.check(bytes[4..<end]) else {
      throw FormatFault.damaged("the LZ4 frame header's checksum does not agree")
    }
    length = end + 1
  }

  /// The header's own checksum: the second byte of XXH32 of what follows the magic.
  private static func check(_ descriptor: ArraySlice<UInt8>) -> UInt8 {
    UInt8(truncatingIfNeeded: descriptor.withUnsafeBytes { Checksum.xxh32($0) } >> 8)
  }
}
