// `submit`, `list`, `tasks` and `kill`: they work on the database, whether a scheduler runs on it or not.
import Scheduler
import Tidemark

/// Runs a body on the database's tables.
private func withRegistry<T>(_ arguments: Arguments, _ body: (Registry) throws -> T) throws -> T {
  let registry = try Registry.open(arguments.database())
  let result = try body(registry)
  try registry.close()
  return result
}

/// `scheduler submit`.
enum SubmitVerb {
  private struct Outcome: Encodable {
    var job: Int64
    var key: JobKey
    var task: Int64?
    var next: Timestamp?
  }

  static func run(_ arguments: Arguments) throws {
    guard arguments.words.count == 2 else {
      throw UsageError("submit takes a job, ROLE/ENVIRONMENT/NAME, and its command in one word")
    }
    let schedule = try arguments.value("schedule").map { try CronLine($0) }
    let spec = try JobSpec(
      key: JobKey(arguments.words[0]), command: arguments.words[1], schedule: schedule,
      cpu: arguments.number("cpu") ?? 0.1, ramMB: arguments.number("ram") ?? 64, lock: arguments.value("lock"))
    let (job, task) = try withRegistry(arguments) { try $0.submit(spec) }
    let next = schedule?.next(after: .now())
    if arguments.isOn("json") { return try JSON.write(Outcome(job: job, key: spec.key, task: task, next: next)) }
    print("job \(job) \(spec.key)" + (task.map { ": task \($0)" } ?? next.map { ": next at \($0)" } ?? ""))
  }
}

/// `scheduler list`.
enum ListVerb {
  private struct Listing: Encodable {
    var jobs: [JobSummary]
  }

  static func run(_ arguments: Arguments) throws {
    try arguments.noWords()
    let jobs = try withRegistry(arguments) { try $0.jobs() }
    if arguments.isOn("json") { return try JSON.write(Listing(jobs: jobs)) }
    printTable(
      ["JOB", "SCHEDULE", "LIVE", "LAST TASK", "STATE", "COMMAND"],
      jobs.map { job in
        [
          "\(job.key)", job.schedule ?? "-", "\(job.liveTasks)", job.lastTask.map { "\($0)" } ?? "-",
          job.lastState?.rawValue ?? "-", job.command,
        ]
      })
  }
}

/// `scheduler tasks`.
enum TasksVerb {
  private struct Listing: Encodable {
    var tasks: [TaskRecord]
  }

  static func run(_ arguments: Arguments) throws {
    try arguments.noWords()
    let job = try arguments.value("job").map { try JobKey($0) }
    let limit = try arguments.number("limit", as: Int.self) ?? 100
    guard limit > 0 else { throw UsageError("--limit begins at 1") }
    let tasks = try withRegistry(arguments) { try $0.tasks(of: job, limit: limit) }
    if arguments.isOn("json") { return try JSON.write(Listing(tasks: tasks)) }
    printTable(
      ["TASK", "JOB", "STATE", "HOST", "PID", "STATUS", "SINCE", "DETAIL"],
      tasks.map { task in
        [
          "\(task.id)", "\(task.job)", task.state.rawValue, task.host ?? "-", task.pid.map { "\($0)" } ?? "-",
          task.exitStatus.map { "\($0)" } ?? "-",
          task.events.last.map { "\(Timestamp(milliseconds: $0.at))" } ?? "-", task.events.last?.detail ?? "",
        ]
      })
  }
}

/// `scheduler kill`.
enum KillVerb {
  private struct Outcome: Encodable {
    var asked: [Int64]
  }

  static func run(_ arguments: Arguments) throws {
    let ids = try arguments.words.map { word in
      guard let id = Int64(word) else { throw UsageError("'\(word)' is no task's number") }
      return id
    }
    guard !ids.isEmpty else { throw UsageError("name the tasks to end") }
    try withRegistry(arguments) { registry in
      try registry.kill(ids)
    }
    if arguments.isOn("json") { return try JSON.write(Outcome(asked: ids)) }
    for id in ids { print("task \(id) is to end") }
  }
}
