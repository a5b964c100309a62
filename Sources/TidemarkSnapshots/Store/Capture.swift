// Takes a snapshot of a database that is in use, without stopping those who use it.
public import TidemarkSQLite

/// Captures databases.
///
/// In WAL mode writers go on. In rollback-journal mode they wait for as long as the pages are read; the report says how
/// long that was at most.
public struct Capture: Sendable {
  /// The compression level: 1 and 2 are LZ4's fast mode, 3 to 12 its high compression.
  public var level: Int
  /// Whether `PRAGMA quick_check` is run in the snapshot's read transaction (0.75 s a GB).
  public var check: Bool
  /// Why retention must spare the snapshot; nil when it need not.
  public var pin: String?
  /// Whether a store's capture is a whole snapshot in any case.
  public var full = false
  /// In a store, how many snapshots a chain may have: a whole one, and this less one increments. 1 for whole ones only.
  public var fullEvery = 24
  /// Who signs the snapshot; nil for nobody.
  public var signer: SecretKey?
  /// Whom it is sealed to; empty for a plain one. A sealed one is always whole, and no LZ4 frame.
  public var recipients: [PublicKey] = []
  /// Who is named as the writer in the manifest: program and version.
  public var writer: String
  /// Threads; nil for one a core, at most six.
  public var workers: Int?
  /// How long a lock of another connection is waited for, in milliseconds.
  public var patience: Int32
  /// The file system to use for the output.
  public var files: any FileSystem
  /// The time that the manifest tells.
  public var clock: @Sendable () -> Timestamp

  /// A way of capturing.
  public init(
    level: Int = 1, check: Bool = false, pin: String? = nil, writer: String = "tidemark", workers: Int? = nil,
    patience: Int32 = 10_000, files: any FileSystem = LocalFiles(),
    clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
  ) {
    self.level = level
    self.check = check
    self.pin = pin
    self.writer = writer
    self.workers = workers
    self.patience = patience
    self.files = files
    self.clock = clock
  }

  /// What was captured.
  public struct Report: Sendable, Hashable {
    /// The snapshot.
    public var path: String
    /// What it says of itself.
    public var manifest: Manifest
    /// The bytes of the database.
    public var plainSize: Int64
    /// The bytes of the snapshot.
    public var fileSize: Int64
    /// How often the WAL had to be looked at until it was wholly in the file; 1 is the rule.
    public var attempts: Int
    /// Seconds for all of it.
    public var seconds: Double
    /// The longest that a writer can have waited, in seconds; 0 where writers went on.
    public var writersWaited: Double
    /// The blocks of the database.
    public var blocks: Int
    /// Those of them that were written; the others are in the snapshots before it.
    public var storedBlocks: Int
    /// Why it is no increment, where one could have been expected.
    public var wholeBecause: String?
    /// Pages carried as zeros because the database does not use them.
    public var zeroedPages: Int64
  }

  /// Captures a database into a new file.
  /// - Parameters:
  ///   - database: an existing database; it is never created. Symbolic links are followed.
  ///   - output: the snapshot's path. It appears whole and synced, or not at all.
  ///   - describe: run inside the same read transaction; what it returns goes into the manifest.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Returns: what was captured.
  /// - Throws: `SnapshotError`: missing, unreadable (encrypted), `exists`, a failed check, a full disk; and whatever
  ///   `describe` or `progress` throw. Nothing is left behind then.
  @discardableResult
  public func run(
    database: String, to output: String, describe: ((Connection) throws -> DatabaseDescription)? = nil,
    progress: ProgressHandler? = nil
  ) throws -> Report {
    try run(database: database, to: output, base: nil, describe: describe, progress: progress)
  }

  /// Captures as an increment where there is a base and nothing speaks against it.
  func run(
    database: String, to output: String, base: IncrementBase?, wholeBecause: String? = nil,
    describe: ((Connection) throws -> DatabaseDescription)?, progress: ProgressHandler?
  ) throws -> Report {
    guard (1...12).contains(level) else {
      throw SnapshotError(.invalid("the level is \(level); it goes from 1 to 12"), at: output)
    }
    let started = Stopwatch()
    let status = try SnapshotError.naming(database, "examine it") { try files.status(database, followLinks: true) }
    guard let status else { throw SnapshotError(.missing, at: database) }
    guard status.kind == .file else { throw SnapshotError(.notAFile, at: database) }
    try refuseTaken(output)
    // Whoever may read the database may read the snapshot, and nobody else.
    let file = try PartFile.make(for: output, mode: status.mode & 0o666, files)
    try file.keepFrom(othersThan: status.group)
    let frozen = try FrozenDatabase.freeze(database, beside: output, patience: patience, files)
    defer { frozen.end() }
    if check { try frozen.quickCheck(progress) }
    let description = try describe?(frozen.connection)
    let obstacle = base?.obstacle(pageSize: frozen.pageSize, size: frozen.size, signer: signer?.publicKey)
    let base = obstacle == nil ? base : nil
    let time = clock()
    let seal =
      recipients.isEmpty
      ? nil
      : try SnapshotError.naming(output, "seal it") {
        try Seal(to: recipients, time: time, isPinned: pin != nil)
      }
    let packed = try FramePacker(
      frozen: frozen, output: file, level: level, workers: Workers.count(workers), base: base, seal: seal,
      isSigned: signer != nil
    ).pack(ProgressMeter("capture", total: frozen.size, progress))
    var manifest = Manifest(
      time: time, writer: writer, sqliteVersion: SQLiteLibrary.versionString, pageSize: frozen.pageSize,
      pageCount: frozen.pageCount, journalMode: frozen.journalMode, changeCounter: packed.changeCounter,
      check: check ? .quickOK : .none, capture: frozen.method, level: level, pinned: pin, description: description)
    if let base, let map = packed.map {
      manifest.parent = base.parent.id
      manifest.increment = base.words(map, stored: packed.index.count)
    }
    // Everything has been read: let the writers go before the disk is waited for.
    let held = frozen.end()
    let tail = try SnapshotError.naming(output, "write its tail") {
      try Tail(
        manifest: manifest, index: packed.index, map: packed.map, tree: packed.tree,
        contentChecksum: packed.contentChecksum, seal: seal
      ).serialized(signedBy: signer)
    }
    try tail.withUnsafeBytes { try file.write($0, at: Int64(packed.index.frameEnd)) }
    try file.sync()
    try PartFile.publish(file, as: output)
    return Report(
      path: output, manifest: manifest, plainSize: frozen.size,
      fileSize: Int64(packed.index.frameEnd) + Int64(tail.count), attempts: frozen.attempts, seconds: started.seconds,
      writersWaited: frozen.method == .sharedLock ? held : 0, blocks: packed.map?.count ?? packed.index.count,
      storedBlocks: packed.index.count, wholeBecause: obstacle ?? wholeBecause, zeroedPages: packed.zeroedPages)
  }

  /// Refuses a name that is taken, or that SQLite would take for another database's.
  private func refuseTaken(_ output: String) throws {
    try SnapshotError.naming(output, "examine it") {
      if try files.status(output, followLinks: false) != nil { throw SnapshotError(.exists, at: output) }
      try SwapPlace(output, files: files).refuseSideName(files: files)
    }
  }
}
