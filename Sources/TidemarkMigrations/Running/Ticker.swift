// Tells a listener that a long step is still running, ten times a second at the most.

/// Turns the progress handler's many calls into few events.
final class Ticker {
  private let listener: MigrationListener?
  private var step: Plan.Step?
  private var start = ContinuousClock.now
  private var last = ContinuousClock.now

  init(_ listener: MigrationListener?) { self.listener = listener }

  func begin(_ step: Plan.Step, _ start: ContinuousClock.Instant) {
    self.step = step
    self.start = start
    last = start
  }

  func tick() throws {
    guard let listener, let step else { return }
    let now = ContinuousClock.now
    guard now - last > .milliseconds(100) else { return }
    last = now
    try listener(.progress(step, seconds: Clock.seconds(since: start)))
  }
}
