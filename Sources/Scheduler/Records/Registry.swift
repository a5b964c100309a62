// The scheduler's tables as values: all SQL of jobs is here, that of tasks beside it. The running scheduler and those
// who submit, list and kill from other processes use the same.
internal import SchedulerMigrations
public import Tidemark

/// Jobs and tasks in a database at this build's schema.
public struct Registry {
  let connection: Connection

  /// Over a connection whose database has been brought to the schema.
  /// - Throws: `SQLiteError`.
  public init(_ connection: Connection) throws {
    self.connection = connection
    try connection.waitForLocks(milliseconds: 5_000)
    try connection.execute("PRAGMA foreign_keys = ON")
  }

  /// Opens the database of a scheduler that may be running, from another process.
  /// - Throws: `ServiceError.absent`, `ServiceError.damaged`; `SchedulerError.otherSchema` when it is not at this build's schema; `SQLiteError`.
  public static func open(_ path: String) throws -> Registry {
    let registry = try Registry(ManagedDatabase(path, lineage: lineage).open())
    let plan = try Migrator(lineage).plan(registry.connection)
    guard plan.steps.isEmpty else {
      throw SchedulerError.otherSchema(path, "\(plan.steps.count) changes stand between them")
    }
    return registry
  }

  /// Ends the connection.
  /// - Throws: `SQLiteError`.
  public func close() throws { try connection.close() }

  // MARK: jobs

  /// Records a job, or gives one that is there its new command, schedule and needs. One without a schedule gets a task.
  /// - Returns: the job's id, and the id of its task when it got one.
  /// - Throws: `SQLiteError`.
  public func submit(_ spec: JobSpec, at now: Timestamp = .now()) throws -> (job: Int64, task: Int64?) {
    try connection.transaction {
      try connection.run(
        """
        INSERT INTO jobs(role, environment, name, command, schedule, created_at, cpu, ram_mb, lock_name, command_hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (role, environment, name) DO UPDATE SET command = excluded.command, schedule = excluded.schedule,
          cpu = excluded.cpu, ram_mb = excluded.ram_mb, lock_name = excluded.lock_name,
          command_hash = excluded.command_hash
        """,
        spec.key.role, spec.key.environment, spec.key.name, spec.command, spec.schedule?.description, now.milliseconds,
        spec.cpu, spec.ramMB, spec.lock, commandHash(of: spec.command))
      guard let job = try id(of: spec.key) else { throw SchedulerError.noJob(spec.key) }
      return (job, spec.schedule == nil ? try addTask(job: job, at: now, detail: "submitted") : nil)
    }
  }

  func id(of key: JobKey) throws -> Int64? {
    try connection.value(
      "SELECT id FROM jobs WHERE role = ? AND environment = ? AND name = ?", key.role, key.environment, key.name)
  }

  /// All jobs, by key.
  /// - Throws: `SQLiteError`.
  public func jobs() throws -> [JobSummary] {
    try connection.rows(
      """
      SELECT jobs.id, jobs.role, jobs.environment, jobs.name, jobs.command, jobs.command_hash, jobs.schedule,
        jobs.created_at, job_overview.live_tasks, job_overview.last_task, job_overview.last_state
      FROM jobs JOIN job_overview ON job_overview.job = jobs.id
      ORDER BY jobs.role, jobs.environment, jobs.name
      """
    ).map { row in
      try JobSummary(
        id: row.get(0), key: Self.key(row), command: row.get("command"), commandHash: row.get("command_hash"),
        schedule: row.get("schedule"), createdAt: row.get("created_at"), liveTasks: row.get("live_tasks"),
        lastTask: row.get("last_task"), lastState: row.get("last_state"))
    }
  }

  /// The jobs that have a schedule.
  func schedules() throws -> [(job: Int64, key: JobKey, line: String)] {
    try connection.rows("SELECT id, role, environment, name, schedule FROM jobs WHERE schedule IS NOT NULL").map {
      try ($0.get("id"), Self.key($0), $0.get("schedule"))
    }
  }

  static func key(_ row: Row) throws -> JobKey {
    try JobKey(known: row.get("role"), row.get("environment"), row.get("name"))
  }

  // MARK: quotas and hosts

  func set(_ quota: Quota) throws {
    try connection.run(
      """
      INSERT INTO quotas(role, cpu, ram_mb, tasks) VALUES (?, ?, ?, ?)
      ON CONFLICT (role) DO UPDATE SET cpu = excluded.cpu, ram_mb = excluded.ram_mb, tasks = excluded.tasks
      """, quota.role, quota.cpu, quota.ramMB, quota.tasks)
  }

  /// Writes what a host is like, in place of what was known of it.
  func set(attributes: [String: String], of host: String) throws {
    let rows = try connection.rows("SELECT name, value FROM host_attributes WHERE host = ?", host)
    let known = try Dictionary(rows.map { try ($0.get("name", as: String.self), $0.get("value", as: String.self)) }) {
      $1
    }
    if known == attributes { return }
    try connection.run("DELETE FROM host_attributes WHERE host = ?", host)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      try connection.run("INSERT INTO host_attributes(host, name, value) VALUES (?, ?, ?)", host, name, value)
    }
  }
}
