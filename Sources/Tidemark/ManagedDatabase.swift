// One database file under a lineage: what the tool and a service do with it, locks and snapshots included.
public import TidemarkMigrations
public import TidemarkSQLite
public import TidemarkSnapshots

/// A database file, the lineage it is kept at, and the store of its snapshots. Every call blocks until it is done.
public struct ManagedDatabase: Sendable {
  /// How it is handled.
  public struct Options: Sendable {
    /// The build's name, for the changelog and for those who wait.
    public var build: String
    /// What plans are allowed.
    public var plan: PlanOptions
    /// Look at everything, and refuse drift.
    public var strict: Bool
    /// Whether stored SQL's work is bounded.
    public var boundsStoredSQL: Bool
    /// What stored SQL may do besides what the size of the database allows, in SQLite's operations.
    package var storedWork: Int64 = 200_000_000
    /// Whether backfills are left for after a service is up.
    public var defersBackfills: Bool
    /// Whether upgrades that the lineage does not vouch for are proven before they are applied.
    public var proves: Bool
    /// Whether upgrades are proven with the rows that there are, too, before anything is touched: up, down and up again on
    /// a copy in memory. For databases of up to 256 MiB; a larger one is refused.
    public var provesWithRows: Bool
    /// Whether what downgrades would destroy is kept in the database.
    public var attic: AtticPolicy
    /// The id of a plan that may lose data, as a refusal named it.
    public var acceptedLoss: String?
    /// How long others who hold the database are waited for.
    public var lockTimeout: Duration
    /// The greatest database that may be restored, in bytes.
    public var maxSize: Int64?
    /// Whose snapshots are restored, and the keys that open sealed ones.
    public var trust: Trust
    /// Who signs the snapshots that are taken; nil for nobody.
    public var signer: SecretKey?
    /// Whom they are sealed to; empty for plain ones.
    public var recipients: [PublicKey]
    /// Asked while work goes on; true cancels it.
    public var isCancelled: @Sendable () -> Bool
    /// Hears of every step of a plan.
    public var onEvent: MigrationListener?
    /// Hears how far a capture or a restore is; a throw cancels it.
    public var onProgress: ProgressHandler?
    /// The file system.
    public var files: any FileSystem

    /// The defaults suit a service.
    public init(
      build: String = "unknown", plan: PlanOptions = PlanOptions(), strict: Bool = false,
      boundsStoredSQL: Bool = true, defersBackfills: Bool = false, proves: Bool = true, provesWithRows: Bool = false,
      attic: AtticPolicy = .keep, acceptedLoss: String? = nil, lockTimeout: Duration = .seconds(10),
      maxSize: Int64? = nil, trust: Trust = .anyone, signer: SecretKey? = nil, recipients: [PublicKey] = [],
      isCancelled: @escaping @Sendable () -> Bool = { false },
      onEvent: MigrationListener? = nil, onProgress: ProgressHandler? = nil, files: any FileSystem = LocalFiles()
    ) {
      self.build = build
      self.plan = plan
      self.strict = strict
      self.boundsStoredSQL = boundsStoredSQL
      self.defersBackfills = defersBackfills
      self.proves = proves
      self.provesWithRows = provesWithRows
      self.attic = attic
      self.acceptedLoss = acceptedLoss
      self.lockTimeout = lockTimeout
      self.maxSize = maxSize
      self.trust = trust
      self.signer = signer
      self.recipients = recipients
      self.isCancelled = isCancelled
      self.onEvent = onEvent
      self.onProgress = onProgress
      self.files = files
    }
  }

  /// The database's path.
  public let path: String
  /// Where it is kept.
  public let lineage: Lineage
  /// Its snapshots; nil when none are kept.
  public let store: SnapshotStore?
  /// How it is handled.
  public var options: Options

  /// A database.
  public init(_ path: String, lineage: Lineage, store: SnapshotStore? = nil, options: Options = Options()) {
    self.path = path
    self.lineage = lineage
    self.store = store
    self.options = options
  }

  // MARK: looking

  /// Whether the file is there.
  /// - Throws: `FileError` when that cannot be told.
  public var exists: Bool { get throws { try options.files.status(path, followLinks: true) != nil } }

  /// The changelog against the lineage.
  /// - Throws: `ServiceError.absent`, `MigrationError`, `SQLiteError`.
  public func status() throws -> MigrationStatus {
    try reading { try Migrator(lineage).status($0) }
  }

