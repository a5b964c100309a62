// What a verb is handed: the values of the command line, and the means to talk while it works.

/// One run of one verb.
package struct Invocation: Sendable {
  package let verb: Verb
  package let values: ParsedValues
  package let environment: Environment
  package let output: Output
  package let interruption: Interruption
  package let progress: ProgressBar

  init(
    verb: Verb, values: ParsedValues, environment: Environment, output: Output, interruption: Interruption,
    clock: @escaping @Sendable () -> Duration
  ) {
    self.verb = verb
    self.values = values
    self.environment = environment
    self.output = output
    self.interruption = interruption
    progress = ProgressBar(
      output: output,
      isEnabled: !values[CommonOptions.noProgress] && !values[CommonOptions.quiet] && environment["TERM"] != "dumb",
      clock: clock)
  }

  package subscript<Value>(_ argument: Argument<Value>) -> Value? { values[argument] }
  package subscript<Value>(all argument: Argument<Value>) -> [Value] { values[all: argument] }
  package subscript<Value>(_ option: Option<Value>) -> Value? { values[option] }
  package subscript<Value>(all option: Option<Value>) -> [Value] { values[all: option] }
  package subscript(_ flag: Flag) -> Bool { values[flag] }

  /// The database that was named.
  package var database: String {
    get throws(UsageError) {
      guard let path = values[CommonOptions.database] else { throw .noDatabase }
      return path
    }
  }

  /// The folder of snapshots.
  package var store: String { values[CommonOptions.store] ?? "Snapshots" }
  /// Whether standard output is to hold one JSON object.
  package var json: Bool { values[CommonOptions.json] }
  package var quiet: Bool { values[CommonOptions.quiet] }
  package var verbose: Bool { values[CommonOptions.verbose] }

  /// Says something on standard error that matters now and is no failure; not with `--quiet`.
  package func note(_ text: StyledText) {
    guard !quiet else { return }
    output.writeError(text.rendered(styled: isStyled(output.standardError)) + "\n")
  }

  /// Says on standard error what only `--verbose` wants to know.
  package func detail(_ text: @autoclosure () -> StyledText) {
    guard verbose else { return }
    note(text())
  }

  /// A page for standard output, as this run wants it.
  package func page() -> Page {
    Page(
      styled: isStyled(output.standardOutput), isTerminal: output.standardOutput.isTerminal,
      width: environment.columns(of: output.standardOutput), verbose: verbose)
  }

  private func isStyled(_ sink: Sink) -> Bool {
    environment.allowsStyles(on: sink) && !values[CommonOptions.noColor]
  }
}

extension Environment {
  /// The columns to fill: `COLUMNS`, or the terminal's, or 80.
  func columns(of sink: Sink) -> Int {
    if let text = self["COLUMNS"], let columns = Int(text), columns > 0 { return columns }
    return sink.columns() ?? 80
  }

  /// Whether colours may be shown: on a terminal that has them, and not with `NO_COLOR` (see no-color.org).
  func allowsStyles(on sink: Sink) -> Bool { sink.isTerminal && self["NO_COLOR"] == nil && self["TERM"] != "dumb" }
}
