// One swap while it runs: its steps in order, and for each step done the way back.
internal import TidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A swap under way.
final class SwapRun {
  private let place: SwapPlace
  private let prepared: String
  private let stamp: UTCStamp
  private let files: any FileSystem

  /// The ways back of the steps done, in the order they were done.
  private var undo: [() throws -> Void] = []
  private var holds: [SwapHold] = []
  private var intentDescriptor: Int32?
  private var notes: [String] = []

  init(place: SwapPlace, prepared: String, stamp: UTCStamp, files: any FileSystem) {
    self.place = place
    self.prepared = prepared
    self.stamp = stamp
    self.files = files
  }

  /// Runs the steps; after an error goes back all the way, and then lets go of what is held.
  func run(_ steps: () throws -> SwapReport) throws -> SwapReport {
    defer {
      for hold in holds { hold.close() }
      if let intentDescriptor { files.close(intentDescriptor) }
    }
    do {
      return try steps()
    } catch {
      do {
        while let step = undo.last {
          try step()
          undo.removeLast()
        }
      } catch let second {
        throw SwapError(
          .unfinished, place.target, "a step failed (\(error)), and so did going back; every file is still there",
          cause: second)
      }
      throw error
    }
  }

  // MARK: The database is there

  /// Replaces a database that is there.
  func replace() throws -> SwapReport {
    // Who has it open now is told before anything is touched. What is held while SQLite folds it would be in its way.
    try SwapHold.take(place.target, target: place.target, prepared: false, files: files).close()
    let fold = try SwapFold.fold(place, files: files)
    try files.syncFolder(place.folder)

    let old = try hold(place.target, prepared: false)
    let new = try hold(prepared, prepared: true)
    try excludeKnownHolders(old)
    let sides = try sideFiles(after: fold, old)
    try SwapKeep.keep(old.status, of: place.target, on: new.descriptor, prepared, files: files)
    try files.sync(new.descriptor)

    let previous = try place.freePrevious(stamp, files: files)
    try writeIntent(old.status, new.status, previous, sides)
    let displacedSides = try moveAside(sides, previous)
    try undisturbed(old)
    let way = try changeNames(previous, new)
    try undisturbed(old)
    try files.syncFolder(place.folder)
    try undisturbed(old)
    if way == .exchanged {
      try files.moveNew(prepared, to: previous)
      undo.append { [files, prepared] in try files.moveNew(previous, to: prepared) }
    }
    finish()
    if case .unreadable(let why) = fold {
      notes.append("the old database could not be opened (\(why)): kept as it was")
    }
    return SwapReport(
      target: place.target, way: way, previous: previous, displaced: [previous] + displacedSides, notes: notes)
  }

  private func hold(_ path: String, prepared: Bool) throws -> SwapHold {
    let hold = try SwapHold.take(path, target: place.target, prepared: prepared, files: files)
    holds.append(hold)
    // What is true of both is said once, of the database.
    if !prepared { notes += hold.notes }
    return hold
  }

  private func undisturbed(_ hold: SwapHold) throws {
    if hold.isDisturbed {
      throw SwapError(
        .busy, place.target, "a program began to open it", holders: FileHolder.others(of: place.target))
    }
  }

  /// Without a lease, the list of open files is all there is to go by.
  private func excludeKnownHolders(_ hold: SwapHold) throws {
    guard !hold.leased else { return }
    var holders: [FileHolder] = []
    let isAlone = try files.patiently {
      holders = FileHolder.others(of: place.target)
      return holders.isEmpty
    }
    guard isAlone else { throw SwapError(.busy, place.target, "is open in another program", holders: holders) }
  }

  // MARK: Side files

  /// The side files that have to go aside; those without meaning are removed.
  private func sideFiles(after fold: SwapFold, _ old: SwapHold) throws -> [String] {
    guard old.isExclusive else {
      for suffix in SwapPlace.sideSuffixes where try exists(suffix) { throw sideFileAppeared(suffix) }
      return []
    }
    if try exists("-shm") { try files.unlink(place.target + "-shm") }
    if case .unreadable = fold { return try SwapPlace.contentSuffixes.filter(exists) }
    for suffix in SwapPlace.contentSuffixes where try exists(suffix) {
      // Journals that are kept between transactions are emptied, or their header is, when one ends.
      guard try isSpent(suffix) else { throw sideFileAppeared(suffix) }
      try files.unlink(place.target + suffix)
    }
    return []
  }

  private func exists(_ suffix: String) throws -> Bool {
    try files.status(place.target + suffix, followLinks: false) != nil
  }

