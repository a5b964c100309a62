// SQLite's session extension: records which rows a connection changes. https://sqlite.org/sessionintro.html
internal import CTidemarkSQLite

/// Records the rows that a connection inserts, updates and deletes in its main database, until it goes or the connection is
/// closed.
///
/// It keeps the old values of changed rows in memory. Changes of the schema, of virtual tables, of tables without a
/// declared PRIMARY KEY and of rows with a NULL in it are not recorded, and SQLite does not say so: whoever records sees to it.
public final class Session {
  private var pointer: OpaquePointer?
  private let connection: Connection
  private let filter: FilterBox

  /// Keeps a closure where C can find it.
  private final class FilterBox {
    let includes: (String) -> Bool
    init(_ includes: @escaping (String) -> Bool) { self.includes = includes }
  }

  /// Begins to record.
  /// - Parameter includes: asked once for each table, by its name, when it is first written to.
  /// - Throws: `SQLiteError` when the connection has another user of SQLite's preupdate hook, or there is no memory.
  public init(_ connection: Connection, tables includes: @escaping (String) -> Bool) throws {
    self.connection = connection
    filter = FilterBox(includes)
    var created: OpaquePointer?
    let result = sqlite3session_create(try connection.handle, "main", &created)
    guard result == SQLITE_OK, let created else { throw connection.failure(result) }
    pointer = created
    sqlite3session_table_filter(
      created,
      { context, name in
        guard let context, let name else { return 0 }
        return Unmanaged<FilterBox>.fromOpaque(context).takeUnretainedValue().includes(String(cString: name)) ? 1 : 0
      }, Unmanaged.passUnretained(filter).toOpaque())
    let attached = sqlite3session_attach(created, nil)
    guard attached == SQLITE_OK else { throw connection.failure(attached) }
    connection.endsBefore[ObjectIdentifier(self)] = { [weak self] in self?.end() }
  }

  deinit {
    connection.endsBefore[ObjectIdentifier(self)] = nil
    end()
  }

  private func end() {
    guard let ended = pointer else { return }
    pointer = nil
    sqlite3session_delete(ended)
  }

  /// The memory that the record takes, in bytes; 0 once the connection is closed.
  public var memory: Int64 { pointer == nil ? 0 : sqlite3session_memory_used(pointer) }

  /// What was changed so far.
  /// - Throws: `SQLiteError` when the connection is closed; with the code of `SQLITE_SCHEMA` when a recorded table was altered after it had been
  ///   written to.
  public func changeset() throws -> Changeset {
    guard pointer != nil else { throw SQLiteError(SQLiteError.misuse, "the connection is closed") }
    var count: Int32 = 0
    var bytes: UnsafeMutableRawPointer?
    let result = sqlite3session_changeset(pointer, &count, &bytes)
    defer { sqlite3_free(bytes) }
    guard result == SQLITE_OK else { throw SQLiteError(result, String(cString: sqlite3_errstr(result))) }
    return Changeset(bytes: Array(UnsafeRawBufferPointer(start: bytes, count: Int(count))))
  }
}
