// A new file that is written whole or not at all.
internal import TidemarkSQLite

extension FileStatus {
  /// The mode with a group that was not meant: it gets no more than everybody has.
  var modeForAnotherGroup: UInt32 { mode & ~0o070 | mode & (mode & 0o007) << 3 }
}

/// A file under a name that was free. Unless it is kept, it is removed when its owner goes.
final class OutputFile: Sendable {
  let path: String
  let files: any FileSystem
  private let descriptor: Int32
  private let isKept = SharedFlag()
  /// Whether writes go past the page cache at the moment, and whether they can.
  private let isBypassing = SharedFlag()
  private let canBypass = SharedFlag(true)
  /// One write at a time: two threads that write one inode sometimes burn seconds in the kernel.
  private let writing = Monitor()

  /// Makes the file, or takes one that was made empty for this.
  /// - Throws: `SnapshotError` (`exists` when the name is taken, or the file that was made is not empty).
  init(new path: String, mode: UInt32, isMade: Bool = false, _ files: any FileSystem) throws {
    self.path = path
    self.files = files
    do {
      // All of this before the object is whole: one that fails then is closed and removed by its `deinit`.
      let opened = try files.open(path, isMade ? .readWrite : .createNew(mode: mode))
      do {
        if isMade, try files.size(opened) != 0 { throw SnapshotError(.exists, at: path) }
      } catch {
        files.close(opened)
        throw error
      }
      descriptor = opened
    } catch let error as FileError where error.exists {
      throw SnapshotError(.exists, at: path)
    } catch let error as FileError {
      throw SnapshotError(.file(doing: "create it"), at: path, cause: error)
    }
  }

  deinit {
    files.close(descriptor)
    // The name may be gone already; there is nobody left to tell of another failure.
    if !isKept.isSet { try? files.unlink(path) }
  }

  /// Takes from the group what it was to have, where it is another group than the one that was meant.
  func keepFrom(othersThan group: UInt32) throws {
    try SnapshotError.naming(path, "set its rights") {
      let made = try files.status(of: descriptor)
      if made.group != group, made.mode & 0o070 != 0 { try files.setMode(of: descriptor, made.modeForAnotherGroup) }
    }
  }

  /// Marks it as somebody's for as long as this lives.
  /// - Returns: false where another has taken it, or its name is gone.
  func lock() throws -> Bool {
    try SnapshotError.naming(path, "lock it") {
      do {
        guard try files.lockRange(descriptor, .exclusive, start: SwapHold.ownerByte, length: 1) else { return false }
      } catch let error as FileError where error.isUnsupported {
        // Then nobody can tell whether its owner lives, and nobody clears it away.
        return true
      }
      return try files.status(path, followLinks: false)?.inode == files.status(of: descriptor).inode
    }
  }

  func allocate(_ length: Int64) throws {
    try SnapshotError.naming(path, "reserve room for it") { try files.allocate(descriptor, length) }
  }

  /// Takes another file's content, sharing its room on disk; false, and nothing is done, where that cannot be.
  func clone(_ source: InputFile) throws -> Bool {
    try SnapshotError.naming(path, "share the database's room") { try files.clone(source.descriptor, to: descriptor) }
  }

  /// Writes, and starts the disk on it.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    try SnapshotError.naming(path, "write it") {
      try writing.withLock {
        useCache()
        try files.write(descriptor, bytes, at: offset)
      }
    }
    files.startWriteback(descriptor, at: offset, length: Int64(bytes.count))
  }

  /// Writes straight to the disk where the file system can, else as `write` does.
  /// - Parameters:
  ///   - bytes: memory on a page's boundary, a multiple of `directUnit` long.
  ///   - offset: likewise a multiple of it.
  func writePastCache(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    let isWritten = try SnapshotError.naming(path, "write it") {
      try writing.withLock {
        if !isBypassing.isSet {
          guard canBypass.isSet, files.bypassCache(descriptor, true) else { return false }
          isBypassing.set(true)
        }
        do {
          try files.write(descriptor, bytes, at: offset)
          return true
        } catch let error as FileError where error.isUnsupported {
          // The disk wants larger pieces than any that is known.
          canBypass.set(false)
          return false
        }
      }
    }
    if !isWritten { try write(bytes, at: offset) }
  }

  /// Goes back to the page cache, for what is not whole pages. Under the lock.
  private func useCache() {
    if isBypassing.isSet { isBypassing.set(!files.bypassCache(descriptor, false)) }
  }

  func dropWritten(at offset: Int64, length: Int64) { files.dropWritten(descriptor, at: offset, length: length) }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    try SnapshotError.naming(path, "read it back") {
      try writing.withLock {
        useCache()
        return try files.read(descriptor, into: buffer, at: offset)
      }
    }
  }

  func size() throws -> Int64 { try SnapshotError.naming(path, "examine it") { try files.size(descriptor) } }

  func truncate(to length: Int64) throws {
    try SnapshotError.naming(path, "resize it") { try files.truncate(descriptor, to: length) }
  }

  func sync() throws { try SnapshotError.naming(path, "sync it") { try files.sync(descriptor) } }

  /// From here on the file stays.
  func keep() { isKept.set() }
}
