// One operation in a process of its own, told on standard output as lines of a name and a number.
import Tidemark

/// What a child of the benchmarks does: `benchmarks --operation NAME ARGUMENT…`.
enum Operation {
  static let flag = "--operation"

  static func run(_ words: [String]) async throws {
    func argument(_ index: Int) throws -> String {
      guard words.indices.contains(index) else { throw UsageError(words: "\(flag) lacks an argument") }
      return words[index]
    }
    switch try argument(0) {
    case "restore": try ManagedDatabase(argument(2), lineage: Workload.lineage).restore(argument(1))
    case "capture": try ManagedDatabase(argument(1), lineage: Workload.lineage).snapshot(to: argument(2))
    case "increment": try store(argument(1), in: argument(2), full: false)
    case "whole": try store(argument(1), in: argument(2), full: true)
    case "verify":
      let report = try Verifier().verify(argument(1))
      if let problem = report.problems.first { throw problem }
    case "plan": try plan(argument(1))
    case "first-row": try firstRow(argument(1), argument(2))
    case "write": try Writer(database: argument(1), folder: argument(2), synchronous: argument(3)).run()
    case "apply": try ManagedDatabase(argument(1), lineage: ThousandMigrations.lineage()).migrate()
    case "rebuild": try ManagedDatabase(argument(1), lineage: Rebuild.after()).migrate()
    case "start": try await start(argument(1))
    case "open": try open(argument(1))
    case let name: throw UsageError(words: "no operation \(name)")
    }
    tell("peak", try Text.figure("VmHWM", in: "status") * 1_024)
  }

  private static func tell(_ name: String, _ number: Double) { print(name, number) }

  /// A capture into a store.
  private static func store(_ database: String, in folder: String, full: Bool) throws {
    let managed = ManagedDatabase(database, lineage: Workload.lineage, store: SnapshotStore(folder))
    let report = try managed.snapshot(full: full)
    tell("size", Double(report.fileSize))
    tell("blocks", Double(report.blocks))
    tell("stored", Double(report.storedBlocks))
  }

  /// What `restore --dry-run` plans, and the bytes read for it.
  private static func plan(_ snapshot: String) throws {
    let before = try Text.figure("rchar", in: "io")
    let database = ManagedDatabase(snapshot + "-none", lineage: Workload.lineage)
    guard try database.preview(snapshot).plan.isEmpty else {
      throw UsageError(words: "the snapshot is not of this lineage")
    }
    tell("read", try Text.figure("rchar", in: "io") - before)
  }

  /// The time to the first row of a query on a snapshot in place, its opening included.
  private static func firstRow(_ snapshot: String, _ sql: String) throws {
    let start = ContinuousClock.now
    let connection = try SnapshotReader.open(snapshot).openConnection()
    let opened = Seconds.since(start)
    let statement = try connection.prepare(sql)
    guard try statement.step() else { throw UsageError(words: "no row") }
    tell("row", Seconds.since(start) - opened)
    tell("opened", opened)
  }

  /// A service's start on a database that lacks nothing: lineage, locks, looks, and the end of it.
  private static func start(_ path: String) async throws {
    _ = ThousandMigrations.head
    let start = ContinuousClock.now
    let service = RestoreService(database: path, lineage: ThousandMigrations.lineage())
    let report = try await service.start()
    await service.stop()
    tell("done", Seconds.since(start))
    guard report.migration.outcome == .upToDate else { throw UsageError(words: "there was something to do") }
  }

  /// The least that a program does with a database.
  private static func open(_ path: String) throws {
    let start = ContinuousClock.now
    let connection = try Connection(path: path, mode: .readWrite)
    let id: Int64? = try connection.value("SELECT id FROM thing_500 WHERE id = 1")
    try connection.close()
    tell("done", Seconds.since(start))
    guard id == 1 else { throw UsageError(words: "no row") }
  }
}
