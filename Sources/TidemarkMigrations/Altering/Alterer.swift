// Brings a database to a schema without a migration: in one transaction, with everything looked at beforehand and the result
// held against what was wanted before it is committed.
public import TidemarkSQLite
public import TidemarkSchema

/// Alters databases to a schema.
public struct Alterer: Sendable {
  /// How it is done.
  public struct Options: Sendable {
    /// What is to become of a table that differs.
    public var mode: AlterationMode
    /// The id of a plan that may lose data, as a refusal named it.
    public var acceptedLoss: String?
    /// Whether whatever is lost may be: for a database of somebody who develops.
    public var acceptsAnyLoss: Bool
    /// Whether a database that a lineage keeps may be altered besides it.
    public var allowsManaged: Bool
    /// How long to wait for another program's transaction, in milliseconds.
    public var lockTimeout: Int32
    /// Asked while statements run; true cancels, and rolls back.
    public var isCancelled: @Sendable () -> Bool
    /// Called once before the transaction, where there is something to do: the place to take a lock.
    public var beforeChanging: (@Sendable () throws -> Void)?
    /// Told of each statement before it runs, counted from 1, and again ten times a second while it runs.
    public var onStatement: (@Sendable (_ number: Int, _ total: Int, _ sql: String) throws -> Void)?

    /// How it is done; without more, nothing is lost and no managed database altered.
    public init(
      mode: AlterationMode = .alter, acceptedLoss: String? = nil, acceptsAnyLoss: Bool = false,
      allowsManaged: Bool = false, lockTimeout: Int32 = 10_000, isCancelled: @escaping @Sendable () -> Bool = { false },
      beforeChanging: (@Sendable () throws -> Void)? = nil,
      onStatement: (@Sendable (_ number: Int, _ total: Int, _ sql: String) throws -> Void)? = nil
    ) {
      self.mode = mode
      self.acceptedLoss = acceptedLoss
      self.acceptsAnyLoss = acceptsAnyLoss
      self.allowsManaged = allowsManaged
      self.lockTimeout = lockTimeout
      self.isCancelled = isCancelled
      self.beforeChanging = beforeChanging
      self.onStatement = onStatement
    }
  }

  /// What is wanted.
  public let schema: Schema
  /// The text that makes it, where it is at hand: the notes about renames in it count.
  public let text: String?
  /// How it is done.
  public let options: Options

  /// What brings databases to a schema.
  public init(to schema: Schema, text: String? = nil, options: Options = Options()) {
    self.schema = schema
    self.text = text
    self.options = options
  }

  /// What `alter` would do, and what it would refuse. Nothing is changed; rows are looked at.
  /// - Throws: `SchemaError` where no statements lead there, `SQLiteError`, `AlterError.cancelled`.
  public func plan(_ connection: Connection) throws -> AlterPlan {
    let work = try WorkBound(
      connection, Sandbox(connection), bounded: false, isCancelled: options.isCancelled, tick: {})
    work.start()
    defer { work.stop() }
    do {
      return try connection.transaction(.deferred) { try look(connection) }
    } catch {
      throw work.wasCancelled ? AlterError.cancelled : error
    }
  }

  private func look(_ connection: Connection) throws -> AlterPlan {
    try AlterPlanMaking(
      connection: connection, from: Schema.read(from: connection), to: schema, text: text, mode: options.mode
    ).make(lineage: ChangelogTables(connection).state().changelog?.lineage)
  }

  /// Brings a database to the schema, or changes nothing.
  /// - Throws: `AlterError`, `SchemaError` where no statements lead there, `SQLiteError`, what a callback throws.
  @discardableResult
  public func alter(_ connection: Connection) throws -> AlterReport {
    let start = ContinuousClock.now
    let first = try connection.transaction(.deferred) { try Schema.read(from: connection) }
    let isEmpty = try AlterPlanMaking(
      connection: connection, from: first, to: schema, text: text, mode: options.mode
    ).isEmpty()
    guard !isEmpty else { return AlterReport(plan: AlterPlan(mode: options.mode), seconds: 0) }
    if connection.isReadOnly { throw AlterError.readOnly }
    try options.beforeChanging?()
    do {
      let guardian = try ConnectionGuard(connection, lockTimeout: options.lockTimeout)
      var report = try finally({ try guardian.restore() }) { try run(connection) }
      report.seconds = Clock.seconds(since: start)
      return report
    } catch let error as SQLiteError where error.code == SQLiteError.busy {
      throw AlterError.busy(waited: Double(options.lockTimeout) / 1000)
    }
  }

  private func run(_ connection: Connection) throws -> AlterReport {
    let sandbox = Sandbox(connection)
    let place = AlterPlace(options)
    let work = try WorkBound(
      connection, sandbox, bounded: false, isCancelled: options.isCancelled, tick: { try place.tick() })
    try sandbox.enter()
    work.start()
    defer {
      work.stop()
      sandbox.leave()
    }
    do {
      return try connection.transaction(.immediate) {
        let plan = try look(connection)
        guard !plan.isEmpty else { return AlterReport(plan: plan, seconds: 0) }
        try refuse(plan)
        let notes = try AlterRun(connection, sandbox: sandbox, plan: plan, schema: schema).run(place)
        return AlterReport(plan: plan, notes: notes, seconds: 0)
      }
    } catch {
      if let failure = work.failure { throw failure }
      throw work.wasCancelled ? AlterError.cancelled : error
    }
  }

  private func refuse(_ plan: AlterPlan) throws(AlterError) {
    if let lineage = plan.lineage, !options.allowsManaged { throw .managed(lineage: lineage) }
    if !plan.obstacles.isEmpty { throw .doesNotFit(plan.obstacles) }
    if let id = plan.lossID, !options.acceptsAnyLoss, options.acceptedLoss != id {
      throw .wouldLose(plan: id, plan.losses, doubts: plan.doubts)
    }
  }
}

/// What an alteration did.
public struct AlterReport: Sendable {
  /// What was done; empty where nothing was to be.
  public var plan: AlterPlan
  /// What could not be checked, in words.
  public var notes: [String] = []
  /// How long it took.
  public var seconds: Double
}
