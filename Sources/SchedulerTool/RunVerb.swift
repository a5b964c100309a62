// `scheduler run`: options to values, and events to lines on standard output.
import Scheduler
import Tidemark

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The service in the foreground.
struct RunVerb {
  private let options: SchedulerOptions

  init(_ arguments: Arguments) throws {
    try arguments.noWords()
    var options = SchedulerOptions(database: try arguments.database())
    options.store = try arguments.value("store").map { SnapshotStore($0) }
    options.onMissing = try arguments.choice("on-missing") ?? .createUnlessSnapshots
    options.onDamage = try arguments.choice("on-damage") ?? .refuse
    options.snapshotEvery = try arguments.duration("snapshot-every")
    options.grace = try arguments.duration("grace") ?? .seconds(10)
    options.logs = try arguments.value("logs")
    options.quotas = try arguments.all("quota").map(Self.quota)
    for text in arguments.all("attribute") {
      let (name, value) = try Self.pair(text, of: "attribute")
      options.attributes[name] = value
    }
    let needsStore =
      options.snapshotEvery != nil || options.onMissing == .restoreNewest || options.onDamage == .restore
    if needsStore, options.store == nil { throw UsageError("snapshots need a place: --store DIR") }
    self.options = options
  }

  func run() async throws {
    StopSignal.watchSignals()
    if let logs = options.logs { try LocalFiles().makeFolder(logs) }
    try await Scheduler(options) { event in Self.say(Self.words(event)) }.run()
  }

  /// `web=8,4,16384`: tasks, cores, memory. What is left out is not limited.
  private static func quota(_ text: String) throws -> Quota {
    let (role, numbers) = try pair(text, of: "quota")
    let parts = numbers.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), let tasks = Int64(parts[0]),
      let cpu = parts.count > 1 ? Double(parts[1]) : 1_048_576,
      let ram = parts.count > 2 ? Int64(parts[2]) : 1_099_511_627_776
    else { throw UsageError("--quota: '\(text)' is not of the form ROLE=TASKS[,CORES[,MIB]]") }
    do {
      return try Quota(role: role, cpu: cpu, ramMB: ram, tasks: tasks)
    } catch let error as SchedulerError {
      throw UsageError("--quota: '\(text)': \(error.message)")
    }
  }

  private static func pair(_ text: String, of option: String) throws -> (String, String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty else { throw UsageError("--\(option): '\(text)' is no NAME=VALUE") }
    return (parts[0], parts[1])
  }

  /// A line, written at once: whoever reads it may be a program that waits for it.
  private static func say(_ lines: [String]) {
    for line in lines { print(line) }
    fflush(nil)
  }

  private static func words(_ event: SchedulerEvent) -> [String] {
    switch event {
    case .ready(let report): return start(report)
    case .task(let id, let key, let state, let detail):
      return ["task \(id) \(key): \(state.rawValue)" + (detail.map { " (\($0))" } ?? "")]
    case .adopted(let id, let key, let pid): return ["task \(id) \(key): adopted (pid \(pid))"]
    case .waiting(let id, let key): return ["task \(id) \(key): waits for its quota or lock"]
    case .snapshot(let path): return ["snapshot \(path)"]
    case .trouble(let what): return ["trouble: \(what)"]
    case .stopping(let tasks): return ["stopping: \(tasks == 1 ? "1 task is" : "\(tasks) tasks are") being ended"]
    case .stopped: return ["stopped"]
    }
  }

  private static func start(_ report: StartReport) -> [String] {
    let migration = report.migration
    var lines: [String] = []
    if let restored = report.restored {
      lines.append("restored \(restored.source)")
      if let previous = restored.previous { lines.append("the database that was there is kept as \(previous)") }
    }
    lines += migration.steps.map { ran in
      "\(ran.step.kind.rawValue) \(ran.step.id.map { "\($0) " } ?? "")\(ran.step.name)"
    }
    lines += report.notes.map { "note: \($0)" }
    lines.append("ready: pid \(getpid()), database \(migration.outcome.rawValue), at \(migration.after.list)")
    return lines
  }
}
