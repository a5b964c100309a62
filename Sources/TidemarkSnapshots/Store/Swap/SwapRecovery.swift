// Finishes or undoes a swap that was interrupted, by what the files' identities tell.
internal import TidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Swap {
  /// Mends what an interrupted swap left; to be called at every start, before the database is opened, under its lock.
  ///
  /// Costs a look for one file when there is nothing to mend. Interrupted itself, it goes on when called again.
  ///
  /// - Returns: what was done, or nil when there was nothing to do.
  /// - Throws: `SwapError`: `busy` when the swap still runs, `intent` when its note cannot be understood.
  public func recover(target: String) throws -> RecoveryReport? {
    let place: SwapPlace
    do {
      let status = try files.status(target, followLinks: false)
      // A link to nothing has no folder to look in; what that means is for the caller to say.
      if status?.kind == .link, try files.status(target, followLinks: true) == nil { return nil }
      place = try SwapPlace(target, files: files)
      guard try files.status(place.intent, followLinks: false) != nil else { return nil }
    } catch let failure as FileError {
      throw SwapError(.failed, target, "could not be looked at", cause: failure)
    }
    do {
      return try mend(place)
    } catch let failure as FileError {
      throw SwapError(.unfinished, target, "an interrupted swap could not be mended yet", cause: failure)
    }
  }

  private func mend(_ place: SwapPlace) throws -> RecoveryReport? {
    let descriptor: Int32
    do {
      descriptor = try files.open(place.intent, .readWrite)
    } catch let failure as FileError where failure.isMissing {
      return nil
    }
    defer { files.close(descriptor) }
    do {
      guard try files.patiently({ try files.lockRange(descriptor, .exclusive, start: 0, length: 1) }) else {
        throw SwapError(.busy, place.target, "another program is putting a database in its place")
      }
    } catch let failure as FileError where failure.isUnsupported || failure.number == ENOLCK {
      // Without locks on bytes, the database's own lock is what keeps two starts apart.
    }
    // The swap may have ended, and another begun, before the lock was had.
    guard let named = try files.status(place.intent, followLinks: false),
      named.inode == (try files.status(of: descriptor)).inode
    else { return nil }
    guard let bytes = try files.readAll(descriptor, limit: SwapIntent.limit) else { throw unclear(place) }
    switch SwapIntent.read(String(decoding: bytes, as: UTF8.self), name: place.name) {
    case .torn:
      return try done(place, .undone, nil, [])
    case .foreign:
      throw unclear(place)
    case .whole(let intent):
      return try mend(place, intent)
    }
  }

  private func unclear(_ place: SwapPlace) -> SwapError {
    SwapError(.intent, place.target, "the note of an interrupted swap, \(place.intent), cannot be understood")
  }

  private func mend(_ place: SwapPlace, _ intent: SwapIntent) throws -> RecoveryReport {
    let prepared = join(place.folder, intent.prepared)
    let previous = join(place.folder, intent.previous)
    let target = try files.status(place.target, followLinks: false)
    switch target?.inode {
    case intent.preparedInode:
      if try files.status(prepared, followLinks: false)?.inode == intent.oldInode {
        try files.moveNew(prepared, to: previous)
      }
      return try done(place, .finished, previous, [])
    case intent.oldInode:
      return try undo(place, intent, target)
    default:
      // Somebody moved files by hand, or the file system does not keep identities: nothing is removed.
      var notes = ["the database is neither the old one nor the new one of an interrupted swap; every file was kept"]
      if try files.status(prepared, followLinks: false) != nil {
        let kept = try place.freePrevious(.now, files: files)
        try files.moveNew(prepared, to: kept)
        notes.append("\(intent.prepared) is now \(lastComponent(of: kept))")
      }
      return try done(place, .kept, nil, notes)
    }
  }

  /// The old database is in place: side files go back to it, and what was laid out beside it goes.
  private func undo(_ place: SwapPlace, _ intent: SwapIntent, _ target: FileStatus?) throws -> RecoveryReport {
    let previous = join(place.folder, intent.previous)
    var notes: [String] = []
    for suffix in intent.sides {
      let (aside, own) = (previous + suffix, place.target + suffix)
      guard try files.status(aside, followLinks: false) != nil else { continue }
      // Where it could not be renamed in one step, it may have both names still.
      if try files.areOneFile(aside, own) {
        try files.unlink(aside)
        continue
      }
      // Replayed into a database that was used without it, a side file would do harm.
      let untouched = target?.size == intent.oldSize && target?.modified == intent.oldModified
      if try untouched && files.status(own, followLinks: false) == nil {
        try files.moveNew(aside, to: own)
      } else {
        notes.append("\(lastComponent(of: aside)) stays aside: the database was used without it")
      }
    }
    // A second name of the old database, where names could not be exchanged.
    if try files.status(previous, followLinks: false)?.inode == intent.oldInode { try files.unlink(previous) }
    let prepared = join(place.folder, intent.prepared)
    if try files.status(prepared, followLinks: false)?.inode == intent.preparedInode { try files.unlink(prepared) }
    return try done(place, .undone, nil, notes)
  }

  /// The note goes last, when all it tells of is on the disk.
  private func done(
    _ place: SwapPlace, _ outcome: RecoveryReport.Outcome, _ previous: String?, _ notes: [String]
  ) throws -> RecoveryReport {
    try files.syncFolder(place.folder)
    try files.unlink(place.intent)
    try files.syncFolder(place.folder)
    return RecoveryReport(target: place.target, outcome: outcome, previous: previous, notes: notes)
  }
}
