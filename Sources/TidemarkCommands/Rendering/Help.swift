// The help: of the tool, and of each verb. Laid out from the declarations, so that it cannot say otherwise.

/// Lays out help and usage.
package struct Help: Sendable {
  package let program: Program
  /// Columns to fill.
  package let width: Int

  /// Lines longer than this are hard to read, however wide the terminal.
  private static let widest = 100
  private var labelColumn: Int { min(26, width / 3) }

  package init(_ program: Program, width: Int = 80) {
    self.program = program
    self.width = max(40, min(width, Self.widest))
  }

  /// The help of the tool itself.
  package var overview: String {
    var text = section("OVERVIEW", program.abstract) + "\n"
    if !program.discussion.isEmpty { text += wrapped(program.discussion) + "\n" }
    text += "USAGE: \(program.name) <verb> [options]\n\n"
    for group in program.groups {
      text += group.title.uppercased() + ":\n" + group.verbs.map { entry($0.name, $0.abstract) }.joined() + "\n"
    }
    let help = [
      entry("help VERB", "Show a verb's help, as 'VERB --help' does."),
      entry("--version", "Show the version and the lineage this build was compiled with."),
    ]
    text += "HELP:\n" + help.joined() + "\n"
    text += commonSection + examples(program.examples)
    text += "EXIT STATUS:\n" + Self.statuses.map { entry($0.0, $0.1) }.joined()
    return text
  }

  /// The help of one verb.
  package func of(_ verb: Verb) -> String {
    var text = section("OVERVIEW", verb.abstract) + "\n"
    if !verb.discussion.isEmpty { text += wrapped(verb.discussion) + "\n" }
    text += usageLines(of: verb) + "\n"
    if !verb.arguments.isEmpty { text += "ARGUMENTS:\n" + verb.arguments.map(entry).joined() + "\n" }
    if !verb.options.isEmpty { text += "OPTIONS:\n" + verb.options.map(entry).joined() + "\n" }
    text += commonSection + examples(verb.examples)
    text.removeLast()
    return text
  }

  /// The one line of usage that errors show.
  package func usage(of verb: Verb?) -> String {
    guard let verb else { return "\(program.name) <verb> [options]" }
    return ([program.name, verb.name] + usageWords(of: verb)).joined(separator: " ")
  }

  private func usageWords(of verb: Verb) -> [String] {
    let arguments = verb.arguments.map { spec in
      switch spec.count {
      case .required: spec.placeholder
      case .optional: "[\(spec.placeholder)]"
      case .repeated: "[\(spec.placeholder) ...]"
      case .atLeastOnce: "\(spec.placeholder) ..."
      }
    }
    let options = verb.options.map { spec in
      let word = spec.kind == .flag ? "--\(spec.name)" : "--\(spec.name) \(spec.placeholder)"
      return (spec.isRequired ? word : "[\(word)]") + (spec.repeats ? " ..." : "")
    }
    let database = verb.needsDatabase ? ["--database PATH"] : []
    return arguments + database + options + ["[options]"]
  }

  /// The usage, broken between its words with the further lines indented.
  private func usageLines(of verb: Verb) -> String {
    let indent = "    "
    var lines = ["USAGE: \(program.name) \(verb.name)"]
    for word in usageWords(of: verb) {
      if let last = lines.last, TextWidth.of(last) + 1 + TextWidth.of(word) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(indent + word)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var commonSection: String {
    let specs = (CommonOptions.all + [CommonOptions.help]).map(\.spec)
    return "OPTIONS OF EVERY VERB:\n" + specs.map(entry).joined() + "\n"
  }

  private func examples(_ examples: [Example]) -> String {
    if examples.isEmpty { return "" }
    return "EXAMPLES:\n"
      + examples.map { example in
        "  \(example.command)\n" + wrapped(example.words, indent: 6)
      }.joined() + "\n"
  }

  private func entry(_ spec: ParameterSpec) -> String {
    var label = spec.title
    if let short = spec.short { label = "-\(short), " + label }
    if spec.kind == .option { label += " " + spec.placeholder }
    var notes: [String] = []
    if let shown = spec.shownDefault { notes.append("default: \(shown)") }
    if let variable = spec.environment { notes.append("environment: \(variable)") }
    return entry(label, spec.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"))
  }

  private func entry(_ label: String, _ words: String) -> String {
    let lines = TextWidth.wrap(words, width: width - labelColumn)
    let indent = String(repeating: " ", count: labelColumn)
    var text = "  " + label
    // A label that leaves no gap gets a line of its own.
    if text.count + 2 > labelColumn {
      text += "\n" + indent
    } else {
      text = TextWidth.pad(text, to: labelColumn)
    }
    return text + lines.joined(separator: "\n" + indent) + "\n"
  }

  private func section(_ title: String, _ words: String) -> String { wrapped("\(title): \(words)") }

  private func wrapped(_ words: String, indent: Int = 0) -> String {
    let space = String(repeating: " ", count: indent)
    return TextWidth.wrap(words, width: width - indent).map { $0.isEmpty ? "\n" : space + $0 + "\n" }.joined()
  }

  private static let statuses = [
    ("0", "Done."),
    ("1", "Failed, and the database is as it was."),
    ("2", "Refused for safety; the message says what would allow it."),
    ("3", "Different; only of 'diff --exit-code'."),
    ("64", "Wrong usage."),
    ("130, 143, 129", "Stopped by Ctrl-C, by SIGTERM, or by the terminal's end; rolled back."),
  ]
}
