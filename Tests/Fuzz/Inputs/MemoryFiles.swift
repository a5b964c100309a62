// One file that is only in memory, so that a hundred thousand inputs can be read without a disk.
public import TestFiles
public import TidemarkSQLite

/// The machine's files, and beside them one of given bytes, which can only be read.
public struct MemoryFiles: FileSystem, ForwardingFiles {
  /// The name of the file in memory.
  public static let path = "/input"
  private static let descriptor: Int32 = 1_000_000

  public let base = LocalFiles()
  private let bytes: [UInt8]

  /// Files with these bytes under `path`.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public func status(_ path: String, followLinks: Bool) throws -> FileStatus? {
    guard path == Self.path else { return try base.status(path, followLinks: followLinks) }
    return FileStatus(
      kind: .file, size: Int64(bytes.count), mode: 0o600, owner: 0, group: 0, inode: 1, device: 1, modified: 0)
  }

  public func open(_ path: String, _ how: OpenHow) throws -> Int32 {
    guard path == Self.path else { return try base.open(path, how) }
    guard how == .read else { throw FileError("open", path, 30) }
    return Self.descriptor
  }

  public func close(_ descriptor: Int32) { if descriptor != Self.descriptor { base.close(descriptor) } }

  public func size(_ descriptor: Int32) throws -> Int64 {
    descriptor == Self.descriptor ? Int64(bytes.count) : try base.size(descriptor)
  }

  public func resolve(_ path: String) throws -> String { path == Self.path ? path : try base.resolve(path) }

  public func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    guard descriptor == Self.descriptor else { return try base.read(descriptor, into: buffer, at: offset) }
    guard offset >= 0, offset < bytes.count else { return 0 }
    let count = min(buffer.count, bytes.count - Int(offset))
    bytes.withUnsafeBytes { source in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[Int(offset)..<Int(offset) + count]))
    }
    return count
  }
}
