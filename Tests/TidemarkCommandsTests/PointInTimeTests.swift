// Times as they are typed and shown, held against Foundation's calendar.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct PointInTimeTests {
  @Test(
    arguments: [
      ("1970-01-01", 0), ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1), ("2000-02-29", 951_782_400),
      ("2026-11-20T15:30:00Z", 1_795_188_600), ("2026-11-20T15:30", 1_795_188_600),
      ("2026-11-20 15:30:00.5", 1_795_188_600.5), ("2026-11-20t16:30:00+01:00", 1_795_188_600),
      ("2026-11-20T10:00-05:30", 1_795_188_600), ("20261120T153000.250Z", 1_795_188_600.25),
      ("20261120", 1_795_132_800),
    ] as [(String, Double)])
  func readsTimes(text: String, seconds: Double) throws {
    #expect(try Converter<PointInTime>.time.convert(text) == .at(seconds))
  }

  @Test(arguments: [("2h ago", 2 * 3600.0), ("15m ago", 900), ("7d ago", 604_800)])
  func readsTimesAgo(text: String, seconds: Double) throws {
    #expect(try Converter<PointInTime>.time.convert(text).seconds(now: 1_000_000) == 1_000_000 - seconds)
  }

  @Test(
    arguments: [
      "", "now", "2026", "2026-13-01", "2026-00-01", "2026-02-29", "1900-02-29", "2026-11-31", "2026-11-20T",
      "2026-11-20T24:00", "2026-11-20T15:60", "2026-11-20T15:30:00.", "2026-11-20T15:30:00+1", "2026-11-20T15:30Zx",
      "2026-11-20T15:30:00+24:00", "202611", "2 h ago", "h ago", "２０２６-11-20", "2026-11-20 2h ago",
    ])
  func refusesWhatIsNone(text: String) {
    #expect(throws: ConversionError.self) { try Converter<PointInTime>.time.convert(text) }
  }

  @Test func agreesWithFoundationThroughTheCenturies() throws {
    let format = Date.ISO8601FormatStyle()
    // From 1583, where Foundation's own calendar begins to be Gregorian.
    for day in stride(from: -141_000, through: 2_900_000, by: 97) {
      let seconds = Double(day) * 86_400 + Double(abs(day) % 86_400)
      let words = format.format(Date(timeIntervalSince1970: seconds))
      #expect(UTCStamp(seconds: Int64(seconds)).rfc3339 == words)
      #expect(try Converter<PointInTime>.time.convert(words) == .at(seconds))
    }
  }

  @Test func whatIsShownCanBeTypedFromYear0To9999() throws {
    for seconds in stride(from: -62_167_219_200.0, through: 253_402_300_799, by: 86_399 * 89) {
      let words = UTCStamp(seconds: Int64(seconds)).rfc3339
      #expect(try Converter<PointInTime>.time.convert(words) == .at(seconds))
    }
    #expect(Timestamp(milliseconds: .min).description == "0000-01-01T00:00:00.000Z")
    #expect(Timestamp(milliseconds: .max).description == "9999-12-31T23:59:59.999Z")
  }
}
