// Ctrl-C and its like: a signal sets a flag, work looks at the flag wherever it reports progress, and what was begun
// is rolled back. A second signal ends the process at once, which every floor below is built to survive.

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Thrown by `Interruption.check` once a signal has come.
package struct Interrupted: Error, Sendable, Hashable {
  package var signal: Int32

  package init(signal: Int32) { self.signal = signal }

  /// The signal's name.
  package var name: String {
    switch signal {
    case SIGINT: "SIGINT (Ctrl-C)"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    default: "signal \(signal)"
    }
  }
}

/// A request to stop. The process has one that signals set; tests make their own.
package final class Interruption: Sendable {
  private let signal = Atomic<Int32>(0)

  package init() {}

  /// The one that signals set.
  package static let process = Interruption()

  /// Asks for a stop; only the first signal counts. Returns whether this was it.
  @discardableResult
  package func raise(_ signal: Int32) -> Bool {
    self.signal.compareExchange(expected: 0, desired: signal, ordering: .relaxed).exchanged
  }

  /// Whether a stop has been asked for.
  package var isRaised: Bool { signal.load(ordering: .relaxed) != 0 }

  /// Throws `Interrupted` once a stop has been asked for.
  package func check() throws(Interrupted) {
    let raised = signal.load(ordering: .relaxed)
    if raised != 0 { throw Interrupted(signal: raised) }
  }

  /// Makes SIGINT, SIGTERM and SIGHUP raise the process's interruption, and a reader that goes away (SIGPIPE) an
  /// error of writing: work must not end because nobody listens any more. A file that grows past the process's limit
  /// (SIGXFSZ) is such an error too: what was begun is then taken back, and the error says why.
  package static func watchSignals() {
    // Made before a handler needs it: a handler must not be the first to touch it.
    _ = process
    _ = systemSignal(SIGPIPE, SIG_IGN)
    _ = systemSignal(SIGXFSZ, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = systemSignal(number, SIG_IGN)
      // Ignored from the start, by `nohup` or a shell's background job: stays ignored. A handler is an address, and
      // SIG_IGN is 1 on every system; functions cannot be compared otherwise.
      if unsafeBitCast(before, to: Int.self) == 1 { continue }
      _ = systemSignal(number) { number in
        if !Interruption.process.raise(number) { _exit(128 + number) }
      }
    }
  }
}

// Under the name `signal` the property above would hide it.
private let systemSignal = signal
