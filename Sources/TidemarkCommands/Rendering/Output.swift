// Where words go: standard output and standard error, replaceable so that tests run verbs in-process. Also the
// one place that knows of the transient line (progress) at the foot of a terminal, so that nothing is printed over it.

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The two streams of a command. Safe to use from any thread.
public final class Output: Sendable {
  private struct State {
    /// Text for standard output that is not yet handed over.
    var pending: [UInt8] = []
    /// The line of progress that stands at the foot of the terminal.
    var transient = ""
    /// What stopped standard output, as an `errno`; 0: nothing.
    var failure: Int32 = 0
  }

  let standardOutput: Sink
  let standardError: Sink
  private let state = Mutex(State())
  private static let bufferSize = 65_536

  /// Streams of one's own.
  public init(standardOutput: Sink, standardError: Sink) {
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  /// The streams of this process.
  public static func process() -> Output { Output(standardOutput: .descriptor(1), standardError: .descriptor(2)) }

  /// What stopped standard output, as an `errno`; 0 when nothing did.
  package var failure: Int32 { state.withLock { $0.failure } }

  /// Whether the reader of standard output has gone (`| head`): what only prints may stop, what works goes on.
  package var readerIsGone: Bool { failure == EPIPE }

  /// Puts text on standard output; buffered until `flush`, 64 KiB, or on a terminal the end of the call.
  package func write(_ text: String) {
    state.withLock { state in
      guard state.failure == 0 else { return }
      state.pending.append(contentsOf: text.utf8)
      if standardOutput.isTerminal || state.pending.count >= Self.bufferSize { handOver(&state) }
    }
  }

  /// Hands over what is buffered.
  package func flush() { state.withLock { handOver(&$0) } }

  /// Puts text on standard error, above the transient line.
  package func writeError(_ text: String) {
    state.withLock { state in
      handOver(&state)
      // Where standard error itself cannot be written there is nobody left to tell.
      _ = standardError.write(erasing(state) + Array(text.utf8) + Array(state.transient.utf8))
    }
  }

  /// Draws `line` at the foot of the terminal, over the one before; an empty one clears it.
  package func drawTransient(_ line: String) {
    state.withLock { state in
      guard !(line.isEmpty && state.transient.isEmpty) else { return }
      _ = standardError.write(erasing(state) + Array(line.utf8))
      state.transient = line
    }
  }

  private func handOver(_ state: inout State) {
    guard !state.pending.isEmpty else { return }
    let shares = standardOutput.isTerminal && !state.transient.isEmpty
    if shares { _ = standardError.write(erasing(state)) }
    state.failure = standardOutput.write(state.pending)
    state.pending.removeAll(keepingCapacity: true)
    if shares { _ = standardError.write(Array(state.transient.utf8)) }
  }

  private func erasing(_ state: State) -> [UInt8] {
    state.transient.isEmpty ? [] : Array("\r\u{1B}[K".utf8)
  }
}