  /// The plan that `migrate` would run.
  /// - Parameter id: the last migration to keep; nil for the head.
  /// - Throws: `ServiceError.absent`, `MigrationError`, `SQLiteError`.
  public func plan(to id: MigrationID? = nil) throws -> Plan {
    let target = try target(id)
    return try reading {
      try Migrator(target, options: MigratorOptions(plan: options.plan, strict: options.strict)).plan($0)
    }
  }

  /// The plan for a snapshot, from its manifest alone; nil where the manifest does not tell enough.
  /// - Throws: `MigrationError`, a refusal.
  public func planForSnapshot(_ manifest: Manifest) throws -> Plan? {
    guard let state = try manifest.description?.state() else { return nil }
    return try Plan.make(for: state, lineage: lineage, options: options.plan)
  }

  /// Runs a body on a connection that only reads.
  /// - Throws: `ServiceError.absent`, `SQLiteError`, and what the body throws.
  public func reading<T>(_ body: (Connection) throws -> T) throws -> T {
    let connection: Connection
    do {
      connection = try open(.readOnly)
      try connection.waitForLocks(milliseconds: 10_000)
      _ = try connection.schemaCookie()
      try connection.distrustContent()
    } catch let error as SQLiteError where error.code == SQLiteError.cannotOpen || error.code == SQLiteError.readOnly {
      // A WAL or a hot journal that nobody has open cannot be read without the right to write.
      return try finishing(open()) {
        try $0.waitForLocks(milliseconds: 10_000)
        try $0.distrustContent()
        return try body($0)
      }
    } catch let error as SQLiteError {
      throw naming(error)
    }
    return try finishing(connection, body)
  }

  /// SQLite does not say which file is none.
  private func naming(_ error: SQLiteError) -> SQLiteError {
    var error = error
    if error.code == SQLiteError.notADatabase { error.message = "\(path): \(error.message)" }
    return error
  }

  /// Opens the database: the one way to do it.
  ///
  /// An empty file beside a WAL or a journal that holds something is what is left of a database, and SQLite would delete
  /// that: it is refused.
  /// - Parameter mode: what it is opened for; only with `create` may it be missing.
  /// - Throws: `ServiceError.absent`, `ServiceError.damaged`, `SQLiteError`.
  public func open(_ mode: Connection.Mode = .readWrite) throws -> Connection {
    if mode != .create { try refuseAbsent() }
    try refuseLostContent()
    return try Connection(path: path, mode: mode)
  }

  /// - Throws: `SwapError` for a name that SQLite gives to another database's files.
  func refuseSideName() throws {
    // Of a link that leads to nothing the lock tells, which is asked for next.
    guard let place = try? SwapPlace(path, files: options.files) else { return }
    try place.refuseSideName(files: options.files)
  }

  /// - Throws: `ServiceError.absent`.
  func refuseAbsent() throws {
    guard try exists else { throw ServiceError.absent(database: path) }
  }

  private static let tellsOfUnreadable = [
    SQLiteError.corrupt, SQLiteError.notADatabase, SQLiteError.io, SQLiteError.cannotOpen,
  ]

  func finishing<T>(_ connection: Connection, _ body: (Connection) throws -> T) throws -> T {
    let result: T
    do {
      result = try body(connection)
    } catch let error as SQLiteError where Self.tellsOfUnreadable.contains(error.code) {
      // Closing would fold a WAL into what nobody could read, and remove it: it stays, for the next who opens it or for
      // whoever tries to save something.
      try? connection.set(.noCheckpointOnClose, true)
      throw error
    }
    try connection.close()
    return result
  }

  // MARK: changing

  /// Takes the database to the lineage, or to an earlier migration of it.
  ///
  /// A plan that changes something holds the database's lock exclusively; before any downgrade a pinned snapshot is
  /// taken when there is a store. A missing database is created.
  /// - Throws: `MigrationError`, `LockError`, `SQLiteError`, `SnapshotError`.
  @discardableResult
  public func migrate(to id: MigrationID? = nil) throws -> MigrationReport {
    let target = try target(id)
    return try locking { hold in
      try migrate(holding: hold) { connection, settings in
        try Migrator(target, options: settings, onEvent: options.onEvent).migrate(connection)
      }
    }
  }

  /// Takes the last applied changes down and puts them back.
  /// - Throws: as `migrate`.
  @discardableResult
  public func redo(last count: Int) throws -> MigrationReport {
    try locking { hold in
      try migrate(holding: hold) { connection, settings in
        try Migrator(lineage, options: settings, onEvent: options.onEvent).redo(connection, last: count)
      }
    }
  }

