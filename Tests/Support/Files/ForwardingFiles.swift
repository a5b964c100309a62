// A file system over another one, from which a test changes one thing or watches all of them.
public import TidemarkSQLite

/// Forwards every operation. What conforms overrides the ones it is about, or `forward`, which all that can fail pass through.
public protocol ForwardingFiles: FileSystem {
  /// What stands behind it.
  associatedtype Base: FileSystem
  var base: Base { get }
  /// Does an operation, named like the protocol's function; `path` is what it is done to, where that is known.
  func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T
}

extension ForwardingFiles {
  public func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T { try body() }

  public func open(_ path: String, _ how: OpenHow) throws -> Int32 {
    try forward("open", path) { try base.open(path, how) }
  }
  public func close(_ descriptor: Int32) { base.close(descriptor) }
  public func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    try forward("read", nil) { try base.read(descriptor, into: buffer, at: offset) }
  }
  public func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    try forward("write", nil) { try base.write(descriptor, bytes, at: offset) }
  }
  public func size(_ descriptor: Int32) throws -> Int64 { try forward("size", nil) { try base.size(descriptor) } }
  public func truncate(_ descriptor: Int32, to length: Int64) throws {
    try forward("truncate", nil) { try base.truncate(descriptor, to: length) }
  }
  public func allocate(_ descriptor: Int32, _ length: Int64) throws {
    try forward("allocate", nil) { try base.allocate(descriptor, length) }
  }
  public func clone(_ source: Int32, to target: Int32) throws -> Bool {
    try forward("clone", nil) { try base.clone(source, to: target) }
  }
  public func bypassCache(_ descriptor: Int32, _ bypass: Bool) -> Bool { base.bypassCache(descriptor, bypass) }
  public func startWriteback(_ descriptor: Int32, at offset: Int64, length: Int64) {
    base.startWriteback(descriptor, at: offset, length: length)
  }
  public func dropWritten(_ descriptor: Int32, at offset: Int64, length: Int64) {
    base.dropWritten(descriptor, at: offset, length: length)
  }
  public func sync(_ descriptor: Int32) throws { try forward("sync", nil) { try base.sync(descriptor) } }
  public func syncFolder(_ path: String) throws { try forward("syncFolder", path) { try base.syncFolder(path) } }
  public func status(_ path: String, followLinks: Bool) throws -> FileStatus? {
    try forward("status", path) { try base.status(path, followLinks: followLinks) }
  }
  public func status(of descriptor: Int32) throws -> FileStatus {
    try forward("statusOf", nil) { try base.status(of: descriptor) }
  }
  public func attribute(_ name: String, of path: String) throws -> [UInt8]? {
    try forward("attribute", path) { try base.attribute(name, of: path) }
  }
  public func setAttribute(_ name: String, of descriptor: Int32, _ value: [UInt8]?) throws {
    try forward("setAttribute", nil) { try base.setAttribute(name, of: descriptor, value) }
  }
  public func freeSpace(_ path: String) throws -> Int64 { try forward("freeSpace", path) { try base.freeSpace(path) } }
  public func rename(_ from: String, to: String) throws {
    try forward("rename", from) { try base.rename(from, to: to) }
  }
  public func renameNew(_ from: String, to: String) throws {
    try forward("renameNew", from) { try base.renameNew(from, to: to) }
  }
  public func exchange(_ first: String, _ second: String) throws {
    try forward("exchange", first) { try base.exchange(first, second) }
  }
  public func link(_ from: String, to: String) throws { try forward("link", from) { try base.link(from, to: to) } }
  public func unlink(_ path: String) throws { try forward("unlink", path) { try base.unlink(path) } }
  public func list(_ folder: String) throws -> [String] { try forward("list", folder) { try base.list(folder) } }
  public func makeFolder(_ path: String) throws { try forward("makeFolder", path) { try base.makeFolder(path) } }
  public func resolve(_ path: String) throws -> String { try forward("resolve", path) { try base.resolve(path) } }
  public func setMode(of descriptor: Int32, _ mode: UInt32) throws {
    try forward("setMode", nil) { try base.setMode(of: descriptor, mode) }
  }
  public func setOwner(of descriptor: Int32, _ owner: UInt32, _ group: UInt32) throws {
    try forward("setOwner", nil) { try base.setOwner(of: descriptor, owner, group) }
  }
  public func lease(_ descriptor: Int32) throws { try forward("lease", nil) { try base.lease(descriptor) } }
  public func leaseHeld(_ descriptor: Int32) -> Bool { base.leaseHeld(descriptor) }
  public func endLease(_ descriptor: Int32) { base.endLease(descriptor) }
  public func lockRange(_ descriptor: Int32, _ kind: RangeLock, start: Int64, length: Int64) throws -> Bool {
    try forward("lockRange", nil) { try base.lockRange(descriptor, kind, start: start, length: length) }
  }
  public func isRangeLocked(_ descriptor: Int32, start: Int64, length: Int64) -> Bool {
    base.isRangeLocked(descriptor, start: start, length: length)
  }
}
