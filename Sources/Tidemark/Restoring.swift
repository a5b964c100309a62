// A restore: decoded beside the database, migrated there, and only then put in its place.
internal import TidemarkMigrations
internal import TidemarkSQLite
internal import TidemarkSnapshots

extension ManagedDatabase {
  /// Puts what a file holds in the database's place, at this build's schema.
  ///
  /// The file may be a snapshot, an LZ4 frame, a database or an SQL dump: its content tells. All work is done beside the
  /// database, which is exchanged at the end in a way that no crash can tear, and kept under a dated name. This process must
  /// not have the database open: on Linux that is refused; elsewhere its locks on it would be lost.
  /// - Parameters:
  ///   - source: the file's path.
  ///   - asIs: leave schema and changelog alone.
  /// - Throws: `SnapshotError` for what is wrong with the file, `MigrationError` for a plan that is refused or fails,
  ///   `LockError` and `SwapError` for a database that is in use, `ServiceError.manifestMismatch`. The database is then
  ///   as it was, and nothing is left beside it.
  @discardableResult
  public func restore(_ source: String, asIs: Bool = false) throws -> RestoreReport {
    let hold = LockHold(nil)
    defer { hold.release() }
    return try restore(source, asIs: asIs, holding: hold)
  }

  /// Restores under a lock that may be held already.
  func restore(_ source: String, asIs: Bool = false, holding hold: LockHold) throws -> RestoreReport {
    let start = ContinuousClock.now
    try refuseSideName()
    try hold.makeExclusive(path, self, purpose: "restoring")
    try refuseOtherFile()
    let files = options.files
    let recovered = try Swap(files: files).recover(target: path)
    _ = try RestoreFile.clearLeftovers(beside: path, files: files)
    let prepared = try RestoreFile(beside: path, from: source, files: files)
    var (report, swapped): (RestoreReport, SwapReport)
    do {
      report = try prepare(source, at: prepared.path, asIs: asIs)
      prepared.close()
      swapped = try swap(prepared.path)
    } catch let error as SwapError where error.code == .unfinished {
      // Names may be exchanged: every file stays until the next start has sorted them out.
      throw error
    } catch {
      // The first error is the cause; whoever restores next clears what cannot be removed now.
      try? prepared.discard()
      throw error
    }
    report.previous = swapped.previous
    report.notes = (recovered?.notes ?? []) + report.notes + swapped.notes
    report.seconds = Seconds.since(start)
    return report
  }

  /// Puts a prepared database in place as soon as nobody has the old one open, for as long as others are waited for: a
  /// snapshot or a shell that has it open for a moment is no reason to throw the work away.
  private func swap(_ prepared: String) throws -> SwapReport {
    var pauses = Pauses(options.lockTimeout)
    while true {
      do {
        return try Swap(files: options.files).replace(target: path, with: prepared)
      } catch let error as SwapError where error.code == .busy {
        guard !options.isCancelled(), let pause = pauses.pause() else { throw error }
        Pauses.sleep(pause)
      }
    }
  }

  /// What brings a file's content into an empty one that is there already.
  var unpacker: Unpacker {
    var unpacker = Unpacker(maxSize: options.maxSize, files: options.files)
    unpacker.fillsEmptyFile = true
    unpacker.trust = options.trust
    return unpacker
  }

  /// Decodes and migrates at a path of its own; synced and closed when it returns.
  private func prepare(_ source: String, at output: String, asIs: Bool) throws -> RestoreReport {
    var unpacker = unpacker
    unpacker.base = path
    let unpacked = try unpacker.unpack(source, to: output, progress: options.onProgress)
    var report = RestoreReport(
      source: source, kind: unpacked.kind, size: unpacked.size, seconds: 0, migration: nil, previous: nil,
      notes: unpacked.notes)
    guard !asIs else { return report }
    do {
      try migrate(output, unpacked, from: source, &report)
    } catch let error as SQLiteError where error.isDamage {
      // Beyond the size that is checked beforehand, the work itself comes upon what is damaged.
      throw SnapshotError(.checkFailed([error.message]), at: source, cause: error)
    }
    return report
  }

