// What a file looks like that is none of those that can be restored: told by its first bytes.

/// The content of a foreign file.
enum ForeignContent: Hashable {
  /// A kind of file that its first bytes tell.
  case known(String)
  /// Text that is no SQL.
  case text
  /// Nothing but zeros.
  case zeros
  /// Whatever else: its first eight bytes.
  case noise([UInt8])

  /// Looks at the first bytes.
  init(_ head: [UInt8]) {
    let known: [([UInt8], String)] = [
      ([0x1f, 0x8b], "gzip"), ([0x28, 0xb5, 0x2f, 0xfd], "Zstandard"), (Array("BZh".utf8), "bzip2"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz"), ([0x50, 0x4b, 0x03, 0x04], "a zip archive"),
      ([0x7f, 0x45, 0x4c, 0x46], "a program"), (Array("LTX1".utf8), "an LTX file"),
      ([0x37, 0x7f, 0x06, 0x82], "a WAL file"), ([0x37, 0x7f, 0x06, 0x83], "a WAL file"),
      ([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7], "a rollback journal"),
    ]
    let isText =
      head.allSatisfy { $0 >= 0x20 || (0x09...0x0d).contains($0) }
      // The last character may be cut in two.
      && (0...3).contains { String(validating: head.dropLast($0), as: UTF8.self) != nil }
    if let (_, name) = known.first(where: { head.starts(with: $0.0) }) {
      self = .known(name)
    } else if isText {
      self = .text
    } else {
      self = head.allSatisfy { $0 == 0 } ? .zeros : .noise(Array(head.prefix(8)))
    }
  }

  /// Whether it may be what is left of a database: that looks like zeros or noise.
  var mayBeDamage: Bool {
    switch self {
    case .zeros, .noise: true
    case .known, .text: false
    }
  }

  /// In words.
  var words: String {
    switch self {
    case .known(let name): return name
    case .text:
      return "text that does not begin as a schema or a dump does: with CREATE, INSERT, BEGIN, PRAGMA or the like"
    case .zeros: return "zeros"
    case .noise(let bytes):
      let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      return "it begins with \(digits.joined(separator: " ")); an encrypted database looks like noise"
    }
  }
}
