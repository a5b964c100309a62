// A connection to one database: the door through which every statement goes.
internal import CTidemarkSQLite

/// A connection to a SQLite database, its own or borrowed from another library in this process.
///
/// Not `Sendable`: one thread at a time. Own connections are opened without SQLite's mutexes for that reason.
public final class Connection {
  /// What a connection may do to the file.
  public enum Mode: Sendable {
    /// Read an existing database.
    case readOnly
    /// Read and write an existing database.
    case readWrite
    /// Read and write, and create what is not there.
    case create
  }

  private var pointer: OpaquePointer?
  /// Whether the pointer belongs to somebody else, who closes it.
  public let isBorrowed: Bool
  /// The path it was opened with; `:memory:` for one in memory, empty for a borrowed one.
  public let path: String
  var authorizerBox: AuthorizerBox?
  var progressBox: ProgressBox?
  /// What has to end before the connection: SQLite frees its sessions with nothing but its own pointer to tell by.
  var endsBefore: [ObjectIdentifier: () -> Void] = [:]

  /// Opens a database file.
  /// - Parameters:
  ///   - path: the file; it is never taken for a URI.
  ///   - mode: what may be done; `.create` makes a missing file on the first write.
  ///   - vfs: the name of a registered VFS, nil for the platform's own.
  /// - Throws: `SQLiteError` when it cannot be opened, or its journal names a file that SQLite would remove with it and
  ///   that is none of SQLite's own. SQLite reads the file only with the first statement, so a file that is no database
  ///   shows then.
  public convenience init(path: String, mode: Mode = .create, vfs: String? = nil) throws {
    // Libraries built for it (Debian's is) take names that begin with "file:" for URIs whatever the flags, and a name such
    // as ":memory:" is no file to any. With a folder before it, a name is only a name.
    let isSpecial = path.isEmpty || path.hasPrefix("file:") || path.hasPrefix(":")
    if mode != .readOnly, vfs == nil { try SuperJournal.refuseForeign(of: path) }
    try self.init(opening: isSpecial ? "./" + path : path, calling: path, mode, vfs)
  }

  private init(opening name: String, calling path: String, _ mode: Mode, _ vfs: String?) throws {
    let flags =
      switch mode {
      case .readOnly: SQLITE_OPEN_READONLY
      case .readWrite: SQLITE_OPEN_READWRITE
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    var opened: OpaquePointer?
    let result = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs)
    guard result == SQLITE_OK, let opened else {
      let message = opened.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
      // SQLite's words do not say which file.
      var error = SQLiteError(result, "\(path): \(message ?? String(cString: sqlite3_errstr(result)))")
      error.limit = opened.flatMap { SystemLimit(sqlite: result, number: sqlite3_system_errno($0)) }
      sqlite3_close_v2(opened)
      throw error
    }
    self.pointer = opened
    self.isBorrowed = false
    self.path = path
  }

  /// A new, empty database in memory, to which no file can be attached: what runs there touches none.
  /// - Throws: `SQLiteError` when there is no memory.
  public static func inMemory() throws -> Connection {
    let connection = try Connection(opening: ":memory:", calling: ":memory:", .create, nil)
    try connection.limit(.attached, 0)
    return connection
  }

  /// Works through a connection that another library of this process opened; closing stays theirs.
  /// - Parameters:
  ///   - pointer: their `sqlite3 *`, in autocommit, with no statement running.
  ///   - sourceID: what their library's `sqlite3_sourceid()` returns: pointers of another copy of SQLite
  ///     must not be touched.
  /// - Throws: `SQLiteError` (`SQLITE_MISUSE`) when the library is another, a transaction is open or a statement runs.
  public init(borrowing pointer: OpaquePointer, sourceID: String) throws {
    guard sourceID == SQLiteLibrary.sourceID else {
      throw SQLiteError(
        SQLiteError.misuse,
        "the connection belongs to another SQLite library (\(sourceID.prefix(32))…, not \(SQLiteLibrary.sourceID.prefix(32))…)"
      )
    }
    guard sqlite3_get_autocommit(pointer) != 0 else {
      throw SQLiteError(SQLiteError.misuse, "the borrowed connection is in a transaction: commit or roll back first")
    }
    var statement = sqlite3_next_stmt(pointer, nil)
    while let running = statement {
      guard sqlite3_stmt_busy(running) == 0 else {
        throw SQLiteError(
          SQLiteError.misuse, "a statement is running on the borrowed connection: finish or reset it first",
          sql: sqlite3_sql(running).map { String(cString: $0) })
      }
      statement = sqlite3_next_stmt(pointer, running)
    }
    self.pointer = pointer
    self.isBorrowed = true
    self.path = sqlite3_db_filename(pointer, "main").map { String(cString: $0) } ?? ""
  }

  deinit {
    guard let pointer else { return }
    releaseHooks()
    if !isBorrowed { sqlite3_close_v2(pointer) }
  }

  /// Closes an own connection, or lets a borrowed one go. Its sessions end.
  /// - Throws: `SQLiteError` (`SQLITE_BUSY`) while statements of it are alive.
  public func close() throws {
    guard let open = pointer else { return }
    for end in endsBefore.values { end() }
    endsBefore = [:]
    releaseHooks()
    if !isBorrowed {
      let result = sqlite3_close(open)
      guard result == SQLITE_OK else { throw failure(result) }
    }
    pointer = nil
  }

  private func releaseHooks() {
    if authorizerBox != nil { authorizer = nil }
    if progressBox != nil { setProgressHandler(every: 0, nil) }
  }

  /// SQLite's own pointer, for the floors of this package.
  package var handle: OpaquePointer {
    get throws {
      guard let pointer else { throw SQLiteError(SQLiteError.misuse, "the connection is closed") }
      return pointer
    }
  }

  /// The pointer as another library would hand it over, for tests of borrowing.
  package func rawPointerForTests() throws -> OpaquePointer { try handle }

  /// The error that SQLite tells of the last call.
  func failure(_ result: Int32, sql: String? = nil, base: Int = 0) -> SQLiteError {
    guard let pointer else { return SQLiteError(SQLiteError.misuse, "the connection is closed", sql: sql) }
    let extended = sqlite3_extended_errcode(pointer)
    let place = sqlite3_error_offset(pointer)
    var error = SQLiteError(
      extended & 0xff == result & 0xff ? extended : result,
      extended & 0xff == result & 0xff
        ? String(cString: sqlite3_errmsg(pointer)) : String(cString: sqlite3_errstr(result)),
      sql: sql, offset: place >= 0 ? base + Int(place) : nil)
    error.limit = SystemLimit(sqlite: error.extendedCode, number: sqlite3_system_errno(pointer))
    return error
  }
}
