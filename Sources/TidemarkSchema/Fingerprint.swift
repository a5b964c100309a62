// A digest of what a schema, or one object of it, means.

/// The SHA-256 of a schema's tokens. Same meaning, same fingerprint, whatever the white space, quoting or comments.
public struct Fingerprint: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The 32 bytes.
  public let bytes: [UInt8]

  /// The fingerprint of these canonical bytes.
  init(of canonical: [UInt8]) {
    bytes = Digest.of(canonical)
  }

  /// Reads 64 hexadecimal digits; nil for anything else.
  public init?(hex: String) {
    let digits = Array(hex.utf8)
    guard digits.count == 64, digits.allSatisfy(isHexDigit) else { return nil }
    bytes = stride(from: 0, to: 64, by: 2).map { Self.half(digits[$0]) << 4 | Self.half(digits[$0 + 1]) }
  }

  /// Reads the digits from a decoder.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let read = Fingerprint(hex: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "a fingerprint has 64 hexadecimal digits")
    }
    self = read
  }

  /// Writes the digits to an encoder.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// 64 lower-case hexadecimal digits.
  public var description: String { hexadecimal(bytes) }

  private static func half(_ digit: UInt8) -> UInt8 { isDigit(digit) ? digit & 15 : (digit & 15) + 9 }
}

/// Whether the order of a table's columns counts.
public enum FingerprintKind: String, Sendable, Hashable, Codable {
  /// It does not: for converging, where columns came by different ways.
  case loose
  /// It does: for what addresses columns by their place, as changesets do.
  case exact
}
