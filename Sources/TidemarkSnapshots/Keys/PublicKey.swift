// The half of a key that everybody may have: it tells a signature, and seals what only the other half opens.
internal import CTidemarkSodium

/// A public key: 32 bytes of Ed25519 that check signatures, and 32 bytes of X25519 that snapshots are sealed to.
public struct PublicKey: Sendable, Hashable, CustomStringConvertible {
  /// The word that a public key's text begins with.
  public static let word = "tidemark-public-key-1"

  /// The Ed25519 key, 32 bytes.
  let signing: [UInt8]
  /// The X25519 key, 32 bytes.
  let sealing: [UInt8]

  init(signing: [UInt8], sealing: [UInt8]) {
    self.signing = signing
    self.sealing = sealing
  }

  /// Reads the text of a public key: its word, a space, and 64 bytes as base64.
  /// - Returns: nil when it is none.
  public init?(_ text: String) {
    let parts = text.split(whereSeparator: \.isWhitespace)
    guard parts.count >= 2, parts[0] == Self.word, let bytes = Sodium.bytes(base64: String(parts[1]), count: 64) else {
      return nil
    }
    self.init(signing: Array(bytes[..<32]), sealing: Array(bytes[32...]))
  }

  /// Its text.
  public var description: String { "\(Self.word) \(Sodium.base64(signing + sealing))" }

  /// What it is called in lists and messages: 16 hexadecimal digits of the digest of its signing half.
  public var id: String { Self.id(ofSigning: signing) }

  /// The id of the key that has this signing half.
  static func id(ofSigning key: [UInt8]) -> String {
    Sodium.hash(key, domain: Array("tidemark key id 1".utf8)).prefix(8)
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Whether a signature is this key's.
  /// - Parameter signature: 64 bytes.
  static func verify(_ signature: [UInt8], of message: [UInt8], by key: [UInt8]) -> Bool {
    guard signature.count == 64, key.count == 32 else { return false }
    return crypto_sign_verify_detached(signature, message, UInt64(message.count), key) == 0
  }

  /// Seals some bytes so that only the owner of the secret half can read them (libsodium's sealed boxes).
  /// - Throws: `KeyError` (`unusable`) for a key that nothing can be sealed to.
  func seal(_ secret: SecretBytes) throws(KeyError) -> [UInt8] {
    try Sodium.prepare()
    var box = [UInt8](repeating: 0, count: secret.count + crypto_box_sealbytes())
    guard secret.lend({ crypto_box_seal(&box, $0, UInt64(secret.count), sealing) }) == 0 else {
      throw KeyError(.unusable("nothing can be sealed to the key \(id)"))
    }
    return box
  }
}
