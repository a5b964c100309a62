// Small files read and written whole, and folders made to last, over the same file layer.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension FileSystem {
  /// Makes a folder and those above it, each with its name on the disk: what is synced in a folder whose own name is not
  /// would be lost with it when the power goes.
  /// - Throws: `FileError`.
  public func makeLastingFolder(_ path: String) throws {
    if try status(path, followLinks: true) == nil {
      let parent = parentFolder(of: path)
      if parent != path { try makeLastingFolder(parent) }
      try makeFolder(path)
      return try syncFolder(parent)
    }
    // One that is there may be anything but a folder, which this tells.
    try makeFolder(path)
  }

  /// The bytes of a file.
  /// - Parameter limit: the most bytes to read; a longer file throws `EFBIG`.
  /// - Throws: `FileError`.
  public func contents(of path: String, limit: Int = 1 << 28) throws -> [UInt8] {
    let descriptor = try open(path, .read)
    defer { close(descriptor) }
    let size = try size(descriptor)
    guard size <= Int64(limit) else { throw FileError("read", path, EFBIG) }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    let count = try bytes.withUnsafeMutableBytes { try read(descriptor, into: $0, at: 0) }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Puts `bytes` where `path` is, all at once: a reader finds the old file or the new one, after a power cut too. Existing bytes that are
  /// the same are left as they are, with their time.
  /// - Returns: whether the file changed.
  /// - Throws: `FileError`.
  @discardableResult
  public func replace(_ path: String, with bytes: [UInt8]) throws -> Bool {
    let old = try status(path, followLinks: true)
    if old?.size == Int64(bytes.count), try contents(of: path) == bytes { return false }
    // A link stays one, and what it leads to is replaced.
    let path = old == nil ? path : try resolve(path)
    try write(bytes, aside: path, mode: old?.mode) { try rename($0, to: path) }
    return true
  }

  /// Makes a file that must not be there yet, whole or not at all.
  /// - Throws: `FileError`, one that says it `exists` where the name is taken.
  public func make(_ path: String, with bytes: [UInt8]) throws {
    try write(bytes, aside: path, mode: nil) { try renameNew($0, to: path) }
  }

  /// Writes beside a file, syncs, and gives the name.
  private func write(_ bytes: [UInt8], aside path: String, mode: UInt32?, name: (String) throws -> Void) throws {
    let aside = path + ".tidemark-new"
    // What an earlier run left half written; nobody else names a file so.
    if try status(aside, followLinks: false) != nil { try unlink(aside) }
    let descriptor = try open(aside, .createNew(mode: mode ?? 0o666))
    do {
      do {
        defer { close(descriptor) }
        if let mode { try setMode(of: descriptor, mode) }
        try bytes.withUnsafeBytes { try write(descriptor, $0, at: 0) }
        try sync(descriptor)
      } catch let error as FileError {
        // It knows the descriptor only.
        throw FileError("write", path, error.number)
      }
      try name(aside)
    } catch {
      // The first error is the cause; the next run removes what could not be removed here.
      try? unlink(aside)
      throw error
    }
    try syncFolder(parentFolder(of: path))
  }
}
