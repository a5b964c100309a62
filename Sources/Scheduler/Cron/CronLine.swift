// When a job runs: the five fields of a cron line, read once and asked for the next moment.
public import Tidemark

/// A schedule in cron's five fields: minute, hour, day of the month, month, day of the week; in UTC.
///
/// A field is a list of `*`, a number, a name (`JAN`, `MON`), a range `a-b`, each with a step `/n` behind it. Sunday is
/// 0 or 7. Where both days are restricted either will do, as cron has always had it. `@hourly`, `@daily`, `@weekly`,
/// `@monthly` and `@yearly` are known.
public struct CronLine: Sendable, Hashable, CustomStringConvertible {
  /// The line as it was written.
  public let description: String
  private let minutes: UInt64
  private let hours: UInt64
  private let days: UInt64
  private let months: UInt64
  private let weekdays: UInt64
  private let anyDay: Bool
  private let anyWeekday: Bool

  /// Reads a line.
  /// - Throws: `SchedulerError.badSchedule` with the field and what is wrong with it; also for a line that can never
  ///   come true, such as the 30th of February.
  public init(_ text: String) throws {
    let line = Self.macros[text.trimmingSpaces().lowercased()] ?? text
    let fields = line.split(whereSeparator: \.isWhitespace)
    guard fields.count == 5 else {
      throw SchedulerError.badSchedule(text, "it has \(fields.count) fields, not 5")
    }
    func read(_ index: Int, _ kind: CronField) throws -> UInt64 {
      do {
        return try kind.bits(of: fields[index])
      } catch let fault as CronField.Fault {
        throw SchedulerError.badSchedule(text, "\(kind.name): \(fault.words)")
      }
    }
    description = text
    minutes = try read(0, .minute)
    hours = try read(1, .hour)
    days = try read(2, .day)
    months = try read(3, .month)
    let week = try read(4, .weekday)
    // Sunday has two numbers.
    weekdays = (week | (week >> 7)) & 0x7f
    anyDay = fields[2].hasPrefix("*")
    anyWeekday = fields[4].hasPrefix("*")
    guard next(after: Timestamp(milliseconds: 0)) != nil else {
      throw SchedulerError.badSchedule(text, "there is no such day")
    }
  }

  /// The first moment after `moment` at which the job runs; nil when there is none in the next ten years.
  public func next(after moment: Timestamp) -> Timestamp? {
    let minute: Int64 = 60_000
    let start = moment.milliseconds.flooredDivision(by: minute) + 1
    var day = start.flooredDivision(by: 1440)
    var first = start - day * 1440
    // A 29th of February may be eight years away.
    for _ in 0...3660 {
      if matches(day: day), let found = firstMinute(from: first) {
        return Timestamp(milliseconds: (day * 1440 + found) * minute)
      }
      day += 1
      first = 0
    }
    return nil
  }

  private func matches(day: Int64) -> Bool {
    let date = Timestamp(milliseconds: day * 86_400_000).date
    guard has(months, date.month) else { return false }
    // 1970-01-01 was a Thursday.
    let inWeek = has(weekdays, ((day + 4) % 7 + 7) % 7)
    let inMonth = has(days, date.day)
    if anyDay || anyWeekday { return inMonth && inWeek }
    return inMonth || inWeek
  }

  private func firstMinute(from first: Int64) -> Int64? {
    for hour in (first / 60)..<24 where has(hours, hour) {
      for minute in (hour == first / 60 ? first % 60 : 0)..<60 where has(minutes, minute) {
        return hour * 60 + minute
      }
    }
    return nil
  }

  private func has(_ bits: UInt64, _ number: Int64) -> Bool { bits >> UInt64(number) & 1 == 1 }

  private static let macros = [
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
  ]
}

extension StringProtocol {
  /// The text without white space at its ends.
  func trimmingSpaces() -> String {
    var rest = Substring(self)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}

extension Int64 {
  /// Division that rounds down, below zero too.
  fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor)
  }
}
