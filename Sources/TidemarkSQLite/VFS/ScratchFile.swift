// A file without a name: what is written aside is gone with whoever wrote it, however that one ends.

/// A file that nobody else can open, for as long as it is held.
final class ScratchFile {
  private let files: any FileSystem
  private let descriptor: Int32
  /// Where it is, for errors: the file itself has no name.
  private let folder: String
  /// The length in bytes.
  private(set) var length: Int64 = 0
  /// All bytes that were ever written to it.
  private(set) var written: Int64 = 0

  /// Makes one and takes its name away at once.
  /// - Parameter prefix: a path that 16 random hexadecimal digits complete.
  /// - Throws: `FileError`.
  init(named prefix: String, _ files: any FileSystem) throws {
    let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
    let path = prefix + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    let descriptor = try files.open(path, .createNew(mode: 0o600))
    do {
      try files.unlink(path)
    } catch let error as FileError where error.isMissing {
      // Whoever clears leftovers was quicker; the file is ours all the same.
    } catch {
      files.close(descriptor)
      throw error
    }
    folder = parentFolder(of: prefix)
    self.files = files
    self.descriptor = descriptor
  }

  deinit { files.close(descriptor) }

  /// Reads what there is; where the file ends before, the rest is zeros.
  /// - Returns: how many bytes were there.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    let count = try placing { try files.read(descriptor, into: buffer, at: offset) }
    UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).initializeMemory(as: UInt8.self, repeating: 0)
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    try placing { try files.write(descriptor, bytes, at: offset) }
    length = max(length, offset + Int64(bytes.count))
    written += Int64(bytes.count)
  }

  func truncate(to length: Int64) throws {
    try placing { try files.truncate(descriptor, to: length) }
    self.length = length
  }

  private func placing<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as FileError {
      throw FileError(error.operation + " a temporary file in", folder, error.number)
    }
  }
}
