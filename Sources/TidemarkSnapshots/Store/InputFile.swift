// An open file that is read, with the name it was opened by, and closed with its owner.
internal import TidemarkSQLite

/// A file open for reading. Its bytes are read with positioned reads, so any number of threads may.
final class InputFile: Sendable {
  let path: String
  let files: any FileSystem
  let size: Int64
  let descriptor: Int32

  /// Opens a regular file.
  /// - Throws: `SnapshotError` when it is missing, no regular file, or not readable.
  init(_ path: String, _ files: any FileSystem) throws {
    self.path = path
    self.files = files
    descriptor = try SnapshotError.naming(path, "open it") {
      guard let status = try files.status(path, followLinks: true) else { throw SnapshotError(.missing, at: path) }
      guard status.kind == .file else { throw SnapshotError(.notAFile, at: path) }
      return try files.open(path, .read)
    }
    do {
      size = try SnapshotError.naming(path, "examine it") { [descriptor] in try files.size(descriptor) }
    } catch {
      files.close(descriptor)
      throw error
    }
  }

  deinit { files.close(descriptor) }

  /// Fills the buffer.
  /// - Throws: `SnapshotError` (`truncated`) when the file ends before.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
    guard try readSome(into: buffer, at: offset) == buffer.count else {
      throw SnapshotError(.truncated("it ends before byte \(offset + Int64(buffer.count))"), at: path)
    }
  }

  /// Reads until the buffer is full or the file ends.
  func readSome(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    try SnapshotError.naming(path, "read it") { try files.read(descriptor, into: buffer, at: offset) }
  }

  /// Some bytes as an array.
  func bytes(at offset: Int64, _ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try read(into: $0, at: offset) }
    return bytes
  }
}
