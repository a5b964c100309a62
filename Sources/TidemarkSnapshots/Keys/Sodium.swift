// The few calls of libsodium that keys, signatures and seals are made of. All cryptography is libsodium's.
internal import CTidemarkSodium

/// libsodium, initialised before its first use (https://doc.libsodium.org/usage).
enum Sodium {
  /// Whether it can be used; it cannot where the machine has no source of randomness.
  private static let isReady = sodium_init() >= 0

  /// - Throws: `KeyError` (`unavailable`).
  static func prepare() throws(KeyError) {
    guard isReady else { throw KeyError(.unavailable) }
  }

  /// BLAKE2b with 32 bytes of output.
  /// - Parameter domain: what the digest is for; digests of different domains have nothing to do with each other.
  static func hash(_ bytes: UnsafeRawBufferPointer, domain: [UInt8] = []) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    crypto_generichash_blake2b(
      &digest, digest.count, bytes.bindMemory(to: UInt8.self).baseAddress, UInt64(bytes.count), domain, domain.count)
    return digest
  }

  /// The same of an array.
  static func hash(_ bytes: [UInt8], domain: [UInt8] = []) -> [UInt8] {
    bytes.withUnsafeBytes { hash($0, domain: domain) }
  }

  /// Base64 as in RFC 4648, padded.
  static func base64(_ bytes: [UInt8]) -> String {
    let variant = sodium_base64_VARIANT_ORIGINAL
    var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
    sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
    return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Reads base64 of exactly so many bytes; nil for anything else.
  static func bytes(base64 text: String, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var length = 0
    let read = sodium_base642bin(
      &bytes, bytes.count, text, text.utf8.count, nil, &length, nil, sodium_base64_VARIANT_ORIGINAL)
    return read == 0 && length == count ? bytes : nil
  }
}

/// Bytes that must not be seen: in memory that is kept from swap and from dumps, and cleared when let go
/// (https://doc.libsodium.org/memory_management).
///
/// Unchecked because its memory is written once, before anybody else has it.
final class SecretBytes: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  let count: Int

  /// Makes room and has it filled.
  /// - Throws: `KeyError` (`unavailable`) where there is no such memory.
  init(count: Int, fill: (UnsafeMutablePointer<UInt8>) -> Void) throws(KeyError) {
    try Sodium.prepare()
    guard let memory = sodium_malloc(count) else { throw KeyError(.unavailable) }
    self.memory = memory
    self.count = count
    fill(memory.assumingMemoryBound(to: UInt8.self))
    sodium_mprotect_readonly(memory)
  }

  /// Random bytes.
  static func random(count: Int) throws(KeyError) -> SecretBytes {
    try SecretBytes(count: count) { randombytes_buf($0, count) }
  }

  deinit { sodium_free(memory) }

  /// Lends them.
  func lend<T>(_ body: (UnsafePointer<UInt8>) -> T) -> T {
    body(UnsafePointer(memory.assumingMemoryBound(to: UInt8.self)))
  }
}
