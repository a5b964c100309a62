// Durations as the reports tell them.

/// Seconds on the clock that only moves forward.
enum Seconds {
  /// Since an instant.
  static func since(_ start: ContinuousClock.Instant) -> Double {
    let passed = (ContinuousClock.now - start).components
    return Double(passed.seconds) + Double(passed.attoseconds) / 1e18
  }
}
