// Puts a prepared database in another's place, so that a crash at any moment leaves the old one or the new one, whole.
public import TidemarkSQLite

/// The exchange of a database for another.
///
/// At every moment the plain `sqlite3` program finds exactly the old database or the new one, and no side file of the one
/// beside the other. That takes more than SQLite's locks: a connection that is idle in rollback mode, or that has never
/// read, holds none, and later goes on by name. So a write lease proves that nobody has the old file open, the names are
/// exchanged in one step, and the lease is looked at again for somebody who began to open it in between.
///
/// Whoever swaps holds the database's lock exclusively; the swap itself only proves that nobody ignores that lock.
public struct Swap: Sendable {
  let files: any FileSystem

  /// Works through a file layer; a test hands in one that fails.
  public init(files: any FileSystem = LocalFiles()) { self.files = files }

  /// Replaces a database, which stays beside it under a dated name.
  ///
  /// - Parameters:
  ///   - target: the database; a link stays, what it leads to is replaced. It may be missing, or damaged.
  ///   - prepared: a whole, closed and synced database without side files, in the target's folder, whose name begins with the
  ///     target's and a dot. After an error it is
  ///     the caller's to remove.
  ///   - now: the date for the old one's name.
  /// - Throws: `SwapError`. The database is then as it was, unless the code is `unfinished`.
  public func replace(target: String, with prepared: String, now: UTCStamp = .now) throws -> SwapReport {
    do {
      let place = try SwapPlace(target, files: files)
      _ = try recover(target: place.target)
      try checkPrepared(prepared, place)
      let run = SwapRun(place: place, prepared: prepared, stamp: now, files: files)
      guard let old = try files.status(place.target, followLinks: false) else { return try run.run(run.create) }
      guard old.kind == .file else { throw SwapError(.target, place.target, "is not a regular file") }
      if FileHolder.isThisProcess(place.target) {
        throw SwapError(.busy, place.target, "is open in this very process")
      }
      return try run.run(run.replace)
    } catch let failure as SwapError {
      throw failure
    } catch {
      throw SwapError(.failed, target, "could not be replaced, and is as it was", cause: error)
    }
  }

  private func checkPrepared(_ prepared: String, _ place: SwapPlace) throws {
    func refuse(_ why: String) -> SwapError {
      SwapError(.prepared, place.target, "the prepared file \(prepared) \(why)")
    }
    guard let status = try files.status(prepared, followLinks: false), status.kind == .file else {
      throw refuse("is not there, or is not a regular file")
    }
    let folder = try files.status(place.folder, followLinks: true)
    let preparedFolder = try files.status(parentFolder(of: prepared), followLinks: true)
    guard let folder, folder.inode == preparedFolder?.inode, folder.device == preparedFolder?.device else {
      throw refuse("is not in the database's folder")
    }
    guard lastComponent(of: prepared).hasPrefix(place.name + ".") else {
      throw refuse("does not begin with the database's name and a dot, by which a start knows it")
    }
    for suffix in SwapPlace.sideSuffixes where try files.status(prepared + suffix, followLinks: false) != nil {
      throw refuse("has a \(suffix) file beside it: it is still open, or was not closed whole")
    }
    let descriptor = try files.open(prepared, .read)
    defer { files.close(descriptor) }
    var header = [UInt8](repeating: 0, count: 16)
    let count = try header.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 0) }
    guard count == 16, header == Array("SQLite format 3\0".utf8) else { throw refuse("is not a SQLite database") }
  }
}
