// The command line of the benchmarks.

/// A command line that cannot be followed.
struct UsageError: Error {
  var words: String
}

/// What was asked for.
struct Arguments {
  /// The folder for databases and outputs; nil for one under the system's temporary folder.
  var scratch: String?
  /// Where the results are written as JSON.
  var jsonPath: String?
  /// The rows to run; empty for all.
  var rows: [String] = []
  /// How often each contender runs after its warm-up; nil for the form's own number.
  private var statedRounds: Int?
  /// The size of the database in megabytes; nil for the form's own.
  private var statedSize: Int64?
  /// The `tidemark` program; nil for the one beside this program.
  var tool: String?
  var isSmall = false
  var wantsList = false
  var wantsHelp = false

  var rounds: Int { statedRounds ?? (isSmall ? 3 : 5) }
  /// The size of the database in bytes.
  var size: Int64 { (statedSize ?? (isSmall ? 100 : 1_000)) * 1_000_000 }

  static let help = """
    usage: benchmarks [--small] [--row NAME]… [--rounds N] [--size MB] [--scratch DIR] [--tool PATH] [--json FILE] [--list]

    Runs Tidemark and its peers in alternation and prints medians, ratios and verdicts.

      --small        100 MB instead of 1 GB, and 3 rounds instead of 5
      --row NAME     only this row; may be given again
      --rounds N     how often each contender runs, after a warm-up
      --size MB      the size of the database
      --scratch DIR  where the databases are kept for the next run, and outputs go for a while
      --tool PATH    the tidemark program; without it the one beside this program
      --json FILE    write the results, every single time among them, as JSON
      --list         name the rows

    Exit status: 0 every row that was measured is within its number, 3 one is not, 1 something failed, 64 wrong usage.
    """

  init(_ words: [String]) throws {
    var left = words[...]
    func value(_ option: String) throws -> String {
      guard let value = left.popFirst() else { throw UsageError(words: "\(option) takes a value") }
      return value
    }
    func number<T: FixedWidthInteger>(_ option: String, _ range: ClosedRange<T>) throws -> T {
      let text = try value(option)
      guard let number = T(text), range.contains(number) else {
        throw UsageError(words: "\(option) takes a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
      }
      return number
    }
    while let option = left.popFirst() {
      switch option {
      case "--scratch": scratch = try value(option)
      case "--json": jsonPath = try value(option)
      case "--row": rows.append(try value(option))
      case "--tool": tool = try value(option)
      case "--rounds": statedRounds = try number(option, 1...1_000)
      case "--size": statedSize = try number(option, 4...100_000)
      case "--small": isSmall = true
      case "--list": wantsList = true
      case "--help", "-h": wantsHelp = true
      default: throw UsageError(words: "unknown option \(option)")
      }
    }
  }
}
