// The scratch folder with the databases, the programs at hand, and the two ways of running one.
import Tidemark

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the benchmarks work.
final class Workbench {
  /// The folder; databases in it serve the next run too.
  let folder: String
  /// A folder in it for what a trial makes, emptied after each.
  private let work: String
  /// The size asked for in bytes.
  let size: Int64
  /// This program.
  let program: String
  private let tool: String
  private var made: Set<String> = []

  init(_ arguments: Arguments) throws {
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let scratch = arguments.scratch ?? join(temporary, "tidemark-benchmarks")
    try LocalFiles().makeFolder(scratch)
    folder = try LocalFiles().resolve(scratch)
    work = join(folder, "work")
    try LocalFiles().makeFolder(work)
    size = arguments.size
    program = try LocalFiles().resolve("/proc/self/exe")
    tool = arguments.tool ?? join(parentFolder(of: program), "tidemark")
  }

  static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// A file of the trial at hand.
  func path(_ name: String) -> String { join(work, name) }

  /// A file that serves the next run too.
  func kept(_ name: String) -> String { join(folder, name) }

  /// Removes what a trial made.
  func clear() throws {
    for name in try LocalFiles().list(work) {
      if try LocalFiles().status(path(name), followLinks: false)?.kind == .folder {
        try Paths.empty(path(name))
      } else {
        try LocalFiles().unlink(path(name))
      }
    }
  }

  // MARK: programs

  /// A program's path; throws where every machine that builds Tidemark has it.
  func needed(_ name: String) throws -> String {
    guard let path = ChildProcess.find(name) else { throw UsageError(words: "\(name) is not installed") }
    return path
  }

  /// The `tidemark` program; nil when it has not been built.
  var tidemark: String? { access(tool, X_OK) == 0 ? tool : nil }

  /// Runs a program to its end.
  @discardableResult
  func run(_ command: [String], input: String = "/dev/null", output: String = "/dev/null") throws -> Sample {
    let used = try ChildProcess(command, input: input, output: output, errors: path("errors")).wait()
    return Sample(seconds: used.seconds, facts: ["cpu": used.cpu])
  }

  /// Runs a line of shell with arguments, $1 first.
  @discardableResult
  func shell(_ line: String, _ arguments: String...) throws -> Sample {
    try run(["/bin/sh", "-c", line, "sh"] + arguments)
  }

  /// Runs an operation of this program in a process of its own. What it tells of itself is in the sample's facts.
  @discardableResult
  func operation(_ name: String, _ arguments: String...) throws -> Sample {
    let output = path("told")
    var sample = try run([program, Operation.flag, name] + arguments, output: output)
    for line in try Text.read(output).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, let number = Double(words[1]) { sample.facts[String(words[0])] = number }
    }
    return sample
  }

  // MARK: databases

  /// The database, made at the first call of the first run in this folder.
  func database() throws -> String { try database(of: size) }

  /// A tenth of it, for whether memory grows.
  func tenth() throws -> String { try database(of: size / 10) }

  private func database(of size: Int64) throws -> String {
    let path = kept("workload-\(size / 1_000_000).db")
    if made.insert(path).inserted, try !Paths.exists(path) {
      Text.say("making a database of \(size / 1_000_000) MB …")
      try Workload(size: size).make(at: path)
    }
    return path
  }

  /// A snapshot of the database.
  func snapshot() throws -> String { try snapshot(of: database()) }

  /// A snapshot of a database, taken anew in each run.
  func snapshot(of database: String) throws -> String {
    let path = database + ".sqlite.lz4"
    if made.insert(path).inserted {
      try Paths.remove(path)
      try ManagedDatabase(database, lineage: Workload.lineage).snapshot(to: path)
    }
    return path
  }

  /// The database as `lz4` itself compresses it.
  func packed() throws -> String {
    let path = kept("workload-\(size / 1_000_000).lz4")
    if made.insert(path).inserted { try run([needed("lz4"), "-1", "-f", "-q", try database(), path]) }
    return path
  }

  /// The bytes of the database, 0 when no row needed one or it cannot be told: only the heading shows it.
  var databaseBytes: Int64 { made.isEmpty ? 0 : (try? Paths.size(database())) ?? 0 }
  /// The bytes of its snapshot, 0 likewise.
  var snapshotBytes: Int64 { made.isEmpty ? 0 : (try? Paths.size(database() + ".sqlite.lz4")) ?? 0 }
}
