// Brings everything that belongs to a database into its one file, with SQLite's own recovery.
internal import TidemarkSQLite

/// A database whose side files were folded into it, or that SQLite cannot open.
enum SwapFold {
  /// All its content is in the file, as far as SQLite is concerned.
  case folded
  /// SQLite cannot make sense of it.
  case unreadable(String)

  /// Rolls back a hot journal, checkpoints a WAL, and closes as the last connection, which removes the side files.
  ///
  /// - Throws: `SwapError.busy` when a lock of another connection is in the way; `SQLiteError` when the trouble is not
  ///   the database's content.
  static func fold(_ place: SwapPlace, files: any FileSystem) throws -> SwapFold {
    if let why = try EmptyDatabase.contentBeside(place.target, files: files) { return .unreadable(why) }
    do {
      let connection = try Connection(path: place.target, mode: .readWrite)
      do {
        try fold(connection, place)
      } catch {
        try connection.close()
        throw error
      }
      try connection.close()
      return .folded
    } catch let failure as SQLiteError {
      switch failure.code {
      case SQLiteError.busy, SQLiteError.locked:
        throw SwapError(
          .busy, place.target, "is in use by another connection", holders: FileHolder.others(of: place.target),
          cause: failure)
      case SQLiteError.corrupt, SQLiteError.notADatabase, SQLiteError.error:
        return .unreadable(failure.message)
      default: throw failure
      }
    }
  }

  private static func fold(_ connection: Connection, _ place: SwapPlace) throws {
    try connection.waitForLocks(milliseconds: 0)
    // Until it is known to be readable, its WAL stays as it is, to go aside with it.
    try connection.set(.noCheckpointOnClose, true)
    // The first read is what rolls a hot journal back.
    _ = try connection.value("SELECT count(*) FROM sqlite_master", as: Int64.self)
    if try !connection.checkpoint(.truncate).isComplete {
      throw SwapError(
        .busy, place.target, "a reader or a writer keeps its WAL in use", holders: FileHolder.others(of: place.target))
    }
    try connection.set(.noCheckpointOnClose, false)
  }
}
