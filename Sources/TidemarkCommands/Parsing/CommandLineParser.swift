// Reads a command line against the declared verbs. Pure: arguments and environment in, a request or an error out.

/// What a command line asks for.
package enum Request: Sendable {
  case help(Verb?)
  case version
  case run(Verb, ParsedValues)
}

/// Reads one command line. Made anew for each, since it remembers how far it came: a `--help` behind a mistake
/// still gets the help of the verb that was named.
package struct CommandLineParser {
  private let verbs: [Verb]
  private let environment: Environment
  /// The verb that was named, also when `parse` throws.
  package private(set) var verb: Verb?
  private var values = ParsedValues()
  private var positionals: [String] = []
  private var asksHelp = false
  private var asksVersion = false

  package init(verbs: [Verb], environment: Environment) {
    self.verbs = verbs
    self.environment = environment
  }

  /// Understands `arguments` (without the program's name).
  package mutating func parse(_ arguments: [String]) throws(UsageError) -> Request {
    let wantsHelp = arguments.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
    do throws(UsageError) {
      try scan(arguments)
      if wantsHelp || asksHelp { return .help(verb) }
      if asksVersion { return .version }
      guard let verb else { return .help(nil) }
      try assignPositionals(of: verb)
      try takeDefaultsFromEnvironment(of: verb)
      try checkCompleteness(of: verb)
      return .run(verb, values)
    } catch {
      if wantsHelp { return .help(verb) }
      throw error
    }
  }

  // MARK: Scanning

  private mutating func scan(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        for argument in rest { try takePositional(argument) }
        return
      }
      if argument == "--help" || argument == "-h" { continue }
      if argument == "--version" {
        asksVersion = true
      } else if argument.hasPrefix("--") {
        try takeLong(argument, &rest)
      } else if argument.hasPrefix("-"), argument != "-" {
        try takeShort(argument, &rest)
      } else {
        try takePositional(argument)
      }
    }
  }

  private mutating func takePositional(_ text: String) throws(UsageError) {
    if let verb {
      // `help VERB` has no use for more.
      if asksHelp { throw .unexpected(text) }
      // Reported here too, so that a surplus argument is named and not the missing of another.
      let last = verb.arguments.last
      if positionals.count >= verb.arguments.count, last?.repeats != true { throw .unexpected(text) }
      positionals.append(text)
    } else if text == "help", !asksHelp {
      asksHelp = true
    } else if let named = verbs.first(where: { $0.name == text }) {
      verb = named
    } else {
      throw .unknownVerb(text, near: Suggestion.nearest(to: text, among: verbs.map(\.name) + ["help"]))
    }
  }

  private mutating func takeLong(_ argument: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
    let body = argument.dropFirst(2)
    let split = body.firstIndex(of: "=")
    let name = String(body[..<(split ?? body.endIndex)])
    guard let spec = options.first(where: { $0.name == name }) else { throw unknown("--" + name) }
    try take(spec, attached: split.map { String(body[body.index(after: $0)...]) }, &rest)
  }

  /// `-q`, `-qv`, `-o FILE`, `-oFILE`.
  private mutating func takeShort(_ argument: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
    var letters = argument.dropFirst()
    while let letter = letters.popFirst() {
      guard let spec = options.first(where: { $0.short == letter }) else { throw unknown("-\(letter)") }
      if spec.kind == .flag {
        try take(spec, attached: nil, &rest)
      } else {
        return try take(spec, attached: letters.isEmpty ? nil : String(letters), &rest)
      }
    }
  }

  private mutating func take(
    _ spec: ParameterSpec, attached: String?, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    if values.has(spec), !spec.repeats { throw .givenTwice(spec.title) }
    if spec.kind == .flag {
      if attached != nil { throw .needlessValue(flag: spec.title) }
      return values.add(true, to: spec, typed: true)
    }
    if let attached { return try add(attached, to: spec) }
    guard let next = rest.first else { throw .missingValue(option: spec.title, found: nil) }
    if next.hasPrefix("-"), next != "-" { throw .missingValue(option: spec.title, found: next) }
    rest.removeFirst()
    try add(next, to: spec)
  }

  private mutating func add(
    _ text: String, to spec: ParameterSpec, from variable: String? = nil
  ) throws(UsageError) {
    let value: any Sendable
    do throws(ConversionError) {
      value = try spec.convert(text)
    } catch {
      throw .notConverted(parameter: variable ?? spec.title, text: text, expected: error.expected)
    }
    values.add(value, to: spec, typed: variable == nil)
  }

  // MARK: Completing

  private mutating func assignPositionals(of verb: Verb) throws(UsageError) {
    var rest = positionals[...]
    for spec in verb.arguments {
      if spec.repeats {
        while let text = rest.popFirst() { try add(text, to: spec) }
      } else if let text = rest.popFirst() {
        try add(text, to: spec)
      }
    }
  }

  private mutating func takeDefaultsFromEnvironment(of verb: Verb) throws(UsageError) {
    for spec in options where !values.has(spec) {
      guard let variable = spec.environment else { continue }
      if spec.isGuard, environment.isEmpty(variable) { throw .emptyVariable(variable, of: spec.title) }
      guard let text = environment[variable] else { continue }
      try add(text, to: spec, from: variable)
    }
  }

  private func checkCompleteness(of verb: Verb) throws(UsageError) {
    for spec in verb.parameters.map(\.spec) where spec.isRequired && !values.has(spec) {
      throw .missing(spec.title)
    }
    for set in verb.exclusive + CommonOptions.exclusive {
      let given = set.filter { values.wasTyped($0) }
      if given.count > 1 { throw .exclusive(given.map(\.spec.title)) }
    }
    for (parameter, others) in verb.requires
    where values.wasTyped(parameter) && !others.contains(where: values.wasTyped) {
      throw .needs(parameter.spec.title, others.map(\.spec.title))
    }
    if verb.needsDatabase, values[CommonOptions.database] == nil { throw .noDatabase }
  }

  private var options: [ParameterSpec] { (verb?.options ?? []) + CommonOptions.all.map(\.spec) }

  private func unknown(_ title: String) -> UsageError {
    let names = (options + [CommonOptions.help.spec]).map(\.title)
    let near = title.hasPrefix("--") ? Suggestion.nearest(to: title, among: names) : nil
    let other = verbs.first { $0.name != verb?.name && $0.options.contains { $0.title == title } }
    return .unknownOption(title, near: near, otherVerb: other?.name)
  }
}
