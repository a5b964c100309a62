// The machine's files, with hooks where file systems differ: in sharing blocks, and in writing past the page cache.
import TidemarkSQLite

/// The machine's files with hooks.
struct HookedFiles: FileSystem {
  private let local = LocalFiles()
  /// Called for each clone, which then copies: what the machine itself can does not matter.
  var onClone: @Sendable () throws -> Void = {}
  /// Whether room can be shared at all.
  var canClone = true
  /// Called before each write, with its bytes and its place.
  var onWrite: @Sendable (UnsafeRawBufferPointer, Int64) throws -> Void = { _, _ in }
  /// Answers whether writes may pass the page cache by.
  var onBypass: @Sendable (Int32, Bool) -> Bool = { LocalFiles().bypassCache($0, $1) }

  func bypassCache(_ descriptor: Int32, _ bypass: Bool) -> Bool { onBypass(descriptor, bypass) }

  func clone(_ source: Int32, to target: Int32) throws -> Bool {
    guard canClone else { return false }
    try onClone()
    let size = Int(try local.size(source))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    let count = try local.read(source, into: buffer, at: 0)
    try local.write(target, UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: 0)
    return true
  }

  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    try onWrite(bytes, offset)
    try local.write(descriptor, bytes, at: offset)
  }

  func open(_ path: String, _ how: OpenHow) throws -> Int32 { try local.open(path, how) }
  func close(_ descriptor: Int32) { local.close(descriptor) }
  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    try local.read(descriptor, into: buffer, at: offset)
  }
  func size(_ descriptor: Int32) throws -> Int64 { try local.size(descriptor) }
  func truncate(_ descriptor: Int32, to length: Int64) throws { try local.truncate(descriptor, to: length) }
  func allocate(_ descriptor: Int32, _ length: Int64) throws { try local.allocate(descriptor, length) }
  func startWriteback(_ descriptor: Int32, at offset: Int64, length: Int64) {
    local.startWriteback(descriptor, at: offset, length: length)
  }
  func dropWritten(_ descriptor: Int32, at offset: Int64, length: Int64) {
    local.dropWritten(descriptor, at: offset, length: length)
  }
  func sync(_ descriptor: Int32) throws { try local.sync(descriptor) }
  func syncFolder(_ path: String) throws { try local.syncFolder(path) }
  func status(_ path: String, followLinks: Bool) throws -> FileStatus? {
    try local.status(path, followLinks: followLinks)
  }
  func status(of descriptor: Int32) throws -> FileStatus { try local.status(of: descriptor) }
  func attribute(_ name: String, of path: String) throws -> [UInt8]? { try local.attribute(name, of: path) }
  func setAttribute(_ name: String, of path: String, _ value: [UInt8]?) throws {
    try local.setAttribute(name, of: path, value)
  }
  func freeSpace(_ path: String) throws -> Int64 { try local.freeSpace(path) }
  func rename(_ from: String, to: String) throws { try local.rename(from, to: to) }
  func renameNew(_ from: String, to: String) throws { try local.renameNew(from, to: to) }
  func exchange(_ first: String, _ second: String) throws { try local.exchange(first, second) }
  func link(_ from: String, to: String) throws { try local.link(from, to: to) }
  func unlink(_ path: String) throws { try local.unlink(path) }
  func list(_ folder: String) throws -> [String] { try local.list(folder) }
  func makeFolder(_ path: String) throws { try local.makeFolder(path) }
  func resolve(_ path: String) throws -> String { try local.resolve(path) }
  func setMode(_ path: String, _ mode: UInt32) throws { try local.setMode(path, mode) }
  func setOwner(_ path: String, _ owner: UInt32, _ group: UInt32) throws { try local.setOwner(path, owner, group) }
  func lease(_ descriptor: Int32) throws { try local.lease(descriptor) }
  func leaseHeld(_ descriptor: Int32) -> Bool { local.leaseHeld(descriptor) }
  func endLease(_ descriptor: Int32) { local.endLease(descriptor) }
  func lockRange(_ descriptor: Int32, _ kind: RangeLock, start: Int64, length: Int64) throws -> Bool {
    try local.lockRange(descriptor, kind, start: start, length: length)
  }
}
