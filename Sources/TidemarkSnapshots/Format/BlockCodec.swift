// One block: compressed and framed, or checked and decoded, between buffers of the caller.
internal import CTidemarkLZ4

/// The blocks of an LZ4 frame: a size word, the packed bytes, and their XXH32.
enum BlockCodec {
  /// The flag in the size word of a block that is carried as it is.
  static let uncompressed: UInt32 = 0x8000_0000
  /// What stands around the packed bytes of a block: its size word and its checksum.
  static let overhead = 8
  /// Room that one block can need in the file, in bytes.
  static let greatestFramed = BlockIndex.blockSize + overhead + Seal.overhead

  /// What a block became.
  struct Packed {
    /// The size word, flag included.
    var word: UInt32
    /// The bytes it takes in the file.
    var framed: Int
    /// XXH3-64 of the plain bytes.
    var hash: UInt64
  }

  /// Packs a block.
  /// - Parameters:
  ///   - plain: up to a block's worth of bytes, at least one.
  ///   - out: at least `greatestFramed` bytes.
  ///   - level: 1 and 2 are LZ4's fast mode, 3 to 12 its high compression.
  ///   - hash: XXH3-64 of the plain bytes where it is known already.
  ///   - seal: what the packed bytes are sealed with, and the block's place in the file.
  static func pack(
    _ plain: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer, level: Int, hash: UInt64? = nil,
    seal: (key: Seal, place: Int)? = nil
  ) -> Packed {
    let source = plain.bindMemory(to: CChar.self)
    let target = UnsafeMutableRawBufferPointer(rebasing: out[4...]).bindMemory(to: CChar.self)
    // One byte less than the plain length: a block that does not shrink is carried as it is.
    let room = Int32(plain.count - 1)
    let length =
      level <= 2
      ? LZ4_compress_fast(source.baseAddress, target.baseAddress, Int32(plain.count), room, 1)
      : LZ4_compress_HC(source.baseAddress, target.baseAddress, Int32(plain.count), room, Int32(min(level, 12)))
    var count = Int(length)
    if length <= 0 {
      count = plain.count
      UnsafeMutableRawBufferPointer(rebasing: out[4...]).copyMemory(from: plain)
    }
    if let seal {
      seal.key.sealBlock(seal.place, UnsafeMutableRawBufferPointer(rebasing: out[4...]), count: count)
      count += Seal.overhead
    }
    let word = UInt32(count) | (length > 0 ? 0 : uncompressed)
    out.storeBytes(of: word.littleEndian, as: UInt32.self)
    let sum = Checksum.xxh32(UnsafeRawBufferPointer(rebasing: out[4..<4 + count]))
    out.storeBytes(of: sum.littleEndian, toByteOffset: 4 + count, as: UInt32.self)
    return Packed(word: word, framed: count + overhead, hash: hash ?? Checksum.xxh3(plain))
  }

  /// How far a block is checked when it is decoded.
  struct Checks: OptionSet {
    let rawValue: Int
    /// XXH32 of the packed bytes.
    static let packed = Checks(rawValue: 1)
    /// XXH3 of the plain bytes, where the index has it.
    static let plain = Checks(rawValue: 2)
  }

  /// Checks and decodes a block.
  /// - Parameters:
  ///   - framed: the block as it stands in the file, from its size word through its checksum. A sealed one is opened in
  ///     there, and is not to be read again.
  ///   - entry: what the index says of it.
  ///   - out: exactly the block's plain length.
  ///   - seal: what the packed bytes were sealed with, and the block's place in the file.
  static func unpack(
    _ framed: UnsafeMutableRawBufferPointer, _ entry: BlockIndex.Entry, into out: UnsafeMutableRawBufferPointer,
    checks: Checks, seal: (key: Seal, place: Int)? = nil
  ) throws(FormatFault) {
    guard framed.count == entry.framedLength, out.count == Int(entry.plain) else {
      throw FormatFault.truncated("the block is cut off")
    }
    let bytes = UnsafeRawBufferPointer(framed)
    guard bytes.number32(at: 0) == entry.word else {
      throw FormatFault.damaged("its length is not the one in the index")
    }
    var packed = UnsafeRawBufferPointer(rebasing: bytes[4..<4 + entry.packedLength])
    if checks.contains(.packed) {
      guard bytes.number32(at: 4 + entry.packedLength) == Checksum.xxh32(packed) else {
        throw FormatFault.damaged("its LZ4 checksum does not agree")
      }
    }
    if let seal {
      let sealed = UnsafeMutableRawBufferPointer(rebasing: framed[4..<4 + entry.packedLength])
      guard seal.key.openBlock(seal.place, sealed) else { throw FormatFault.damaged("it is not what was sealed") }
      packed = UnsafeRawBufferPointer(rebasing: packed.dropLast(Seal.overhead))
    }
    if entry.isUncompressed {
      guard packed.count == out.count else { throw FormatFault.damaged("its lengths contradict each other") }
      out.copyMemory(from: packed)
    } else {
      let length = LZ4_decompress_safe(
        packed.bindMemory(to: CChar.self).baseAddress, out.bindMemory(to: CChar.self).baseAddress,
        Int32(packed.count), Int32(out.count))
      guard length == Int32(out.count) else { throw FormatFault.damaged("it does not decode") }
    }
    if checks.contains(.plain), let hash = entry.hash {
      guard Checksum.xxh3(UnsafeRawBufferPointer(out)) == hash else {
        throw FormatFault.damaged("its XXH3 checksum does not agree")
      }
    }
  }
}
