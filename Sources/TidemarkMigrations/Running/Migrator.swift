// Takes a database to the lineage it was made with, whichever way that is.
internal import TidemarkSchema
public import TidemarkSQLite

/// Plans and runs migrations on a connection.
public struct Migrator: Sendable {
  /// What the build knows.
  public let lineage: Lineage
  /// How it behaves.
  public let options: MigratorOptions
  let listener: MigrationListener?

  /// A migrator.
  /// - Parameters:
  ///   - lineage: where databases are taken.
  ///   - options: how it behaves.
  ///   - onEvent: hears of everything; a throw before a step aborts the plan.
  public init(
    _ lineage: Lineage, options: MigratorOptions = MigratorOptions(), onEvent: MigrationListener? = nil
  ) {
    self.lineage = lineage
    self.options = options
    self.listener = onEvent
  }

  /// Applies what is missing and undoes what this build does not know, in one transaction, or changes nothing.
  ///
  /// A run with nothing to do writes nothing.
  /// - Throws: `MigrationError` (a refusal, or a failure after which all is as it was but for one history row),
  ///   `SQLiteError`, or what a listener throws.
  @discardableResult
  public func migrate(_ connection: Connection) throws -> MigrationReport {
    try run(connection, trusting: options.trustsVerification && !options.strict) { state in
      try Plan.make(for: state, lineage: lineage, options: options.plan)
    }
  }

  /// Takes the last applied changes down and puts them back.
  /// - Parameter count: how many.
  /// - Throws: as `migrate`.
  @discardableResult
  public func redo(_ connection: Connection, last count: Int) throws -> MigrationReport {
    try run(connection, trusting: false) { state in
      try Plan.redo(last: count, for: state, lineage: lineage, options: options.plan)
    }
  }

  /// Runs what is left of backfills, each slice in a transaction of its own; resumes where a crash left them.
  /// - Parameter slices: how many at the most; nil for all.
  /// - Returns: the ids still unfinished.
  /// - Throws: `MigrationError.backfillStopped`, where a slice fails, which is then undone, or is cancelled; `SQLiteError`.
  @discardableResult
  public func backfill(_ connection: Connection, slices: Int? = nil) throws -> [MigrationID] {
    let tables = ChangelogTables(connection)
    guard let changelog = try ownChangelog(of: connection) else { return [] }
    var left = slices ?? .max
    let guardian = try ConnectionGuard(connection, lockTimeout: options.lockTimeout)
    return try finally({ try guardian.restore() }) {
      var unfinished: [MigrationID] = []
      for entry in changelog.entries where entry.batch != nil {
        guard let migration = lineage[entry.id] else { continue }
        let isFinished = try stopping(at: migration) { try finish(migration, on: connection, tables, left: &left) }
        if !isFinished { unfinished.append(entry.id) }
      }
      return unfinished
    }
  }

  /// What stops a backfill is told as that: all that came before it is committed.
  private func stopping<T>(at migration: any Migration, _ body: () throws -> T) throws -> T {
    let named = MigrationError.Named(id: migration.id, name: migration.name)
    do {
      return try refusingBusy(body)
    } catch let cause as MigrationError {
      throw MigrationError.backfillStopped(named, cause: cause)
    } catch let error as SQLiteError {
      var failure = StepFailure(direction: .backfill, id: migration.id, name: migration.name, cause: error.description)
      failure.sql = error.sql
      failure.remedy = error.limit?.hint ?? (error.isDiskFull ? "Free some room on the disk." : nil)
      throw MigrationError.backfillStopped(named, cause: .stepFailed(failure))
    }
  }

