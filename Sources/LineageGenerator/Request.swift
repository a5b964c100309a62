// The command line of the generator, as a value.

/// Which files there are and where the result goes.
struct Request {
  /// The package's name, the lineage's name where no sum states one.
  var package = ""
  /// The Swift file to write.
  var output = ""
  /// The schema that a new database starts from.
  var schema: String?
  /// The folder above the target's, where schema.sql is looked for when the target's own has none.
  var above: String?
  /// What has the next build look there again.
  var stamp: String?
  /// The migrations that baselines folded.
  var retired: String?
  /// The schema after the last migration.
  var head: String?
  /// The sum file.
  var sum: String?
  /// The target's Swift files.
  var sources: [String] = []

  /// Reads the arguments, without the program's name.
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        sources.append(argument)
        continue
      }
      guard let value = rest.popFirst() else { throw Misuse("\(argument) needs a value") }
      switch argument {
      case "--package": package = value
      case "--output": output = value
      case "--schema": schema = value
      case "--above": above = value
      case "--stamp": stamp = value
      case "--retired": retired = value
      case "--head": head = value
      case "--sum": sum = value
      default: throw Misuse("unknown option \(argument)")
      }
    }
    guard !package.isEmpty, !output.isEmpty else { throw Misuse("--package and --output are needed") }
  }

  /// A command line that cannot be understood.
  struct Misuse: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}
