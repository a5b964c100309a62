// Moments as part of a file's name: 20260730T101500Z, in universal time.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A moment, to the second, as it stands in file names.
public struct UTCStamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Seconds since 1970.
  public let seconds: Int64

  /// A moment; years beyond 0000 to 9999 are brought to the nearest that a stamp can say.
  public init(seconds: Int64) { self.seconds = min(max(seconds, -62_167_219_200), 253_402_300_799) }

  /// This moment.
  public static var now: UTCStamp { UTCStamp(seconds: Int64(time(nil))) }

  /// Reads `YYYYMMDDTHHMMSSZ`; nil for anything else, dates that do not exist included.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
      let minute = number(11..<13), let second = number(13..<15)
    else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    self.init(seconds: days * 86400 + hour * 3600 + minute * 60 + second)
    guard description == text else { return nil }
  }

  /// `YYYYMMDDTHHMMSSZ`.
  public var description: String {
    let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
    let rest = seconds - days * 86400
    let (year, month, day) = Self.date(days: days)
    func padded(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let date = padded(year, 4) + padded(month, 2) + padded(day, 2)
    return date + "T" + padded(rest / 3600, 2) + padded(rest / 60 % 60, 2) + padded(rest % 60, 2) + "Z"
  }

  /// `YYYY-MM-DDTHH:MM:SSZ`.
  public var rfc3339: String {
    var text = description
    for (place, mark) in [(13, ":"), (11, ":"), (6, "-"), (4, "-")] {
      text.insert(contentsOf: mark, at: text.index(text.startIndex, offsetBy: place))
    }
    return text
  }

  /// The earlier first.
  public static func < (left: UTCStamp, right: UTCStamp) -> Bool { left.seconds < right.seconds }

  // The Gregorian calendar in years that begin in March, so that the leap day is a year's last; years from 0 on.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marched = month > 2 ? year : year - 1
    let shifted = month > 2 ? month - 3 : month + 9
    let leaps = (marched + 400) / 4 - (marched + 400) / 100 + (marched + 400) / 400
    return (marched + 400) * 365 + leaps + (153 * shifted + 2) / 5 + day - 1 - 719_468 - 146_097
  }

  private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468 + 146_097
    // A first guess that may be one too high near a year's turn.
    var year = shifted * 400 / 146_097 + 1
    while firstDay(year) > shifted { year -= 1 }
    let inYear = shifted - firstDay(year)
    let month = (5 * inYear + 2) / 153
    let calendarMonth = month < 10 ? month + 3 : month - 9
    return (year - 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, inYear - (153 * month + 2) / 5 + 1)
  }

  /// Days before the first of March of a year that counts from 400 years before year 0.
  private static func firstDay(_ year: Int64) -> Int64 { year * 365 + year / 4 - year / 100 + year / 400 }
}
