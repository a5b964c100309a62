// A file layer that stops for good at one operation, as a crash does, or fails one, and that can lack what some file
// systems lack.
import Foundation
import Synchronization
import TidemarkSQLite

struct Crash: Error {}

/// The machine's files with one fault.
final class FaultyFiles: FileSystem {
  enum Fault {
    /// Nothing happens from this operation on; a write gets half of its bytes out.
    case crash
    /// That one operation answers this error number.
    case error(Int32)
  }

  private struct State {
    var count = 0
    var isDead = false
    var open: Set<Int32> = []
    var leased: Set<Int32> = []
    var log: [String] = []
  }

  private let local = LocalFiles()
  private let state = Mutex(State())
  private let fault: Fault
  private let place: Int
  private let lacking: Set<String>
  private let before: @Sendable (String, FaultyFiles) throws -> Void

  /// - Parameters:
  ///   - place: the operation that meets the fault, from 1; 0 for none.
  ///   - lacking: operations that the file system does not know.
  ///   - before: called before each operation with its name.
  init(
    _ fault: Fault = .crash, at place: Int = 0, lacking: Set<String> = [],
    before: @escaping @Sendable (String, FaultyFiles) throws -> Void = { _, _ in }
  ) {
    self.fault = fault
    self.place = place
    self.lacking = lacking
    self.before = before
  }

  /// How many operations there were.
  var count: Int { state.withLock { $0.count } }
  /// Whether the fault was met.
  var isMet: Bool { place > 0 && count >= place }
  /// The names of the operations.
  var log: [String] { state.withLock { $0.log } }

  /// The end of the process: what it held open is closed, and with that its leases and locks go. They are also given
  /// back, since a program that another test starts just now may share the descriptors for a moment.
  func die() {
    let open = state.withLock { state in
      state.isDead = true
      defer { state.open = [] }
      return state.open
    }
    for descriptor in open {
      local.endLease(descriptor)
      _ = try? local.lockRange(descriptor, .none, start: 0, length: 0)
      local.close(descriptor)
    }
  }

  private func step<T>(_ name: String, torn: () throws -> Void = {}, _ body: () throws -> T) throws -> T {
    try before(name, self)
    let (number, isDead) = state.withLock { state in
      state.count += 1
      state.log.append(name)
      return (state.count, state.isDead)
    }
    if isDead { throw Crash() }
    if number == place {
      switch fault {
      case .crash:
        try torn()
        state.withLock { $0.isDead = true }
        throw Crash()
      case .error(let number): throw FileError(name, "injected", number)
      }
    }
    if lacking.contains(name) { throw FileError(name, "lacking", EINVAL) }
    return try body()
  }

  func open(_ path: String, _ how: OpenHow) throws -> Int32 {
    try step("open") {
      let descriptor = try local.open(path, how)
      state.withLock { _ = $0.open.insert(descriptor) }
      return descriptor
    }
  }
  func close(_ descriptor: Int32) {
    let isOpen = state.withLock { state in
      state.leased.remove(descriptor)
      return !state.isDead && state.open.remove(descriptor) != nil
    }
    if isOpen { local.close(descriptor) }
  }
  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    try step("read") { try local.read(descriptor, into: buffer, at: offset) }
  }
  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    let half = {
      try self.local.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), at: offset)
    }
    try step("write", torn: half) { try local.write(descriptor, bytes, at: offset) }
  }
  func size(_ descriptor: Int32) throws -> Int64 { try step("size") { try local.size(descriptor) } }
  func truncate(_ descriptor: Int32, to length: Int64) throws {
    try step("truncate") { try local.truncate(descriptor, to: length) }
  }
  func allocate(_ descriptor: Int32, _ length: Int64) throws {
    try step("allocate") { try local.allocate(descriptor, length) }
  }
  func startWriteback(_ descriptor: Int32, at offset: Int64, length: Int64) {}
  func dropWritten(_ descriptor: Int32, at offset: Int64, length: Int64) {}
  func sync(_ descriptor: Int32) throws { try step("sync") { try local.sync(descriptor) } }
  func syncFolder(_ path: String) throws { try step("syncFolder") { try local.syncFolder(path) } }
  func status(_ path: String, followLinks: Bool) throws -> FileStatus? {
    try step("status") { try local.status(path, followLinks: followLinks) }
  }
  func status(of descriptor: Int32) throws -> FileStatus { try step("statusOf") { try local.status(of: descriptor) } }
  func attribute(_ name: String, of path: String) throws -> [UInt8]? {
    try step("attribute") { try local.attribute(name, of: path) }
  }
  func setAttribute(_ name: String, of path: String, _ value: [UInt8]?) throws {
    try step("setAttribute") { try local.setAttribute(name, of: path, value) }
  }
  func freeSpace(_ path: String) throws -> Int64 { try step("freeSpace") { try local.freeSpace(path) } }
  func rename(_ from: String, to: String) throws { try step("rename") { try local.rename(from, to: to) } }
  func renameNew(_ from: String, to: String) throws { try step("renameNew") { try local.renameNew(from, to: to) } }
  func exchange(_ first: String, _ second: String) throws {
    try step("exchange") { try local.exchange(first, second) }
  }
  func link(_ from: String, to: String) throws { try step("link") { try local.link(from, to: to) } }
  func unlink(_ path: String) throws { try step("unlink") { try local.unlink(path) } }
  func list(_ folder: String) throws -> [String] { try step("list") { try local.list(folder) } }
  func makeFolder(_ path: String) throws { try step("makeFolder") { try local.makeFolder(path) } }
  func resolve(_ path: String) throws -> String { try step("resolve") { try local.resolve(path) } }
  func setMode(_ path: String, _ mode: UInt32) throws { try step("setMode") { try local.setMode(path, mode) } }
  func setOwner(_ path: String, _ owner: UInt32, _ group: UInt32) throws {
    try step("setOwner") { try local.setOwner(path, owner, group) }
  }
  func lease(_ descriptor: Int32) throws {
    try step("lease") {
      try local.lease(descriptor)
      state.withLock { _ = $0.leased.insert(descriptor) }
    }
  }
  /// How many leases somebody waits for.
  var waitedFor: Int { state.withLock { $0.leased }.count { !local.leaseHeld($0) } }
  func leaseHeld(_ descriptor: Int32) -> Bool { state.withLock { !$0.isDead } && local.leaseHeld(descriptor) }
  func endLease(_ descriptor: Int32) { local.endLease(descriptor) }
  func lockRange(_ descriptor: Int32, _ kind: RangeLock, start: Int64, length: Int64) throws -> Bool {
    try step("lockRange") { try local.lockRange(descriptor, kind, start: start, length: length) }
  }
}
