// The line of progress: when it is drawn, what it says, that it leaves nothing behind.

import Synchronization
import Testing
import TidemarkCommands

@Suite struct ProgressBarTests {
  /// A clock that the test moves.
  final class Clock: Sendable {
    private let time = Mutex(Duration.zero)
    func advance(_ by: Duration) { time.withLock { $0 += by } }
    var now: Duration { time.withLock { $0 } }
  }

  struct Bench {
    let clock = Clock()
    let written = Written()
    let output: Output
    let bar: ProgressBar

    init(terminal: Bool = true, enabled: Bool = true, columns: Int = 80) {
      output = Output(
        standardOutput: written.sink(isTerminal: terminal),
        standardError: written.sink(isTerminal: terminal, columns: columns))
      bar = ProgressBar(output: output, isEnabled: enabled) { [clock] in clock.now }
    }

    /// What a terminal would show now.
    var line: String { written.text.components("\r\u{1B}[K").last ?? "" }
  }

  @Test func saysHowFarHowFastAndHowLong() {
    let bench = Bench()
    bench.bar.update("Restoring", done: 0, total: 1_000_000_000)
    bench.clock.advance(.seconds(1))
    bench.bar.update("Restoring", done: 250_000_000, total: 1_000_000_000)
    #expect(bench.line == "Restoring  [#####................]   25%  250 MB of 1.00 GB  250 MB/s  3 s left")
  }

  @Test func stepsAreCounted() {
    let bench = Bench()
    bench.bar.update("Migrating", done: 0, total: 12, unit: .steps)
    bench.clock.advance(.milliseconds(500))
    bench.bar.update("Migrating", done: 6, total: 12, unit: .steps)
    #expect(bench.line == "Migrating  [###############...............]   50%  6 of 12  1 s left")
  }

  @Test func workWithoutAKnownEndSaysHowLongItHasRun() {
    let bench = Bench()
    bench.bar.update("Checking", done: 0, total: nil)
    bench.clock.advance(.seconds(75))
    bench.bar.update("Checking", done: 0, total: nil)
    #expect(bench.line == "Checking  1 min 15 s")
  }

  @Test func shortWorkDrawsNothing() {
    let bench = Bench()
    for step in 0..<200 {
      bench.bar.update("Quick", done: Int64(step), total: 200)
      bench.clock.advance(.milliseconds(1))
    }
    bench.bar.finish()
    #expect(bench.written.text == "")
  }

  @Test func itIsDrawnTenTimesASecondAtMost() {
    let bench = Bench()
    for step in 0..<10_000 {
      bench.bar.update("Busy", done: Int64(step), total: 10_000)
      bench.clock.advance(.milliseconds(1))
    }
    #expect((90...100).contains(bench.written.count))
  }

  @Test func itIsGoneAtTheEnd() {
    let bench = Bench()
    bench.bar.update("Work", done: 0, total: 10)
    bench.clock.advance(.seconds(1))
    bench.bar.update("Work", done: 5, total: 10)
    bench.bar.finish()
    #expect(bench.written.text.hasSuffix("\r\u{1B}[K"))
    bench.bar.finish()
    #expect(bench.line == "")
  }

  @Test func wordsGoAboveIt() {
    let bench = Bench()
    bench.bar.update("Work", done: 0, total: nil)
    bench.clock.advance(.seconds(1))
    bench.bar.update("Work", done: 0, total: nil)
    bench.output.writeError("a note\n")
    #expect(bench.written.text == "Work  1 s\r\u{1B}[Ka note\nWork  1 s")
    bench.output.write("a result\n")
    #expect(bench.written.text.hasSuffix("\r\u{1B}[Ka result\nWork  1 s"))
  }

  @Test(arguments: [(false, true), (true, false)])
  func itIsForTerminalsThatWantIt(terminal: Bool, enabled: Bool) {
    let bench = Bench(terminal: terminal, enabled: enabled)
    bench.bar.update("Work", done: 0, total: 10)
    bench.clock.advance(.seconds(1))
    bench.bar.update("Work", done: 5, total: 10)
    bench.bar.finish()
    #expect(bench.written.text == "")
  }

  @Test(arguments: [10, 20, 30, 40, 60, 79, 80, 200])
  func itNeverFillsTheLine(columns: Int) {
    let bench = Bench(columns: columns)
    bench.bar.update("A phase with a long name", done: 0, total: 1_000_000_000)
    bench.clock.advance(.seconds(1))
    bench.bar.update("A phase with a long name", done: 123_000_000, total: 1_000_000_000)
    #expect(bench.line.count < max(11, columns))
    #expect(!bench.line.isEmpty)
  }

  @Test func eachPhaseHasItsOwnRate() {
    let bench = Bench()
    bench.bar.update("First", done: 0, total: 1000)
    bench.clock.advance(.seconds(1))
    bench.bar.update("First", done: 1000, total: 1000)
    bench.clock.advance(.seconds(1))
    bench.bar.update("Second", done: 0, total: 1_000_000)
    bench.clock.advance(.seconds(1))
    bench.bar.update("Second", done: 500_000, total: 1_000_000)
    #expect(bench.line.hasSuffix("500 kB of 1.00 MB  500 kB/s  1 s left"))
  }

  @Test(arguments: [(["work"], true), (["work", "--no-progress"], false), (["work", "--quiet"], false)])
  func aVerbDrawsItUnlessToldNotTo(arguments: [String], drawn: Bool) async {
    let clock = Clock()
    var program = Sample.program(
      Sample.verb("work") { invocation in
        for step in 0..<3 {
          invocation.progress.update("Working", done: Int64(step), total: 3)
          clock.advance(.seconds(1))
        }
        return NothingMore()
      })
    program.clock = { clock.now }
    let ended = await program.ended(arguments, errorIsTerminal: true)
    #expect(ended.error.contains("Working") == drawn)
    #expect(ended.error.hasSuffix("\r\u{1B}[K") == drawn)
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    self.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
