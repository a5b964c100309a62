// A database that was to be made and was not: the empty file that SQLite leaves behind is taken away again.
public import TidemarkSQLite

/// The file of a database that never came to hold anything.
public enum EmptyDatabase {
  /// Removes it, where it is empty and nobody else has it open or begins to use it.
  ///
  /// To be called with Tidemark's lock held, and not while this process has the database open.
  ///
  /// - Returns: whether it is gone.
  /// - Throws: `SwapError` when somebody has it open; `FileError`.
  @discardableResult
  public static func remove(_ path: String, files: any FileSystem = LocalFiles()) throws -> Bool {
    let place = try SwapPlace(path, files: files)
    guard let status = try files.status(place.target, followLinks: false), status.kind == .file, status.size == 0
    else { return false }
    // A journal or a WAL that holds something belongs to what somebody writes.
    for suffix in SwapPlace.sideSuffixes {
      if let side = try files.status(place.target + suffix, followLinks: false), side.size > 0 { return false }
    }
    let hold = try SwapHold.take(place.target, target: place.target, prepared: false, files: files)
    defer { hold.close() }
    guard hold.isExclusive, try files.status(of: hold.descriptor).size == 0 else { return false }
    // Under the name of a restore's file, which whoever restores next would clear, nobody opens it any more; whoever
    // waits to open it already gets it back.
    var generator = SystemRandomNumberGenerator()
    let digits = String(generator.next() as UInt64, radix: 16)
    let aside = place.restorePrefix + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    try files.renameNew(place.target, to: aside)
    if hold.isDisturbed {
      try files.renameNew(aside, to: place.target)
      return false
    }
    try files.unlink(aside)
    return true
  }
}
