// Sizes, rates, lengths of time and counts as people read them: three digits that matter, decimal units, no locale.

/// Numbers in words.
package enum Units {
  /// `512 B`, `12.4 MB`, `1.03 GB`.
  package static func size(_ bytes: Int64) -> String {
    if bytes < 1000 { return "\(bytes) B" }
    var value = Double(bytes) / 1000
    for unit in ["kB", "MB", "GB", "TB"] {
      // 999.6 would be rounded up to four digits.
      if value < 999.5 || unit == "TB" { return significant(value) + " " + unit }
      value /= 1000
    }
    return "\(bytes) B"
  }

  /// `512 MB/s`.
  package static func rate(_ bytesPerSecond: Double) -> String {
    size(Int64(max(0, min(bytesPerSecond, 1e18)))) + "/s"
  }

  /// `0.42 ms`, `840 ms`, `12.3 s`, `2 min 5 s`, `3 h 12 min`, `4 d 3 h`; seconds in.
  package static func duration(_ seconds: Double) -> String {
    let seconds = max(0, min(seconds, 1e15))
    if seconds < 0.9995 { return significant(seconds * 1000) + " ms" }
    if seconds < 59.95 { return significant(seconds) + " s" }
    let whole = Int64(seconds.rounded())
    if whole < 3600 { return pair(whole / 60, "min", whole % 60, "s") }
    if whole < 86_400 { return pair(whole / 3600, "h", whole % 3600 / 60, "min") }
    return pair(whole / 86_400, "d", whole % 86_400 / 3600, "h")
  }

  /// `duration` of a `Duration`.
  package static func duration(_ duration: Duration) -> String { Self.duration(seconds(duration)) }

  /// A `Duration` in seconds.
  package static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  /// `just now`, `5 min ago`, `3 h ago`, `2 d ago`; seconds in, a time to come is `in 5 min`.
  package static func age(_ seconds: Double) -> String {
    let whole = Int64(min(1e15, abs(seconds)))
    let words: String
    switch whole {
    case ..<60: return "just now"
    case ..<3600: words = "\(whole / 60) min"
    case ..<86_400: words = "\(whole / 3600) h"
    default: words = "\(whole / 86_400) d"
    }
    return seconds < 0 ? "in \(words)" : "\(words) ago"
  }

  /// `1 migration`, `3 migrations`, `2 indices` with its own plural.
  package static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(number) " + (number == 1 ? noun : plural ?? noun + "s")
  }

  /// `2.63`, rounded half away from zero.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let whole = scaled / Int64(scale)
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(scaled % Int64(scale))
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  private static func significant(_ value: Double) -> String {
    fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
  }

  private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
    small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
  }
}
