// How the text of an argument or option becomes a value. A converter is a value itself, so that a verb states
// in one word what it takes and every wrong text gets the same kind of message.

/// Why a text is not what a parameter takes: completes the sentence "'TEXT' is not …".
package struct ConversionError: Error, Sendable, Hashable {
  /// What was expected, with its article: "a whole number from 1 to 9".
  package var expected: String

  package init(expected: String) { self.expected = expected }
}

/// Turns the text that was typed into a `Value`, or says what it should have been.
package struct Converter<Value: Sendable>: Sendable {
  package var convert: @Sendable (String) throws(ConversionError) -> Value

  package init(_ convert: @escaping @Sendable (String) throws(ConversionError) -> Value) { self.convert = convert }

  /// The same conversion with one step behind it.
  package func map<Other: Sendable>(
    _ step: @escaping @Sendable (Value) throws(ConversionError) -> Other
  ) -> Converter<Other> {
    let convert = convert
    return Converter<Other> { text throws(ConversionError) in try step(convert(text)) }
  }
}

extension Converter where Value == String {
  /// Any text, an empty one too.
  package static var text: Converter { Converter { text throws(ConversionError) in text } }

  /// A path of a file or folder: any text but an empty one, or one with a NUL, which the system would cut short.
  ///
  /// Arguments come here with what is no UTF-8 replaced, so such a name would silently mean another file.
  package static var path: Converter {
    Converter { text throws(ConversionError) in
      guard !text.unicodeScalars.contains("\u{FFFD}") else { throw ConversionError(expected: "a path in UTF-8") }
      guard !text.isEmpty, !text.utf8.contains(0) else { throw ConversionError(expected: "a path") }
      return text
    }
  }

  /// One of a few words.
  package static func choice(_ words: String...) -> Converter {
    Converter { text throws(ConversionError) in
      guard words.contains(text) else {
        throw ConversionError(expected: "one of " + words.map { "'\($0)'" }.joined(separator: ", "))
      }
      return text
    }
  }
}

extension Converter where Value == Int {
  /// A whole number in decimal digits within `range`.
  package static func integer(in range: ClosedRange<Int>) -> Converter {
    Converter { text throws(ConversionError) in
      // `Int("+5")` is accepted by the standard library; digits alone leave nothing to guess.
      let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
      guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }), let number = Int(text),
        range.contains(number)
      else { throw ConversionError(expected: "a whole number \(words(range))") }
      return number
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
  }
}

extension Converter where Value == Duration {
  /// A length of time: a whole number with its unit, `250ms`, `90s`, `15m`, `6h`, `7d` or `2w`.
  package static var duration: Converter {
    Converter { text throws(ConversionError) in
      let expected = ConversionError(expected: "a length of time such as 250ms, 90s, 15m, 6h, 7d or 2w")
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int64(digits) else { throw expected }
      let milliseconds: Int64
      switch text.dropFirst(digits.count) {
      case "ms": milliseconds = 1
      case "s": milliseconds = 1000
      case "m": milliseconds = 60_000
      case "h": milliseconds = 3_600_000
      case "d": milliseconds = 86_400_000
      case "w": milliseconds = 604_800_000
      default: throw expected
      }
      let (product, overflow) = number.multipliedReportingOverflow(by: milliseconds)
      guard !overflow else { throw expected }
      return .milliseconds(product)
    }
  }
}
