// `scheduler`: the verbs of the reference scheduler, and what its exit status says.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The program.
@main
struct Tool {
  static func main() async {
    let words = Array(CommandLine.arguments.dropFirst())
    var asJSON = words.contains("--json")
    do {
      guard let first = words.first else { throw UsageError("name a verb") }
      if ["--help", "-h", "help"].contains(first) { return print(Help.text) }
      guard let verb = Verb(rawValue: first) else { throw UsageError("there is no verb '\(first)'") }
      if words.contains("--help") || words.contains("-h") { return print(Help.text(of: verb)) }
      let arguments = try Arguments(Array(words.dropFirst()), known: verb.options)
      asJSON = arguments.isOn("json")
      switch verb {
      case .run: try await RunVerb(arguments).run()
      case .submit: try SubmitVerb.run(arguments)
      case .list: try ListVerb.run(arguments)
      case .tasks: try TasksVerb.run(arguments)
      case .kill: try KillVerb.run(arguments)
      }
    } catch {
      let failure = Failure(error)
      failure.show(asJSON: asJSON)
      exit(failure.status)
    }
  }
}

/// What can be asked of it.
enum Verb: String, CaseIterable {
  case run, submit, list, tasks, kill

  /// The options it takes; those with a `=` take a value.
  var options: [String] {
    let database = ["database="]
    return switch self {
    case .run:
      database + [
        "store=", "on-missing=", "on-damage=", "snapshot-every=", "grace=", "quota=", "attribute=", "logs=",
      ]
    case .submit: database + ["schedule=", "cpu=", "ram=", "lock=", "json"]
    case .list: database + ["json"]
    case .tasks: database + ["job=", "limit=", "json"]
    case .kill: database + ["json"]
    }
  }
}
