// Where a new database starts: a schema, and the migrations that were folded into it.

/// A migration that a baseline folded, as its changelog entry looked.
public struct RetiredMigration: Sendable, Hashable, Codable {
  /// The migration's number.
  public var id: MigrationID
  /// Its name.
  public var name: String
  /// Its revision when it was folded.
  public var revision: Int
  /// The digest of its upgrade.
  public var upgradeDigest: String
  /// Its downgrade; nil when irreversible.
  public var downgrade: String?
  /// Why there is no way back.
  public var irreversible: String?
  /// What it added, changed and removed, as JSON.
  public var objects: String
  /// The verdict on its downgrade; nil where none was reached.
  public var proof: String?

  /// A folded migration, as `Migrations/retired.sql` tells of it.
  public init(
    id: MigrationID, name: String, revision: Int, upgradeDigest: String, downgrade: String?, irreversible: String?,
    objects: String, proof: String? = nil
  ) {
    self.id = id
    self.name = name
    self.revision = revision
    self.upgradeDigest = upgradeDigest
    self.downgrade = downgrade
    self.irreversible = irreversible
    self.objects = objects
    self.proof = proof
  }
}

/// The schema a new database starts from and the migrations folded into it.
public struct Baseline: Sendable, Hashable {
  /// The text of `schema.sql`.
  public var schema: String
  /// What was folded, in id order.
  public var retired: [RetiredMigration]

  /// A baseline.
  /// - Parameters:
  ///   - schema: the text of `schema.sql`.
  ///   - retired: what it folded; empty for a schema that was there before the first migration.
  public init(schema: String, retired: [RetiredMigration]) {
    self.schema = schema
    self.retired = retired.sorted { $0.id < $1.id }
  }

  /// The id up to which migrations are folded; nil when none is.
  public var id: MigrationID? { retired.last?.id }
  /// The ids that were folded.
  public var retiredIDs: Set<MigrationID> { Set(retired.map(\.id)) }
}
