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
  func confirms(_ question: StyledText) -> Bool {
    guard output.standardError.isTerminal, isatty(0) == 1, !json else { return false }
    progress.finish()
    output.writeError("\(question.plain) Type 'yes' to go on: ")
    return readLine()?.lowercased() == "yes"
  }
}
