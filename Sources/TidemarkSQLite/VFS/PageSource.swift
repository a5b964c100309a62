// What a read-only database can be read from instead of a file.

/// The bytes of a database that does not change. Any number of connections, on any threads, read from one source.
package protocol PageSource: AnyObject, Sendable {
  /// The length of the database in bytes.
  var size: Int64 { get }
  /// Fills the buffer with bytes that all lie inside the database.
  /// - Throws: whatever goes wrong; SQLite then reports an I/O error, and the source should keep the reason.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws
}