  /// Takes what was unpacked to the build's schema.
  private func migrate(
    _ output: String, _ unpacked: Unpacker.Report, from source: String, _ report: inout RestoreReport
  ) throws {
    let connection = try Connection(path: output, mode: .readWrite)
    // The file is nobody's yet and is synced whole at the end.
    try connection.execute("PRAGMA synchronous = OFF")
    try connection.distrustContent()
    if unpacked.size <= Self.checkedSize { try Self.checkPages(of: connection, from: source) }
    if let told = unpacked.manifest?.description { try Self.compare(told, with: connection, of: source) }
    var settings = migratorOptions(holding: nil)
    // A mark in a file says nothing: look at everything.
    settings.trustsVerification = false
    settings.defersBackfills = false
    do {
      report.migration = try Migrator(lineage, options: settings, onEvent: options.onEvent).migrate(connection)
    } catch MigrationError.backfillStopped(_, let cause) {
      // What was committed, was so in a file that nobody gets to see.
      throw cause
    }
    try connection.checkpoint(.truncate)
    try connection.close()
    try sync(output)
    report.size = try options.files.status(output, followLinks: false)?.size ?? report.size
  }

  private func sync(_ path: String) throws {
    let descriptor = try options.files.open(path, .readWrite)
    defer { options.files.close(descriptor) }
    try options.files.sync(descriptor)
  }

  /// The size up to which SQLite's check of all pages costs next to nothing, in bytes.
  private static let checkedSize: Int64 = 64 << 20

  /// Has SQLite look at every page before anything is done with them. What it says of values, of constraints that an older
  /// row breaks, is no damage of the file.
  private static func checkPages(of connection: Connection, from source: String) throws {
    let lines: [String]
    do {
      lines = try connection.rows("PRAGMA quick_check(20)").map { try $0.get(0) }
    } catch let error as SQLiteError where error.code == SQLiteError.error {
      // A CHECK or an index with a function of the application's cannot be tried here.
      return
    } catch let error as SQLiteError where error.code == SQLiteError.corrupt {
      throw SnapshotError(.checkFailed([error.message]), at: source)
    }
    let damage = lines.filter { $0.hasPrefix("***") || $0.hasPrefix("database disk image") }
    if !damage.isEmpty { throw SnapshotError(.checkFailed(damage), at: source) }
  }

  /// A manifest is read without the database and can lie: hold it against what came out.
  static func compare(_ told: DatabaseDescription, with connection: Connection, of source: String) throws {
    let found = try connection.transaction(.deferred) { try DatabaseDescription(of: connection) }
    func refuse(_ what: String) -> ServiceError { .manifestMismatch(snapshot: source, what: what) }
    if told.lineage != found.lineage {
      throw refuse("it names the lineage \(told.lineage ?? "none"), the database \(found.lineage ?? "none")")
    }
    if told.changelog != found.changelog || told.baseline != found.baseline { throw refuse("the changelogs differ") }
    let isSame = [
      told.exactFingerprint.map { $0 == found.exactFingerprint },
      told.looseFingerprint.map { $0 == found.looseFingerprint },
      told.schema.map { $0 == found.schema },
    ]
    if isSame.contains(false) { throw refuse("the schemas differ") }
  }

  /// What `restore` would do with a snapshot, without unpacking it: from its manifest, or where that is lost or tells too
  /// little, from the blocks that hold schema and changelog.
  /// - Returns: nil for a file that cannot be read in place.
  /// - Throws: `SnapshotError`, `MigrationError`.
  public func planInPlace(_ source: String) throws -> RestorePreview? {
    guard let (reader, kind) = try openInPlace(source) else { return nil }
    var plan = try reader.manifest.flatMap(planForSnapshot)
    // A database without a page cannot be opened where it is.
    if plan == nil, reader.plainSize > 0 { plan = try self.plan(reading: reader) }
    guard let plan else { return nil }
    return RestorePreview(
      source: source, kind: kind, size: reader.plainSize, plan: plan, replaces: try exists, notes: reader.notes)
  }

