// The lock file itself: one open description of it, byte 0 for the lock, and slots that say who holds it.
internal import TidemarkSQLite

/// An open lock file. Its locks belong to this description: they end when it is closed, and so when the process dies.
struct LockFile: Sendable {
  let path: String
  let files: any FileSystem
  let descriptor: Int32

  static let slotCount = 64
  static let slotSize: Int64 = 256
  static let firstSlot: Int64 = 4096

  /// Opens the file, which is made when it is missing and is never removed: a lock on a name that another file has since
  /// taken would keep nobody out.
  ///
  /// - Parameter toLook: only to see who holds the lock: a file that is missing stays so, and an error.
  static func open(database: String, toLook: Bool = false, files: any FileSystem) throws -> LockFile {
    let path = database + "-tidemark.lock"
    do {
      let status = try files.status(path, followLinks: false)
      if let status, status.kind != .file { throw LockError(.foreign, path) }
      if status == nil, !toLook { try make(path, database, files) }
      return LockFile(path: path, files: files, descriptor: try files.open(path, toLook ? .read : .readWrite))
    } catch let failure as FileError {
      throw LockError(path, failure)
    }
  }

  /// Makes the file, for all who may write the database: what root made, the service must be able to lock.
  private static func make(_ path: String, _ database: String, _ files: any FileSystem) throws {
    let database = try files.status(database, followLinks: false)
    let descriptor: Int32
    do {
      descriptor = try files.open(path, .createNew(mode: (database?.mode ?? 0o644) & 0o666 | 0o600))
    } catch let failure as FileError where failure.exists {
      return
    }
    defer { files.close(descriptor) }
    guard let database else { return }
    let made = try files.status(of: descriptor)
    if made.owner != database.owner || made.group != database.group {
      do { try files.setOwner(of: descriptor, database.owner, database.group) } catch let failure as FileError
        where failure.isForbidden
      {
        // Not root: then it is this user's, and who may write it is up to the mode.
      }
    }
    try files.setMode(of: descriptor, database.mode & 0o666 | 0o600)
  }

  func close() {
    // A child that is being started shares the description for a moment, and with it the locks: they go now.
    _ = try? files.lockRange(descriptor, .none, start: 0, length: 0)
    files.close(descriptor)
  }

  /// Takes or changes the lock itself, without waiting and without ever letting go of what is held.
  func lock(_ kind: RangeLock) throws -> Bool { try lock(kind, 0, 1) }

  /// Lets go of the lock itself; who holds a slot stays there.
  func unlock() throws { _ = try lock(.none, 0, 1) }

  private func lock(_ kind: RangeLock, _ start: Int64, _ length: Int64) throws -> Bool {
    do { return try files.lockRange(descriptor, kind, start: start, length: length) } catch let failure as FileError {
      throw LockError(path, failure)
    }
  }

  // MARK: Slots

  private static func start(_ slot: Int) -> Int64 { firstSlot + Int64(slot) * slotSize }
  /// A slot's last byte is locked once its text is that of who holds it: a text from before is never taken for theirs.
  private static func mark(_ slot: Int) -> Int64 { start(slot) + slotSize - 1 }

  /// Takes a free slot and writes who holds it; nil when all are taken or the disk is full, which costs nothing but the name.
  func takeSlot(_ holder: LockHolder) throws -> Int? {
    for slot in 0..<Self.slotCount where try lock(.exclusive, Self.start(slot), Self.slotSize - 1) {
      do {
        try write(holder, slot)
      } catch let error as LockError where (error.cause as? FileError)?.isFull == true {
        // Only the name has no room: the lock itself takes none.
        _ = try lock(.none, Self.start(slot), Self.slotSize - 1)
        return nil
      }
      _ = try lock(.exclusive, Self.mark(slot), 1)
      return slot
    }
    return nil
  }

  /// Writes who holds a slot.
  func write(_ holder: LockHolder, _ slot: Int) throws {
    var bytes = Array(holder.line.utf8.prefix(Int(Self.slotSize) - 1))
    bytes += [UInt8](repeating: 0, count: Int(Self.slotSize) - bytes.count)
    do {
      try bytes.withUnsafeBytes { try files.write(descriptor, $0, at: Self.start(slot)) }
    } catch let failure as FileError {
      throw LockError(path, failure)
    }
  }

  /// Who holds the lock now, but for this description, by the slots whose mark is locked.
  func holders() throws -> [LockHolder] {
    try (0..<Self.slotCount)
      .filter { files.isRangeLocked(descriptor, start: Self.mark($0), length: 1) }
      .compactMap(read)
  }

  private func read(_ slot: Int) throws -> LockHolder? {
    var bytes = [UInt8](repeating: 0, count: Int(Self.slotSize))
    do {
      let count = try bytes.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: Self.start(slot)) }
      return LockHolder(slot: bytes.prefix(count))
    } catch let failure as FileError {
      throw LockError(path, failure)
    }
  }
}
