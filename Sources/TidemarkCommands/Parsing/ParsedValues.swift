// What was given on the command line, converted already, read through the typed parameters.

/// The values of one command line. Reading never fails on a user's text: all of it was converted while parsing.
package struct ParsedValues: Sendable {
  private var values: [String: [any Sendable]] = [:]
  private var typed: Set<String> = []

  package init() {}

  /// The argument's value, or its default.
  package subscript<Value>(_ argument: Argument<Value>) -> Value? {
    self[all: argument].first ?? argument.fallback
  }

  /// Every value of a repeated argument.
  package subscript<Value>(all argument: Argument<Value>) -> [Value] { read(argument.spec) }

  /// The option's value, or its default.
  package subscript<Value>(_ option: Option<Value>) -> Value? { self[all: option].first ?? option.fallback }

  /// Every value of a repeated option.
  package subscript<Value>(all option: Option<Value>) -> [Value] { read(option.spec) }

  /// Whether the flag was given.
  package subscript(_ flag: Flag) -> Bool { values[flag.spec.title] != nil }

  /// The value of an argument that the parser has made sure of.
  package func required<Value>(_ argument: Argument<Value>) throws(UsageError) -> Value {
    guard let value = self[argument] else { throw .missing(argument.spec.title) }
    return value
  }

  /// The value of an option that the parser has made sure of.
  package func required<Value>(_ option: Option<Value>) throws(UsageError) -> Value {
    guard let value = self[option] else { throw .missing(option.spec.title) }
    return value
  }

  /// Whether the parameter was typed, as opposed to taken from the environment or a default.
  package func wasTyped(_ parameter: any Parameter) -> Bool { typed.contains(parameter.spec.title) }

  func has(_ spec: ParameterSpec) -> Bool { values[spec.title] != nil }

  mutating func add(_ value: any Sendable, to spec: ParameterSpec, typed wasTyped: Bool) {
    values[spec.title, default: []].append(value)
    if wasTyped { typed.insert(spec.title) }
  }

  private func read<Value>(_ spec: ParameterSpec) -> [Value] {
    let found = values[spec.title] ?? []
    let converted = found.compactMap { $0 as? Value }
    assert(converted.count == found.count, "two parameters of one verb are both called \(spec.title)")
    return converted
  }
}
