// Converters for what migrations and snapshots are named and measured by: ids, names, sizes.

import Tidemark

extension Converter where Value == MigrationID {
  /// The number of a migration; leading zeros are allowed, as in the names of files.
  static var migrationID: Converter {
    Converter { text throws(ConversionError) in
      guard let id = MigrationID(text) else { throw ConversionError(expected: "the number of a migration") }
      return id
    }
  }

  /// The number of a migration, or 0 for the state before the first.
  static var migrationIDOrZero: Converter {
    Converter { text throws(ConversionError) in
      if !text.isEmpty, text.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) { return MigrationID(0) }
      guard let id = MigrationID(text) else {
        throw ConversionError(expected: "the number of a migration, or 0 for the state before the first")
      }
      return id
    }
  }
}

extension Converter where Value == Int64 {
  /// A number of bytes, plain or with a unit: `500MB`, `2GiB`.
  static var size: Converter {
    Converter { text throws(ConversionError) in
      let expected = ConversionError(expected: "a size such as 1000000, 500MB, 2GB or 2GiB")
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      let units: [String: Int64] = [
        "": 1, "B": 1, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000, "KIB": 1 << 10,
        "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
      ]
      guard let number = Int64(digits), number > 0, let unit = units[text.dropFirst(digits.count).uppercased()] else {
        throw expected
      }
      let (product, overflow) = number.multipliedReportingOverflow(by: unit)
      guard !overflow else { throw expected }
      return product
    }
  }
}
