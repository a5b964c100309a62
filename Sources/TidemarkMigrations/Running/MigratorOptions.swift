// How a migrator behaves.

/// How a migrator behaves.
public struct MigratorOptions: Sendable {
  /// What the plan is allowed.
  public var plan: PlanOptions
  /// Look at everything, trust no mark of an earlier verification, and refuse drift.
  public var strict: Bool
  /// Whether the mark of an earlier verification is believed. Not for a database that came out of a snapshot.
  public var trustsVerification: Bool
  /// The name of the build, for the changelog.
  public var build: String
  /// How long to wait for another process's transaction, in milliseconds.
  public var lockTimeout: Int32
  /// Whether stored SQL's work is bounded; the bound scales with the database.
  public var boundsStoredSQL: Bool
  /// What stored SQL may do besides what the size of the database allows, in SQLite's operations.
  package var storedWork: Int64 = 200_000_000
  /// Whether backfills are left for `Migrator.backfill`, for after a service is up.
  public var defersBackfills: Bool
  /// Whether upgrades that the lineage does not vouch for are proven before they are applied, on an empty copy of the
  /// schema: one whose downgrade does not lead back is refused.
  public var proves: Bool
  /// Whether upgrades are proven with the rows that there are, too: up, down and up again on a copy in memory, before
  /// anything is touched. For databases of up to 256 MiB; a larger one is refused.
  public var provesWithRows: Bool
  /// Whether what downgrades would destroy is kept in the database; a migration can say no for itself.
  public var attic: AtticPolicy
  /// The id of a plan that may lose data, as a refusal named it.
  public var acceptedLoss: String?
  /// Asked while statements run; true cancels, and rolls back.
  public var isCancelled: @Sendable () -> Bool
  /// Called once between planning and the transaction when the plan changes something: the place to take a lock or a
  /// snapshot. A throw stops before anything is touched.
  public var beforeChanging: (@Sendable (Plan) throws -> Void)?

  /// How a migrator behaves; the defaults suit a service.
  public init(
    plan: PlanOptions = PlanOptions(), strict: Bool = false, trustsVerification: Bool = true,
    build: String = "unknown", lockTimeout: Int32 = 60_000, boundsStoredSQL: Bool = true,
    defersBackfills: Bool = false, proves: Bool = true, provesWithRows: Bool = false, attic: AtticPolicy = .keep,
    acceptedLoss: String? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false },
    beforeChanging: (@Sendable (Plan) throws -> Void)? = nil
  ) {
    self.plan = plan
    self.strict = strict
    self.trustsVerification = trustsVerification
    self.build = build
    self.lockTimeout = lockTimeout
    self.boundsStoredSQL = boundsStoredSQL
    self.defersBackfills = defersBackfills
    self.proves = proves
    self.provesWithRows = provesWithRows
    self.attic = attic
    self.acceptedLoss = acceptedLoss
    self.isCancelled = isCancelled
    self.beforeChanging = beforeChanging
  }
}
