// The house: which floor may import which. Each target imports only from floors below it.
//
// CONTRIBUTING.md shows the same table; a change of it is a change of the design and goes there too.

enum House {
  /// One target.
  struct Floor: Sendable, CustomStringConvertible {
    /// Its name.
    var name: String
    /// Its folder, from the top of the repository.
    var folder: String
    /// The modules of ours and of C libraries that it may import.
    var mayImport: Set<String>

    init(_ name: String, at folder: String? = nil, imports: Set<String>) {
      self.name = name
      self.folder = folder ?? "Sources/\(name)"
      mayImport = imports
    }

    var description: String { name }
  }

  static let face: Set<String> = ["TidemarkSQLite", "TidemarkSchema", "TidemarkSnapshots", "TidemarkMigrations"]

  static let floors = [
    Floor("TidemarkSQLite", imports: ["CTidemarkSQLite"]),
    Floor("TidemarkSchema", imports: ["TidemarkSQLite", "CTidemarkSodium"]),
    Floor(
      "TidemarkSnapshots", imports: ["TidemarkSQLite", "CTidemarkLZ4", "CTidemarkXXHash", "CTidemarkSodium"]),
    Floor("TidemarkMigrations", imports: ["TidemarkSchema", "TidemarkSQLite", "CTidemarkSodium"]),
    Floor("Tidemark", imports: face),
    // What stands above the face goes through it.
    Floor("TidemarkTesting", imports: ["Tidemark"]),
    Floor("TidemarkCommands", imports: ["Tidemark"]),
    Floor("TidemarkTool", imports: ["TidemarkCommands", "SchedulerMigrations"]),
    Floor("SchedulerMigrations", at: "Migrations", imports: ["Tidemark"]),
    Floor("Scheduler", imports: ["Tidemark", "SchedulerMigrations"]),
    Floor("SchedulerTool", imports: ["Scheduler", "Tidemark", "SchedulerMigrations"]),
    Floor("LineageGenerator", imports: ["TidemarkSchema"]),
    Floor("LineagePlugin", at: "Plugins/LineagePlugin", imports: ["PackagePlugin"]),
    Floor("Benchmarks", at: "Benchmarks", imports: ["Tidemark", "TidemarkCommands"]),
  ]

  /// The C libraries: one module map and one shim header each, and nothing else.
  static let shims = ["CTidemarkSQLite", "CTidemarkLZ4", "CTidemarkXXHash", "CTidemarkSodium"]

  /// What the system has; `Foundation` only where there is no `FoundationEssentials`.
  static let system: Set<String> = ["Glibc", "Musl", "Darwin", "FoundationEssentials", "Synchronization"]
  /// Only the target that services link into their tests.
  static let testing: Set<String> = ["Testing"]

  /// The floors where pointers are handled.
  static let unsafeFloors: Set<String> = ["TidemarkSQLite", "TidemarkSnapshots"]
  /// Files above them that cannot do without, each with the reason.
  static let unsafeFiles: [String: String] = [
    "Sources/Scheduler/Running/Processes.swift": "posix_spawn takes its arguments as C arrays",
    "Sources/Tidemark/Lock/LockFile.swift": "the holder's name is read and written in place, under the lock",
    "Benchmarks/Running/ChildProcess.swift": "posix_spawn takes its arguments as C arrays",
    "Benchmarks/Running/Text.swift": "reads the C strings of the system",
  ]

  static let longestFile = 400
  static let longestFunction = 60
}
