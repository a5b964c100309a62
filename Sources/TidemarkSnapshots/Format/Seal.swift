// Sealing: blocks and sections, each by itself, so that any of them can be read without the others.
internal import CTidemarkSodium

/// The key of one sealed file, and what it does: XChaCha20-Poly1305, by libsodium
/// (https://doc.libsodium.org/secret-key_cryptography/aead/chacha20-poly1305/xchacha20-poly1305_construction).
///
/// Every file has a key of its own, so a number is nonce enough: that of the block, or that of the section's kind. A block
/// that is moved, taken from another file, cut or changed does not open.
struct Seal: Sendable {
  /// What sealing adds to some bytes.
  static let overhead = 16

  /// The clear bytes at the start of the file, instead of an LZ4 frame's header.
  static let header: [UInt8] = {
    let words = Array("Tidemark sealed snapshot 1\n".utf8)
    return words + [UInt8](repeating: 0, count: 32 - words.count)
  }()

  let label: SealLabel
  /// The label's bytes, which the sealed sections are bound to.
  let labelBytes: [UInt8]
  private let key: SecretBytes

  /// A seal for a new file.
  /// - Throws: `KeyError` for a key that nothing can be sealed to; `FormatFault` for too many.
  init(to recipients: [PublicKey], time: Timestamp, isPinned: Bool) throws {
    guard (1...SealLabel.mostRecipients).contains(recipients.count) else {
      throw FormatFault.unsupported("sealing to \(recipients.count) keys; there may be \(SealLabel.mostRecipients)")
    }
    let key = try SecretBytes.random(count: Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES))
    label = SealLabel(
      algorithm: SealLabel.algorithm, time: time, isPinned: isPinned,
      recipients: try recipients.map { .init(key: $0.id, box: Sodium.base64(try $0.seal(key))) })
    labelBytes = try label.json()
    self.key = key
  }

  /// The seal of a file that is there.
  /// - Returns: nil when none of the keys opens it.
  init?(opening labelBytes: [UInt8], with identities: [SecretKey]) throws {
    label = try SealLabel.parse(labelBytes)
    self.labelBytes = labelBytes
    for recipient in label.recipients {
      for identity in identities where identity.publicKey.id == recipient.key {
        guard let box = Sodium.bytes(base64: recipient.box, count: 32 + crypto_box_sealbytes()),
          let key = try identity.open(box)
        else { throw FormatFault.damaged("the file's key does not open with the key \(recipient.key)") }
        self.key = key
        return
      }
    }
    return nil
  }

  /// What is sealed: no two things of a file share a nonce.
  private enum Domain: UInt8 {
    case block = 1
    case section = 2
  }

  private func nonce(_ domain: Domain, _ number: UInt64) -> [UInt8] {
    var nonce = [domain.rawValue]
    nonce.append(number: number)
    return nonce + [UInt8](repeating: 0, count: Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) - nonce.count)
  }

  /// Seals a block where it stands.
  /// - Parameters:
  ///   - number: its place in the file.
  ///   - bytes: room for `overhead` bytes more than the block has.
  ///   - count: the bytes of the block.
  func sealBlock(_ number: Int, _ bytes: UnsafeMutableRawBufferPointer, count: Int) {
    precondition(bytes.count >= count + Self.overhead, "no room for the seal")
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
    key.lend {
      _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
        base, nil, base, UInt64(count), nil, 0, nil, nonce(.block, UInt64(number)), $0)
    }
  }

  /// Opens a block where it stands; it is then `overhead` bytes shorter.
  /// - Returns: whether it is what was sealed.
  func openBlock(_ number: Int, _ bytes: UnsafeMutableRawBufferPointer) -> Bool {
    guard bytes.count >= Self.overhead, let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return false }
    return key.lend {
      crypto_aead_xchacha20poly1305_ietf_decrypt(
        base, nil, nil, base, UInt64(bytes.count), nil, 0, nonce(.block, UInt64(number)), $0)
    } == 0
  }

  /// Seals a section's payload, bound to the label.
  func seal(_ payload: [UInt8], of kind: SectionKind) -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: payload.count + Self.overhead)
    key.lend {
      _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
        &sealed, nil, payload, UInt64(payload.count), labelBytes, UInt64(labelBytes.count), nil,
        nonce(.section, UInt64(kind.rawValue)), $0)
    }
    return sealed
  }

  /// Opens a section's payload.
  /// - Throws: `FormatFault` when it, or the label, is not what was sealed.
  func open(_ sealed: [UInt8], of kind: SectionKind) throws(FormatFault) -> [UInt8] {
    guard sealed.count >= Self.overhead else { throw FormatFault.damaged("a sealed section is cut off") }
    var payload = [UInt8](repeating: 0, count: sealed.count - Self.overhead)
    let opened = key.lend {
      crypto_aead_xchacha20poly1305_ietf_decrypt(
        &payload, nil, nil, sealed, UInt64(sealed.count), labelBytes, UInt64(labelBytes.count),
        nonce(.section, UInt64(kind.rawValue)), $0)
    }
    guard opened == 0 else {
      throw FormatFault.damaged("section \(kind.rawValue) is not what was sealed, or the label is not")
    }
    return payload
  }
}
