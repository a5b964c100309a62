// The changelog against the lineage, one row a migration.

/// What is applied, pending, unknown, retired and edited.
public struct MigrationStatus: Sendable, Hashable, Codable {
  /// Where a migration stands.
  public enum Standing: String, Sendable, Hashable, Codable {
    /// In the database and in the build.
    case applied
    /// In the build only.
    case pending
    /// In the database only.
    case unknown
    /// In the database and folded into the build's baseline.
    case retired
    /// In both, but its upgrade was changed after it had been applied.
    case edited
  }
  /// One migration.
  public struct Row: Sendable, Hashable, Codable {
    /// Its id.
    public var id: MigrationID
    /// Its name.
    public var name: String
    /// Where it stands.
    public var standing: Standing
    /// When it was applied: RFC 3339, UTC.
    public var appliedAt: String?
    /// The build that applied it.
    public var appliedBy: String?
    /// Whether its way back is stored.
    public var hasDowngrade: Bool
    /// Why there is no way back.
    public var irreversible: String?
    /// The verdict of the proof.
    public var proof: String?
    /// Whether its backfill is unfinished.
    public var isUnfinished: Bool
  }

  /// The build's lineage.
  public var lineage: String
  /// The database's lineage; nil when it has no changelog.
  public var databaseLineage: String?
  /// The id the build's baseline folds through.
  public var baseline: MigrationID?
  /// All migrations, in id order.
  public var rows: [Row]

  /// The changelog of a database against a lineage.
  public init(state: DatabaseState, lineage: Lineage) {
    self.lineage = lineage.name
    databaseLineage = state.changelog?.lineage
    baseline = lineage.baseline?.id
    let retired = lineage.baseline?.retiredIDs ?? []
    let entries = state.changelog?.unfolded ?? []
    let there = Set(entries.map(\.id))
    rows =
      entries.map { entry in
        Row(
          id: entry.id, name: entry.name, standing: Self.standing(of: entry, lineage, retired),
          appliedAt: entry.appliedAt, appliedBy: entry.appliedBy, hasDowngrade: entry.hasWayBack,
          irreversible: entry.irreversible, proof: entry.proof, isUnfinished: entry.batch != nil)
      }
      + lineage.migrations.filter { !there.contains($0.id) }.map { migration in
        Row(
          id: migration.id, name: migration.name, standing: .pending, hasDowngrade: false,
          irreversible: migration.downgrade.reason, isUnfinished: false)
      }
    rows.sort { $0.id < $1.id }
  }

  private static func standing(
    of entry: Changelog.Entry, _ lineage: Lineage, _ retired: Set<MigrationID>
  ) -> Standing {
    if retired.contains(entry.id) { return .retired }
    guard let migration = lineage[entry.id], let digest = lineage.upgradeDigests[entry.id] else { return .unknown }
    return UpgradeDigest.isEdited(migration, digest: digest, entry: entry) ? .edited : .applied
  }

  /// How many stand so.
  public func count(_ standing: Standing) -> Int { rows.count { $0.standing == standing } }
}
