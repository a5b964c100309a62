// Measures how long something took.

/// A clock that was started.
struct Stopwatch {
  private let start = ContinuousClock.now
  /// Seconds since it was started.
  var seconds: Double {
    let (whole, fraction) = start.duration(to: .now).components
    return Double(whole) + Double(fraction) / 1e18
  }
}
