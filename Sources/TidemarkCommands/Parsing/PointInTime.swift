// A point in time as it is typed and shown: RFC 3339, or so and so long ago. Whatever has no zone is UTC, as is all
// that the tool prints.

/// A time that was typed.
package enum PointInTime: Sendable, Hashable {
  /// Seconds since 1970 in UTC.
  case at(Double)
  /// `2h ago`.
  case ago(Duration)

  /// Seconds since 1970, where it is now `now` in the same.
  package func seconds(now: Double) -> Double {
    switch self {
    case .at(let seconds): seconds
    case .ago(let duration): now - Units.seconds(duration)
    }
  }
}

extension Converter where Value == PointInTime {
  /// `2026-11-20`, `2026-11-20T15:30`, `2026-11-20 15:30:00.5Z`, `2026-11-20T15:30:00+01:00`, `2h ago`.
  package static var time: Converter {
    Converter { text throws(ConversionError) in
      if text.hasSuffix(" ago"), let duration = try? Converter<Duration>.duration.convert(String(text.dropLast(4))) {
        return .ago(duration)
      }
      var reader = TimeReader(text)
      guard let seconds = reader.read() else {
        throw ConversionError(expected: "a time such as 2026-11-20T15:30:00Z, 2026-11-20 or '2h ago'")
      }
      return .at(seconds)
    }
  }
}

/// Reads the digits and marks of RFC 3339 (and ISO 8601's shorter forms of it) one after the other.
private struct TimeReader {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  /// Seconds since 1970; nil when anything is wrong, or left over.
  mutating func read() -> Double? {
    guard let year = digits(4), mark("-"), let month = digits(2), mark("-"), let day = digits(2),
      (1...12).contains(month), (1...CivilCalendar.days(in: month, of: year)).contains(day)
    else { return nil }
    let midnight = Double(CivilCalendar.day(year, month, day)) * 86_400
    if rest.isEmpty { return midnight }
    guard mark("T") || mark("t") || mark(" "), let time = readTime(), let zone = readZone(), rest.isEmpty else {
      return nil
    }
    return midnight + time - zone
  }

  private mutating func readTime() -> Double? {
    guard let hour = digits(2), hour < 24, mark(":"), let minute = digits(2), minute < 60 else { return nil }
    var seconds = Double(hour * 3600 + minute * 60)
    guard mark(":") else { return seconds }
    // 60 is a leap second.
    guard let second = digits(2), second <= 60 else { return nil }
    seconds += Double(second)
    guard mark(".") else { return seconds }
    let fraction = rest.prefix { (48...57).contains($0) }
    guard !fraction.isEmpty, let value = Double("0." + String(Substring(fraction))) else { return nil }
    rest.removeFirst(fraction.count)
    return seconds + value
  }

  /// The zone's distance from UTC in seconds.
  private mutating func readZone() -> Double? {
    if rest.isEmpty || mark("Z") || mark("z") { return 0 }
    let sign = mark("+") ? 1.0 : mark("-") ? -1.0 : 0
    guard sign != 0, let hours = digits(2), hours < 24, mark(":"), let minutes = digits(2), minutes < 60 else {
      return nil
    }
    return sign * Double(hours * 3600 + minutes * 60)
  }

  private mutating func digits(_ count: Int) -> Int? {
    let found = rest.prefix(count)
    guard found.count == count, found.allSatisfy({ (48...57).contains($0) }) else { return nil }
    rest.removeFirst(count)
    return found.reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  private mutating func mark(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }
}
