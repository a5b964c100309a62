// Tasks in the database: every change of state writes its event in the same transaction.
public import Tidemark

/// A task that waits, with what it needs.
struct PendingTask {
  var id: Int64
  var key: JobKey
  var command: String
  var cpu: Double
  var ramMB: Int64
  var lock: String?
}

/// A task that has, or should have, a process.
struct LiveTask {
  var id: Int64
  var key: JobKey
  var state: TaskState
  var host: String?
  var pid: Int32?
  var stamp: String?
}

extension Registry {
  /// Adds a task that waits; inside the caller's transaction.
  func addTask(job: Int64, at now: Timestamp, detail: String) throws -> Int64 {
    try connection.run(
      "INSERT INTO tasks(job, state, role) SELECT id, 'pending', role FROM jobs WHERE id = ?", job)
    let id = connection.lastInsertRowID
    try add(.pending, to: id, at: now, detail)
    return id
  }

  /// Adds a task for a schedule that has come due, unless one of the job is still live: runs do not pile up.
  func addDueTask(job: Int64, at now: Timestamp) throws -> Int64? {
    try connection.transaction {
      let live: Int64 =
        try connection.value(
          "SELECT count(*) FROM tasks WHERE job = ? AND state IN ('pending', 'starting', 'running')", job) ?? 0
      return live == 0 ? try addTask(job: job, at: now, detail: "due") : nil
    }
  }

  /// The tasks that wait, oldest first.
  func pending() throws -> [PendingTask] {
    try connection.rows(
      """
      SELECT tasks.id, jobs.role, jobs.environment, jobs.name, jobs.command, jobs.cpu, jobs.ram_mb, jobs.lock_name
      FROM tasks JOIN jobs ON jobs.id = tasks.job WHERE tasks.state = 'pending' ORDER BY tasks.id
      """
    ).map { row in
      try PendingTask(
        id: row.get("id"), key: Self.key(row), command: row.get("command"), cpu: row.get("cpu"),
        ramMB: row.get("ram_mb"), lock: row.get("lock_name"))
    }
  }

  /// The tasks that have, or should have, a process.
  func live() throws -> [LiveTask] {
    try connection.rows(
      """
      SELECT tasks.id, jobs.role, jobs.environment, jobs.name, tasks.state, tasks.host, tasks.pid, tasks.pid_stamp
      FROM tasks JOIN jobs ON jobs.id = tasks.job WHERE tasks.state IN ('starting', 'running') ORDER BY tasks.id
      """
    ).map { row in
      try LiveTask(
        id: row.get("id"), key: Self.key(row), state: row.get("state"), host: row.get("host"), pid: row.get("pid"),
        stamp: row.get("pid_stamp"))
    }
  }

  /// Gives a waiting task its quota and its lock, where both are to be had.
  /// - Returns: whether it may start. One whose end was asked for meanwhile may not.
  func claim(_ task: PendingTask, host: String, at now: Timestamp) throws -> Bool {
    try connection.transaction {
      guard try fits(task) else { return false }
      if let lock = task.lock {
        try connection.run(
          "INSERT INTO locks(name, task, acquired_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING", lock, task.id,
          now.milliseconds)
        let holder: Int64? = try connection.value("SELECT task FROM locks WHERE name = ?", lock)
        guard holder == task.id else { return false }
      }
      try connection.run(
        """
        UPDATE tasks SET state = 'starting', host = ?
        WHERE id = ? AND state = 'pending' AND kill_requested_at IS NULL
        """, host, task.id)
      guard connection.changes == 1 else {
        try connection.run("DELETE FROM locks WHERE task = ?", task.id)
        return false
      }
      try add(.starting, to: task.id, at: now, nil)
      return true
    }
  }

  /// Whether a role's quota has room for the task; a role without one may use what it likes. A task whose role has not
  /// been filled in yet counts by its job's.
  private func fits(_ task: PendingTask) throws -> Bool {
    let rows = try connection.rows(
      """
      SELECT quotas.cpu - coalesce(sum(jobs.cpu), 0) AS cpu, quotas.ram_mb - coalesce(sum(jobs.ram_mb), 0) AS ram,
        quotas.tasks - count(jobs.id) AS tasks
      FROM quotas
        LEFT JOIN tasks ON tasks.state IN ('starting', 'running')
          AND coalesce(tasks.role, (SELECT role FROM jobs WHERE id = tasks.job)) = quotas.role
        LEFT JOIN jobs ON jobs.id = tasks.job
      WHERE quotas.role = ? GROUP BY quotas.role
      """, task.key.role)
    guard let left = rows.first else { return true }
    // Tenths of cores do not add up exactly.
    return try left.get("cpu") + 1e-9 >= task.cpu && left.get("ram") >= task.ramMB
      && left.get("tasks", as: Int64.self) >= 1
  }

