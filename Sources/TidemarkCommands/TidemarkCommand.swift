// The tool's way in: what a service's own `tidemark`, with its own lineage compiled in, calls.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The command-line tool, to be run with a lineage.
public enum TidemarkCommand {
  /// The version of the tool and the library.
  public static let version = "0.1.0"

  /// Runs the process's command line and ends the process with its exit status.
  public static func main() async -> Never {
    let output = StandardStreams.claim()
    Interruption.watchSignals()
    let status = await program().run(
      Array(CommandLine.arguments.dropFirst()), environment: .process, output: output,
      interruption: .process)
    exit(status)
  }

  /// Runs a command line (without the program's name) in this process and returns its exit status: 0 done, 1 failed
  /// and the database is as it was, 2 refused for safety, 64 wrong usage.
  public static func run(
    arguments: [String], environment: Environment = .process, output: Output = .process()
  ) async -> Int32 {
    await program().run(arguments, environment: environment, output: output)
  }

  static func program() -> Program {
    Program(
      name: "tidemark",
      abstract: "Keep a SQLite database at exactly the schema that this build was compiled for.",
      discussion: """
        Restore any snapshot, or start any build on any database: changes the database lacks are applied, changes \
        the build does not know are undone by the downgrades that are stored beside them.
        """,
      groups: [],
      version: { VersionReport(version: version) })
  }
}

/// What `--version` says.
private struct VersionReport: Report {
  var version: String

  func render(on page: inout Page) { page.line("tidemark \(version)") }
}
