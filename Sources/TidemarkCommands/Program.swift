// From a command line to an exit status: parse, run the verb, say the result once.

/// The tool as a value: its verbs, and what it says about itself.
package struct Program: Sendable {
  package var name: String
  package var abstract: String
  package var discussion: String
  package var groups: [VerbGroup]
  package var examples: [Example]
  /// What `--version` says.
  package var version: @Sendable () -> any Report
  /// Puts the errors of the floors below into words; nil for one that it does not know.
  package var explain: @Sendable (any Error) -> Failure?
  /// The time since any fixed moment, for progress.
  package var clock: @Sendable () -> Duration = ProgressBar.monotonic

  package init(
    name: String, abstract: String, discussion: String = "", groups: [VerbGroup], examples: [Example] = [],
    version: @escaping @Sendable () -> any Report, explain: @escaping @Sendable (any Error) -> Failure? = { _ in nil }
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.groups = groups
    self.examples = examples
    self.version = version
    self.explain = explain
  }

  /// All verbs, in the order of the help.
  package var verbs: [Verb] { groups.flatMap(\.verbs) }

  /// Runs one command line (without the program's name) and returns the exit status.
  package func run(
    _ arguments: [String], environment: Environment, output: Output, interruption: Interruption = Interruption()
  ) async -> Int32 {
    // Looked for by hand, so that a command line that cannot be understood still gets its JSON.
    let json = Self.asksForJSON(arguments)
    let help = Help(self, width: environment.columns(of: output.standardOutput))
    var parser = CommandLineParser(verbs: verbs, environment: environment)
    var invocation: Invocation?
    do {
      let report: any Report
      switch try parser.parse(arguments) {
      case .help(let verb): report = HelpReport(help: verb.map { help.of($0) } ?? help.overview)
      case .version: report = version()
      case .run(let verb, let values):
        let run = Invocation(
          verb: verb, values: values, environment: environment, output: output, interruption: interruption,
          clock: clock)
        invocation = run
        defer { run.progress.finish() }
        report = try await verb.run(run)
      }
      try say(report, json: json, invocation, environment, output)
      try finish(output)
      return report.status.rawValue
    } catch {
      let failure = failure(error, usage: help.usage(of: parser.verb), verb: parser.verb)
      // Where standard output is what failed, standard error is all there is left.
      if json, output.failure == 0 {
        output.write(failure.json())
      } else {
        output.flush()
        let plain = arguments.contains("--no-color") || !environment.allowsStyles(on: output.standardError)
        output.writeError(failure.words(styled: !plain))
      }
      output.flush()
      return failure.exitStatus
    }
  }

  /// Asked before the line is understood, because a line that is not is told in JSON, too.
  private static func asksForJSON(_ arguments: [String]) -> Bool {
    let options = arguments.prefix { $0 != "--" }
    if options.contains("--json") || options.contains("--format=json") { return true }
    return zip(options, options.dropFirst()).contains { $0 == ("--format", "json") }
  }

  private func say(
    _ report: any Report, json: Bool, _ invocation: Invocation?, _ environment: Environment, _ output: Output
  ) throws {
    if json { return output.write(try JSON.text(report)) }
    if report.isNews, invocation?.quiet == true { return }
    var page =
      invocation?.page()
      ?? Page(
        isTerminal: output.standardOutput.isTerminal, width: environment.columns(of: output.standardOutput))
    report.render(on: &page)
    output.write(page.text)
  }

  /// Output that got lost is a failure, unless its reader chose to go.
  private func finish(_ output: Output) throws {
    output.flush()
    if output.failure != 0, !output.readerIsGone { throw Failure.lostOutput(output.failure) }
  }

  private func failure(_ error: any Error, usage: String, verb: Verb?) -> Failure {
    switch error {
    case let failure as Failure: return failure
    case let interrupted as Interrupted: return .interrupted(interrupted)
    case let error as UsageError:
      let more = [name, verb?.name, "--help"].compactMap { $0 }.joined(separator: " ")
      return Failure(code: "usage", error.words, hint: "'\(more)' says more", usage: usage, status: .usage)
    default: return explain(error) ?? .unexpected(error)
    }
  }
}

/// Help, which with `--json` is an object too.
private struct HelpReport: Report {
  var help: String

  func render(on page: inout Page) { page.verbatim(help) }
}
