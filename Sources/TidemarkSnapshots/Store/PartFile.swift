// Files that are not finished: a snapshot being written, a copy that only a check needs. Their owner holds a lock on each,
// so that the next one can tell what a dead owner left from what a living one is at.
internal import TidemarkSQLite

/// Unfinished files beside the one that they are for.
enum PartFile {
  /// What stands between that file's name and 16 random hexadecimal digits.
  static let mark = ".tidemark-part-"
  private static let digits = 16

  /// A name that nobody has, beside a file.
  static func name(for output: String) -> String {
    let text = String(UInt64.random(in: 0 ... .max), radix: 16)
    return output + mark + String(repeating: "0", count: digits - text.utf8.count) + text
  }

  /// Makes one, and clears away what dead owners left of such for the same file.
  /// - Throws: `SnapshotError`.
  static func make(for output: String, mode: UInt32, _ files: any FileSystem) throws -> OutputFile {
    try clearLeftovers(for: output, files)
    for _ in 0..<8 {
      let file = try OutputFile(new: name(for: output), mode: mode, files)
      // Whoever clears up may have come between the making and the lock.
      if try file.lock() { return file }
    }
    throw SnapshotError(.invalid("its unfinished file is taken away again and again"), at: output)
  }

  /// Gives a finished file, which is synced, the name that it was made for, where that is free.
  /// - Throws: `SnapshotError`: `exists`, or a file operation that failed; then nothing has that name.
  static func publish(_ file: OutputFile, as output: String) throws {
    let files = file.files
    try SnapshotError.naming(output, "give it its name") {
      do {
        try files.moveNew(file.path, to: output)
      } catch let error as FileError where error.exists {
        throw SnapshotError(.exists, at: output)
      }
      file.keep()
      do {
        try files.syncFolder(parentFolder(of: output))
      } catch {
        // Whole, but it may not outlast a power cut: what is reported as failed is not to lie about as if it had not.
        try? files.unlink(output)
        throw error
      }
    }
  }

  /// Removes what dead owners left; those of living ones stay, and so does all that is not named so.
  /// - Throws: `SnapshotError`.
  static func clearLeftovers(for output: String, _ files: any FileSystem) throws {
    let folder = parentFolder(of: output)
    let names: [String]
    do {
      names = try files.list(folder)
    } catch let error as FileError where error.isMissing || error.isForbidden {
      // Who may write here need not be allowed to look around.
      return
    } catch {
      throw SnapshotError(.file(doing: "list it"), at: folder, cause: error)
    }
    let parts = names.compactMap { part(of: $0, for: lastComponent(of: output)) }
    for part in Set(parts).sorted() {
      let path = join(folder, part)
      try SnapshotError.naming(path, "remove what a dead writer left") {
        guard try isDead(path, files) else { return }
        for name in names where name == part || SwapPlace.sideSuffixes.contains(where: { name == part + $0 }) {
          do {
            try files.unlink(join(folder, name))
          } catch let error as FileError where error.isMissing {
            // Another was quicker.
          }
        }
      }
    }
  }

  /// The unfinished file that a name belongs to, its own or that of a side file; nil for other names.
  static func part(of name: String, for output: String) -> String? {
    let prefix = output + mark
    guard name.hasPrefix(prefix) else { return nil }
    let end = name.utf8.index(name.startIndex, offsetBy: prefix.utf8.count + digits, limitedBy: name.endIndex)
    guard let end else { return nil }
    let isHexadecimal = name.utf8[..<end].suffix(digits).allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
    }
    guard isHexadecimal, name[end...].isEmpty || SwapPlace.sideSuffixes.contains(String(name[end...])) else {
      return nil
    }
    return String(name[..<end])
  }

  private static func isDead(_ path: String, _ files: any FileSystem) throws -> Bool {
    guard let status = try files.status(path, followLinks: false) else { return true }
    // Closing a second descriptor would drop the locks that a connection of this process has.
    guard status.kind == .file, !FileHolder.isThisProcess(path) else { return false }
    let descriptor: Int32
    do {
      descriptor = try files.open(path, .readWrite)
    } catch let error as FileError where error.isMissing || error.isForbidden {
      return false
    }
    defer { files.close(descriptor) }
    do {
      return try files.lockRange(descriptor, .exclusive, start: SwapHold.ownerByte, length: 1)
    } catch let error as FileError where error.isUnsupported {
      return false
    }
  }
}
