// Days and dates without a calendar library: the arithmetic of the Gregorian calendar, carried back before its time.

/// The proleptic Gregorian calendar, which is all that RFC 3339 needs.
package enum CivilCalendar {
  /// Days since 1970-01-01.
  package static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
    // Years that begin in March have their leap day last.
    let year = month > 2 ? year : year - 1
    let fromMarch = (month + 9) % 12
    return year * 365 + floorDivide(year, 4) - floorDivide(year, 100) + floorDivide(year, 400)
      + (fromMarch * 306 + 5) / 10 + day - 1 - 719_468
  }

  static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// `2026-11-20T15:30:00Z` of seconds since 1970, fractions dropped.
  package static func timestamp(_ seconds: Double) -> String {
    // Years from 0 to 9999, all that RFC 3339 can write.
    let whole = Int(max(-62_167_219_200, min(seconds, 253_402_300_799)).rounded(.down))
    let days = floorDivide(whole, 86_400)
    let second = whole - days * 86_400
    var year = 1970 + floorDivide(days * 400, 146_097)
    while day(year + 1, 1, 1) <= days { year += 1 }
    while day(year, 1, 1) > days { year -= 1 }
    var month = 1
    while month < 12, day(year, month + 1, 1) <= days { month += 1 }
    let date = [padded(year, 4), padded(month, 2), padded(days - day(year, month, 1) + 1, 2)].joined(separator: "-")
    let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
    return date + "T" + time + "Z"
  }

  private static func floorDivide(_ number: Int, _ by: Int) -> Int {
    number >= 0 ? number / by : -((by - 1 - number) / by)
  }

  private static func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
