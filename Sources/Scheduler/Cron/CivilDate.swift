// A day of the Gregorian calendar from a count of days, as cron needs it.

/// Month and day of a day that is counted from 1970-01-01.
struct CivilDate: Hashable {
  /// 1 to 12.
  var month: Int64
  /// 1 to 31.
  var day: Int64

  init(day count: Int64) {
    // Days are counted from 0000-03-01 here, so that the leap day is the last of its year; 400 years repeat.
    let shifted = count + 719_468
    let ofEra = shifted - shifted.flooredDivision(by: 146_097) * 146_097
    let year = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * year + year / 4 - year / 100)
    let march = (5 * ofYear + 2) / 153
    month = march < 10 ? march + 3 : march - 9
    day = ofYear - (153 * march + 2) / 5 + 1
  }
}

extension Int64 {
  /// Division that rounds down, below zero too.
  func flooredDivision(by divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor)
  }
}
