// A point in time as it is typed and shown: RFC 3339, or so and so long ago. Whatever has no zone is UTC, as is all
// that the tool prints.

import Tidemark

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
  /// All that `Timestamp` reads, such as `2026-11-20`, `2026-11-20T15:30`, `2026-11-20 15:30:00.5Z`, `2026-11-20T15:30:00+01:00`, `2h ago`.
  package static var time: Converter {
    Converter { text throws(ConversionError) in
      if text.hasSuffix(" ago"), let duration = try? Converter<Duration>.duration.convert(String(text.dropLast(4))) {
        return .ago(duration)
      }
      guard let moment = Timestamp(text) else {
        throw ConversionError(expected: "a time such as 2026-11-20T15:30:00Z, 2026-11-20 or '2h ago'")
      }
      return .at(Double(moment.milliseconds) / 1000)
    }
  }
}
