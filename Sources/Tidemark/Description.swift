// What a snapshot's manifest tells of its database, and what can be planned from that alone.
public import TidemarkMigrations
internal import TidemarkSchema
public import TidemarkSQLite
public import TidemarkSnapshots

extension DatabaseDescription {
  /// Lineage, schema and changelog of a database, as they are in the transaction at hand.
  ///
  /// A changelog that cannot be read does not keep a snapshot from being taken: it is left out.
  /// - Throws: `SQLiteError` when the database cannot be read.
  public init(of connection: Connection) throws {
    let schema = try Schema.read(from: connection)
    self.init(
      looseFingerprint: schema.fingerprint(.loose).description,
      exactFingerprint: schema.fingerprint(.exact).description,
      schema: schema.objects.map {
        DescribedObject(type: $0.type.rawValue, name: $0.name, table: $0.table, sql: $0.sql)
      })
    let changelog: Changelog?
    do {
      changelog = try ChangelogTables(connection).state().changelog
    } catch is MigrationError {
      return
    }
    guard let changelog else { return }
    lineage = changelog.lineage
    baseline = try changelog.folded?.json
    self.changelog = changelog.entries.map(ChangelogRow.init)
  }

  /// What a plan is made from; nil for a database whose changelog could not be read.
  /// - Throws: `MigrationError.damagedChangelog` when the manifest does not make sense.
  public func state() throws -> DatabaseState? {
    guard let lineage, let changelog else {
      guard let schema else { return nil }
      return lineage == nil ? DatabaseState(changelog: nil, hasObjects: !schema.isEmpty) : nil
    }
    let folded = try baseline.map { try Changelog.Folded(json: $0) }
    let entries = try changelog.map(Changelog.Entry.init)
    return DatabaseState(
      changelog: try Changelog(lineage: lineage, entries: entries, folded: folded).checked(), hasObjects: true)
  }
}

extension ChangelogRow {
  fileprivate init(_ entry: Changelog.Entry) {
    self.init(
      id: entry.id.rawValue, position: entry.position, name: entry.name, revision: Int64(entry.revision),
      appliedAt: entry.appliedAt, appliedBy: entry.appliedBy, upgradeDigest: entry.upgradeDigest,
      downgrade: entry.downgrade, irreversible: entry.irreversible, objects: entry.objects, proof: entry.proof)
  }
}

extension Changelog.Entry {
  fileprivate init(_ row: ChangelogRow) throws {
    guard row.id > 0, let revision = Int(exactly: row.revision) else {
      throw MigrationError.damagedChangelog("an entry has id \(row.id)")
    }
    self.init(
      id: MigrationID(row.id), position: row.position, name: row.name, revision: revision, appliedAt: row.appliedAt,
      appliedBy: row.appliedBy, upgradeDigest: row.upgradeDigest, downgrade: row.downgrade,
      irreversible: row.irreversible, objects: row.objects, proof: row.proof)
  }
}
