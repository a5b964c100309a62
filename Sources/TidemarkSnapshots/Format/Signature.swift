// The signature of a snapshot: Ed25519 over its manifest and the root of its hash tree.

/// Whose a snapshot is, as the section in its tail says.
///
/// Signed are 20 bytes, `tidemark snapshot 1` and a zero, then BLAKE2b-256 of the manifest's bytes, then the tree's root.
/// Index and block map are not signed: they only say where blocks are, and each block is proven by its leaf.
public struct Signature: Sendable, Hashable {
  /// The length of the section: its version, the key and the signature.
  static let length = 4 + 32 + 64
  private static let version: UInt32 = 1

  /// The Ed25519 key it says it is of, 32 bytes.
  let key: [UInt8]
  private let signature: [UInt8]

  /// The id of the key it says it is of.
  public var keyID: String { PublicKey.id(ofSigning: key) }

  /// Signs.
  init(manifest: [UInt8], tree: HashTree, by signer: SecretKey) {
    key = signer.publicKey.signing
    signature = signer.sign(Self.message(manifest, tree))
  }

  /// Reads the section.
  /// - Throws: `FormatFault` when it is none, or of a version that this build does not know.
  init(parsing section: [UInt8]) throws(FormatFault) {
    var reader = ByteReader(section)
    guard let version = reader.number(UInt32.self) else { throw FormatFault.damaged("the signature is cut off") }
    guard version == Self.version else { throw FormatFault.unsupported("a signature of version \(version)") }
    guard section.count == Self.length, let key = reader.take(32), let signature = reader.take(64) else {
      throw FormatFault.damaged("the signature has a broken length")
    }
    self.key = key
    self.signature = signature
  }

  /// The section's bytes.
  var serialized: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: Self.version)
    return bytes + key + signature
  }

  /// Whether it is its key's, over these.
  func isValid(manifest: [UInt8], tree: HashTree) -> Bool {
    PublicKey.verify(signature, of: Self.message(manifest, tree), by: key)
  }

  private static func message(_ manifest: [UInt8], _ tree: HashTree) -> [UInt8] {
    Array("tidemark snapshot 1\0".utf8) + Sodium.hash(manifest) + tree.root
  }
}
