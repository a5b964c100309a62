// A moment in UTC to the millisecond: as RFC 3339 in manifests, and in the form that file names sort by.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A moment in UTC, to the millisecond, from year 0 to 9999.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public let milliseconds: Int64

  private static let earliest: Int64 = -62_167_219_200_000
  private static let latest: Int64 = 253_402_300_799_999

  /// A moment; one outside the years 0 to 9999 becomes the nearest inside.
  public init(milliseconds: Int64) { self.milliseconds = min(max(milliseconds, Self.earliest), Self.latest) }

  /// A moment in seconds since 1970, as a file system may tell any; likewise.
  init(seconds: Double) {
    self.init(milliseconds: Int64(min(max(seconds * 1000, Double(Self.earliest)), Double(Self.latest))))
  }

  /// The machine's clock.
  public static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// Earlier first.
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  /// A later moment, or with a negative number an earlier one.
  public func adding(milliseconds: Int64) -> Timestamp {
    let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
    return Timestamp(milliseconds: overflow ? (milliseconds > 0 ? Self.latest : Self.earliest) : sum)
  }

  /// Whole days since 1970-01-01.
  var day: Int64 { Self.floorDivide(milliseconds, 86_400_000) }
  /// Whole hours since 1970-01-01.
  var hour: Int64 { Self.floorDivide(milliseconds, 3_600_000) }
  /// Whole weeks, beginning on Mondays. 1970-01-01 was a Thursday.
  var week: Int64 { Self.floorDivide(day + 3, 7) }
  /// Months since January of year 0.
  var month: Int64 { date.year * 12 + date.month - 1 }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b - 1 - a) / b) }

  /// The civil date of the day, in the Gregorian calendar carried back.
  package var date: (year: Int64, month: Int64, day: Int64) {
    // Days are counted from 0000-03-01, so that the leap day is the last of its year.
    let shifted = day + 719_468
    let era = Self.floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = floorDivide(shiftedYear, 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private func text(dateSeparator: String, timeSeparator: String) -> String {
    let ofDay = milliseconds - day * 86_400_000
    let date = date
    func pad(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let days = [pad(date.year, 4), pad(date.month, 2), pad(date.day, 2)].joined(separator: dateSeparator)
    let time = [pad(ofDay / 3_600_000, 2), pad(ofDay / 60_000 % 60, 2), pad(ofDay / 1000 % 60, 2)]
      .joined(separator: timeSeparator)
    return "\(days)T\(time).\(pad(ofDay % 1000, 3))Z"
  }

  /// RFC 3339: `2026-11-20T15:30:00.123Z`.
  public var description: String { text(dateSeparator: "-", timeSeparator: ":") }
  /// The form in file names: `20261120T153000.123Z`.
  public var fileName: String { text(dateSeparator: "", timeSeparator: "") }

  /// Reads RFC 3339 or the form in file names. Separators, seconds and fraction may be left out, the date alone too;
  /// `Z`, an offset such as `+02:00`, or nothing (UTC) may end it.
  /// - Returns: nil when it is no time.
  public init?(_ text: String) {
    var bytes = Substring(text).utf8
    func number(_ width: Int) -> Int64? {
      guard bytes.count >= width else { return nil }
      var value: Int64 = 0
      for byte in bytes.prefix(width) {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      bytes = bytes.dropFirst(width)
      return value
    }
    func skip(_ characters: String) -> UInt8? {
      guard let byte = bytes.first, characters.utf8.contains(byte) else { return nil }
      bytes = bytes.dropFirst()
      return byte
    }
    guard let year = number(4) else { return nil }
    _ = skip("-")
    guard let month = number(2), (1...12).contains(month) else { return nil }
    _ = skip("-")
    guard let day = number(2), (1...31).contains(day) else { return nil }
    var ofDay: Int64 = 0
    if skip("Tt ") != nil {
      guard let hour = number(2), hour < 24 else { return nil }
      _ = skip(":")
      guard let minute = number(2), minute < 60 else { return nil }
      ofDay = hour * 3_600_000 + minute * 60_000
      if skip(":") != nil || bytes.first.map({ (0x30...0x39).contains($0) }) == true {
        guard let second = number(2), second <= 60 else { return nil }
        ofDay += second * 1000
        if skip(".") != nil {
          var unit: Int64 = 100
          guard let first = number(1) else { return nil }
          ofDay += first * unit
          while let digit = number(1) {
            unit /= 10
            ofDay += digit * unit
          }
        }
      }
      if skip("Zz") == nil, let sign = skip("+-") {
        guard let hours = number(2), hours < 24 else { return nil }
        _ = skip(":")
        guard let minutes = number(2), minutes < 60 else { return nil }
        let offset = hours * 3_600_000 + minutes * 60_000
        ofDay -= sign == UInt8(ascii: "+") ? offset : -offset
      }
    }
    let days = Self.days(year: year, month: month, day: day)
    guard bytes.isEmpty, Timestamp(milliseconds: days * 86_400_000).date == (year, month, day) else { return nil }
    self.init(milliseconds: days * 86_400_000 + ofDay)
  }
}

extension Timestamp: Codable {
  /// Reads RFC 3339.
  /// - Throws: `DecodingError` when it is no time.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let moment = Timestamp(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no time")
    }
    self = moment
  }

  /// Writes RFC 3339.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