  /// Runs what is left of backfills.
  /// - Returns: the ids still unfinished.
  /// - Throws: `MigrationError`, `SQLiteError`.
  @discardableResult
  public func backfill() throws -> [MigrationID] {
    let migrator = Migrator(lineage, options: migratorOptions(holding: nil), onEvent: options.onEvent)
    return try finishing(open()) { try migrator.backfill($0) }
  }

  /// Migrates under a lock that may be held already.
  func migrate(
    holding hold: LockHold, _ body: (Connection, MigratorOptions) throws -> MigrationReport
  ) throws -> MigrationReport {
    let isContent = { try exists && plan().isEmpty }
    return try changing(.create, "migrating", hold, until: isContent) { try body($0, migratorOptions(holding: hold)) }
  }

  func migratorOptions(holding hold: LockHold?) -> MigratorOptions {
    var settings = MigratorOptions(
      plan: options.plan, strict: options.strict, build: options.build,
      lockTimeout: Self.milliseconds(options.lockTimeout),
      boundsStoredSQL: options.boundsStoredSQL, defersBackfills: options.defersBackfills,
      proves: options.proves, provesWithRows: options.provesWithRows, attic: options.attic,
      acceptedLoss: options.acceptedLoss, isCancelled: options.isCancelled
    )
    settings.storedWork = options.storedWork
    if let hold { settings.beforeChanging = { plan in try beforeChanging(plan, hold) } }
    return settings
  }

  /// As SQLite takes it.
  static func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    return Int32(clamping: max(0, min(seconds, 10_000_000)) * 1_000 + attoseconds / 1_000_000_000_000_000)
  }

  private func beforeChanging(_ plan: Plan, _ hold: LockHold) throws {
    try hold.makeExclusive(path, self, purpose: "migrating", waits: false)
    _ = try RestoreFile.clearLeftovers(beside: path, files: options.files)
    guard plan.steps.contains(where: { $0.kind == .downgrade }), store != nil else { return }
    let ids = plan.undone.compactMap(\.id).list
    // Whole: what it would be built on may be damaged, and nobody looks before the hour when it is needed.
    try snapshot(pin: "before undoing \(ids)", full: true, patience: options.lockTimeout)
  }

  /// The lineage through an id that the build knows.
  private func target(_ id: MigrationID?) throws -> Lineage {
    guard let id else { return lineage }
    guard lineage[id] != nil || lineage.baseline?.id == id else {
      throw MigrationError.unknownTarget(id, known: lineage.ids)
    }
    return lineage.prefix(through: id)
  }

  // MARK: snapshots

  /// The id of the newest snapshot in the store.
  var newestSnapshot: String? {
    get throws {
      guard let store, try store.exists else { return nil }
      return try store.list().max { $0.time < $1.time }?.id
    }
  }

  /// Takes a snapshot of the database, which may be in use.
  /// - Parameters:
  ///   - output: a file; nil for the store.
  ///   - level: 1…12, the fastest first.
  ///   - check: whether SQLite's quick check runs first.
  ///   - pin: why retention must spare it.
  ///   - full: whether it holds the whole database in any case. In the store it otherwise holds what has changed since
  ///     the newest one; a file of its own is always whole.
  ///   - fullEvery: in the store, one in so many is whole.
  ///   - patience: how long another process that writes into the store is waited for; nil for as long as the store says.
  /// - Throws: `ServiceError.noStore`, `SnapshotError`.
  @discardableResult
  public func snapshot(
    to output: String? = nil, level: Int = 1, check: Bool = false, pin: String? = nil, full: Bool = false,
    fullEvery: Int = 24, patience: Duration? = nil
  ) throws -> Capture.Report {
    var capture = Capture(level: level, check: check, pin: pin, writer: options.build, files: options.files)
    capture.signer = options.signer
    capture.recipients = options.recipients
    if let output {
      return try capture.run(
        database: path, to: output, describe: { try DatabaseDescription(of: $0) }, progress: options.onProgress)
    }
    guard var store else { throw ServiceError.noStore }
    if let patience { store.patience = patience }
    capture.full = full
    capture.fullEvery = fullEvery
    return try store.capture(
      path, with: capture, describe: { try DatabaseDescription(of: $0) }, progress: options.onProgress)
  }
}
