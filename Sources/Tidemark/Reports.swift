// What a restore did or would do, and what a start found.
public import TidemarkMigrations
public import TidemarkSnapshots

/// What a restore did.
public struct RestoreReport: Sendable, Hashable, Codable {
  /// The file it was restored from.
  public var source: String
  /// What that file is.
  public var kind: SourceKind
  /// The database's size in bytes, as restored.
  public var size: Int64
  /// How long it took, all in all.
  public var seconds: Double
  /// What was migrated; nil when it was restored as it is.
  public var migration: MigrationReport?
  /// Where the database that was there before is kept; nil when there was none.
  public var previous: String?
  /// What is worth knowing.
  public var notes: [String]
}

/// What a restore would do.
public struct RestorePreview: Sendable, Hashable, Codable {
  /// The file it would be restored from.
  public var source: String
  /// What that file is.
  public var kind: SourceKind
  /// The database's size in bytes, where it is known.
  public var size: Int64?
  /// The plan that would run.
  public var plan: Plan
  /// Whether a database is there, which would be kept under a dated name.
  public var replaces: Bool
  /// What is worth knowing.
  public var notes: [String]
}

/// What a start found and did.
public struct StartReport: Sendable, Hashable, Codable {
  /// What was migrated.
  public var migration: MigrationReport
  /// What was restored first, where the database was gone or damaged.
  public var restored: RestoreReport?
  /// What is worth knowing.
  public var notes: [String]
}
