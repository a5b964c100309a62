// SHA-256, streaming and in one go. The digests of upgrades, of sources and of lineages are all made here.

internal import CTidemarkSodium

/// A SHA-256 digest in the making.
public struct Digest {
  private var state = crypto_hash_sha256_state()

  /// A digest of nothing yet.
  public init() {
    crypto_hash_sha256_init(&state)
  }

  /// Takes in `bytes`.
  public mutating func update(_ bytes: [UInt8]) {
    crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
  }

  /// Takes in the UTF-8 of `text`.
  public mutating func update(_ text: String) {
    update(Array(text.utf8))
  }

  /// The 32 bytes of the digest. Ends it: nothing is to be taken in afterwards.
  public mutating func finish() -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256_final(&state, &result)
    return result
  }

  /// The SHA-256 of `bytes`, 32 bytes.
  public static func of(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256(&result, bytes, UInt64(bytes.count))
    return result
  }

  /// The SHA-256 of `bytes`, in 64 lower-case hexadecimal digits.
  public static func hex(of bytes: [UInt8]) -> String { hexadecimal(of(bytes)) }

  /// The SHA-256 of the tokens of `text`, in 64 lower-case hexadecimal digits.
  ///
  /// White space, comments, the quoting of identifiers, the letter case of keywords and identifiers, and semicolons
  /// at the end do not count. This is the digest by which an upgrade that was applied is told from one that was
  /// edited since.
  public static func ofSQL(_ text: String) -> String {
    var canonical = CanonicalTokens()
    canonical.appendScript(text)
    return hex(of: canonical.bytes)
  }
}

/// `bytes` in lower-case hexadecimal digits.
package func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
  var digits: [UInt8] = []
  digits.reserveCapacity(bytes.count * 2)
  for byte in bytes {
    digits.append(digit(byte >> 4))
    digits.append(digit(byte & 15))
  }
  return String(decoding: digits, as: UTF8.self)
}

private func digit(_ half: UInt8) -> UInt8 { half < 10 ? 0x30 + half : 0x57 + half }
