// Folding the first migrations of a lineage into schema.sql: what is to be written, as a value. Nothing is touched.
internal import TidemarkSQLite
public import TidemarkSchema

/// What folding a lineage through an id gives: two files to write, migrations to delete, and the evidence that a build
/// made of them is the same build.
public struct BaselineFold: Sendable, Hashable {
  /// Evidence, by execution, that the fold loses nothing.
  public struct Proof: Sendable, Hashable, Codable {
    /// The exact fingerprint of the head, the same before and after folding.
    public var head: Fingerprint
    /// Tables whose rows were compared.
    public var tables: Int
    /// Rows that were compared, after the remaining migrations.
    public var rows: Int
    /// Tables that the remaining migrations fill differently each time they run, as with random() or the time of day.
    /// Their rows could not be compared.
    public var unsteady: [String]
  }

  /// The lineage's name.
  public let lineage: String
  /// The id folded through.
  public let through: MigrationID
  /// The text of `schema.sql`: what applying through the id gives, rows that migrations inserted included.
  public let schemaSQL: String
  /// The text of `Migrations/retired.sql`: the changelog entries of all that this and earlier baselines folded.
  public let retiredSQL: String
  /// The ids folded now, in order: their files can go.
  public let folded: [MigrationID]
  /// The ids that stay compiled in, in order.
  public let remaining: [MigrationID]
  /// The evidence.
  public let proof: Proof

  /// The baseline that the two texts make.
  public let baseline: Baseline

  /// Folds a lineage, and proves the result: a new database built from it has the same schema and the same rows as one
  /// that ran every migration, a database that had run them is taken over, and a build from before the fold finds
  /// nothing to do on one made after it.
  /// - Parameters:
  ///   - lineage: may have a baseline already, which is folded further; its retired entries are kept.
  ///   - id: the last migration to fold.
  /// - Throws: `MigrationError`: `.unknownTarget` for an id that the lineage does not have, `.nothingToFold` for one that
  ///   its baseline has folded, `.foldDiffers` when the proof fails, `.stepFailed` for a migration that fails on an
  ///   empty database; `SchemaError` and `SQLiteError`.
  public static func make(lineage: Lineage, through id: MigrationID) throws -> BaselineFold {
    if let fault = lineage.fault { throw MigrationError.invalidLineage(fault) }
    if lineage.baseline?.retiredIDs.contains(id) ?? false { throw MigrationError.nothingToFold(through: id) }
    guard lineage[id] != nil else { throw MigrationError.unknownTarget(id, known: lineage.ids) }

    let database = try Connection.inMemory()
    try Migrator(lineage.prefix(through: id)).migrate(database)
    let schemaSQL = try FoldScript.write(from: database, lineage: lineage, through: id)
    let retiredSQL = RetiredScript.render(try retired(of: database, lineage))
    let baseline = Baseline(schema: schemaSQL, retired: try RetiredScript.read(retiredSQL).map(RetiredMigration.init))
    return BaselineFold(
      lineage: lineage.name, through: id, schemaSQL: schemaSQL, retiredSQL: retiredSQL,
      folded: lineage.ids.filter { $0 <= id }, remaining: lineage.ids.filter { $0 > id },
      proof: try FoldProof(lineage: lineage, folded: lineage.folded(into: baseline), prefix: database).prove(),
      baseline: baseline)
  }
}

extension BaselineFold {
  /// A database's entries as those have them that begin with the baseline: with no record of rows that were changed.
  static func retired(of database: Connection, _ lineage: Lineage) throws -> [RetiredRow] {
    let recorded = try RecordedChanges(database).ids()
    return try Migrator(lineage).state(of: database).changelog?.unfolded.map { entry in
      var row = RetiredRow(entry)
      if recorded.contains(entry.id) {
        row.downgrade = nil
        row.proof = nil
        row.irreversible = "the rows it changed are recorded only in databases that applied it themselves"
      }
      return row
    } ?? []
  }
}

extension RetiredMigration {
  /// A folded migration from its row.
  public init(_ row: RetiredRow) {
    self.init(
      id: MigrationID(row.id), name: row.name, revision: Int(row.revision), upgradeDigest: row.upgradeDigest,
      downgrade: row.downgrade, irreversible: row.irreversible, objects: row.objects, proof: row.proof)
  }
}

extension RetiredRow {
  /// The row of a changelog's entry.
  init(_ entry: Changelog.Entry) {
    self.init(
      id: entry.id.rawValue, name: entry.name, revision: Int64(entry.revision), upgradeDigest: entry.upgradeDigest,
      downgrade: entry.downgrade, irreversible: entry.irreversible, objects: entry.objects, proof: entry.proof)
  }
}
