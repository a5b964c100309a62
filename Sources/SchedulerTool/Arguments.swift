// The words of a command line, taken apart: options by name, the rest in order.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A command line that makes no sense; exit status 64.
struct UsageError: Error {
  var message: String
  init(_ message: String) { self.message = message }
}

/// Options and words.
struct Arguments {
  private var values: [String: [String]] = [:]
  private var flags: Set<String> = []
  /// What is no option, in order.
  private(set) var words: [String] = []

  /// Takes a command line apart.
  /// - Parameter known: names of options; those with a `=` take a value, as `--name VALUE` or `--name=VALUE`.
  init(_ line: [String], known: [String]) throws {
    var rest = line[...]
    while let word = rest.popFirst() {
      if word == "--" {
        words += rest
        break
      }
      guard word.hasPrefix("--") else {
        guard !word.hasPrefix("-") || word == "-" else { throw UsageError("there is no option '\(word)'") }
        words.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      if known.contains(name + "=") {
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
          throw UsageError("--\(name) takes a value")
        }
        values[name, default: []].append(value)
      } else if known.contains(name), parts.count == 1 {
        flags.insert(name)
      } else {
        throw UsageError("there is no option '\(word)'")
      }
    }
  }

  /// Whether a switch was given.
  func isOn(_ name: String) -> Bool { flags.contains(name) }

  /// All values of an option that may be given more than once.
  func all(_ name: String) -> [String] { values[name] ?? [] }

  /// The value of an option, or of an environment variable.
  func value(_ name: String, or variable: String? = nil) throws -> String? {
    let given = all(name)
    guard given.count < 2 else { throw UsageError("--\(name) is given twice") }
    if let value = given.first { return value }
    return variable.flatMap { getenv($0) }.map { String(cString: $0) }
  }

  /// The value of an option as a number.
  func number<T: LosslessStringConvertible>(_ name: String, as type: T.Type = T.self) throws -> T? {
    try value(name).map { text in
      guard let number = T(text) else { throw UsageError("--\(name): '\(text)' is no number") }
      return number
    }
  }

  /// The value of an option as one of a few words.
  func choice<T: RawRepresentable & CaseIterable>(_ name: String) throws -> T? where T.RawValue == String {
    try value(name).map { text in
      guard let choice = T(rawValue: text) else {
        throw UsageError("--\(name) is one of \(T.allCases.map(\.rawValue).joined(separator: ", ")), not '\(text)'")
      }
      return choice
    }
  }

  /// The value of an option as a time: `30s`, `10m`, `6h`, `1d`; a bare number is seconds.
  func duration(_ name: String) throws -> Duration? {
    try value(name).map { text in
      let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
      let unit = text.last.flatMap { units[$0] }
      let digits = unit == nil ? text[...] : text.dropLast()
      guard let number = Int64(digits), (1...31_536_000).contains(number) else {
        throw UsageError("--\(name): '\(text)' is no time such as 30s, 10m, 6h or 1d")
      }
      return .seconds(number * (unit ?? 1))
    }
  }

  /// The database's path.
  func database() throws -> String {
    guard let path = try value("database", or: "SCHEDULER_DATABASE") else {
      throw UsageError("name the database: --database PATH (or SCHEDULER_DATABASE)")
    }
    guard !path.isEmpty else { throw UsageError("--database: '' is no path") }
    return path
  }

  /// Refuses words that a verb does not take.
  func noWords() throws {
    if let word = words.first { throw UsageError("'\(word)' was not expected") }
  }
}
