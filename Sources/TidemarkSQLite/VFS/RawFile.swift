// The file of a connection's main database, read through the handle that SQLite itself holds: opening the file a
// second time and closing it would drop this process's POSIX locks on it (https://sqlite.org/howtocorrupt.html, 2.2).
internal import CTidemarkSQLite

/// The main database's file as SQLite has it open. Not `Sendable`: whoever shares it between threads must let one in at
/// a time, and the connection must neither work nor be closed meanwhile.
package final class RawFile {
  private let connection: Connection
  private let file: UnsafeMutablePointer<sqlite3_file>
  private let methods: UnsafePointer<sqlite3_io_methods>

  /// The file of a connection.
  /// - Throws: `SQLiteError` for a database that has no file.
  package init(of connection: Connection) throws {
    var pointer: UnsafeMutablePointer<sqlite3_file>?
    try connection.fileControl(SQLITE_FCNTL_FILE_POINTER, &pointer)
    guard let pointer, let methods = pointer.pointee.pMethods else {
      throw SQLiteError(SQLiteError.misuse, "the database has no file")
    }
    self.connection = connection
    file = pointer
    self.methods = methods
  }

  /// The length of the file in bytes.
  /// - Throws: `SQLiteError` when the VFS cannot tell.
  package func size() throws -> Int64 {
    var size: Int64 = 0
    guard let ask = methods.pointee.xFileSize else { throw SQLiteError(SQLiteError.io, "the VFS knows no file size") }
    let result = ask(file, &size)
    guard result == SQLITE_OK else { throw SQLiteError(result, String(cString: sqlite3_errstr(result))) }
    return size
  }

  /// Fills the buffer with bytes of the file.
  /// - Throws: `SQLiteError`; code 522 (`SQLITE_IOERR_SHORT_READ`) when the file ends before.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
    guard let ask = methods.pointee.xRead, buffer.count <= Int(Int32.max) else {
      throw SQLiteError(SQLiteError.io, "the VFS cannot read this")
    }
    let result = ask(file, buffer.baseAddress, Int32(buffer.count), offset)
    guard result == SQLITE_OK else { throw SQLiteError(result, String(cString: sqlite3_errstr(result))) }
  }
}
