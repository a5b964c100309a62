// Cron lines against moments worked out by hand.
import Scheduler
import Testing
import Tidemark

@Suite struct CronLineTests {
  @Test(arguments: [
    // line, after, next
    ("* * * * *", "2026-11-21T03:00:00Z", "2026-11-21T03:01:00Z"),
    ("* * * * *", "2026-11-21T03:00:59.999Z", "2026-11-21T03:01:00Z"),
    ("*/15 * * * *", "2026-11-21T03:00:00Z", "2026-11-21T03:15:00Z"),
    ("*/15 * * * *", "2026-11-21T03:46:00Z", "2026-11-21T04:00:00Z"),
    ("5/20 * * * *", "2026-11-21T03:26:00Z", "2026-11-21T03:45:00Z"),
    ("10-20/5,50 * * * *", "2026-11-21T03:15:00Z", "2026-11-21T03:20:00Z"),
    ("10-20/5,50 * * * *", "2026-11-21T03:20:00Z", "2026-11-21T03:50:00Z"),
    ("30 4 * * *", "2026-11-21T04:30:00Z", "2026-11-22T04:30:00Z"),
    ("0 0 1 1 *", "2026-11-21T00:00:00Z", "2027-01-01T00:00:00Z"),
    ("0 12 * * mon-fri", "2026-11-20T12:00:00Z", "2026-11-23T12:00:00Z"),
    ("0 12 * * FRI-SUN", "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"),
    ("0 12 * * 0", "2026-11-21T00:00:00Z", "2026-11-22T12:00:00Z"),
    ("0 12 * * 7", "2026-11-21T00:00:00Z", "2026-11-22T12:00:00Z"),
    ("0 0 * feb,Apr *", "2026-11-21T00:00:00Z", "2027-02-01T00:00:00Z"),
    ("0 0 31 * *", "2026-04-01T00:00:00Z", "2026-05-31T00:00:00Z"),
    ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
    ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
    // Either day will do where both are restricted.
    ("0 0 13 * 5", "2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z"),
    ("0 0 13 * 5", "2026-12-12T00:00:00Z", "2026-12-13T00:00:00Z"),
    // Both have to, where one begins with a star.
    ("0 0 */2 * 1", "2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z"),
    ("0 0 */2 * 1", "2026-11-23T00:00:00Z", "2026-12-07T00:00:00Z"),
    ("@hourly", "2026-11-21T23:30:00Z", "2026-11-22T00:00:00Z"),
    ("@weekly", "2026-11-21T23:30:00Z", "2026-11-22T00:00:00Z"),
    ("@yearly", "2026-11-21T23:30:00Z", "2027-01-01T00:00:00Z"),
    ("0 0 1 1 *", "1969-12-31T23:59:30Z", "1970-01-01T00:00:00Z"),
  ])
  func nextMomentIsTheFirstThatFits(line: String, after: String, next: String) throws {
    let moment = try #require(Timestamp(after))
    #expect(try CronLine(line).next(after: moment) == Timestamp(next))
  }

  @Test(arguments: [
    ("", "fields"), ("* * * *", "4 fields"), ("* * * * * *", "6 fields"), ("60 * * * *", "minute"),
    ("* 24 * * *", "hour"), ("* * 0 * *", "day of the month"), ("* * 32 * *", "day of the month"),
    ("* * * 13 *", "month"), ("* * * * 8", "day of the week"), ("5-1 * * * *", "backwards"), ("*/0 * * * *", "step"),
    ("*/-1 * * * *", "step"), ("+5 * * * *", "number"), ("1,,2 * * * *", "empty"), ("1- * * * *", "number"),
    ("a * * * *", "number"), ("* * * foo *", "name"), ("0 0 30 2 *", "no such day"), ("@never", "fields"),
  ])
  func unreadableLinesAreRefusedWithTheField(line: String, word: String) throws {
    do {
      _ = try CronLine(line)
      Issue.record("'\(line)' was read")
    } catch let error as SchedulerError {
      #expect(error.code == "bad-schedule")
      #expect(error.message.contains(word), "\(error.message)")
    }
  }

  @Test func aYearOfQuartersOfAnHourHasThemAll() throws {
    let line = try CronLine("*/15 * * * *")
    var moment = try #require(Timestamp("2027-12-31T23:59:59Z"))
    for expected in 0..<(366 * 96) {
      let next = try #require(line.next(after: moment))
      #expect(next.milliseconds == 1_830_297_600_000 + Int64(expected) * 900_000)
      if next.milliseconds != 1_830_297_600_000 + Int64(expected) * 900_000 { return }
      moment = next
    }
  }
}
