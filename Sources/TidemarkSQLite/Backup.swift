// SQLite's online backup: a page-for-page copy of a database that may be in use.
internal import CTidemarkSQLite

/// A copy under way from one connection's main database into another's.
///
/// In small steps it starts over at every commit of another process; `step(pages: -1)` holds one read
/// transaction and so always ends (https://sqlite.org/backup.html).
public final class Backup {
  private var pointer: OpaquePointer?
  private let source: Connection
  private let target: Connection

  /// Begins a copy; nothing is copied yet.
  /// - Throws: `SQLiteError` when the target is in use or in a transaction.
  public init(from source: Connection, to target: Connection) throws {
    self.source = source
    self.target = target
    pointer = sqlite3_backup_init(try target.handle, "main", try source.handle, "main")
    guard pointer != nil else { throw target.failure(sqlite3_extended_errcode(try target.handle)) }
  }

  deinit { sqlite3_backup_finish(pointer) }

  /// Copies pages.
  /// - Parameter pages: how many; −1 for all that are left.
  /// - Returns: whether there is more to copy.
  /// - Throws: `SQLiteError`; BUSY and LOCKED can be tried again.
  @discardableResult
  public func step(pages: Int32 = -1) throws -> Bool {
    switch sqlite3_backup_step(pointer, pages) {
    case SQLITE_OK: return true
    case SQLITE_DONE: return false
    case let result: throw SQLiteError(result, String(cString: sqlite3_errstr(result)))
    }
  }

  /// Ends the copy.
  /// - Throws: `SQLiteError` of a step that failed.
  public func finish() throws {
    let result = sqlite3_backup_finish(pointer)
    pointer = nil
    guard result == SQLITE_OK else { throw target.failure(result) }
  }

  /// Pages still to copy, as of the last step.
  public var remaining: Int32 { sqlite3_backup_remaining(pointer) }
  /// Pages of the source, as of the last step.
  public var total: Int32 { sqlite3_backup_pagecount(pointer) }
}
