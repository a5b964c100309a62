// A file held for a swap: proof, as far as the file system gives it, that nobody else has it open or begins to use it.
internal import TidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file that is held open under a lease and under SQLite's own lock bytes.
struct SwapHold {
  let files: any FileSystem
  let descriptor: Int32
  /// The file behind the descriptor.
  let status: FileStatus
  /// Whether a lease proves that nobody else has it open.
  let leased: Bool
  /// Whether nobody is in a transaction on it, nor has it open in WAL mode.
  let locked: Bool
  /// What is not excluded.
  let notes: [String]

  /// SQLite's lock bytes: pending, reserved and 510 shared ones (https://sqlite.org/fileformat2.html#the_lock_byte_page).
  private static let lockBytes: (start: Int64, length: Int64) = (0x4000_0000, 512)
  /// A byte far behind any database, locked by whoever prepares a file.
  static let ownerByte: Int64 = 0x4000_0000_0000_0000

  /// Opens and holds a file.
  ///
  /// - Parameters:
  ///   - target: the database that errors speak of.
  ///   - prepared: whether it is the new database: then its owner's byte is taken as well.
  /// - Throws: `SwapError.busy` when somebody has it open; `FileError`.
  static func take(_ path: String, target: String, prepared: Bool, files: any FileSystem) throws -> SwapHold {
    let descriptor = try files.open(path, .readWrite)
    do {
      return try take(descriptor, path, target: target, prepared: prepared, files: files)
    } catch {
      files.close(descriptor)
      throw error
    }
  }

  private static func take(
    _ descriptor: Int32, _ path: String, target: String, prepared: Bool, files: any FileSystem
  ) throws -> SwapHold {
    func busy(_ detail: String) -> SwapError {
      let holders = FileHolder.others(of: path)
      return prepared
        ? SwapError(.prepared, target, "the prepared file \(path) \(detail)", holders: holders)
        : SwapError(.busy, target, detail, holders: holders)
    }
    var notes: [String] = []
    var leased = false
    do {
      guard try lease(descriptor, files) else { throw busy("is open in another program, or elsewhere in this one") }
      leased = true
    } catch let failure as FileError where failure.isUnsupported || failure.isForbidden {
      let why = failure.isForbidden ? "it belongs to another user" : "its file system has none"
      notes.append(
        "no lease could be taken on \(lastComponent(of: path)) (\(why)): a program that had the database open and idle, "
          + "or began to open it, is not excluded, and would go on with the displaced one")
    }
    func lock(_ start: Int64, _ length: Int64) throws -> Bool? {
      do { return try files.lockRange(descriptor, .exclusive, start: start, length: length) } catch let failure
        as FileError where failure.isUnsupported || failure.number == ENOLCK
      { return nil }
    }
    if prepared, try lock(ownerByte, 1) == false { throw busy("is being worked on") }
    let locked = try lock(lockBytes.start, lockBytes.length)
    if locked == false { throw busy("is in use by another connection") }
    if locked == nil {
      notes.append("\(lastComponent(of: path)) cannot be locked: a transaction on it is not excluded")
    }
    let status = try files.status(of: descriptor)
    guard let named = try files.status(path, followLinks: false), named.inode == status.inode,
      named.device == status.device
    else { throw busy("was replaced meanwhile") }
    return SwapHold(
      files: files, descriptor: descriptor, status: status, leased: leased, locked: locked == true, notes: notes)
  }

  /// Takes a lease; false when somebody has the file open, and not just in passing.
  private static func lease(_ descriptor: Int32, _ files: any FileSystem) throws -> Bool {
    try files.patiently {
      do {
        try files.lease(descriptor)
        return true
      } catch let failure as FileError where failure.number == EAGAIN || failure.number == EBUSY {
        return false
      }
    }
  }

  /// Whether nobody can be using it.
  var isExclusive: Bool { leased || locked }
  /// Whether somebody waits to open it, which only a lease can tell.
  var isDisturbed: Bool { leased && !files.leaseHeld(descriptor) }

  /// Lets go. The lease is not given back before: a connection that this process opens the moment it ends would lose the
  /// locks it takes when the descriptor is closed.
  func close() {
    // A child that is being started shares the descriptor until it becomes another program, and with it the locks. What
    // cannot be unlocked now is unlocked then.
    _ = try? files.lockRange(descriptor, .none, start: 0, length: 0)
    files.close(descriptor)
  }
}
