// Time, for the changelog and for durations.
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The clock on the wall and the one that only moves forward.
enum Clock {
  /// Now, as RFC 3339 in UTC with milliseconds.
  static func now(secondsAgo seconds: Int64 = 0) -> String {
    Date(timeIntervalSinceNow: -Double(seconds)).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Seconds since an instant.
  static func seconds(since start: ContinuousClock.Instant) -> Double {
    let passed = ContinuousClock.now - start
    return Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
  }
}
