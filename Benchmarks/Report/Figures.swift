// Numbers as text, of the same width whatever their size.

/// Writes numbers.
enum Figures {
  /// A number with its unit.
  static func write(_ value: Double, _ unit: Row.Unit) -> String {
    switch unit {
    case .ratio: fixed(value, value < 0.1 ? 3 : 2)
    case .milliseconds: fixed(value, 2) + " ms"
    case .mebibytes: fixed(value, value < 1 ? 3 : 1) + " MiB"
    case .seconds: value < 0.1 ? fixed(value * 1_000, value < 0.01 ? 2 : 1) + " ms" : fixed(value, 3) + " s"
    }
  }

  /// A number with so many digits behind the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value * scale).rounded()
    guard scaled.magnitude < 1e15 else { return "\(value)" }
    let whole = Int64(scaled.magnitude)
    let sign = scaled < 0 ? "-" : ""
    guard digits > 0 else { return sign + String(whole) }
    let text = String(whole)
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}
