// Names as people write them: without quotes where SQL takes them so.

internal import TidemarkSQLite

/// Writes names for SQL that is to be read.
package enum SQLName {
  /// A name, in quotes only where it needs them.
  package static func write(_ name: String) -> String { plain(name) ?? SQL.quote(name) }

  /// A name without quotes; nil for one that needs them.
  package static func plain(_ name: String) -> String? {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, !(0x30...0x39).contains(first),
      bytes.allSatisfy({ byte in
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte)
      })
    else { return nil }
    let word = bytes.map { folded($0) }
    return Keywords.reserved.contains(word) || Keywords.joins.contains(word) ? nil : name
  }
}
