// The file in which a database is prepared, beside the one it is to replace, and what dead restores left of such files.
public import TidemarkSQLite

/// A file being prepared beside a database. While it lives, it holds a lock that says so; death releases it.
public final class RestoreFile {
  /// Its path, `NAME.tidemark-restore-` and 16 random hexadecimal digits.
  public let path: String
  private let files: any FileSystem
  private let folder: String
  private var descriptor: Int32?
  /// The file that was made: a swap gives its name to the old database for a moment.
  private let made: FileStatus

  /// Makes one, empty, readable by nobody who could not read the database; where there is none, by nobody who could not read
  /// what is restored.
  ///
  /// - Parameters:
  ///   - source: the file to restore; nil for the database's owner only, where there is no database.
  ///   - isScratch: whether it is to replace nothing, and so is its owner's alone.
  /// - Throws: `FileError` when the folder is missing or not writable; `SwapError`; `SnapshotError` for the source.
  public init(
    beside target: String, from source: String? = nil, isScratch: Bool = false, files: any FileSystem = LocalFiles()
  ) throws {
    let place = try SwapPlace(target, files: files)
    let old = try isScratch ? nil : files.status(place.target, followLinks: false)
    // What the old one's owner, mode and list are, the swap sees to.
    let rights = try old == nil && !isScratch ? source.map { try SourceKind.rights(of: $0, files) } : nil
    let mode = old?.mode ?? rights?.mode ?? 0o600
    var generator = SystemRandomNumberGenerator()
    let digits = String(generator.next() as UInt64, radix: 16)
    path = place.restorePrefix + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    folder = place.folder
    self.files = files
    let descriptor = try files.open(path, .createNew(mode: mode & 0o777 | 0o600))
    do {
      made = try files.status(of: descriptor)
    } catch {
      try? files.unlink(path)
      files.close(descriptor)
      throw error
    }
    // From here on the object is whole, and closes the file when it goes.
    self.descriptor = descriptor
    do {
      if let rights, made.group != rights.group, made.mode & 0o070 != 0 {
        try files.setMode(of: descriptor, made.modeForAnotherGroup)
      }
      guard try isOwned(descriptor) else {
        throw SwapError(.busy, place.target, "another start clears up beside it")
      }
    } catch {
      try? files.unlink(path)
      throw error
    }
  }

  /// Takes the lock that says that somebody works on the file; false where it was cleared away before.
  private func isOwned(_ descriptor: Int32) throws -> Bool {
    do {
      return try files.lockRange(descriptor, .exclusive, start: SwapHold.ownerByte, length: 1)
        && files.status(path, followLinks: false)?.inode == made.inode
    } catch let failure as FileError where failure.isUnsupported {
      // Then the database's own lock, which every restore holds, is what spares it.
      return true
    }
  }

  deinit { close() }

  /// Lets go of the file: whoever prepared it has closed it, and a swap is next, which takes the lock itself.
  public func close() {
    if let descriptor { files.close(descriptor) }
    descriptor = nil
  }

  /// Removes the file and its side files, after a restore that failed. Another file that has come to its name stays.
  ///
  /// - Throws: `FileError`.
  public func discard() throws {
    defer { close() }
    if let now = try files.status(path, followLinks: false) {
      guard now.inode == made.inode, now.device == made.device else { return }
    }
    for suffix in [""] + SwapPlace.sideSuffixes where try files.status(path + suffix, followLinks: false) != nil {
      try files.unlink(path + suffix)
    }
  }

  /// Removes what restores that died left beside a database; those of living ones stay.
  ///
  /// To be called with Tidemark's lock held exclusively, after `Swap.recover`: then nobody swaps, and where no swap is
  /// unfinished, nothing that is opened and closed here is a database that this process may have open.
  ///
  /// - Returns: the paths that were removed.
  /// - Throws: `FileError`, `SwapError`.
  @discardableResult
  public static func clearLeftovers(beside target: String, files: any FileSystem = LocalFiles()) throws -> [String] {
    let place = try SwapPlace(target, files: files)
    guard try files.status(place.folder, followLinks: true) != nil,
      try files.status(place.intent, followLinks: false) == nil
    else { return [] }
    let prefix = lastComponent(of: place.restorePrefix)
    let names = try files.list(place.folder).filter { $0.hasPrefix(prefix) }
    var removed: [String] = []
    for base in Set(names.compactMap { baseName($0, prefix) }).sorted() {
      let path = join(place.folder, base)
      guard try isDead(path, place, files) else { continue }
      for suffix in [""] + SwapPlace.sideSuffixes where names.contains(base + suffix) {
        do {
          try files.unlink(path + suffix)
          removed.append(path + suffix)
        } catch let failure as FileError where failure.isMissing {
          // Its owner was quicker.
        }
      }
    }
    return removed
  }

  /// Whether nobody prepares the file any more, and no swap has given its name to the old database.
  private static func isDead(_ path: String, _ place: SwapPlace, _ files: any FileSystem) throws -> Bool {
    guard let status = try files.status(path, followLinks: false) else { return true }
    guard status.kind == .file else { return false }
    let descriptor: Int32
    do {
      descriptor = try files.open(path, .readWrite)
    } catch let failure as FileError where failure.isMissing || failure.isForbidden {
      return false  // gone, or another user's: theirs to clear
    }
    defer { files.close(descriptor) }
    do {
      guard try files.lockRange(descriptor, .exclusive, start: SwapHold.ownerByte, length: 1) else { return false }
    } catch let failure as FileError where failure.isUnsupported {
      return false
    }
    // Looked at only now: a swap holds the lock from before its note is written until the old database has left this
    // name. So without a note, what was opened here is no database that anybody needs.
    return try files.status(place.intent, followLinks: false) == nil
  }

  private static func baseName(_ name: String, _ prefix: String) -> String? {
    var base = Substring(name)
    for suffix in SwapPlace.sideSuffixes where base.hasSuffix(suffix) {
      base = base.dropLast(suffix.count)
      break
    }
    let digits = base.dropFirst(prefix.count).utf8
    guard digits.count == 16, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
      return nil
    }
    return String(base)
  }
}
