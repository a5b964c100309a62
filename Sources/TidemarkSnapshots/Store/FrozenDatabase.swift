// A read transaction under which the database file itself holds exactly what the transaction sees.
//
// The order is the whole point. Connection C begins and reads. Then connection B, which has read once, runs a PASSIVE
// checkpoint. When that ends OK with all frames in the file (nLog == nCkpt >= 0), the file is C's snapshot, and no
// checkpoint can overwrite a page of it while C's transaction lives. A checkpoint before the transaction would leave a
// gap in which a writer commits; a B that never read answers -1/-1, which looks equal and says nothing.
internal import TidemarkSQLite

/// A database held still.
final class FrozenDatabase {
  /// The connection whose read transaction holds it.
  let connection: Connection
  /// How it is held.
  private(set) var method: Manifest.CaptureMethod
  /// Bytes a page.
  let pageSize: Int
  /// Pages as the transaction sees them.
  let pageCount: Int64
  /// The journal mode.
  private(set) var journalMode: String
  /// How often the WAL was looked at.
  private(set) var attempts = 1
  /// The file, through SQLite's own handle; nil for a database without a page.
  let file: RawFile?

  private let path: String
  private let checkpointer: Connection?
  private var temporary: TemporaryDatabase?
  private let held = Stopwatch()
  private var heldFor: Double?

  /// The bytes of the database.
  var size: Int64 { Int64(pageSize) * pageCount }

  /// How often the WAL is looked at before another way is taken. Under a writer that never pauses fourteen were the most.
  private static let mostAttempts = 100

  /// Freezes a database.
  /// - Parameter output: beside it a temporary copy is made when the WAL cannot be emptied: an older reader pins it.
  static func freeze(
    _ path: String, beside output: String, patience: Int32, _ files: any FileSystem
  ) throws -> FrozenDatabase {
    try EmptyDatabase.refuseContentBeside(path, files)
    var attempts = 0
    while attempts < mostAttempts {
      attempts += 1
      if let frozen = try attempt(path, patience) {
        frozen.attempts = attempts
        return frozen
      }
    }
    let temporary = try TemporaryDatabase(copyOf: path, beside: output, patience: patience, files)
    guard let frozen = try attempt(temporary.path, patience) else {
      throw SnapshotError(.unreadable("its WAL cannot be emptied, nor that of a copy"), at: path)
    }
    frozen.temporary = temporary
    frozen.method = .backup
    frozen.attempts = attempts + 1
    return frozen
  }

  /// One try; nil when the WAL holds frames that are not in the file.
  static func attempt(_ path: String, _ patience: Int32) throws -> FrozenDatabase? {
    try SnapshotError.naming(path, "read it") {
      let reader = try Connection(path: path, mode: .readWrite)
      try reader.waitForLocks(milliseconds: patience)
      // Until the database is known to be readable, closing must not fold a WAL into it, nor remove one.
      try reader.set(.noCheckpointOnClose, true)
      do {
        try reader.execute("BEGIN")
        // A transaction begins with the first read.
        let _: Int64? = try reader.value("SELECT count(*) FROM sqlite_schema")
      } catch let error as SQLiteError where error.code == SQLiteError.notADatabase {
        throw SnapshotError(.unreadable("it is encrypted, or no database"), at: path, cause: error)
      }
      try reader.set(.noCheckpointOnClose, false)
      let mode: String = try reader.value("PRAGMA journal_mode") ?? ""
      guard mode == "wal" else { return try FrozenDatabase(path, reader, nil, mode) }
      let other = try Connection(path: path, mode: .readWrite)
      let _: Int64? = try other.value("SELECT count(*) FROM sqlite_schema")
      let result: Connection.Checkpoint
      do {
        result = try other.checkpoint(.passive)
      } catch let error as SQLiteError where [SQLiteError.readOnly, SQLiteError.full].contains(error.code) {
        // Nobody may write here, or there is no room for it, so the WAL stays as it is: a copy has to do.
        return nil
      }
      guard result.isComplete, result.framesInLog >= 0, result.framesInLog == result.framesCheckpointed else {
        return nil
      }
      return try FrozenDatabase(path, reader, other, mode)
    }
  }

