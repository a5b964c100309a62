// A managed database brought to a schema without a migration, under its lock.
public import TidemarkMigrations
internal import TidemarkSQLite
public import TidemarkSchema
internal import TidemarkSnapshots

extension ManagedDatabase {
  /// What `alter` would do, and what it would refuse. Rows are looked at, nothing is changed.
  /// - Parameters:
  ///   - schema: what is wanted.
  ///   - text: the text that makes it, where it is at hand: notes about renames in it count.
  ///   - mode: what is to become of tables that differ.
  /// - Throws: `ServiceError.absent`, `SchemaError` where no statements lead there, `SQLiteError`.
  public func alterPlan(to schema: Schema, text: String? = nil, mode: AlterationMode = .alter) throws -> AlterPlan {
    let options = Alterer.Options(mode: mode, isCancelled: options.isCancelled)
    return try reading { try Alterer(to: schema, text: text, options: options).plan($0) }
  }

  /// Brings the database to a schema without a migration, in one transaction, or changes nothing.
  ///
  /// Where there is something to do the database's lock is held exclusively, so a service that runs on it makes this refuse.
  /// How long is waited and what cancels say the database's own options.
  /// - Parameters:
  ///   - schema: what is wanted.
  ///   - text: the text that makes it, where it is at hand: notes about renames in it count.
  ///   - settings: what is allowed.
  /// - Throws: `AlterError`, `LockError`, `SchemaError`, `ServiceError.absent`, `SQLiteError`.
  @discardableResult
  public func alter(
    to schema: Schema, text: String? = nil, settings: Alterer.Options = Alterer.Options()
  ) throws -> AlterReport {
    try locking { try alter(to: schema, text: text, settings: settings, holding: $0) }
  }

  /// Alters under a lock that may be held already.
  func alter(
    to schema: Schema, text: String?, settings: Alterer.Options, holding hold: LockHold
  ) throws -> AlterReport {
    var settings = settings
    settings.lockTimeout = Self.milliseconds(options.lockTimeout)
    settings.isCancelled = options.isCancelled
    settings.beforeChanging = { try hold.makeExclusive(path, self, purpose: "altering", waits: false) }
    let alterer = Alterer(to: schema, text: text, options: settings)
    let isContent = { try alterPlan(to: schema, text: text, mode: settings.mode).isEmpty }
    return try changing(.readWrite, "altering", hold, until: isContent) { connection in
      try connection.waitForLocks(milliseconds: settings.lockTimeout)
      return try alterer.alter(connection)
    }
  }
}
