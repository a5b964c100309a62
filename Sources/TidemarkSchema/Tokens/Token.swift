// One word of SQL text: what kind of word it is and which bytes of the text it stands on.

/// What kind of word a ``Token`` is.
public enum TokenKind: UInt8, Sendable, Hashable {
  /// A bare word: a keyword or an identifier. SQLite itself can only tell which from the place it stands in.
  case word
  /// An identifier in double quotes, back-ticks or brackets.
  case quoted
  /// A string in single quotes.
  case string
  /// A blob literal, `x'…'`.
  case blob
  /// A number: decimal, hexadecimal, with exponent, with underscores between digits.
  case number
  /// A parameter: `?`, `?1`, `:name`, `@name`, `$name::part(suffix)`.
  case variable
  /// An operator or punctuation.
  case symbol
  /// A comment, to the end of its line or between `/*` and `*/`.
  case comment
  /// What SQLite's grammar has no word for: a stray byte, an unterminated string, a number with letters behind it.
  case illegal
}

/// One word of SQL text.
public struct Token: Sendable, Hashable {
  /// What kind of word it is.
  public var kind: TokenKind
  /// The bytes it stands on, counted in UTF-8 from the start of the text.
  public var range: Range<Int>

  /// A token of `kind` that stands on `range`, in bytes of UTF-8.
  public init(kind: TokenKind, range: Range<Int>) {
    self.kind = kind
    self.range = range
  }
}
