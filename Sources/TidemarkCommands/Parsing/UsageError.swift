// Everything that can be wrong with a command line. The cases carry data; `words` is the one place that phrases them.

/// A command line that cannot be understood. Ends with status 64 and nothing touched.
package enum UsageError: Error, Sendable, Hashable {
  case unknownVerb(String, near: String?)
  case unknownOption(String, near: String?, otherVerb: String?)
  case unexpected(String)
  case missing(String)
  case missingValue(option: String, found: String?)
  case needlessValue(flag: String)
  case notConverted(parameter: String, text: String, expected: String)
  case givenTwice(String)
  case exclusive([String])
  case needs(String, [String])
  case noDatabase
  case emptyVariable(String, of: String)
  /// What a verb itself finds wrong with what it was given.
  case other(String)

  /// What is wrong, in a sentence without a full stop.
  package var words: String {
    switch self {
    case .unknownVerb(let name, let near):
      "there is no verb '\(name)'" + Self.suggestion(near)
    case .unknownOption(let name, let near, let otherVerb):
      if near == nil, let otherVerb {
        "unknown option '\(name)'; it belongs to '\(otherVerb)'"
      } else {
        "unknown option '\(name)'" + Self.suggestion(near)
      }
    case .unexpected(let text): "unexpected argument '\(text)'"
    case .missing(let title): "\(title) is missing"
    case .missingValue(let option, nil): "\(option) needs a value"
    case .missingValue(let option, let found?):
      "\(option) needs a value, and '\(found)' looks like an option; if it is the value, write \(option)=\(found)"
    case .needlessValue(let flag): "\(flag) takes no value"
    case .notConverted(let parameter, let text, let expected): "\(parameter): '\(text)' is not \(expected)"
    case .givenTwice(let title): "\(title) is given more than once"
    case .exclusive(let titles): "\(titles.joined(separator: " and ")) cannot be given together"
    case .needs(let title, let others): "\(title) goes with \(others.joined(separator: " or "))"
    case .noDatabase: "no database is named: give --database PATH, or set TIDEMARK_DATABASE"
    case .emptyVariable(let variable, let title):
      "\(variable) is set to nothing, which would do without \(title); unset it, or name the file of a key"
    case .other(let words): words
    }
  }

  private static func suggestion(_ near: String?) -> String { near.map { "; did you mean '\($0)'?" } ?? "" }
}
