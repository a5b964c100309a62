// What a verb takes, as values: positional arguments, options with a value, flags. Each is a typed key by which
// the verb reads what was given; the parser and the help see only its `ParameterSpec`.

/// The part of a parameter that the parser and the help need, without its type.
package struct ParameterSpec: Sendable {
  /// Where a parameter stands on the command line.
  package enum Kind: Sendable { case argument, option, flag }
  /// How often it may be given.
  package enum Count: Sendable { case required, optional, repeated, atLeastOnce }

  package var kind: Kind
  package var count: Count
  /// The long name without dashes; of an argument, its placeholder.
  package var name: String
  /// The one-letter name without its dash.
  package var short: Character?
  /// The word for the value in help: `PATH`.
  package var placeholder: String
  package var help: String
  /// The variable that stands in when the option is not given.
  package var environment: String?
  /// Whether that variable is an error where it is set to nothing: to do without would open a door in silence.
  package var isGuard = false
  /// The default as the help shows it.
  package var shownDefault: String?
  package var convert: @Sendable (String) throws(ConversionError) -> any Sendable

  /// How messages call it: `--at`, `SNAPSHOT`.
  package var title: String { kind == .argument ? placeholder : "--" + name }
  /// Whether it may be given more than once.
  package var repeats: Bool { count == .repeated || count == .atLeastOnce }
  /// Whether the verb cannot do without it.
  package var isRequired: Bool { count == .required || count == .atLeastOnce }
}

/// An argument, an option or a flag.
package protocol Parameter: Sendable {
  var spec: ParameterSpec { get }
}

/// A positional argument: `SNAPSHOT`.
package struct Argument<Value: Sendable>: Parameter {
  package let spec: ParameterSpec
  package let fallback: Value?

  package init(
    _ placeholder: String, _ converter: Converter<Value>, _ count: ParameterSpec.Count = .required,
    default fallback: Value? = nil, help: String
  ) {
    self.fallback = fallback
    spec = ParameterSpec(
      kind: .argument, count: count, name: placeholder, placeholder: placeholder, help: help,
      shownDefault: fallback.map { "\($0)" }
    ) { text throws(ConversionError) in try converter.convert(text) }
  }
}

/// An option with a value: `--at TIME`.
package struct Option<Value: Sendable>: Parameter {
  package let spec: ParameterSpec
  package let fallback: Value?

  package init(
    _ name: String, short: Character? = nil, _ placeholder: String, _ converter: Converter<Value>,
    _ count: ParameterSpec.Count = .optional, default fallback: Value? = nil, environment: String? = nil,
    isGuard: Bool = false, help: String
  ) {
    self.fallback = fallback
    spec = ParameterSpec(
      kind: .option, count: count, name: name, short: short, placeholder: placeholder, help: help,
      environment: environment, isGuard: isGuard, shownDefault: fallback.map { "\($0)" }
    ) { text throws(ConversionError) in try converter.convert(text) }
  }
}

/// An option without a value: `--dry-run`.
package struct Flag: Parameter {
  package let spec: ParameterSpec

  package init(_ name: String, short: Character? = nil, environment: String? = nil, help: String) {
    spec = ParameterSpec(
      kind: .flag, count: .optional, name: name, short: short, placeholder: "", help: help, environment: environment
    ) { _ throws(ConversionError) in true }
  }
}
