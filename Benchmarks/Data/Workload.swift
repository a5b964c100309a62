// The database that the snapshot rows work on: what a cluster scheduler keeps, to the size that is asked for.
import Tidemark

/// A scheduler-like database: jobs, their tasks, and what happened to these.
struct Workload {
  /// The least number of bytes.
  var size: Int64
  private var numbers = SeededNumbers(seed: 20_261_121)
  private var clock: Int64 = 1_760_000_000_000

  init(size: Int64) { self.size = size }

  /// What keeps its schema.
  static let lineage = Lineage(
    name: "workload", migrations: [V001_CreateJobs(), V002_CreateTasks(), V003_CreateEvents()])

  struct V001_CreateJobs: Migration {
    var upgrade: Upgrade {
      """
      CREATE TABLE jobs(
        id INTEGER PRIMARY KEY, role TEXT NOT NULL, environment TEXT NOT NULL, name TEXT NOT NULL,
        config TEXT NOT NULL, UNIQUE(role, environment, name));
      CREATE TABLE heartbeats(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, payload TEXT NOT NULL);
      """
    }
    var downgrade: Downgrade { "DROP TABLE heartbeats; DROP TABLE jobs" }
  }

  struct V002_CreateTasks: Migration {
    var upgrade: Upgrade {
      """
      CREATE TABLE tasks(
        id TEXT PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs(id), instance INTEGER NOT NULL,
        state TEXT NOT NULL, host TEXT NOT NULL, config TEXT NOT NULL, updated_at INTEGER NOT NULL);
      CREATE INDEX tasks_by_job ON tasks(job, instance);
      CREATE INDEX tasks_by_host ON tasks(host);
      """
    }
    var downgrade: Downgrade { "DROP TABLE tasks" }
  }

  struct V003_CreateEvents: Migration {
    var upgrade: Upgrade {
      """
      CREATE TABLE task_events(
        id INTEGER PRIMARY KEY, task TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL);
      CREATE INDEX task_events_by_task ON task_events(task, at);
      """
    }
    var downgrade: Downgrade { "DROP TABLE task_events" }
  }

  /// Makes it, in WAL mode, with the WAL in the file.
  func make(at path: String) throws {
    var copy = self
    let part = path + "-part"
    try Paths.removeDatabase(part)
    let connection = try Connection(path: part)
    try connection.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")
    try Migrator(Self.lineage).migrate(connection)
    try copy.fill(connection)
    try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    try connection.checkpoint(.truncate)
    try connection.close()
    try LocalFiles().rename(part, to: path)
  }

  private mutating func fill(_ connection: Connection) throws {
    let pageSize: Int64 = try connection.value("PRAGMA page_size") ?? 4096
    try connection.run("INSERT INTO heartbeats VALUES(1, 0, '')")
    let job = try connection.prepare("INSERT INTO jobs(id, role, environment, name, config) VALUES(?, ?, ?, ?, ?)")
    let task = try connection.prepare("INSERT INTO tasks VALUES(?, ?, ?, ?, ?, ?, ?)")
    let event = try connection.prepare("INSERT INTO task_events(task, at, state, message) VALUES(?, ?, ?, ?)")
    let pages = try connection.prepare("PRAGMA page_count")
    var number: Int64 = 0
    while true {
      try connection.transaction {
        for _ in 0..<20 {
          number += 1
          try addJob(number, job, task, event)
        }
      }
      let count = try pages.rows().first?[0]
      if case .integer(let count) = count, count * pageSize >= size { return }
    }
  }

  private static let roles = ["www-data", "search", "billing", "ads", "mail", "indexing", "storage", "ml-serving"]
  private static let environments = ["prod", "staging", "devel", "test"]
  private static let walk = ["PENDING", "ASSIGNED", "STARTING", "RUNNING"]
  private static let ends = ["FINISHED", "FAILED", "KILLED", "LOST", "RUNNING", "RUNNING", "RUNNING"]

  private mutating func addJob(
    _ number: Int64, _ job: Statement, _ task: Statement, _ event: Statement
  ) throws {
    let role = numbers.one(of: Self.roles)
    let environment = numbers.one(of: Self.environments)
    let name = "service-\(number)"
    let config = config(role, environment, name)
    try job.run(number, role, environment, name, config)
    for instance in 0..<(4 + numbers.below(24)) {
      clock += Int64(numbers.below(900))
      let id = "\(clock)-\(role)-\(environment)-\(name)-\(instance)-\(numbers.hex(8))-\(numbers.hex(16))"
      let host = "rack\(numbers.below(64))-node\(numbers.below(40)).dc\(numbers.below(3)).example.net"
      let end = numbers.one(of: Self.ends)
      try task.run(id, number, instance, end, host, assigned(config, instance), clock)
      var at = clock
      for state in Self.walk + [end] {
        at += Int64(numbers.below(60_000))
        try event.run(id, at, state, message(state, host))
      }
    }
  }

  private mutating func config(_ role: String, _ environment: String, _ name: String) -> String {
    """
    {"owner":{"role":"\(role)","user":"svc-\(numbers.hex(6))"},"environment":"\(environment)","jobName":"\(name)",\
    "resources":{"numCpus":\(numbers.below(16)).\(numbers.below(10)),"ramMb":\(128 << numbers.below(7)),\
    "diskMb":\(1_024 << numbers.below(5))},"constraints":[{"name":"rack","limit":1},{"name":"host","limit":1}],\
    "container":{"image":"registry.example.net/\(role)/\(name)@sha256:\(numbers.hex(16))\(numbers.hex(16))"},\
    "executor":{"name":"thermos","data":"\(numbers.hex(16))\(numbers.hex(16))"},"maxTaskFailures":\(numbers.below(9))}
    """
  }

  /// What one task has of a job's configuration: ports, and a token of its own.
  private mutating func assigned(_ config: String, _ instance: Int) -> String {
    let token = (0..<24).map { _ in numbers.hex(16) }.joined()
    return
      "{\"instance\":\(instance),\"ports\":{\"http\":\(31_000 + numbers.below(1_000))},\"token\":\"\(token)\",\"task\":\(config)}"
  }

  private mutating func message(_ state: String, _ host: String) -> String {
    switch state {
    case "ASSIGNED": "offer \(numbers.hex(16))\(numbers.hex(8)) accepted on \(host)"
    case "STARTING": "initialising sandbox \(numbers.hex(16))\(numbers.hex(16))"
    case "FAILED": "exit status \(numbers.below(256)), see log \(numbers.hex(12))"
    case "KILLED": "instructed by user svc-\(numbers.hex(6))"
    case "RUNNING": "health check \(numbers.hex(16))\(numbers.hex(16)) passed"
    default: "reported by the agent, update \(numbers.hex(16))\(numbers.hex(16))"
    }
  }
}
