// The three checksums of the format: XXH32 is LZ4's own, XXH3 guards the blocks and the sections, XXH3-128 the tail.
internal import CTidemarkXXHash

/// Checksums of bytes in memory.
enum Checksum {
  /// LZ4's checksum (seed 0).
  static func xxh32(_ bytes: UnsafeRawBufferPointer) -> UInt32 { XXH32(bytes.baseAddress, bytes.count, 0) }

  /// The checksum of a block's plain bytes.
  static func xxh3(_ bytes: UnsafeRawBufferPointer) -> UInt64 { tidemark_xxh3(bytes.baseAddress, bytes.count) }

  /// The checksum of a section: its 8 bytes of kind, flags and length are the seed, so they are covered too.
  static func section(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
  }

  /// The digest of the tail: low half first.
  static func xxh3Wide(_ bytes: UnsafeRawBufferPointer) -> (low: UInt64, high: UInt64) {
    let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
    return (hash.low64, hash.high64)
  }
}

/// XXH32 over bytes that arrive in pieces: LZ4's content checksum.
struct RunningXXH32: ~Copyable {
  private let state: OpaquePointer?

  init() {
    state = XXH32_createState()
    XXH32_reset(state, 0)
  }

  deinit { XXH32_freeState(state) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) { XXH32_update(state, bytes.baseAddress, bytes.count) }

  var value: UInt32 { XXH32_digest(state) }
}
