// Stands beside an upgrade while it runs and says afterwards what its downgrade is, as text.
internal import TidemarkSQLite
internal import TidemarkSchema

/// Watches one upgrade where its downgrade is to be derived; else costs nothing.
final class UpgradeWatch {
  private let migration: any Migration
  private let sandbox: Sandbox
  private let before: Schema
  private let oldestSQLite: Int32
  private(set) var log = WriteLog()

  /// Begins to watch.
  /// - Parameters:
  ///   - before: the schema as it is now.
  ///   - oldestSQLite: the oldest SQLite that the downgrade has to run on.
  ///   - always: whether to watch also where the downgrade is stated.
  init(
    _ migration: any Migration, in sandbox: Sandbox, before: Schema, oldestSQLite: Int32, always: Bool = false
  ) {
    self.migration = migration
    self.oldestSQLite = oldestSQLite
    self.sandbox = sandbox
    let isWanted = always || migration.downgrade.isDerived
    // Held without need it would be copied at every step.
    self.before = isWanted ? before : Schema()
    if isWanted { sandbox.observer = { [weak self] request in self?.log.note(request) } }
  }

  /// Stops watching.
  func end() { sandbox.observer = nil }

  /// The downgrade to store: text, or why there is none. The upgrade has run; its backfills have not.
  /// - Parameters:
  ///   - after: the schema as it is now.
  ///   - changes: what the upgrade did to it.
  ///   - isDrift: whether no migration made an object that was there before. Asked only where it matters.
  /// - Throws: `MigrationError.underivable`, and `.stepFailed` for a backfill that does not prepare.
  func downgrade(
    after: Schema, changes: ObjectChanges, on connection: Connection, isDrift: (SchemaObject) throws -> Bool
  ) throws -> Downgrade {
    defer { end() }
    guard migration.downgrade.isDerived else { return migration.downgrade }
    try noteBackfills(on: connection)
    var (old, new) = (before, after)
    if changes.changed.isEmpty, changes.removed.isEmpty {
      // The rule, at a thousand migrations: what is new stands at the end.
      let tail = after.objects.suffix(changes.added.count)
      let isWhole = tail.map(\.title).sorted() == changes.added
      new = Schema(objects: isWhole ? Array(tail) : after.objects.filter { changes.added.contains($0.title) })
      if log.writes.isEmpty, log.made.isSubset(of: new.objects.map { $0.name.lowercased() }) { old = Schema() }
    }
    if !old.objects.isEmpty {
      old.objects = try before.objects.filter { try !isDrift($0) }
      new.objects = try after.objects.filter { try !isDrift($0) }
    }
    let derived = DerivedDowngrade(
      migration: migration, before: old, after: new, log: log, oldestSQLite: oldestSQLite)
    return Downgrade(try derived.make())
  }

  /// Backfills run later, when it is too late to refuse: what they would write is seen by preparing them.
  private func noteBackfills(on connection: Connection) throws {
    for backfill in migration.upgrade.backfills {
      guard case .sql(let sql) = backfill.work else {
        throw MigrationError.underivable(
          id: migration.id, name: migration.name,
          ["code fills \(backfill.table) after the plan, and what it changes is not known before"])
      }
      let place = StepFailure(direction: .backfill, id: migration.id, name: migration.name, cause: "")
      try sandbox.run(as: .compiled) {
        try StepRunner(connection, sandbox).call(at: place) { try connection.forEachStatement(of: sql) { _ in } }
      }
    }
  }
}
