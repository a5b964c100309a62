// The service: looks around ten times a second, which costs microseconds, and does what has come due.
//
// All that it must not forget is in the database before it acts on it, so it may be killed at any moment:
// - a task is `starting` before its process is made, and the process waits until its pid is recorded;
// - at a start, a task whose process is gone is `lost`, and one whose process still runs is adopted: the scheduler's
//   death is no reason to end the work of others. The end of an adopted process can be seen but not its status, which
//   went to another parent; such a task is `lost` too, with that said.
// - a stop that was asked for ends all tasks: each end is then known and recorded, and the snapshot that follows speaks
//   of no process that is running somewhere.
// Runs that would have come due while no scheduler ran are not made up for.
internal import Tidemark

/// A scheduler over one database.
public actor Scheduler {
  let options: SchedulerOptions
  let stop: StopSignal
  let tell: @Sendable (SchedulerEvent) -> Void
  let host: String
  /// Processes by task.
  var processes: [Int64: TaskProcess] = [:]
  /// When each scheduled job comes due, by job.
  var due: [Int64: (line: String, at: Timestamp)] = [:]
  /// Tasks of which it has been told that they wait.
  var waiting: Set<Int64> = []

  private let service: RestoreService
  private var seenVersion: Int64 = -1
  private var isDirty = true
  private var nextSnapshot: ContinuousClock.Instant?
  private var snapshotting: Task<Void, Never>?

  /// A process of a task.
  struct TaskProcess {
    var pid: Int32
    var key: JobKey
    /// Set for one that an earlier scheduler made.
    var adoptedStamp: String?
    /// When it was asked to end.
    var askedToEnd: ContinuousClock.Instant?
    /// Whether it was ended by force.
    var isForced = false
    /// How it ended, from when that is known until it is recorded.
    var end: End?

    /// An end.
    struct End {
      var state: TaskState
      var status: Int32?
      var detail: String
    }
  }

  /// A scheduler that is not running yet.
  /// - Parameters:
  ///   - options: what it works on, and how.
  ///   - stop: ends it.
  ///   - onEvent: hears of what happens, in order.
  public init(
    _ options: SchedulerOptions, stop: StopSignal = .process,
    onEvent: @escaping @Sendable (SchedulerEvent) -> Void = { _ in }
  ) {
    self.options = options
    self.stop = stop
    tell = onEvent
    host = Processes.hostName
    let settings = ManagedDatabase.Options(
      build: options.build, defersBackfills: true, isCancelled: { stop.isRaised }, onEvent: options.onMigration)
    service = RestoreService(
      database: options.database, lineage: options.lineage, store: options.store, onMissing: options.onMissing,
      onDamage: options.onDamage, options: settings)
  }

  /// Brings the database to this build's schema, runs what is due, and returns once a stop was asked for and all tasks
  /// have ended.
  /// - Throws: `SchedulerError.alreadyRunning`, what `RestoreService.start` refuses or fails with; `SQLiteError` when the database can no longer be
  ///   written. Tasks that run then go on, and the next start finds them.
  public func run() async throws {
    // Before anything else: a second one would take the first one's tasks for those of a dead one.
    let lock = try InstanceLock(of: options.database)
    defer { lock.release() }
    let report = try await service.start()
    do {
      try await work(report)
      await service.stop()
    } catch {
      await service.stop()
      throw error
    }
    tell(.stopped)
  }

  private func work(_ report: StartReport) async throws {
    let connection = try Connection(path: options.database, mode: .readWrite)
    try connection.waitForLocks(milliseconds: 5_000)
    // Those who submit and list must not wait for the scheduler, nor it for a snapshot.
    try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    let registry = try Registry(connection)
    try describe(in: registry)
    try recover(registry)
    tell(.ready(report))
    let backfills = Task { await finishBackfills() }
    nextSnapshot = options.snapshotEvery.map { .now + $0 }
    while !stop.isRaised {
      try look(registry, connection)
      try await Task.sleep(for: .milliseconds(100))
    }
    try await shutDown(registry)
    await backfills.value
    await snapshotting?.value
    try registry.close()
    if options.store != nil { await snapshot() }
  }

  private func describe(in registry: Registry) throws {
    let machine = Processes.resources
    var attributes = ["cores": "\(machine.cores)", "ram_mb": "\(machine.ramMB)"]
    attributes.merge(options.attributes) { $1 }
    try registry.connection.transaction {
      try registry.set(attributes: attributes, of: host)
      for quota in options.quotas { try registry.set(quota) }
    }
  }

  /// One look around.
  private func look(_ registry: Registry, _ connection: Connection) throws {
    let now = Timestamp.now()
    do {
      if try noteEnds(registry, at: now) { isDirty = true }
      // Another process has submitted or killed something when the version is a new one.
      let version: Int64 = try connection.value("PRAGMA data_version") ?? 0
      if version != seenVersion || isDirty { try reschedule(registry, at: now) }
      if try addDue(registry, at: now) { isDirty = true }
      if version != seenVersion || isDirty {
        try endRequested(registry)
        try startPending(registry, at: now)
      }
      seenVersion = version
      isDirty = false
      endByForce()
    } catch let error as SQLiteError where error.code == SQLiteError.busy {
      isDirty = true
      tell(.trouble("the database is locked by another process: \(error.message)"))
    }
    takeDueSnapshot()
  }

  private func takeDueSnapshot() {
    guard let every = options.snapshotEvery, let next = nextSnapshot, ContinuousClock.now >= next else { return }
    nextSnapshot = .now + every
    // One that takes longer than the time between two is not followed by those that came due meanwhile.
    guard snapshotting == nil else { return }
    snapshotting = Task {
      await snapshot()
      snapshotting = nil
    }
  }

  private func snapshot() async {
    do {
      tell(.snapshot(path: try await service.snapshot().path))
    } catch {
      tell(.trouble("no snapshot could be taken: \(error)"))
    }
  }

  private func finishBackfills() async {
    do {
      try await service.finishBackfills()
    } catch {
      // It goes on at the next start; until then rows that are not filled are read by their job.
      if !stop.isRaised { tell(.trouble("a backfill did not finish: \(error)")) }
    }
  }

  /// Ends all tasks, and waits until they have.
  private func shutDown(_ registry: Registry) async throws {
    tell(.stopping(tasks: processes.count))
    for task in processes.keys.sorted() { askToEnd(task) }
    while !processes.isEmpty {
      do {
        _ = try noteEnds(registry, at: .now())
      } catch let error as SQLiteError where error.code == SQLiteError.busy {
        // The ends are known; they are recorded as soon as that is possible.
        tell(.trouble("the database is locked by another process: \(error.message)"))
      }
      endByForce()
      if !processes.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
    }
  }
}
