// The wish to stop, from a signal or from code: a flag that the scheduler looks at whenever it looks around.
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A request to stop.
public final class StopSignal: Sendable {
  private let number = Atomic<Int32>(0)

  /// One that nothing has raised.
  public init() {}

  /// The one that the process's signals raise.
  public static let process = StopSignal()

  /// Asks for a stop.
  /// - Parameter signal: the signal that asks; 0 where none does.
  /// - Returns: whether this was the first request.
  @discardableResult
  public func raise(_ signal: Int32 = 0) -> Bool {
    number.compareExchange(expected: 0, desired: signal == 0 ? -1 : signal, ordering: .relaxed).exchanged
  }

  /// Whether a stop was asked for.
  public var isRaised: Bool { number.load(ordering: .relaxed) != 0 }

  /// Has SIGTERM, SIGINT and SIGHUP raise the process's request. A second one ends the process at once, which the
  /// database and the next start are made for. SIGTERM does so whatever whoever started the process does with it.
  public static func watchSignals() {
    // Made here: a handler must not be the first to touch it.
    _ = process
    _ = signal(SIGPIPE, SIG_IGN)
    // A write past the limit on files' sizes fails, instead of ending the service.
    _ = signal(SIGXFSZ, SIG_IGN)
    // Where it is ignored, as some that start programs leave it, the ends of tasks are not told.
    _ = signal(SIGCHLD, SIG_DFL)
    for number in [SIGTERM, SIGINT, SIGHUP] {
      let before = signal(number) { number in
        if !StopSignal.process.raise(number) { _exit(128 + number) }
      }
      // Ignored from the start, by `nohup` or a shell's background job: stays ignored. A handler is an address, and
      // SIG_IGN is 1 on every system; functions cannot be compared otherwise. Nobody means SIGTERM so: a service that
      // ignores it can only be killed.
      if number != SIGTERM, unsafeBitCast(before, to: Int.self) == 1 { _ = signal(number, SIG_IGN) }
    }
  }
}
