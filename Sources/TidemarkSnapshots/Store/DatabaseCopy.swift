// A copy of a database that may be in use, in a file of one's own.
internal import TidemarkSQLite

/// Copies databases.
public enum DatabaseCopy {
  /// Copies a database into a file, in one read transaction: what others commit meanwhile is not in it.
  ///
  /// By SQLite's own backup, page for page. The file system's way of sharing blocks would be quicker, but closing the
  /// descriptor that it needs would drop the locks which this process has on the database.
  /// - Parameters:
  ///   - source: the database.
  ///   - output: an empty file. Its copy is not synced.
  ///   - progress: hears how far it is, once before and once after; a throw cancels.
  /// - Throws: `SnapshotError`, and what `progress` throws.
  public static func make(of source: String, at output: String, progress: ProgressHandler? = nil) throws {
    try SnapshotError.naming(source, "copy it") {
      let from = try Connection(path: source, mode: .readOnly)
      try from.waitForLocks(milliseconds: 10_000)
      let pages: Int64 = try from.value("PRAGMA page_count") ?? 0
      let size = pages * (try from.value("PRAGMA page_size") ?? 0)
      try progress?(Progress(done: 0, total: size, phase: "copy"))
      let to = try Connection(path: output, mode: .readWrite)
      try to.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
      let backup = try Backup(from: from, to: to)
      // In one step it holds one read transaction; in small ones it would start over at every commit.
      while try backup.step(pages: -1) {}
      try backup.finish()
      try to.close()
      try from.close()
      try progress?(Progress(done: size, total: size, phase: "copy"))
    }
  }
}
