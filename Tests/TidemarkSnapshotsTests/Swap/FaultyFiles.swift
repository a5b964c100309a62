// A file layer that stops for good at one operation, as a crash does, or fails one, and that can lack what some file
// systems lack.
import Foundation
import Synchronization
import TestFiles
import TidemarkSQLite

struct Crash: Error {}

/// The machine's files with one fault.
final class FaultyFiles: ForwardingFiles {
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

  let base = LocalFiles()
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
      base.endLease(descriptor)
      _ = try? base.lockRange(descriptor, .none, start: 0, length: 0)
      base.close(descriptor)
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

  func forward<T>(_ operation: String, _ path: String?, _ body: () throws -> T) throws -> T {
    try step(operation, body)
  }

  func open(_ path: String, _ how: OpenHow) throws -> Int32 {
    try step("open") {
      let descriptor = try base.open(path, how)
      state.withLock { _ = $0.open.insert(descriptor) }
      return descriptor
    }
  }
  func close(_ descriptor: Int32) {
    let isOpen = state.withLock { state in
      state.leased.remove(descriptor)
      return !state.isDead && state.open.remove(descriptor) != nil
    }
    if isOpen { base.close(descriptor) }
  }
  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    let half = {
      try self.base.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), at: offset)
    }
    try step("write", torn: half) { try base.write(descriptor, bytes, at: offset) }
  }
  func lease(_ descriptor: Int32) throws {
    try step("lease") {
      try base.lease(descriptor)
      state.withLock { _ = $0.leased.insert(descriptor) }
    }
  }
  /// How many leases somebody waits for.
  var waitedFor: Int { state.withLock { $0.leased }.count { !base.leaseHeld($0) } }
  func leaseHeld(_ descriptor: Int32) -> Bool { state.withLock { !$0.isDead } && base.leaseHeld(descriptor) }
  func endLease(_ descriptor: Int32) { base.endLease(descriptor) }
}
