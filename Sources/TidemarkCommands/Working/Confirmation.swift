// A question that only a person at a terminal can answer.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Invocation {
  /// Asks, where somebody sits at a terminal; everything but "yes" is no.
  /// - Throws: `Interrupted` for a signal instead of an answer.
  func confirms(_ question: StyledText) throws -> Bool {
    guard output.standardError.isTerminal, isatty(0) == 1, !json else { return false }
    progress.finish()
    output.writeError("\(question.plain) Type 'yes' to go on: ")
    var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    // A read begins anew after a signal, and would wait for an answer that nobody means to give.
    while poll(&input, 1, 100) <= 0 { try interruption.check() }
    return readLine()?.lowercased() == "yes"
  }
}
