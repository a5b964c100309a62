// When is an applied upgrade edited? When this digest differs.
internal import TidemarkSchema

/// The digest of an upgrade, as the changelog stores it.
///
/// SHA-256 of its SQL tokens: whitespace, comments, quoting, the letter case of keywords, a trailing semicolon and the
/// migration's name do not count. Code has no tokens at run time, so for `.run` it is the digest of the source file's
/// tokens, which the build plugin takes, or the stated revision in a lineage made by hand.
enum UpgradeDigest {
  /// Stands before the digest of an upgrade with code.
  static let codeMark = "code:"

  static func of(_ migration: any Migration, source: String?) -> String {
    let upgrade = migration.upgrade
    if upgrade.hasCode { return codeMark + (source ?? "revision \(migration.revision)") }
    if upgrade.parts.count == 1, case .sql(let sql) = upgrade.parts[0] { return Digest.ofSQL(sql) }
    var digest = Digest()
    for part in upgrade.parts {
      switch part {
      case .sql(let sql): digest.update(framed: Digest.ofSQL(sql))
      case .batched(let backfill):
        digest.update(framed: "\(backfill.table) \(backfill.key)")
        if case .sql(let sql) = backfill.work { digest.update(framed: Digest.ofSQL(sql)) }
      case .run: break
      }
    }
    return digest.finishHex()
  }

  /// Whether an applied upgrade was edited.
  ///
  /// The digest of code covers its whole file, so a corrected downgrade changes it too: with another revision on
  /// either side that is a stated correction and no edit.
  static func isEdited(_ migration: any Migration, digest: String, entry: Changelog.Entry) -> Bool {
    if digest == entry.upgradeDigest { return false }
    let isCode = digest.hasPrefix(codeMark) && entry.upgradeDigest.hasPrefix(codeMark)
    return !(isCode && migration.revision != entry.revision)
  }
}

extension Digest {
  /// Adds a text with its length before it, so that two texts never read as other two.
  mutating func update(framed text: String) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 8)
    bytes.append(contentsOf: String(text.utf8.count).utf8)
    bytes.append(UInt8(ascii: " "))
    bytes.append(contentsOf: text.utf8)
    update(bytes)
  }

  /// The digest in lower-case hexadecimal digits.
  mutating func finishHex() -> String { hexadecimal(finish()) }
}
