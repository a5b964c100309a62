// Values as SQL literals that SQLite reads back to the bit.

public import TidemarkSQLite

/// Writes values as SQL.
public enum SQLLiteral {
  /// A value as a literal or a constant expression. NaN, which SQLite cannot hold, becomes NULL.
  public static func write(_ value: Value) -> String {
    switch value {
    case .null: "NULL"
    case .integer(let number): integer(number)
    case .real(let number): real(number)
    case .text(let text): self.text(text)
    case .blob(let bytes): blob(bytes)
    }
  }

  /// A text in single quotes. NUL and carriage return come as `char(…)`: the first would end the statement, the
  /// second is changed by tools that mend line ends.
  public static func text(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0 || $0 == 0x0D }) else { return SQL.literal(text) }
    var parts: [String] = []
    var piece = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.value == 0 || scalar.value == 0x0D {
        if !piece.isEmpty { parts.append(SQL.literal(String(piece))) }
        piece = .init()
        parts.append("char(\(scalar.value))")
      } else {
        piece.append(scalar)
      }
    }
    if !piece.isEmpty { parts.append(SQL.literal(String(piece))) }
    return parts.count == 1 ? parts[0] : "(" + parts.joined(separator: "||") + ")"
  }

  /// Bytes as `x'…'`.
  public static func blob(_ bytes: [UInt8]) -> String { "x'" + hexadecimal(bytes) + "'" }

  private static func integer(_ number: Int64) -> String {
    // The least integer has no literal: its digits alone are one too many, and SQLite reads them as a real.
    number == .min ? "(-9223372036854775807-1)" : String(number)
  }

  /// The shortest decimal that is this number and no other.
  private static func real(_ number: Double) -> String {
    if number.isNaN { return "NULL" }
    if number.isInfinite { return number < 0 ? "-9e999" : "9e999" }
    return number.description
  }

  /// The number as a product that is exact whatever the decimal reader: an integer below 2⁵³ and powers of two.
  static func exactReal(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return real(number) }
    // significand = integer * 2^-52 and the exponent is taken out in steps that are themselves exact.
    let scaled = number.magnitude.significand * 0x1p52
    var exponent = Int(number.magnitude.exponent) - 52
    var text = (number < 0 ? "(-" : "(") + String(UInt64(scaled)) + ".0"
    while exponent >= 32 {
      text += "*4294967296.0"
      exponent -= 32
    }
    while exponent <= -32 {
      text += "/4294967296.0"
      exponent += 32
    }
    if exponent > 0 { text += "*\(UInt64(1) << UInt64(exponent)).0" }
    if exponent < 0 { text += "/\(UInt64(1) << UInt64(-exponent)).0" }
    return text + ")"
  }
}
