// What tells one lineage from another: by meaning, for what was applied, and to the letter, for a quick look.
internal import Synchronization
internal import TidemarkSchema

/// The digests of a lineage, of the meaning of its SQL. They take apart every statement, which a start with nothing to do
/// is spared.
struct LineageDigests: Sendable {
  /// The digest of each migration's upgrade, by id.
  var upgrades: [MigrationID: String] = [:]
  /// A digest of everything that decides a plan.
  var whole: String

  init(
    _ name: String, _ baseline: Baseline?, _ migrations: [any Migration], _ ids: [MigrationID],
    _ sources: [MigrationID: String]
  ) {
    var whole = Self.begin(name, baseline, schema: baseline.map { Digest.ofSQL($0.schema) } ?? "")
    for (id, migration) in zip(ids, migrations) {
      let digest = UpgradeDigest.of(migration, source: sources[id])
      upgrades[id] = digest
      whole.update(framed: "\(id) \(migration.revision) \(digest)")
    }
    self.whole = whole.finishHex()
  }

  /// A digest of the same things, of their text as it stands.
  static func ofText(
    _ name: String, _ baseline: Baseline?, _ migrations: [any Migration], _ ids: [MigrationID],
    _ sources: [MigrationID: String]
  ) -> String {
    var whole = begin(name, baseline, schema: baseline?.schema ?? "")
    for (id, migration) in zip(ids, migrations) {
      let upgrade = migration.upgrade
      whole.update(framed: "\(id) \(migration.revision) \(upgrade.parts.count)")
      if upgrade.hasCode { whole.update(framed: sources[id] ?? "") }
      for part in upgrade.parts {
        switch part {
        case .sql(let sql): whole.update(framed: sql)
        case .batched(let backfill):
          whole.update(framed: "\(backfill.table) \(backfill.key)")
          if case .sql(let sql) = backfill.work { whole.update(framed: sql) }
        case .run: break
        }
      }
    }
    return whole.finishHex()
  }

  private static func begin(_ name: String, _ baseline: Baseline?, schema: String) -> Digest {
    var whole = Digest()
    whole.update(framed: name)
    whole.update(framed: schema)
    for retired in baseline?.retired ?? [] { whole.update(framed: "\(retired.id) \(retired.upgradeDigest)") }
    return whole
  }
}

/// A value that is made at most once, whatever thread asks first.
final class Once<Value: Sendable>: Sendable {
  private let known = Mutex<Value?>(nil)

  func value<Failure: Error>(_ make: () throws(Failure) -> Value) throws(Failure) -> Value {
    let result: Result<Value, Failure> = known.withLock { known in
      if let known { return .success(known) }
      do throws(Failure) {
        let made = try make()
        known = made
        return .success(made)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