  /// Opens a file that can be read where it is.
  /// - Returns: nil for another.
  /// - Throws: `SnapshotError`.
  func openInPlace(_ source: String) throws -> (reader: SnapshotReader, kind: SourceKind)? {
    let kind = try SourceKind.detect(source, files: options.files)
    guard kind == .snapshot || kind == .lz4Database else { return nil }
    let reader: SnapshotReader
    do {
      reader = try SnapshotReader.open(source, trust: options.trust, files: options.files)
    } catch let error as SnapshotError {
      // A frame of another layout has no index to read by.
      guard kind == .lz4Database, case .notIndexed = error.reason else { throw error }
      return nil
    }
    if let limit = options.maxSize, reader.plainSize > limit {
      throw SnapshotError(.tooLarge(bytes: reader.plainSize, limit: limit), at: source)
    }
    return (reader, kind)
  }

  /// How a plan is made for what a file holds: a mark in a file says nothing.
  private var planning: MigratorOptions {
    MigratorOptions(plan: options.plan, strict: options.strict, trustsVerification: false)
  }

  private func plan(reading snapshot: SnapshotReader) throws -> Plan {
    do {
      return try finishing(snapshot.openConnection()) {
        try $0.distrustContent()
        return try Migrator(lineage, options: planning).plan($0)
      }
    } catch let error as SQLiteError {
      // The reader knows which block could not be read, and why.
      throw snapshot.lastFailure ?? error
    }
  }

  /// What `restore` as it is would take: the file's kind, and the database's size in bytes where the file tells it.
  /// - Throws: `SnapshotError` for a file that would be refused, `ServiceError.otherFile` for one in the way.
  public func previewAsIs(_ source: String) throws -> (kind: SourceKind, size: Int64?) {
    try refuseOtherFile()
    if let (reader, kind) = try openInPlace(source) { return (kind, reader.plainSize) }
    let kind = try SourceKind.detect(source, files: options.files)
    if options.trust.signers != nil {
      throw SnapshotError(.untrusted("this is no snapshot, which alone can be signed"), at: source)
    }
    guard kind == .database else { return (kind, nil) }
    let size = try options.files.status(source, followLinks: true)?.size ?? 0
    if let limit = options.maxSize, size > limit {
      throw SnapshotError(.tooLarge(bytes: size, limit: limit), at: source)
    }
    return (kind, size)
  }

  /// A file that was never a database is not displaced as one.
  func refuseOtherFile() throws {
    if let what = try SourceKind.otherThanDatabase(path, files: options.files) {
      throw ServiceError.otherFile(database: path, what: what)
    }
  }

  /// What `restore` would do. As for `restore`, this process must not have the database open. It and its folder are not touched, but for a file in it that is removed again
  /// where the plan cannot be told from a manifest.
  /// - Throws: `SnapshotError`, `MigrationError`.
  public func preview(_ source: String) throws -> RestorePreview {
    try refuseOtherFile()
    if let preview = try planInPlace(source) { return preview }
    let kind = try SourceKind.detect(source, files: options.files)
    let replaces = try exists
    let prepared = try RestoreFile(beside: path, isScratch: true, files: options.files)
    defer { try? prepared.discard() }
    let unpacked = try unpacker.unpack(source, to: prepared.path, progress: options.onProgress)
    let plan = try finishing(Connection(path: prepared.path, mode: .readWrite)) {
      try $0.distrustContent()
      return try Migrator(lineage, options: planning).plan($0)
    }
    return RestorePreview(
      source: source, kind: kind, size: unpacked.size, plan: plan, replaces: replaces, notes: unpacked.notes)
  }
}
