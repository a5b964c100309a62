// Measures Tidemark against its peers in one run and holds the ratios against the numbers to reach.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@main
struct BenchmarkProgram {
  static func main() async {
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      // One operation in a process of its own, so that its time and its memory are nobody else's.
      if arguments.first == Operation.flag {
        try await Operation.run(Array(arguments.dropFirst()))
        return
      }
      exit(try run(try Arguments(arguments)))
    } catch let error as UsageError {
      Text.say("\(error.words)\n\n\(Arguments.help)")
      exit(64)
    } catch {
      Text.say("benchmarks: \(error)")
      exit(1)
    }
  }

  /// Runs what was asked for. Returns 0 when every row that was measured is within its number, else 3.
  private static func run(_ arguments: Arguments) throws -> Int32 {
    if arguments.wantsHelp {
      print(Arguments.help)
      return 0
    }
    let trials = try Trial.all.compactMap { trial in try trial.keeping(arguments.rows) }
    if arguments.wantsList {
      for row in trials.flatMap(\.rows) { print("\(row.name)\t\(row.work), \(row.reach) \(row.against)") }
      return 0
    }
    let bench = try Workbench(arguments)
    let runner = Runner(bench: bench, rounds: arguments.rounds)
    var results: [RowResult] = []
    for trial in trials { results += runner.run(trial) }
    let report = Report(bench: bench, rounds: arguments.rounds, rows: results)
    print(report.text)
    if let path = arguments.jsonPath { try Text.write(report.json, to: path) }
    if results.contains(where: { $0.verdict == .failed }) { return 1 }
    return results.contains { $0.verdict == .missed } ? 3 : 0
  }
}
