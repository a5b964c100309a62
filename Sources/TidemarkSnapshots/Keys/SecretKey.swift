// The half of a key that only its owner has: it signs, and opens what was sealed to the other half.
internal import CTidemarkSodium

/// A secret key: a seed of 32 bytes, from which libsodium derives an Ed25519 key and an X25519 key.
///
/// It never leaves its memory but through ``KeyFile``: it has no text, and prints as its id.
public final class SecretKey: Sendable, CustomStringConvertible {
  /// The word that a secret key's line begins with.
  public static let word = "tidemark-secret-key-1"

  private let seed: SecretBytes
  private let signing: SecretBytes
  private let sealing: SecretBytes
  /// The other half.
  public let publicKey: PublicKey

  /// A new key, from the machine's randomness.
  /// - Throws: `KeyError` (`unavailable`).
  public static func generate() throws(KeyError) -> SecretKey { try SecretKey(seed: .random(count: 32)) }

  init(seed: SecretBytes) throws(KeyError) {
    self.seed = seed
    // Each use has a seed of its own: https://doc.libsodium.org/key_derivation.
    let signingSeed = try Self.derive(1, from: seed)
    let sealingSeed = try Self.derive(2, from: seed)
    var signer = [UInt8](repeating: 0, count: 32)
    var sealer = [UInt8](repeating: 0, count: 32)
    signing = try SecretBytes(count: Int(crypto_sign_SECRETKEYBYTES)) { secret in
      signingSeed.lend { _ = crypto_sign_seed_keypair(&signer, secret, $0) }
    }
    sealing = try SecretBytes(count: Int(crypto_box_SECRETKEYBYTES)) { secret in
      sealingSeed.lend { _ = crypto_box_seed_keypair(&sealer, secret, $0) }
    }
    publicKey = PublicKey(signing: signer, sealing: sealer)
  }

  private static func derive(_ use: UInt64, from seed: SecretBytes) throws(KeyError) -> SecretBytes {
    try SecretBytes(count: 32) { part in
      seed.lend { _ = crypto_kdf_derive_from_key(part, 32, use, "tidemark", $0) }
    }
  }

  /// Its id, which is that of the public half.
  public var description: String { "secret key \(publicKey.id)" }

  /// Signs a message with Ed25519.
  /// - Returns: 64 bytes.
  func sign(_ message: [UInt8]) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: 64)
    signing.lend { _ = crypto_sign_detached(&signature, nil, message, UInt64(message.count), $0) }
    return signature
  }

  /// Opens what was sealed to the public half; nil for anything else.
  func open(_ box: [UInt8]) throws(KeyError) -> SecretBytes? {
    guard box.count > crypto_box_sealbytes() else { return nil }
    var opened: Int32 = -1
    let secret = try SecretBytes(count: box.count - crypto_box_sealbytes()) { out in
      sealing.lend { opened = crypto_box_seal_open(out, box, UInt64(box.count), publicKey.sealing, $0) }
    }
    return opened == 0 ? secret : nil
  }

  /// The length of its line in its file, in bytes.
  static var lineLength: Int { word.utf8.count + 1 + sodium_base64_encoded_len(32, sodium_base64_VARIANT_ORIGINAL) }

  /// Adds the line of its file to a text that has room for it. Only `KeyFile` asks.
  func appendLine(to text: inout [UInt8]) {
    text += "\(Self.word) ".utf8
    let start = text.count
    let variant = sodium_base64_VARIANT_ORIGINAL
    let length = sodium_base64_encoded_len(seed.count, variant)
    text += repeatElement(0, count: length)
    text.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let out = (base + start).assumingMemoryBound(to: CChar.self)
      seed.lend { _ = sodium_bin2base64(out, length, $0, seed.count, variant) }
    }
    // In the place of the zero that ends it.
    text[text.count - 1] = 0x0A
  }
}
