// What the floors above tell of a database when it is captured. This floor carries it and asks nothing of it.

/// Lineage, schema and changelog of a database at the moment of capture.
public struct DatabaseDescription: Codable, Sendable, Hashable {
  /// The lineage's name; nil for a database that Tidemark does not manage.
  public var lineage: String?
  /// The baseline with what it retired: the JSON of the database's own table, verbatim.
  public var baseline: String?
  /// The loose fingerprint of the schema, 64 hexadecimal digits.
  public var looseFingerprint: String?
  /// The exact fingerprint of the schema, 64 hexadecimal digits.
  public var exactFingerprint: String?
  /// The changelog with its downgrades, in order of application; nil when the database has none.
  public var changelog: [ChangelogRow]?
  /// The schema's objects.
  public var schema: [DescribedObject]?

  /// A description; whatever is not known stays nil.
  public init(
    lineage: String? = nil, baseline: String? = nil, looseFingerprint: String? = nil, exactFingerprint: String? = nil,
    changelog: [ChangelogRow]? = nil, schema: [DescribedObject]? = nil
  ) {
    self.lineage = lineage
    self.baseline = baseline
    self.looseFingerprint = looseFingerprint
    self.exactFingerprint = exactFingerprint
    self.changelog = changelog
    self.schema = schema
  }
}

/// One row of `tidemark_changelog`.
public struct ChangelogRow: Codable, Sendable, Hashable {
  /// The migration's id.
  public var id: Int64
  /// Its place in the order of application.
  public var position: Int64
  /// The migration's name.
  public var name: String
  /// The migration's revision.
  public var revision: Int64
  /// When it was applied: RFC 3339, UTC.
  public var appliedAt: String
  /// The build that applied it.
  public var appliedBy: String
  /// The digest of its upgrade.
  public var upgradeDigest: String
  /// The SQL that undoes it; nil until it is stored.
  public var downgrade: String?
  /// Why there is no way back; nil where there is one.
  public var irreversible: String?
  /// The objects it added, changed and removed: JSON.
  public var objects: String
  /// The verdict of its proof.
  public var proof: String?

  /// A row.
  public init(
    id: Int64, position: Int64, name: String, revision: Int64, appliedAt: String, appliedBy: String,
    upgradeDigest: String, downgrade: String?, irreversible: String?, objects: String, proof: String?
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
  }
}

/// One object of the schema, as `sqlite_schema` has it.
public struct DescribedObject: Codable, Sendable, Hashable {
  /// `table`, `index`, `view` or `trigger`.
  public var type: String
  /// The object's name.
  public var name: String
  /// The table it belongs to.
  public var table: String
  /// Its statement; nil for an automatic index.
  public var sql: String?

  /// An object.
  public init(type: String, name: String, table: String, sql: String?) {
    self.type = type
    self.name = name
    self.table = table
    self.sql = sql
  }
}
