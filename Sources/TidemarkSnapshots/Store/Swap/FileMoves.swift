// Moves that Tidemark makes of few system calls where a file system lacks the one call.
internal import TidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension FileSystem {
  /// Renames only where the new name is free; with a second name and a removal where the file system cannot in one step.
  /// Cut short between the two, it goes on when called again.
  /// - Throws: `FileError`; `SwapError` (`unfinished`) where both names are left.
  func moveNew(_ from: String, to: String) throws {
    do {
      try renameNew(from, to: to)
    } catch let failure as FileError where failure.isUnsupported {
      if try !areOneFile(from, to) { try link(from, to: to) }
      do {
        // The removal alone must not be what a power cut leaves.
        try syncFolder(parentFolder(of: to))
        try unlink(from)
      } catch let first {
        // One name, as before.
        do { try unlink(to) } catch {
          throw SwapError(.unfinished, to, "a file has this name and that of \(lastComponent(of: from))", cause: first)
        }
        throw first
      }
    }
  }

  /// Whether both are names of the same file.
  func areOneFile(_ first: String, _ second: String) throws -> Bool {
    guard let one = try status(first, followLinks: false) else { return false }
    return try status(second, followLinks: false)?.inode == one.inode
  }

  /// Reads a small file whole; nil when it is longer than the limit.
  func readAll(_ descriptor: Int32, limit: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    let count = try bytes.withUnsafeMutableBytes { try read(descriptor, into: $0, at: 0) }
    return count > limit ? nil : Array(bytes.prefix(count))
  }

  /// Writes all bytes of a text at the file's start.
  func writeText(_ descriptor: Int32, _ text: String) throws {
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBytes { try write(descriptor, $0, at: 0) }
  }

  /// Tries until it works out, some 60 ms at most; whether it did.
  ///
  /// A child that a process starts shares its descriptors until it becomes another program, those included that were
  /// closed since, and the leases and locks on them; and others look at a database in passing.
  func patiently(_ attempt: () throws -> Bool) throws -> Bool {
    var wait: UInt32 = 500
    while try !attempt() {
      guard wait <= 32_000 else { return false }
      usleep(wait)
      wait *= 2
    }
    return true
  }
}