  private func finish(
    _ migration: any Migration, on connection: Connection, _ tables: ChangelogTables, left: inout Int
  ) throws -> Bool {
    let check = SliceCheck(connection, migration)
    var cookie: Int64?
    while left > 0 {
      if options.isCancelled() { throw MigrationError.cancelled }
      left -= 1
      let sandbox = Sandbox(connection)
      try sandbox.enter()
      defer { sandbox.leave() }
      let slices: Int? = try check.transaction {
        // Read again: another process may work on the same backfill, or have undone the change.
        // All of it only where somebody may have put something among Tidemark's tables.
        let now = try Int64(connection.schemaCookie())
        if cookie != now, try tables.state().changelog == nil { return nil }
        cookie = now
        guard let batch = try tables.batch(of: migration.id) else { return nil }
        var run = try BackfillRun(migration, batch: batch)
        let isSlice = try check.watching(sandbox) {
          try BackfillRecord.slice(&run, of: migration, on: connection, sandbox) ? run.last : nil
        }
        guard isSlice else {
          try tables.setBatch(nil, for: migration.id)
          return nil
        }
        try tables.setBatch(run.cursor.json, for: migration.id)
        return run.cursor.slices
      }
      guard let slices else { return true }
      try listener?(.backfilled(migration.id, slices: slices))
    }
    return false
  }

  // MARK: running

  private func run(
    _ connection: Connection, trusting: Bool, _ makePlan: (DatabaseState) throws -> Plan
  ) throws -> MigrationReport {
    let start = ContinuousClock.now
    do {
      if trusting, try isVerified(connection) {
        let report = try upToDate(connection, seconds: Clock.seconds(since: start))
        try listener?(.done(report))
        return report
      }
      var report = try refusingBusy {
        let guardian = try ConnectionGuard(connection, lockTimeout: options.lockTimeout)
        return try finally({ try guardian.restore() }) { try planAndRun(connection, guardian, makePlan) }
      }
      report.seconds = Clock.seconds(since: start)
      if !options.defersBackfills, !report.unfinished.isEmpty { report.unfinished = try backfill(connection) }
      try listener?(.done(report))
      return report
    } catch {
      try listener?(.failed(error))
      throw error
    }
  }