  private init(_ path: String, _ reader: Connection, _ checkpointer: Connection?, _ mode: String) throws {
    self.path = path
    connection = reader
    self.checkpointer = checkpointer
    method = checkpointer == nil ? .sharedLock : .frozenWAL
    journalMode = mode
    pageSize = try reader.value("PRAGMA page_size") ?? 0
    pageCount = try reader.value("PRAGMA page_count") ?? 0
    guard DatabaseHeader.pageSizes.contains(pageSize), pageCount >= 0 else {
      throw SnapshotError(.unreadable("its page size is \(pageSize)"), at: path)
    }
    guard pageCount > 0 else {
      file = nil
      return
    }
    let raw = try RawFile(of: reader)
    let there = try raw.size()
    guard there >= Int64(pageSize) * pageCount else {
      throw SnapshotError(
        .unreadable("it has \(there) bytes, and \(pageCount) pages of \(pageSize) are said to be in it"), at: path)
    }
    let head = Buffer(DatabaseHeader.length)
    try raw.read(into: head.bytes, at: 0)
    guard let header = DatabaseHeader(UnsafeRawBufferPointer(head.bytes)), header.pageSize == pageSize else {
      throw SnapshotError(
        .unreadable("the file does not begin as SQLite's do: it is encrypted by an extension"), at: path)
    }
    file = raw
  }

  /// Runs SQLite's quick check inside the transaction.
  func quickCheck(_ progress: ProgressHandler?) throws {
    try progress?(Progress(done: 0, total: size, phase: "check"))
    var cancelled: (any Error)?
    connection.setProgressHandler(every: 1_000_000) { [size] in
      do {
        try progress?(Progress(done: 0, total: size, phase: "check"))
        return true
      } catch {
        cancelled = error
        return false
      }
    }
    defer { connection.setProgressHandler(every: 0, nil) }
    do {
      let lines = try connection.rows("PRAGMA quick_check(20)").map { try $0.get(0, as: String.self) }
      guard lines == ["ok"] else { throw SnapshotError(.checkFailed(lines), at: path) }
    } catch let error as SQLiteError {
      throw cancelled ?? SnapshotError(.database(doing: "check it"), at: path, cause: error)
    }
  }

  /// Lets the database go, and moves into the file what was held back meanwhile, so that no writer's commit pays for it.
  /// - Returns: how long it was held, in seconds.
  @discardableResult
  func end() -> Double {
    if let heldFor { return heldFor }
    let seconds = held.seconds
    heldFor = seconds
    // The transaction only read, and closing ends it in any case: a failure here changes nothing that was captured.
    try? connection.execute("ROLLBACK")
    _ = try? checkpointer?.checkpoint(.passive)
    try? connection.close()
    try? checkpointer?.close()
    temporary = nil
    return seconds
  }
}

/// A copy of a database, made by one step of SQLite's online backup, and removed with its owner.
final class TemporaryDatabase {
  let path: String
  private let files: any FileSystem
  private let output: OutputFile

  init(copyOf source: String, beside output: String, patience: Int32, _ files: any FileSystem) throws {
    self.files = files
    self.output = try PartFile.make(for: output, mode: 0o600, files)
    path = self.output.path
    try SnapshotError.naming(source, "copy it") { [path] in
      let from = try Connection(path: source, mode: .readWrite)
      try from.waitForLocks(milliseconds: patience)
      try DatabaseCopy.back(up: from, to: path)
      try from.close()
    }
  }

  deinit {
    for suffix in ["-wal", "-shm", "-journal"] { try? files.unlink(path + suffix) }
  }
}
