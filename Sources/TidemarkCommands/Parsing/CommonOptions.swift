// The options that every verb knows, before the verb and behind it.

/// What every verb takes.
package enum CommonOptions {
  package static let database = Option(
    "database", "PATH", .path, environment: "TIDEMARK_DATABASE", help: "The database to work on.")
  package static let store = Option(
    "store", "DIR", .path, default: "Snapshots", environment: "TIDEMARK_STORE", help: "The folder of snapshots.")
  package static let json = Flag(
    "json", help: "Print one JSON object on standard output and nothing else, an error too.")
  package static let quiet = Flag("quiet", short: "q", help: "Say nothing but what was asked for, and errors.")
  package static let verbose = Flag("verbose", short: "v", help: "Say more.")
  package static let noColor = Flag("no-color", environment: "NO_COLOR", help: "Print without colours.")
  package static let noProgress = Flag("no-progress", help: "Draw no progress.")
  /// Shown in help; the parser answers it itself.
  package static let help = Flag("help", short: "h", help: "Show help.")

  package static let all: [any Parameter] = [database, store, json, quiet, verbose, noColor, noProgress]
  package static let exclusive: [[any Parameter]] = [[quiet, verbose]]
}
