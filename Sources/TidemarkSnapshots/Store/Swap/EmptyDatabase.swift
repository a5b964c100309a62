// A database that was to be made and was not: the empty file that SQLite leaves behind is taken away again.
public import TidemarkSQLite

/// The file of a database that never came to hold anything.
public enum EmptyDatabase {
  /// Why an empty file is what is left of a database and no new one: what stands beside it. SQLite would take the file at
  /// its word, and delete that.
  ///
  /// - Returns: nil where there is no file, or it is not empty, or what is beside it holds nothing.
  /// - Throws: `FileError`, `SwapError`.
  public static func contentBeside(_ path: String, files: any FileSystem = LocalFiles()) throws -> String? {
    guard let status = try files.status(path, followLinks: true), status.kind == .file, status.size == 0 else {
      return nil
    }
    let target = try SwapPlace(path, files: files).target
    for suffix in SwapPlace.contentSuffixes where try hasContent(target + suffix, suffix, files) {
      return "the file is empty, and there is a \(suffix) file beside it"
    }
    return nil
  }

  /// Refuses a database of which something is left beside an empty file.
  /// - Throws: `SnapshotError`.
  static func refuseContentBeside(_ path: String, _ files: any FileSystem) throws {
    guard let why = try SnapshotError.naming(path, "examine it", { try contentBeside(path, files: files) }) else {
      return
    }
    throw SnapshotError(.damaged(why), at: path)
  }

  /// A journal says how many pages the database had before: none, while its first transaction runs
  /// (https://sqlite.org/fileformat2.html#the_rollback_journal).
  private static func hasContent(_ path: String, _ suffix: String, _ files: any FileSystem) throws -> Bool {
    guard let side = try files.status(path, followLinks: false), side.kind == .file, side.size > 0 else { return false }
    guard suffix == "-journal" else { return true }
    var head = [UInt8](repeating: 0, count: 20)
    do {
      let descriptor = try files.open(path, .read)
      defer { files.close(descriptor) }
      let count = try head.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 0) }
      head.removeLast(head.count - count)
    } catch let failure as FileError where failure.isMissing {
      return false  // the transaction has just ended
    }
    if head.prefix(8).allSatisfy({ $0 == 0 }) { return false }
    // Where the power went while its beginning was written, that may be torn: what it says of the pages was written before.
    return head.count == 20 && head[16...].contains { $0 != 0 }
  }

  /// Removes it, where it is empty and nobody else has it open or begins to use it. Where the file system has no lease to
  /// prove that it stays: who has it open and idle would write into what nobody finds again.
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
    guard hold.leased, try files.status(of: hold.descriptor).size == 0 else { return false }
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
