// Keys in files: a secret one with mode 0600, its public half beside it.
internal import CTidemarkSodium
public import TidemarkSQLite

/// Writes and reads the files that keys are in.
///
/// Both kinds are text: lines that begin with `#` say what it is, one line has the key. The secret file also names its
/// public half, so that either can be told from the other.
public enum KeyFile {
  /// What the name of a public key's file ends in.
  public static let publicSuffix = ".pub"
  /// The longest file that is read, in bytes.
  private static let greatestLength = 4096

  /// Writes a key to a new file, and its public half to one named alike with `.pub` behind.
  /// - Throws: `KeyError`: `exists`, a secret key for a path, or a file that cannot be written. Nothing is overwritten.
  public static func write(_ key: SecretKey, to path: String, files: any FileSystem = LocalFiles()) throws(KeyError) {
    try refuse(path, files)
    try refuse(path + publicSuffix, files)
    let words = """
      # Tidemark secret key \(key.publicKey.id).
      # Whoever has this file can sign as its owner and read what was sealed to it. Keep a copy where it is safe.
      # \(key.publicKey)

      """
    var secret: [UInt8] = []
    // With room for all of it, so that no part is left where it stood before.
    secret.reserveCapacity(words.utf8.count + SecretKey.lineLength)
    secret += words.utf8
    key.appendLine(to: &secret)
    defer { secret.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) } }
    try write(secret, to: path, mode: 0o600, files)
    let open =
      "# Tidemark public key \(key.publicKey.id). Give it to whoever checks or seals snapshots.\n\(key.publicKey)\n"
    do throws(KeyError) {
      try write(Array(open.utf8), to: path + publicSuffix, mode: 0o644, files)
    } catch {
      // A secret key without its other half would stand in the way of the next attempt.
      try? files.unlink(path)
      throw error
    }
  }

  /// Reads a secret key.
  /// - Throws: `KeyError`: missing, not a key, or readable by others than its owner.
  public static func readSecret(_ path: String, files: any FileSystem = LocalFiles()) throws(KeyError) -> SecretKey {
    var text = try read(path, "secret key", files)
    defer { text.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) } }
    for line in text.split(separator: 0x0A) {
      let parts = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x0D })
      guard parts.count == 2, parts[0].elementsEqual(SecretKey.word.utf8) else { continue }
      var length = 0
      var read: Int32 = -1
      let seed = try SecretBytes(count: 32) { out in
        parts[1].withUnsafeBytes { base64 in
          read = sodium_base642bin(
            out, 32, base64.bindMemory(to: CChar.self).baseAddress, base64.count, nil, &length, nil,
            sodium_base64_VARIANT_ORIGINAL)
        }
      }
      guard read == 0, length == 32 else { break }
      try refuseExposed(path, files)
      return try SecretKey(seed: seed)
    }
    throw KeyError(.notAKey(expected: "secret key"), at: path)
  }

  /// Reads a public key: from its own file, or out of the file of a secret one.
  /// - Throws: `KeyError`: missing, not a key.
  public static func readPublic(_ path: String, files: any FileSystem = LocalFiles()) throws(KeyError) -> PublicKey {
    var text = try read(path, "public key", files)
    defer { text.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) } }
    for line in text.split(separator: 0x0A) {
      let words = line.starts(with: "# ".utf8) ? line.dropFirst(2) : line
      guard words.starts(with: PublicKey.word.utf8), let key = PublicKey(String(decoding: words, as: UTF8.self)) else {
        continue
      }
      return key
    }
    throw KeyError(.notAKey(expected: "public key"), at: path)
  }

  private static func refuse(_ path: String, _ files: any FileSystem) throws(KeyError) {
    // It would be a file's name as well as another.
    if KeyError.isSecret(path) { throw KeyError(.spelledOut) }
    let status: FileStatus?
    do { status = try files.status(path, followLinks: false) } catch { throw KeyError(.file("\(error)"), at: path) }
    if status != nil { throw KeyError(.exists, at: path) }
  }

  /// A secret that others may read is none.
  private static func refuseExposed(_ path: String, _ files: any FileSystem) throws(KeyError) {
    let mode: UInt32
    do {
      guard let status = try files.status(path, followLinks: true) else { throw KeyError(.missing, at: path) }
      mode = status.mode & 0o7777
    } catch let error as KeyError {
      throw error
    } catch {
      throw KeyError(.file("cannot examine it: \((error as? FileError)?.reason ?? "\(error)")"), at: path)
    }
    if mode & 0o077 != 0 { throw KeyError(.exposed(mode: mode), at: path) }
  }

  private static func write(
    _ bytes: [UInt8], to path: String, mode: UInt32, _ files: any FileSystem
  ) throws(KeyError) {
    do {
      // Whole under its name or not there: half a secret key would look like one, and stand in the way of the next.
      let file = try PartFile.make(for: path, mode: mode, files)
      try bytes.withUnsafeBytes { try file.write($0, at: 0) }
      try file.sync()
      try PartFile.publish(file, as: path)
    } catch let error as SnapshotError {
      if case .exists = error.reason { throw KeyError(.exists, at: path) }
      throw KeyError(.file("cannot write it: \((error.cause as? FileError)?.reason ?? "\(error)")"), at: path)
    } catch {
      throw KeyError(.file("cannot write it: \(error)"), at: path)
    }
  }

  private static func read(_ path: String, _ what: String, _ files: any FileSystem) throws(KeyError) -> [UInt8] {
    do {
      guard let status = try files.status(path, followLinks: true) else { throw KeyError(.missing, at: path) }
      guard status.kind == .file, status.size <= greatestLength else {
        throw KeyError(.notAKey(expected: what), at: path)
      }
      let descriptor = try files.open(path, .read)
      defer { files.close(descriptor) }
      // The one buffer that the key is ever in; the caller zeroes it.
      var bytes = [UInt8](repeating: 0, count: Int(status.size))
      let count = try bytes.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 0) }
      bytes.removeLast(bytes.count - count)
      return bytes
    } catch let error as KeyError {
      throw error
    } catch {
      throw KeyError(.file("cannot read it: \((error as? FileError)?.reason ?? "\(error)")"), at: path)
    }
  }
}