  /// Records the process of a task.
  func setRunning(_ task: Int64, pid: Int32, stamp: String?, at now: Timestamp) throws {
    try connection.transaction {
      try connection.run(
        "UPDATE tasks SET state = 'running', pid = ?, pid_stamp = ? WHERE id = ?", pid, stamp, task)
      try add(.running, to: task, at: now, "pid \(pid)")
    }
  }

  /// Has a task that was to start wait again.
  func putBack(_ task: Int64, at now: Timestamp, _ detail: String) throws {
    try connection.transaction {
      try connection.run("DELETE FROM locks WHERE task = ?", task)
      try connection.run("UPDATE tasks SET state = 'pending', host = NULL WHERE id = ?", task)
      try add(.pending, to: task, at: now, detail)
    }
  }

  /// Records the end of a task.
  func end(
    _ task: Int64, _ state: TaskState, exitStatus: Int32? = nil, at now: Timestamp, _ detail: String?
  ) throws {
    try connection.transaction {
      try connection.run(
        """
        UPDATE tasks SET state = ?, exit_status = ?, pid = NULL, pid_stamp = NULL
        WHERE id = ? AND state IN ('starting', 'running')
        """, state.rawValue, exitStatus, task)
      // What is over stays as it was recorded.
      guard connection.changes == 1 else { return }
      try add(state, to: task, at: now, detail)
    }
  }

  private func add(_ event: TaskState, to task: Int64, at now: Timestamp, _ detail: String?) throws {
    try connection.run(
      "INSERT INTO task_events(task, at, event, detail) VALUES (?, ?, ?, ?)", task, now.milliseconds, event.rawValue,
      detail)
  }

  // MARK: kill

  /// Asks for the end of a task. A running scheduler sees to it; a task that only waits is over at once.
  /// - Throws: `SchedulerError` when there is no such task or it is over; `SQLiteError`.
  public func kill(_ task: Int64, at now: Timestamp = .now()) throws { try kill([task], at: now) }

  /// Asks for the end of some tasks, of all or of none.
  /// - Throws: as for one.
  public func kill(_ tasks: [Int64], at now: Timestamp = .now()) throws {
    try connection.transaction { for task in tasks { try askToEnd(task, at: now) } }
  }

  private func askToEnd(_ task: Int64, at now: Timestamp) throws {
    guard let state: TaskState = try connection.value("SELECT state FROM tasks WHERE id = ?", task) else {
      throw SchedulerError.noTask(task)
    }
    guard !state.isOver else { throw SchedulerError.taskIsOver(task, state) }
    try connection.run(
      "UPDATE tasks SET kill_requested_at = coalesce(kill_requested_at, ?) WHERE id = ?", now.milliseconds, task)
    guard state == .pending else { return }
    try connection.run("UPDATE tasks SET state = 'killed' WHERE id = ?", task)
    try add(.killed, to: task, at: now, "before it started")
  }

  /// The live tasks whose end has been asked for.
  func killRequests() throws -> [Int64] {
    try connection.rows(
      "SELECT id FROM tasks WHERE kill_requested_at IS NOT NULL AND state IN ('starting', 'running') ORDER BY id"
    ).map { try $0.get("id") }
  }

  // MARK: looking

  /// Tasks with their events, newest first.
  /// - Parameters:
  ///   - job: of this job only; nil for all.
  ///   - limit: at most so many.
  /// - Throws: `SchedulerError.noJob`, `SQLiteError`.
  public func tasks(of job: JobKey? = nil, limit: Int = 100) throws -> [TaskRecord] {
    let wanted = try job.map { key in
      guard let known = try id(of: key) else { throw SchedulerError.noJob(key) }
      return known
    }
    let events = try connection.prepare("SELECT at, event, detail FROM task_events WHERE task = ? ORDER BY id")
    defer { events.finalize() }
    // One transaction, so that a task and its events are of the same moment.
    return try connection.transaction(.deferred) {
      try connection.rows(
        """
        SELECT tasks.id, jobs.role, jobs.environment, jobs.name, tasks.state, tasks.host, tasks.pid, tasks.exit_status,
          tasks.kill_requested_at
        FROM tasks JOIN jobs ON jobs.id = tasks.job WHERE ?1 IS NULL OR tasks.job = ?1 ORDER BY tasks.id DESC LIMIT ?2
        """, wanted, limit
      ).map { row in
        let task: Int64 = try row.get("id")
        return try TaskRecord(
          id: task, job: Self.key(row), state: row.get("state"), host: row.get("host"), pid: row.get("pid"),
          exitStatus: row.get("exit_status"), killRequestedAt: row.get("kill_requested_at"),
          events: events.rows(task).map {
            try TaskEvent(at: $0.get("at"), event: $0.get("event"), detail: $0.get("detail"))
          })
      }
    }
  }
}
