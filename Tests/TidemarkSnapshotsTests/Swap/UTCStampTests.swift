// Moments in file names agree with the calendar.
import Foundation
import Testing
import TidemarkSnapshots

@Suite struct UTCStampTests {
  @Test(arguments: [
    (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
    (951_868_800, "20000301T000000Z"), (1_785_412_800, "20260730T120000Z"), (-1, "19691231T235959Z"),
    (253_402_300_799, "99991231T235959Z"), (-62_167_219_200, "00000101T000000Z"),
  ])
  func `a moment is written, and read again`(seconds: Int64, text: String) {
    #expect(UTCStamp(seconds: seconds).description == text)
    #expect(UTCStamp(text)?.seconds == seconds)
  }

  @Test func `any day agrees with the system's calendar`() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
    for day in stride(from: Int64(-25_000), to: 60_000, by: 97) {
      let seconds = day * 86400 + (day &* 7919) % 86400
      let stamp = UTCStamp(seconds: seconds)
      #expect(stamp.description == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
      #expect(UTCStamp(stamp.description) == stamp)
    }
  }

  @Test(arguments: [
    "", "20260730T120000", "20260730 120000Z", "20260230T120000Z", "20261301T000000Z", "20260100T000000Z",
    "20260730T240000Z", "20260730T126000Z", "2026073０T120000Z", "+0260730T120000Z",
  ])
  func `what is no moment is refused`(text: String) {
    #expect(UTCStamp(text) == nil)
  }

  @Test func `a moment is also said as RFC 3339 has it`() {
    #expect(UTCStamp(seconds: 1_785_412_801).rfc3339 == "2026-07-30T12:00:01Z")
  }

  @Test func `moments beyond the years that a stamp can say are brought to the nearest`() {
    #expect(UTCStamp(seconds: .max).description == "99991231T235959Z")
    #expect(UTCStamp(seconds: .min).description == "00000101T000000Z")
  }
}
