// The note that a swap leaves beside the database while it is under way, so that the next start can finish or undo it.
//
// A few lines of text. It is synced before anything is touched, so one that does not end in `end` was never acted on.
internal import TidemarkSQLite

/// What a swap is about to do.
struct SwapIntent: Hashable {
  /// The new database: its name before the swap, and its identity.
  var prepared: String
  var preparedInode: UInt64
  /// The old database's identity, and what it looked like when nobody had it open.
  var oldInode: UInt64
  var oldSize: Int64
  var oldModified: Double
  /// The name the old database is to get.
  var previous: String
  /// Suffixes of side files that go aside with a database that could not be opened.
  var sides: [String] = []

  static let header = "tidemark swap 1"
  /// Far more than two names can need.
  static let limit = 1 << 16

  /// The text of the file.
  var text: String {
    var lines = [
      Self.header, "prepared \(preparedInode) \(Self.escape(prepared))",
      "old \(oldInode) \(oldSize) \(oldModified)", "previous \(Self.escape(previous))",
    ]
    lines += sides.map { "side \($0)" }
    return lines.joined(separator: "\n") + "\nend\n"
  }

  /// What reading one can give.
  enum Reading: Hashable {
    /// A whole note.
    case whole(SwapIntent)
    /// It was not written to its end: nothing has been done yet.
    case torn
    /// Whole, and not understood: a later version's, or damaged.
    case foreign
  }

  /// Reads a note; names in it must be bare and begin with the database's own.
  static func read(_ text: String, name: String) -> Reading {
    guard text.hasSuffix("\nend\n") else { return .torn }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(2)[...]
    guard lines.popFirst().map(String.init) == header else { return .foreign }
    func fields(_ key: String, _ count: Int) -> [String]? {
      guard let parts = lines.popFirst()?.split(separator: " ", omittingEmptySubsequences: false),
        parts.count == count + 1, parts[0] == key
      else { return nil }
      return parts.dropFirst().map(String.init)
    }
    guard let prepared = fields("prepared", 2), let preparedInode = UInt64(prepared[0]),
      let preparedName = bare(prepared[1]), preparedName.hasPrefix(name + "."),
      let old = fields("old", 3), let oldInode = UInt64(old[0]), let oldSize = Int64(old[1]),
      let oldModified = Double(old[2]),
      let previous = fields("previous", 1), let previousName = bare(previous[0]), previousName.hasPrefix(name + ".")
    else { return .foreign }
    var intent = SwapIntent(
      prepared: preparedName, preparedInode: preparedInode, oldInode: oldInode, oldSize: oldSize,
      oldModified: oldModified, previous: previousName)
    while !lines.isEmpty {
      guard let side = fields("side", 1), SwapPlace.contentSuffixes.contains(side[0]) else { return .foreign }
      intent.sides.append(side[0])
    }
    return .whole(intent)
  }

  /// A name without a folder, or nil.
  private static func bare(_ text: String) -> String? {
    guard let name = unescape(text), !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/"))
    else { return nil }
    return name
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  /// Spaces, control characters and `%` as `%XX`.
  private static func escape(_ name: String) -> String {
    var bytes: [UInt8] = []
    for byte in name.utf8 {
      if byte <= 0x20 || byte == 0x7f || byte == UInt8(ascii: "%") {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unescape(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap({ digits.firstIndex(of: $0) }),
        let low = rest.popFirst().flatMap({ digits.firstIndex(of: $0) })
      else { return nil }
      let value = UInt8(high << 4 | low)
      guard value != 0 else { return nil }
      bytes.append(value)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
