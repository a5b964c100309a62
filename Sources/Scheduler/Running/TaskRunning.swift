// From due to over: how tasks come, start and end while the scheduler runs.
internal import Tidemark

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Scheduler {
  // MARK: coming due

  /// Learns the schedules; one that has not changed keeps its next moment.
  func reschedule(_ registry: Registry, at now: Timestamp) throws {
    var next: [Int64: (line: String, at: Timestamp)] = [:]
    for (job, key, line) in try registry.schedules() {
      if let known = due[job], known.line == line {
        next[job] = known
        continue
      }
      do {
        if let at = try CronLine(line).next(after: now) { next[job] = (line, at) }
      } catch {
        // Written by another program: one job that cannot be scheduled must not keep the others from running.
        tell(.trouble("\(key): \(error)"))
        next[job] = (line, Timestamp(milliseconds: .max))
      }
    }
    due = next
  }

  /// Adds tasks for the schedules that have come due.
  /// - Returns: whether any has.
  func addDue(_ registry: Registry, at now: Timestamp) throws -> Bool {
    var found = false
    for (job, entry) in due where entry.at <= now {
      found = true
      _ = try registry.addDueTask(job: job, at: now)
      // From now on: what came due meanwhile is not made up for.
      due[job] = try CronLine(entry.line).next(after: now).map { (entry.line, $0) }
    }
    return found
  }

  // MARK: starting

  /// Starts what waits, as far as quotas and locks have room.
  func startPending(_ registry: Registry, at now: Timestamp) throws {
    var stillWaiting: Set<Int64> = []
    for task in try registry.pending() {
      if try registry.claim(task, host: host, at: now) {
        tell(.task(task.id, task.key, .starting, detail: nil))
        try start(task, registry)
      } else {
        stillWaiting.insert(task.id)
        if !waiting.contains(task.id) { tell(.waiting(task.id, task.key)) }
      }
    }
    waiting = stillWaiting
  }

  private func start(_ task: PendingTask, _ registry: Registry) throws {
    let variables = [
      "SCHEDULER_ROLE": task.key.role, "SCHEDULER_ENVIRONMENT": task.key.environment, "SCHEDULER_JOB": task.key.name,
      "SCHEDULER_TASK": "\(task.id)",
    ]
    let process: GatedProcess
    do {
      process = try Processes.start(
        task.command, variables: variables, log: options.logs.map { "\($0)/\(task.id).log" })
    } catch {
      try registry.end(task.id, .failed, at: .now(), "\(error)")
      tell(.task(task.id, task.key, .failed, detail: "\(error)"))
      return
    }
    processes[task.id] = TaskProcess(pid: process.pid, key: task.key, adoptedStamp: nil)
    do {
      try registry.setRunning(task.id, pid: process.pid, stamp: process.stamp, at: .now())
    } catch {
      // Not recorded, so it must not run; the process leaves by itself and is noted as ended.
      process.abandon()
      throw error
    }
    process.open()
    tell(.task(task.id, task.key, .running, detail: "pid \(process.pid)"))
  }

  // MARK: ending

  /// Records the tasks whose processes have ended.
  /// - Returns: whether any has.
  func noteEnds(_ registry: Registry, at now: Timestamp) throws -> Bool {
    var found = false
    for (task, process) in processes.sorted(by: { $0.key < $1.key }) {
      guard let end = process.end ?? end(of: process) else { continue }
      // Kept until it is recorded: a process can be waited for once, and the database may be busy.
      processes[task]?.end = end
      try registry.end(task, end.state, exitStatus: end.status, at: now, end.detail)
      processes[task] = nil
      found = true
      tell(.task(task, process.key, end.state, detail: end.detail))
    }
    return found
  }

  private func end(of process: TaskProcess) -> TaskProcess.End? {
    if let stamp = process.adoptedStamp {
      guard Processes.stamp(of: process.pid) != stamp else { return nil }
      return process.askedToEnd != nil
        ? .init(state: .killed, detail: "its status went to the scheduler before this one")
        : .init(state: .lost, detail: "it ended; its status went to the scheduler before this one")
    }
    guard let end = Processes.end(of: process.pid) else { return nil }
    let state: TaskState =
      if process.askedToEnd != nil { .killed } else if end == .exited(0) { .finished } else { .failed }
    return .init(state: state, status: end.status, detail: end.words)
  }

  /// Asks tasks to end whose end was requested from outside.
  func endRequested(_ registry: Registry) throws {
    for task in try registry.killRequests() { askToEnd(task) }
  }

  /// Asks a task's processes to end.
  func askToEnd(_ task: Int64) {
    guard let process = processes[task], process.askedToEnd == nil else { return }
    processes[task]?.askedToEnd = .now
    Processes.send(SIGTERM, to: process.pid)
  }

  /// Ends by force what was asked and did not end in time.
  func endByForce() {
    for (task, process) in processes {
      guard let asked = process.askedToEnd, !process.isForced, asked + options.grace <= .now else { continue }
      processes[task]?.isForced = true
      Processes.send(SIGKILL, to: process.pid)
    }
  }
}
