// How long to rest between two tries at something that others hold.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Pauses that double from 1 ms to 50 ms, until a time is over.
struct Pauses {
  private let end: ContinuousClock.Instant
  private var next = Duration.milliseconds(1)

  init(_ timeout: Duration) { end = ContinuousClock.now + timeout }

  /// The next pause; nil when the time is over.
  mutating func pause() -> Duration? {
    let left = end - ContinuousClock.now
    guard left > .zero else { return nil }
    defer { next = min(next * 2, .milliseconds(50)) }
    return min(next, left)
  }

  /// Rests in this thread.
  static func sleep(_ pause: Duration) { usleep(UInt32(max(1, pause / .microseconds(1)))) }
}
