// The tool's way in: what a service's own `tidemark`, with its own lineage compiled in, calls.

public import Tidemark

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

  /// How the tool calls itself in changelogs, snapshots and locks.
  static let build = "tidemark \(version)"

  /// Runs the process's command line and ends the process with its exit status.
  /// - Parameter lineage: what this build was compiled for.
  public static func main(lineage: Lineage) async -> Never {
    let output = StandardStreams.claim()
    Interruption.watchSignals()
    let status = await program(lineage: lineage).run(
      Array(CommandLine.arguments.dropFirst()), environment: .process, output: output,
      interruption: .process)
    exit(status)
  }

  /// Runs a command line (without the program's name) in this process and returns its exit status: 0 done, 1 failed
  /// and the database is as it was, 2 refused for safety, 3 different (`diff --exit-code`), 64 wrong usage.
  /// - Parameters:
  ///   - arguments: the command line.
  ///   - environment: where variables are looked up.
  ///   - output: the two streams.
  ///   - lineage: what this build was compiled for.
  public static func run(
    arguments: [String], environment: Environment = .process, output: Output = .process(), lineage: Lineage
  ) async -> Int32 {
    await program(lineage: lineage).run(arguments, environment: environment, output: output)
  }

  /// The tool as a value.
  package static func program(lineage: Lineage) -> Program {
    Program(
      name: "tidemark",
      abstract: "Keep a SQLite database at exactly the schema that this build was compiled for.",
      discussion: """
        Restore any snapshot, or start any build on any database: changes the database lacks are applied, changes \
        the build does not know are undone by the downgrades that are stored beside them.
        """,
      groups: [
        VerbGroup(
          "Snapshots",
          [
            RestoreVerb.verb(lineage), SnapshotVerb.verb(lineage), SnapshotsVerb.verb(lineage),
            InspectVerb.verb(lineage), VerifyVerb.verb(lineage), PruneVerb.verb(lineage), KeysVerb.verb,
          ]),
        VerbGroup(
          "Databases",
          [
            StatusVerb.verb(lineage), PlanVerb.verb(lineage), RehearseVerb.verb(lineage), MigrateVerb.verb(lineage),
            RedoVerb.verb(lineage),
            ScriptVerb.verb(lineage), AdoptVerb.verb(lineage),
          ]),
        VerbGroup(
          "Migrations",
          [
            NewVerb.verb(lineage), SchemaVerb.verb(lineage), DiffVerb.verb(lineage), AlterVerb.verb(lineage),
            CheckVerb.verb(lineage), RebaseVerb.verb(lineage), BaselineVerb.verb(lineage),
          ]),
      ],
      examples: [
        Example("tidemark status --database jobs.db", "What this build would change, and what it does not know."),
        Example("tidemark restore --database jobs.db --at '2h ago'", "Back to where the database was two hours ago."),
      ],
      version: { VersionReport(lineage) }, explain: { Explanation.of($0) })
  }
}

/// What `--version` says.
private struct VersionReport: Report {
  var version = TidemarkCommand.version
  var lineage: String
  var migrations: Int
  var baseline: MigrationID?
  var head: MigrationID?
  var sqlite = SQLiteLibrary.versionString

  init(_ lineage: Lineage) {
    self.lineage = lineage.name
    migrations = lineage.migrations.count
    baseline = lineage.baseline?.id
    head = lineage.ids.last ?? baseline
  }

  func render(on page: inout Page) {
    page.line("tidemark \(version)")
    page.line("lineage \(lineage), \(head.map { "to \($0)" } ?? "without migrations")")
    page.line("SQLite \(sqlite)")
  }
}
