// What a database says of itself: which changes were applied, in which order, each with its downgrade.

/// The changelog as a value. `ChangelogTables` reads and writes it.
public struct Changelog: Sendable, Hashable, Codable {
  /// One applied change.
  public struct Entry: Sendable, Hashable, Codable {
    /// The migration's id.
    public var id: MigrationID
    /// Its place in the order of application.
    public var position: Int64
    /// The migration's name when it was applied.
    public var name: String
    /// The migration's revision when its downgrade was stored.
    public var revision: Int
    /// When it was applied: RFC 3339, UTC.
    public var appliedAt: String
    /// The build that applied it.
    public var appliedBy: String
    /// The digest of the upgrade that ran.
    public var upgradeDigest: String
    /// SQL that undoes it; nil until stored.
    public var downgrade: String?
    /// Why there is no way back.
    public var irreversible: String?
    /// What it added, changed and removed, as JSON.
    public var objects: String
    /// The verdict of the proof.
    public var proof: String?
    /// Where its backfill stands, as JSON; nil when there is none, or it is done.
    public var batch: String?

    /// One applied change.
    public init(
      id: MigrationID, position: Int64, name: String, revision: Int, appliedAt: String, appliedBy: String,
      upgradeDigest: String, downgrade: String?, irreversible: String?, objects: String, proof: String? = nil,
      batch: String? = nil
    ) {
      self.id = id
      self.position = position
      self.name = name
      self.revision = revision
      self.appliedAt = appliedAt
      self.appliedBy = appliedBy
      self.upgradeDigest = upgradeDigest
      self.downgrade = downgrade
      self.irreversible = irreversible
      self.objects = objects
      self.proof = proof
      self.batch = batch
    }

    /// Whether it can be undone by a build that does not know it.
    public var hasWayBack: Bool { downgrade != nil && irreversible == nil }
    /// "12 AddTaskTier".
    public var title: String { "\(id) \(name)" }
  }

  /// A baseline that the database carries in place of the entries it retired.
  public struct Folded: Sendable, Hashable, Codable {
    /// The id up to which it folds.
    public var id: MigrationID
    /// When the database took it: RFC 3339, UTC.
    public var at: String
    /// The entries it stands for, whole.
    public var retired: [Entry]

    /// A baseline with the entries it stands for.
    public init(id: MigrationID, at: String, retired: [Entry]) {
      self.id = id
      self.at = at
      self.retired = retired
    }
  }

  /// The version of Tidemark's tables that this build writes.
  public static let formatVersion = 2

  /// The name of the lineage the database belongs to.
  public var lineage: String
  /// The entries but for those of a baseline, in order of application.
  public var entries: [Entry]
  /// The baseline, with what it retired.
  public var folded: Folded?

  /// A changelog.
  public init(lineage: String, entries: [Entry] = [], folded: Folded? = nil) {
    self.lineage = lineage
    self.entries = entries.sorted { $0.position < $1.position }
    self.folded = folded
  }

  /// All entries in order of application, those a baseline stands for among them.
  public var unfolded: [Entry] {
    guard let folded else { return entries }
    return folded.retired.sorted { $0.position < $1.position } + entries
  }

  /// Whether the database carries just this baseline.
  func carries(_ baseline: Baseline?) -> Bool {
    Set(folded?.retired.map(\.id) ?? []) == (baseline?.retiredIDs ?? [])
  }
}

/// What is known of a database before a plan is made; of a snapshot it comes from the manifest.
public struct DatabaseState: Sendable, Hashable {
  /// Its changelog; nil when it has none.
  public var changelog: Changelog?
  /// Whether it has objects that are not Tidemark's.
  public var hasObjects: Bool

  /// What is known of a database.
  public init(changelog: Changelog?, hasObjects: Bool) {
    self.changelog = changelog
    self.hasObjects = hasObjects
  }

  /// Nothing in it yet.
  public var isNew: Bool { changelog == nil && !hasObjects }
}
