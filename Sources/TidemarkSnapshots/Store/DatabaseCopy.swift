// A copy of a database that may be in use, in a file of one's own.
public import TidemarkSQLite

/// Copies databases.
public enum DatabaseCopy {
  /// How a copy was made.
  public enum Method: Sendable {
    /// The file system lets both files share their room on disk until one is written.
    case shared
    /// By SQLite's backup, page for page.
    case backup
  }

  /// How often a database in WAL mode is looked at, whose WAL another empties or fills at the same time.
  private static let mostAttempts = 20
  private static let patience: Int32 = 10_000

  /// Copies a database into a file: what others commit meanwhile is not in it.
  ///
  /// Where the file system can share room between files it does, in no time; else it is SQLite's own backup in one read
  /// transaction.
  /// - Parameters:
  ///   - source: the database.
  ///   - output: an empty file. Its copy is not synced.
  ///   - files: the file system.
  ///   - progress: hears how far it is, once before and once after; a throw cancels.
  /// - Returns: how it was made.
  /// - Throws: `SnapshotError`, and what `progress` throws.
  @discardableResult
  public static func make(
    of source: String, at output: String, files: any FileSystem = LocalFiles(), progress: ProgressHandler? = nil
  ) throws -> Method {
    try EmptyDatabase.refuseContentBeside(source, files)
    return try SnapshotError.naming(source, "copy it") {
      var from = try Connection(path: source, mode: .readOnly)
      try from.waitForLocks(milliseconds: patience)
      let pages: Int64
      do {
        pages = try from.value("PRAGMA page_count") ?? 0
      } catch let error as SQLiteError where error.code == SQLiteError.readOnly {
        // A WAL or a hot journal that nobody has open cannot be read without the right to write.
        try from.close()
        from = try Connection(path: source, mode: .readWrite)
        try from.waitForLocks(milliseconds: patience)
        pages = try from.value("PRAGMA page_count") ?? 0
      }
      let size = pages * (try from.value("PRAGMA page_size") ?? 0)
      try progress?(Progress(done: 0, total: size, phase: "copy"))
      let isShared = try share(source, output, files)
      if !isShared { try back(up: from, to: output) }
      try from.close()
      try progress?(Progress(done: size, total: size, phase: "copy"))
      return isShared ? .shared : .backup
    }
  }

  /// Copies what a connection sees, page for page, into a file that is not synced.
  static func back(up from: Connection, to output: String) throws {
    let to = try Connection(path: output, mode: .readWrite)
    try to.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    let backup = try Backup(from: from, to: to)
    // In one step it holds one read transaction; in small ones it would start over at every commit.
    while try backup.step(pages: -1) {}
    try backup.finish()
    try to.close()
  }

  /// Shares the database's room on disk; false where that cannot be, and the output is empty then.
  ///
  /// The descriptor is SQLite's own: to close another would drop the locks that this process has on the database. A
  /// connection has it open meanwhile.
  private static func share(_ source: String, _ output: String, _ files: any FileSystem) throws -> Bool {
    let target = try files.open(output, .readWrite)
    defer { files.close(target) }
    // Tried before anything is asked of those who write: what comes out of this is not looked at.
    guard let descriptor = FileHolder.ownDescriptor(of: source), try files.clone(descriptor, to: target) else {
      return false
    }
    for _ in 0..<mostAttempts {
      guard let frozen = try FrozenDatabase.attempt(source, patience) else { continue }
      defer { frozen.end() }
      if try share(frozen, descriptor, target, files) { return true }
      break
    }
    try files.truncate(target, to: 0)
    return false
  }

  /// Shares the room of a database that stands still, and looks whether it is what came.
  private static func share(
    _ frozen: FrozenDatabase, _ descriptor: Int32, _ target: Int32, _ files: any FileSystem
  ) throws -> Bool {
    guard let file = frozen.file, try files.clone(descriptor, to: target),
      try files.size(target) >= frozen.size
    else { return false }
    try files.truncate(target, to: frozen.size)
    // The header counts the changes.
    let (here, there) = (Buffer(DatabaseHeader.length), Buffer(DatabaseHeader.length))
    try file.read(into: there.bytes, at: 0)
    guard try files.read(target, into: here.bytes, at: 0) == DatabaseHeader.length else { return false }
    return here.bytes.elementsEqual(there.bytes)
  }
}
