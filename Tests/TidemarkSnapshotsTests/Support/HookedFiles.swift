// The machine's files, with hooks where file systems differ: in sharing blocks, and in writing past the page cache.
import TestFiles
import TidemarkSQLite

/// The machine's files with hooks.
struct HookedFiles: ForwardingFiles {
  let base = LocalFiles()
  /// Called for each clone, which then copies: what the machine itself can does not matter.
  var onClone: @Sendable () throws -> Void = {}
  /// Whether room can be shared at all.
  var canClone = true
  /// Called before each write, with its bytes and its place.
  var onWrite: @Sendable (UnsafeRawBufferPointer, Int64) throws -> Void = { _, _ in }
  /// Called before each operation, with its name.
  var onOperation: @Sendable (String) throws -> Void = { _ in }
  /// Answers whether writes may pass the page cache by.
  var onBypass: @Sendable (Int32, Bool) -> Bool = { LocalFiles().bypassCache($0, $1) }

  func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T {
    try onOperation(operation)
    return try body()
  }

  func bypassCache(_ descriptor: Int32, _ bypass: Bool) -> Bool { onBypass(descriptor, bypass) }

  func clone(_ source: Int32, to target: Int32) throws -> Bool {
    guard canClone else { return false }
    try onClone()
    let size = Int(try base.size(source))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    let count = try base.read(source, into: buffer, at: 0)
    try base.write(target, UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: 0)
    return true
  }

  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    try onWrite(bytes, offset)
    try base.write(descriptor, bytes, at: offset)
  }
}