  private func isSpent(_ suffix: String) throws -> Bool {
    let descriptor = try files.open(place.target + suffix, .read)
    defer { files.close(descriptor) }
    if try files.size(descriptor) == 0 { return true }
    guard suffix == "-journal" else { return false }
    var first = [UInt8](repeating: 1, count: 8)
    let count = try first.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 0) }
    return count == 8 && first.allSatisfy { $0 == 0 }
  }

  private func sideFileAppeared(_ suffix: String) -> SwapError {
    SwapError(
      .busy, place.target, "its \(suffix) file did not go away when it was closed, so somebody has it open",
      holders: FileHolder.others(of: place.target))
  }

  /// Gives side files names beside the displaced database's, before the database gets its own.
  private func moveAside(_ suffixes: [String], _ previous: String) throws -> [String] {
    for suffix in suffixes {
      let (from, to) = (place.target + suffix, previous + suffix)
      try files.moveNew(from, to: to)
      undo.append { [files] in try files.moveNew(to, to: from) }
    }
    if !suffixes.isEmpty { try files.syncFolder(place.folder) }
    return suffixes.map { previous + $0 }
  }

  // MARK: Names

  private func writeIntent(_ old: FileStatus, _ new: FileStatus, _ previous: String, _ sides: [String]) throws {
    let intent = SwapIntent(
      prepared: lastComponent(of: prepared), preparedInode: new.inode, oldInode: old.inode, oldSize: old.size,
      oldModified: old.modified, previous: lastComponent(of: previous), sides: sides)
    let path = place.intent
    let descriptor: Int32
    do {
      // Whoever may start the service must be able to finish what a root's restore began.
      descriptor = try files.open(path, .createNew(mode: old.mode & 0o666 | 0o600))
    } catch let failure as FileError where failure.exists {
      throw SwapError(.busy, place.target, "another swap of it is under way")
    }
    intentDescriptor = descriptor
    undo.append { [files, place] in
      try files.unlink(path)
      try files.syncFolder(place.folder)
    }
    let status = try files.status(of: descriptor)
    if status.owner != old.owner || status.group != old.group {
      try files.setOwner(of: descriptor, old.owner, old.group)
    }
    // A start that looks in between takes the empty note for one that was never acted on, and removes it.
    guard try lockIntent(descriptor), try files.status(path, followLinks: false)?.inode == status.inode else {
      undo.removeLast()
      throw SwapError(.busy, place.target, "another start looks after it")
    }
    try files.writeText(descriptor, intent.text)
    try files.sync(descriptor)
    try files.syncFolder(place.folder)
  }

  private func lockIntent(_ descriptor: Int32) throws -> Bool {
    do {
      return try files.lockRange(descriptor, .exclusive, start: 0, length: 1)
    } catch let failure as FileError where failure.isUnsupported || failure.number == ENOLCK {
      return true
    }
  }

  /// Gives the new database the old one's name.
  private func changeNames(_ previous: String, _ new: SwapHold) throws -> SwapReport.Way {
    let (target, prepared, files) = (place.target, prepared, files)
    do {
      try files.exchange(prepared, target)
      undo.append {
        try files.exchange(prepared, target)
        try Self.spoilIfDisturbed(new)
        try files.syncFolder(parentFolder(of: target))
      }
      return .exchanged
    } catch let failure as FileError where failure.isUnsupported {
      do {
        try files.link(target, to: previous)
      } catch let failure as FileError where failure.isUnsupported || failure.isForbidden || failure.number == EMLINK {
        throw SwapError(
          .unsupported, target, "the file system can neither exchange names nor link files", cause: failure)
      }
      undo.append { try files.unlink(previous) }
      // The new name of the old one lasts before the old name is the new one's.
      try files.syncFolder(place.folder)
      try files.rename(prepared, to: target)
      undo.removeLast()
      undo.append {
        try files.link(target, to: prepared)
        try files.rename(previous, to: target)
        try Self.spoilIfDisturbed(new)
        try files.syncFolder(parentFolder(of: target))
      }
      return .renamed
    }
  }

  /// Going back, somebody may wait to open the new database, whose name was the target's for a moment: it would work on
  /// a file that is about to be removed, with the old database's side files. It shall find no database instead.
  private static func spoilIfDisturbed(_ new: SwapHold) throws {
    guard new.isDisturbed else { return }
    try new.files.writeText(new.descriptor, "not a database: its restore was called off")
  }

  /// The swap holds from here on; what remains is tidying, and the next start would do it.
  private func finish() {
    undo = []
    do {
      if intentDescriptor != nil {
        // The note goes when the old database's new name is on the disk: without either, that would pass for a leftover.
        try files.syncFolder(place.folder)
        try files.unlink(place.intent)
      }
      try files.syncFolder(place.folder)
    } catch {
      notes.append("the swap is done; tidying up after it failed, and is left to the next start: \(error)")
    }
  }

  // MARK: The database is missing

  /// Gives the new database the name, which is free.
  func create() throws -> SwapReport {
    let new = try hold(prepared, prepared: true)
    try files.sync(new.descriptor)
    let previous = try place.freePrevious(stamp, files: files)
    if try exists("-shm") { try files.unlink(place.target + "-shm") }
    // Content without its database: nothing can use it, but it would be replayed into the new one.
    let sides = try moveAside(try SwapPlace.contentSuffixes.filter(exists), previous)
    let (target, prepared, files) = (place.target, prepared, files)
    do {
      try files.moveNew(prepared, to: target)
    } catch let failure as FileError where failure.exists {
      throw SwapError(.busy, target, "somebody made a database there meanwhile")
    }
    undo.append {
      try files.moveNew(target, to: prepared)
      try Self.spoilIfDisturbed(new)
    }
    try files.syncFolder(place.folder)
    finish()
    return SwapReport(target: target, way: .created, previous: nil, displaced: sides, notes: notes)
  }
}
