// What a connection knows about itself, and the switches of it that Tidemark sets.
internal import CTidemarkSQLite

/// A switch of one connection (https://sqlite.org/c3ref/c_dbconfig_defensive.html).
public enum ConnectionSwitch: Sendable {
  /// SQL cannot deliberately corrupt the file, nor write to shadow tables or the schema table.
  case defensive
  /// Functions and virtual tables not marked safe may be used in the schema.
  case trustedSchema
  /// `writable_schema`.
  case writableSchema
  /// Triggers fire.
  case triggers
  /// Foreign keys are enforced.
  case foreignKeys
  /// ALTER TABLE RENAME leaves other objects' text alone.
  case legacyAlterTable
  /// Closing the last connection leaves the WAL as it is.
  case noCheckpointOnClose

  var code: Int32 {
    switch self {
    case .defensive: SQLITE_DBCONFIG_DEFENSIVE
    case .trustedSchema: SQLITE_DBCONFIG_TRUSTED_SCHEMA
    case .writableSchema: SQLITE_DBCONFIG_WRITABLE_SCHEMA
    case .triggers: SQLITE_DBCONFIG_ENABLE_TRIGGER
    case .foreignKeys: SQLITE_DBCONFIG_ENABLE_FKEY
    case .legacyAlterTable: SQLITE_DBCONFIG_LEGACY_ALTER_TABLE
    case .noCheckpointOnClose: SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
    }
  }
}

/// A run-time limit of one connection (https://sqlite.org/c3ref/c_limit_attached.html).
public enum ConnectionLimit: Sendable {
  /// The greatest size of a string, a blob or a row, in bytes.
  case length
  /// The depth of trigger recursion.
  case triggerDepth
  /// How many databases can be attached.
  case attached
  /// How many instructions a statement may compile to.
  case programLength
  /// The length of a LIKE or GLOB pattern, in bytes.
  case patternLength

  var code: Int32 {
    switch self {
    case .length: SQLITE_LIMIT_LENGTH
    case .triggerDepth: SQLITE_LIMIT_TRIGGER_DEPTH
    case .attached: SQLITE_LIMIT_ATTACHED
    case .programLength: SQLITE_LIMIT_VDBE_OP
    case .patternLength: SQLITE_LIMIT_LIKE_PATTERN_LENGTH
    }
  }
}

extension Connection {
  /// Sets a switch.
  /// - Throws: `SQLiteError` when the library does not know it.
  public func set(_ option: ConnectionSwitch, _ on: Bool) throws {
    var now: Int32 = 0
    let result = try tidemark_db_config(handle, option.code, on ? 1 : 0, &now)
    guard result == SQLITE_OK else { throw failure(result) }
  }

  /// Sees to it that a commit outlasts a power cut, unless the connection was told to care less. By default SQLite does not
  /// sync the folder after it has removed the journal, which is what commits: the journal can be there again, and undo what
  /// was told as done (https://sqlite.org/pragma.html#pragma_synchronous, EXTRA).
  /// - Returns: whether it was changed.
  /// - Throws: `SQLiteError`.
  public func makeCommitsLast() throws -> Bool {
    guard try value("PRAGMA synchronous", as: Int64.self) == 2 else { return false }
    try execute("PRAGMA synchronous = EXTRA")
    return true
  }

  /// Whether a switch is on.
  /// - Throws: `SQLiteError` when the library does not know it.
  public func isOn(_ option: ConnectionSwitch) throws -> Bool {
    var now: Int32 = 0
    let result = try tidemark_db_config(handle, option.code, -1, &now)
    guard result == SQLITE_OK else { throw failure(result) }
    return now != 0
  }

  /// Sets a limit; a negative value only reads it.
  /// - Returns: the limit before.
  /// - Throws: `SQLiteError` when the connection is closed.
  @discardableResult
  public func limit(_ limit: ConnectionLimit, _ value: Int32) throws -> Int32 {
    sqlite3_limit(try handle, limit.code, value)
  }

  /// How long a statement waits for another connection's lock.
  /// - Parameter milliseconds: 0 does not wait.
  /// - Throws: `SQLiteError` when the connection is closed.
  public func waitForLocks(milliseconds: Int32) throws {
    sqlite3_busy_timeout(try handle, milliseconds)
  }

  /// The version of the schema, which every change of it raises (`PRAGMA schema_version`).
  /// - Throws: `SQLiteError` when the file cannot be read.
  public func schemaCookie() throws -> Int64 { try value("PRAGMA schema_version") ?? 0 }

  /// Rows changed by the last INSERT, UPDATE or DELETE.
  public var changes: Int64 { (try? handle).map { sqlite3_changes64($0) } ?? 0 }
  /// Rows changed since the connection was opened.
  public var totalChanges: Int64 { (try? handle).map { sqlite3_total_changes64($0) } ?? 0 }
  /// The rowid of the last row inserted.
  public var lastInsertRowID: Int64 { (try? handle).map { sqlite3_last_insert_rowid($0) } ?? 0 }

  /// Whether the main database can only be read.
  public var isReadOnly: Bool { (try? handle).map { sqlite3_db_readonly($0, "main") == 1 } ?? true }

  /// Asks the file of the main database something (https://sqlite.org/c3ref/file_control.html).
  /// - Parameters:
  ///   - operation: a `SQLITE_FCNTL_…` code.
  ///   - argument: what the operation takes or fills.
  /// - Throws: `SQLiteError` when the VFS does not know it or it fails.
  package func fileControl(_ operation: Int32, _ argument: UnsafeMutableRawPointer?) throws {
    let result = sqlite3_file_control(try handle, "main", operation, argument)
    guard result == SQLITE_OK else {
      throw SQLiteError(result, "file control \(operation) failed: \(String(cString: sqlite3_errstr(result)))")
    }
  }

  /// What a checkpoint did.
  public struct Checkpoint: Sendable, Hashable {
    /// Whether it ran to its end without meeting a lock.
    public var isComplete: Bool
    /// Frames in the WAL, −1 when the database is not in WAL mode or the connection has not read yet.
    public var framesInLog: Int32
    /// Frames of those that are in the database now.
    public var framesCheckpointed: Int32
  }

  /// How a checkpoint treats others (https://sqlite.org/c3ref/wal_checkpoint_v2.html).
  public enum CheckpointMode: Int32, Sendable {
    /// As much as possible without waiting.
    case passive = 0
    /// Waits for writers.
    case full = 1
    /// As full, and the next writer starts the WAL anew.
    case restart = 2
    /// As restart, and the WAL is cut to nothing.
    case truncate = 3
  }

  /// Moves the WAL into the database.
  /// - Throws: `SQLiteError`, but for BUSY, which the result tells.
  @discardableResult
  public func checkpoint(_ mode: CheckpointMode) throws -> Checkpoint {
    var log: Int32 = -1
    var done: Int32 = -1
    let result = sqlite3_wal_checkpoint_v2(try handle, "main", mode.rawValue, &log, &done)
    guard result == SQLITE_OK || result & 0xff == SQLITE_BUSY else { throw failure(result) }
    return Checkpoint(isComplete: result == SQLITE_OK, framesInLog: log, framesCheckpointed: done)
  }
}
