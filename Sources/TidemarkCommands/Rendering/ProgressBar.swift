// Progress on a terminal: how far, how fast, how long still. Drawn on standard error, seldom enough to cost nothing,
// gone when the work is done.

import Synchronization

/// A line of progress. `update` may be called from any thread, and as often as one likes.
package final class ProgressBar: Sendable {
  /// What is counted.
  package enum Unit: Sendable, Hashable { case bytes, steps }

  private struct State {
    var phase = ""
    var unit = Unit.bytes
    var phaseBegan = Duration.zero
    var began: Duration?
    var lastDrawn: Duration?
    /// The last sample of the rate: when, and how much was done.
    var sampled: (time: Duration, done: Int64)?
    var rate: Double?
  }

  private let output: Output
  private let isEnabled: Bool
  private let clock: @Sendable () -> Duration
  private let state = Mutex(State())

  /// Work that is done sooner than this never draws anything.
  private static let patience = Duration.milliseconds(250)
  private static let interval = Duration.milliseconds(100)

  /// `clock` tells the time since any fixed moment.
  package init(output: Output, isEnabled: Bool, clock: @escaping @Sendable () -> Duration = ProgressBar.monotonic) {
    self.output = output
    self.isEnabled = isEnabled && output.standardError.isTerminal
    self.clock = clock
  }

  /// The time since the first call.
  package static let monotonic: @Sendable () -> Duration = {
    let start = ContinuousClock.now
    return { start.duration(to: .now) }
  }()

  /// Says how far the work is; `total` nil where nobody knows.
  package func update(_ phase: String, done: Int64, total: Int64?, unit: Unit = .bytes) {
    guard isEnabled else { return }
    let now = clock()
    let line = state.withLock { state -> String? in
      let began = state.began ?? now
      state.began = began
      if phase != state.phase || unit != state.unit {
        state.phase = phase
        state.unit = unit
        state.phaseBegan = now
        state.sampled = nil
        state.rate = nil
      }
      if now - began < Self.patience { return nil }
      if let lastDrawn = state.lastDrawn, now - lastDrawn < Self.interval { return nil }
      state.lastDrawn = now
      Self.sample(&state, done: done, now: now)
      return Self.line(state, done: done, total: total, now: now, width: output.standardError.columns() ?? 80)
    }
    if let line { output.drawTransient(line) }
  }

  /// Clears the line.
  package func finish() {
    guard isEnabled else { return }
    output.drawTransient("")
  }

  /// A rate that follows changes within seconds, and does not jump.
  private static func sample(_ state: inout State, done: Int64, now: Duration) {
    guard let (time, before) = state.sampled else {
      state.sampled = (now, done)
      let elapsed = Units.seconds(now - state.phaseBegan)
      if elapsed > 0.05 { state.rate = Double(done) / elapsed }
      return
    }
    let elapsed = Units.seconds(now - time)
    guard elapsed > 0.05, done >= before else { return }
    let current = Double(done - before) / elapsed
    let weight = min(1, elapsed / 2)
    state.rate = (state.rate ?? current) * (1 - weight) + current * weight
    state.sampled = (now, done)
  }

  private static func line(_ state: State, done: Int64, total: Int64?, now: Duration, width: Int) -> String {
    let name = StyledText.printable(state.phase)
    var parts: [String] = []
    if let total, total > 0 {
      let share = max(0, min(1, Double(done) / Double(total)))
      let percent = String(Int((share * 100).rounded(.down)))
      parts.append(String(repeating: " ", count: 3 - percent.count) + percent + "%")
      parts.append(amount(done, of: total, state.unit))
      if state.unit == .bytes, let rate = state.rate { parts.append(Units.rate(rate)) }
      if let rate = state.rate, rate > 0, done < total {
        parts.append(coarse((Double(total - done) / rate).rounded(.up)) + " left")
      }
      return fitted(name, bar: share, parts, width: width)
    }
    if done > 0 { parts.append(amount(done, of: nil, state.unit)) }
    if state.unit == .bytes, done > 0, let rate = state.rate { parts.append(Units.rate(rate)) }
    parts.append(coarse(Units.seconds(now - state.phaseBegan).rounded(.down)))
    return fitted(name, bar: nil, parts, width: width)
  }

  /// Whole seconds: fractions would only flicker.
  private static func coarse(_ seconds: Double) -> String {
    seconds < 60 ? Units.fixed(seconds, 0) + " s" : Units.duration(seconds)
  }

  private static func amount(_ done: Int64, of total: Int64?, _ unit: Unit) -> String {
    func words(_ number: Int64) -> String { unit == .bytes ? Units.size(number) : String(number) }
    return total.map { "\(words(done)) of \(words($0))" } ?? words(done)
  }

  /// Leaves out what does not fit, the bar first, then from the end; never as wide as the terminal, which would break
  /// the line.
  private static func fitted(_ name: String, bar share: Double?, _ parts: [String], width: Int) -> String {
    let room = max(10, width - 1)
    var parts = parts
    func joined() -> String { ([name] + parts).joined(separator: "  ") }
    while TextWidth.of(joined()) > room, !parts.isEmpty { parts.removeLast() }
    if let share {
      let space = min(30, room - TextWidth.of(joined()) - 4)
      if space >= 8 {
        let full = Int((share * Double(space)).rounded(.down))
        let drawn = String(repeating: "#", count: full) + String(repeating: ".", count: space - full)
        parts.insert("[\(drawn)]", at: 0)
      }
    }
    var line = joined()
    while TextWidth.of(line) > room { line.removeLast() }
    return line
  }
}