  /// Somebody else's transaction that outlasts the wait is a refusal: nothing was begun, or all of it rolled back.
  func refusingBusy<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as SQLiteError where error.code == SQLiteError.busy {
      throw MigrationError.busy(error.sql == "COMMIT" ? .reading : .writing, waited: Double(options.lockTimeout) / 1000)
    }
  }

  private func planAndRun(
    _ connection: Connection, _ guardian: ConnectionGuard, _ makePlan: (DatabaseState) throws -> Plan
  ) throws -> MigrationReport {
    let head = try lineage.headSchema(isCancelled: options.isCancelled)
    let state = try state(of: connection)
    let plan = try makePlan(state)
    try listener?(.planned(plan))
    if let fault = try ViewGrowth.fault(in: Schema.read(from: connection)) { throw MigrationError.altered([fault]) }
    // A new database gets its changelog even where there is nothing to put into it: it says whose it is.
    if plan.isEmpty, !state.isNew { return try verify(connection, state: state, head: head, plan: plan) }
    if connection.isReadOnly { throw MigrationError.readOnly }
    let proof = try prove(plan, state: state, on: connection)
    try refuseUnlessLossless(plan, proof.verdicts, state: state, on: connection)
    let entries = state.changelog?.unfolded ?? []
    try PlanEffects.refuseLoss(of: plan.steps, plan, entries: entries, on: connection, options)
    let rows = try RowProof(of: plan, lineage, options, on: connection)
    try options.beforeChanging?(plan)
    let start = ContinuousClock.now
    let startedAt = Clock.now()
    do {
      // Around the transaction: in it, a full-text table may have a statement open to its end.
      return try connection.withRowDigest(named: AtticSQL.digestFunction) {
        try RowProof.again(rows, lineage, options, on: connection, replan: { try makePlan(self.state(of: connection)) })
        {
          rows in
          try attempts(connection, guardian, head: head, proof: proof, rows: rows, planned: plan, makePlan)
        }
      }
    } catch {
      // What was busy all the time would be waited for again, and the row is not owed: nothing was begun.
      if (error as? MigrationError)?.isRefusal != true, (error as? SQLiteError)?.code != SQLiteError.busy {
        noteFailure(of: plan, startedAt: startedAt, since: start, error, on: connection)
      }
      throw error
    }
  }

  /// The plan, then its fallback where the plan does not converge. Each attempt is a transaction of its own.
  private func attempts(
    _ connection: Connection, _ guardian: ConnectionGuard, head: Schema, proof: SchemaProof.Result, rows: RowProof?,
    planned: Plan, _ makePlan: (DatabaseState) throws -> Plan
  ) throws -> MigrationReport {
    var known: ForeignKeyViolations?
    var first: (any Error)?
    while true {
      do {
        return try attempt(
          connection, guardian, head: head, fallingBack: first != nil, known: known, proof: proof, rows: rows,
          planned: planned, makePlan)
      } catch is PlanRunner.NeedsKnownViolations {
        known = try ForeignKeyViolations(connection)
      } catch let error as Attempted {
        if let first { throw first }
        guard error.hasFallback else { throw error.cause }
        first = error.cause
        try listener?(.fallingBack(because: error.cause))
      }
    }
  }

  /// An attempt that did not converge, and whether there is another way.
  private struct Attempted: Error {
    var cause: any Error
    var hasFallback: Bool
  }

  private func attempt(
    _ connection: Connection, _ guardian: ConnectionGuard, head: Schema, fallingBack: Bool,
    known: ForeignKeyViolations?, proof: SchemaProof.Result, rows: RowProof?, planned: Plan,
    _ makePlan: (DatabaseState) throws -> Plan
  ) throws -> MigrationReport {
    let sandbox = Sandbox(connection)
    let start = ContinuousClock.now
    let startedAt = Clock.now()
    let ticker = Ticker(listener)
    let work = try WorkBound(
      connection, sandbox, bounded: options.boundsStoredSQL, least: options.storedWork,
      isCancelled: options.isCancelled, tick: ticker.tick)
    try sandbox.enter()
    defer {
      work.stop()
      sandbox.leave()
    }
    return try connection.transaction(.immediate) {
      // Read again: another process may have done the work while this one waited for the lock.
      let state = try ChangelogTables(connection).state()
      let plan = try makePlan(state)
      if plan.isEmpty, !state.isNew {
        return try verify(connection, state: state, head: head, plan: plan, sandbox)
      }
      try rows?.refuseUnlessHolds(for: plan, on: connection)
      let proof =
        try holds(proof, for: plan, fallingBack: fallingBack, on: connection)
        ? proof : prove(plan, fallingBack: fallingBack, state: state, on: connection)
      try refuseUnlessLossless(plan, fallingBack: fallingBack, proof.verdicts, state: state, on: connection)
      try PlanEffects.refuseLoss(
        of: fallingBack ? plan.fallback ?? plan.steps : plan.steps, plan, entries: state.changelog?.unfolded ?? [],
        on: connection, options)
      // What another build did since the plan was made is undone with the same care as what had been seen then. Nothing is
      // written yet, so that others can read.
      if !plan.undone.allSatisfy({ entry in planned.undone.contains { $0.id == entry.id } }) {
        try options.beforeChanging?(plan)
      }
      work.start()
      do {
        let runner = try PlanRunner(
          connection, sandbox: sandbox, guardian: guardian, lineage: lineage, options: options, state: state,
          plan: plan, fallingBack: fallingBack, known: known, verdicts: proof.verdicts, emit: { try listener?($0) })
        let report = try runner.run(head: head) { step, start in ticker.begin(step, start) }
        work.stop()
        try ChangelogTables(connection).addHistory(
          HistoryRow(
            startedAt: startedAt, build: options.build, before: plan.before.list, after: plan.after.list,
            seconds: Clock.seconds(since: start), outcome: "done", detail: Self.summary(report)))
        return report
      } catch let error as PlanRunner.NeedsKnownViolations {
        throw error
      } catch {
        let explained = work.explain(error)
        guard Self.mayFallBack(explained) else { throw explained }
        throw Attempted(cause: explained, hasFallback: !fallingBack && plan.fallback != nil)
      }
    }
  }

  /// Proves what a plan's upgrades leave behind.
  private func prove(
    _ plan: Plan, fallingBack: Bool = false, state: DatabaseState, on connection: Connection
  ) throws -> SchemaProof.Result {
    let steps = fallingBack ? plan.fallback ?? plan.steps : plan.steps
    var result = SchemaProof.Result(planID: plan.id, cookie: try connection.schemaCookie())
    result.verdicts = try SchemaProof(lineage: lineage, options: options).prove(
      steps, entries: state.changelog?.unfolded ?? []
    ) {
      // An operator's index goes with a table that is rebuilt, and is made again at the end of the plan.
      let schema = try Schema.read(from: connection)
      var drift = DriftKeeper(before: schema, changelog: state.changelog, lineage: lineage)
      return Schema(objects: try schema.objects.filter { try $0.type == .table || !drift.isDrift($0) })
    }
    return result
  }

  /// Where nothing may be lost: by the verdicts, and by the rows that there are.
  private func refuseUnlessLossless(
    _ plan: Plan, fallingBack: Bool = false, _ verdicts: [MigrationID: Verdict], state: DatabaseState,
    on connection: Connection
  ) throws {
    guard options.plan.requiresLossless else { return }
    let steps = fallingBack ? plan.fallback ?? plan.steps : plan.steps
    let untold = try PlanEffects.untold(in: steps, plan, state, on: connection, attic: options.attic)
    try plan.refuseLoss(in: steps) { step in
      if step.kind == .downgrade, let why = step.id.flatMap({ untold[$0] }) { return .lossy(why) }
      let known = step.id.flatMap { step.kind == .upgrade ? verdicts[$0] : Verdict(entry: step.proof) }
      if known == .losslessWithAttic, options.attic == .off, step.kind == .downgrade {
        return .lossy("the attic is turned off, and it would keep what goes")
      }
      return known ?? .unproven("there is no way back")
    }
  }

  /// Whether what was proven before the transaction is what runs in it: another process may have been here.
  private func holds(
    _ proof: SchemaProof.Result, for plan: Plan, fallingBack: Bool, on connection: Connection
  ) throws -> Bool {
    try !fallingBack && proof.planID == plan.id && proof.cookie == connection.schemaCookie()
  }

  /// Whether another order of steps could help: a step that failed, or a schema that is not the head's.
  private static func mayFallBack(_ error: any Error) -> Bool {
    switch error as? MigrationError {
    case .stepFailed, .inTheWay, .leftBehind, .notConverged, .altered, .foreignKeys: true
    default: false
    }
  }

  private static func summary(_ report: MigrationReport) -> String {
    report.steps.map { $0.step.kind.rawValue + ($0.step.id.map { " \($0)" } ?? "") }.joined(separator: ", ")
  }

  /// A failure changes nothing but this row. That the row cannot be written must not hide why the plan failed.
  private func noteFailure(
    of plan: Plan, startedAt: String, since start: ContinuousClock.Instant, _ error: any Error,
    on connection: Connection
  ) {
    guard !plan.before.isEmpty || !(plan.steps.first?.kind == .baseline) else { return }
    let row = HistoryRow(
      startedAt: startedAt, build: options.build, before: plan.before.list, after: plan.before.list,
      seconds: Clock.seconds(since: start), outcome: "failed",
      detail: (error as? MigrationError)?.message ?? String(describing: error))
    try? connection.transaction(.immediate) {
      let tables = ChangelogTables(connection)
      if try tables.state().changelog != nil { try tables.addHistory(row) }
    }
  }
}

/// Runs a body and then a clean-up, which runs in any case; the body's error goes before the clean-up's.
func finally<T>(_ cleanUp: () throws -> Void, _ body: () throws -> T) throws -> T {
  let result: T
  do {
    result = try body()
  } catch {
    // The body's error is the cause; one of the clean-up after it would only follow from it.
    try? cleanUp()
    throw error
  }
  try cleanUp()
  return result
}
