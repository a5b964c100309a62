// What a plan's downgrades touch, and what the attic of a database holds.
public import TidemarkMigrations
internal import TidemarkSchema
internal import TidemarkSQLite
public import TidemarkSnapshots

extension ManagedDatabase {
  /// What the downgrades of a plan for this database touch, move to the attic, or lose; nil where it has none.
  /// - Throws: `ServiceError.absent`, `MigrationError`, `SQLiteError`.
  public func effects(of plan: Plan) throws -> PlanEffects? {
    guard !plan.undone.isEmpty else { return nil }
    return try reading { try PlanEffects(of: plan, on: $0, attic: options.attic) }
  }

  /// The same for a snapshot's database, from its manifest: rows are not counted.
  /// - Throws: `MigrationError` when the manifest does not make sense, `SQLiteError`.
  public func effects(of plan: Plan, for manifest: Manifest) throws -> PlanEffects? {
    guard !plan.undone.isEmpty, let description = manifest.description, let schema = Self.schema(in: description) else {
      return nil
    }
    return try PlanEffects(of: plan, entries: description.state()?.changelog?.unfolded ?? [], schema: schema)
  }

  /// What the upgrades of a plan for this database drop of what is there.
  /// - Throws: `ServiceError.absent`, `SQLiteError`.
  public func drops(of plan: Plan) throws -> UpgradeDrops {
    try reading { connection in try UpgradeDrops { try UpgradeDrop.all(of: plan, lineage: lineage, on: connection) } }
  }

  /// The same for a snapshot's database, from its manifest: rows are not counted.
  /// - Throws: `SQLiteError`.
  public func drops(of plan: Plan, for manifest: Manifest) throws -> UpgradeDrops {
    guard let schema = manifest.description.flatMap(Self.schema) else { return UpgradeDrops() }
    return try UpgradeDrops { try UpgradeDrop.all(of: plan, lineage: lineage, schema: schema) }
  }

  /// The schema that a manifest tells.
  private static func schema(in description: DatabaseDescription) -> Schema? {
    guard let objects = description.schema else { return nil }
    return Schema(
      objects: objects.compactMap { object in
        ObjectType(rawValue: object.type).map {
          SchemaObject(type: $0, name: object.name, table: object.table, sql: object.sql)
        }
      })
  }

  /// What the attic holds; nil where there is none.
  /// - Throws: `ServiceError.absent`, `MigrationError`, `SQLiteError`.
  public func atticContents() throws -> AtticContents? {
    try reading { try AtticContents(of: $0) }
  }

  /// Empties the attic of what was kept some time ago, or of all.
  /// - Parameters:
  ///   - age: what was kept longer ago than this goes; nil for all.
  ///   - dryRun: only tells.
  /// - Returns: what goes.
  /// - Throws: `ServiceError.absent`, `MigrationError`, `SQLiteError`.
  public func pruneAttic(olderThan age: Duration? = nil, dryRun: Bool = false) throws -> AtticContents {
    let seconds = age.map { $0.components.seconds }
    if dryRun { return try reading { try AtticContents.prune($0, olderThan: seconds, dryRun: true) } }
    let connection = try open()
    try connection.waitForLocks(milliseconds: Self.milliseconds(options.lockTimeout))
    _ = try connection.makeCommitsLast()
    return try finishing(connection) { connection in
      do {
        return try AtticContents.prune(connection, olderThan: seconds)
      } catch let error as SQLiteError where error.code == SQLiteError.busy {
        let waited = Double(Self.milliseconds(options.lockTimeout)) / 1000
        throw MigrationError.busy(error.sql == "COMMIT" ? .reading : .writing, waited: waited)
      }
    }
  }
}
