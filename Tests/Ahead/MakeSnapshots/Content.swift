// Jobs, tasks and what happened to them, as a week of a small cluster leaves them; a seed decides all of it.
import SchedulerMigrations
import Tidemark

/// Numbers that a seed reproduces (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Fills a database whichever of the three schemas it has.
struct Content {
  private let connection: Connection
  private var random: Seeded
  private let until: Timestamp

  init(_ connection: Connection, seed: UInt64, until: Timestamp) {
    self.connection = connection
    self.random = Seeded(state: seed)
    self.until = until
  }

  private static let jobs: [(role: String, name: String, command: String, schedule: String?)] = [
    ("ads", "reindex", "/opt/ads/bin/reindex --shards 16", "*/30 * * * *"),
    ("ads", "bill-customers", "/opt/ads/bin/bill --month last", "0 4 1 * *"),
    ("web", "rotate-logs", "/usr/sbin/logrotate /etc/logrotate.d/web", "@hourly"),
    ("web", "warm-cache", "/opt/web/bin/warm-cache --top 5000", "*/10 6-22 * * *"),
    ("web", "canary", "/opt/web/bin/canary --minutes 30", nil),
    ("data", "load-events", "/opt/data/bin/load --from kafka --batch 10000", "*/5 * * * *"),
    ("data", "compact", "/opt/data/bin/compact --older-than 7d", "15 3 * * 0"),
    ("data", "export-parquet", "/opt/data/bin/export --format parquet", "30 2 * * mon-fri"),
    ("ops", "backup", "/opt/ops/bin/backup --all", "0 1 * * *"),
    ("ops", "check-disks", "/opt/ops/bin/smart-check", "@daily"),
  ]
  private static let hosts = ["rack1-a", "rack1-b", "rack2-a", "rack2-b"]

  /// Adds rows.
  /// - Parameter generation: 0 for the oldest schema, 1 for this build's, 2 for the one ahead.
  mutating func fill(generation: Int) throws {
    if generation == 0 { try fillOnce() }
    try addJobs(generation)
    for _ in 0..<80 { try addTask(generation) }
    if generation == 2 { try addWindows() }
  }

  private mutating func fillOnce() throws {
    for (index, role) in ["ads", "data", "ops", "web"].enumerated() {
      try connection.run(
        "INSERT INTO quotas(role, cpu, ram_mb, tasks) VALUES (?, ?, ?, ?)", role, Double(4 + index * 2),
        8_192 * (index + 1), 10 + index * 5)
    }
    for host in Self.hosts {
      for (name, value) in [("rack", String(host.prefix(5))), ("cores", "32"), ("disk", "ssd")] {
        try connection.run("INSERT INTO host_attributes(host, name, value) VALUES (?, ?, ?)", host, name, value)
      }
    }
  }

  /// Production's jobs first; from this build's schema on the other environments use the same names.
  private mutating func addJobs(_ generation: Int) throws {
    let environment = ["prod", "staging", "devel"][generation]
    let created = until.milliseconds - 86_400_000
    for (index, job) in Self.jobs.enumerated() where generation == 0 || index % 2 == 0 {
      if generation == 0 {
        try connection.run(
          """
          INSERT INTO jobs(role, environment, name, command, cron, created_at, cpu, ram_mb, lock_name)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          """, job.role, environment, job.name, job.command, job.schedule, created, Double(1 + index % 3), 512,
          job.role == "data" ? "warehouse" : nil)
      } else {
        try connection.run(
          """
          INSERT INTO jobs(role, environment, name, command, schedule, created_at, cpu, ram_mb, lock_name, command_hash)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """, job.role, environment, job.name, job.command, job.schedule, created, 0.5, 256,
          job.role == "data" ? "warehouse-\(environment)" : nil, commandHash(of: job.command))
      }
    }
  }

  private mutating func addTask(_ generation: Int) throws {
    let jobs = try connection.rows("SELECT id, role FROM jobs ORDER BY id")
    let job = jobs[Int.random(in: 0..<jobs.count, using: &random)]
    let started = until.milliseconds - Int64.random(in: 60_000...86_000_000, using: &random)
    let ended = started + Int64.random(in: 500...59_000, using: &random)
    let roll = Int.random(in: 0..<20, using: &random)
    let (state, status): (String, Int32?) =
      switch roll {
      case 0: ("failed", 1)
      case 1: ("killed", 143)
      case 2: ("lost", nil)
      default: ("finished", 0)
      }
    try connection.run(
      "INSERT INTO tasks(job, state, host, exit_status, kill_requested_at) VALUES (?, ?, ?, ?, ?)",
      job.get("id", as: Int64.self), state, Self.hosts.randomElement(using: &random), status,
      state == "killed" ? ended - 200 : nil)
    let task = connection.lastInsertRowID
    let events: [(Int64, String, String?)] = [
      (started - 1_000, "pending", "due"), (started - 10, "starting", nil),
      (started, "running", "pid \(Int32.random(in: 300...32_000, using: &random))"),
      (ended, state, status.map { "status \($0)" }),
    ]
    for (at, event, detail) in events {
      try connection.run(
        "INSERT INTO task_events(task, at, event, detail) VALUES (?, ?, ?, ?)", task, at, event, detail)
    }
    if generation > 0 {
      try connection.run("UPDATE tasks SET role = ? WHERE id = ?", job.get("role", as: String.self), task)
    }
    if generation > 1, roll % 3 == 0 { try connection.run("UPDATE tasks SET tier = 'preferred' WHERE id = ?", task) }
  }

  private mutating func addWindows() throws {
    for host in Self.hosts {
      let starts = until.milliseconds + Int64.random(in: 1...30, using: &random) * 3_600_000
      try connection.run(
        "INSERT INTO maintenance_windows(host, starts_at, ends_at, reason) VALUES (?, ?, ?, ?)", host, starts,
        starts + 7_200_000, "new firmware")
    }
  }
}
