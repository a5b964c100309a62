// One start of a service, blocking, under a lock that is at hand.
internal import TidemarkMigrations
internal import TidemarkSQLite
internal import TidemarkSnapshots

/// The decisions of a start: create, migrate, restore or refuse.
struct Start: Sendable {
  let database: ManagedDatabase
  let onMissing: RestoreService.OnMissing
  let onDamage: RestoreService.OnDamage
  let development: RestoreService.Development?
  let lock: DatabaseLock

  /// Runs it; the lock is held shared afterwards.
  func run() throws -> StartReport {
    var notes: [String] = []
    if let recovered = try Swap(files: database.options.files).recover(target: database.path) {
      notes += recovered.notes
    }
    if lock.kind == .exclusive {
      _ = try RestoreFile.clearLeftovers(beside: database.path, files: database.options.files)
    }
    var report = try database.holdsNothing ? missing() : present()
    report.notes = notes + report.notes
    if lock.kind == .exclusive { try lock.convert(to: .shared, purpose: "running") }
    return report
  }

  private func missing() throws -> StartReport {
    let newest = try database.newestSnapshot
    switch onMissing {
    case .createUnlessSnapshots:
      if let newest, let store = database.store {
        throw ServiceError.missing(database: database.path, store: store.folder, newest: newest)
      }
      return try migrated()
    case .create: return try migrated()
    case .restoreNewest:
      return newest == nil ? try migrated() : try restored(because: "the database was not there, or empty")
    }
  }

  private func present() throws -> StartReport {
    if let why = try database.lostContent { return try damaged(why) }
    do {
      return try migrated()
    } catch let error as SQLiteError where error.isDamage {
      return try damaged(error.message)
    }
  }

  private func damaged(_ why: String) throws -> StartReport {
    guard onDamage == .restore else {
      throw ServiceError.damaged(database: database.path, why: why, newest: try database.newestSnapshot)
    }
    return try restored(because: "the database could not be read (\(why))")
  }

  private func migrated() throws -> StartReport {
    guard let development else { return try migratedOnly() }
    do {
      let report = try migratedOnly()
      guard case .follow = development else { return report }
      return try DevelopmentStart(database, development, lock).run(after: report)
    } catch let error as MigrationError where DevelopmentStart.mayAlter(error) {
      return try DevelopmentStart(database, development, lock).run(because: error)
    }
  }

  private func migratedOnly() throws -> StartReport {
    let hold = LockHold(lock)
    let report = try database.migrate(holding: hold) { connection, options in
      try Migrator(database.lineage, options: options, onEvent: database.options.onEvent).migrate(connection)
    }
    return StartReport(migration: report, restored: nil, notes: report.notes)
  }

  /// Restores the newest snapshot that can be restored.
  private func restored(because reason: String) throws -> StartReport {
    guard let store = database.store else { throw ServiceError.noStore }
    var tried: [String] = []
    for entry in try store.list().sorted(by: { $0.time > $1.time }) {
      if let problem = entry.problem {
        // Whoever has the key wants this one, not an older one.
        if entry.isClosed { throw problem }
        tried.append("\(entry.id): \(problem)")
        continue
      }
      do {
        let report = try database.restore(entry.path, holding: LockHold(lock))
        guard let migration = report.migration else { continue }
        let skipped = tried.map { "skipped \($0)" }
        return StartReport(
          migration: migration, restored: report, notes: ["\(reason): restored \(entry.id)"] + skipped + report.notes)
      } catch let error as SnapshotError where error.spoils(entry.path) {
        tried.append("\(entry.id): \(error)")
      }
    }
    throw ServiceError.noGoodSnapshot(store: store.folder, tried: tried)
  }
}
