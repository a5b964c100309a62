// The lock of a database: who gets it, who is told of whom, and when it ends.
import Foundation
import TestFiles
import Testing
import TidemarkSQLite

@testable import Tidemark

@Suite struct LockTests {
  private let folder: String
  private var database: String { folder + "/db" }

  private final class Remover: Sendable {
    let path: String
    init(_ path: String) { self.path = path }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }
  private let remover: Remover

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("lock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    remover = Remover(folder)
  }

  private func holder(_ build: String, _ purpose: String = "service") -> LockHolder {
    LockHolder(pid: 42, build: build, host: "here", since: "2026-07-30T12:00:00Z", purpose: purpose)
  }

  private func lock(_ wish: DatabaseLock.Wish, _ build: String = "a") throws -> DatabaseLock {
    try DatabaseLock.acquire(database, wish, as: holder(build), isCancelled: { false })
  }

  @Test(arguments: [
    (DatabaseLock.Wish.shared, DatabaseLock.Wish.shared, DatabaseLock.Kind?.some(.shared)),
    (.shared, .exclusive, nil), (.exclusive, .shared, nil), (.exclusive, .exclusive, nil),
    (.shared, .exclusiveIfFree, .shared), (.exclusive, .exclusiveIfFree, nil),
    (.exclusiveIfFree, .shared, nil), (.exclusiveIfFree, .exclusiveIfFree, nil),
  ])
  func `what one holds decides what another gets`(
    first: DatabaseLock.Wish, second: DatabaseLock.Wish, gets: DatabaseLock.Kind?
  ) throws {
    let one = try lock(first, "one")
    #expect(one.kind == (first == .shared ? .shared : .exclusive))
    guard let gets else {
      let failure = #expect(throws: LockError.self) { try lock(second, "two") }
      #expect(failure?.code == .held)
      #expect(failure?.isRefusal == true)
      #expect(failure?.holders == [holder("one")])
      #expect(failure?.description.contains("one, process 42 on here, since 2026-07-30T12:00:00Z, for service") == true)
      one.release()
      one.release()
      #expect(one.kind == nil)
      #expect(try lock(second, "two").kind == (second == .shared ? .shared : .exclusive))
      return
    }
    #expect(try lock(second, "two").kind == gets)
  }

  @Test func `it is converted in place, and kept when others are in the way`() throws {
    let one = try lock(.exclusive, "one")
    try one.convert(to: .shared, purpose: "running")
    let two = try lock(.shared, "two")
    #expect(try DatabaseLock.holders(of: database) == [holder("one", "running"), holder("two")])
    let failure = #expect(throws: LockError.self) { try one.convert(to: .exclusive, isCancelled: { false }) }
    #expect(failure?.holders == [holder("two")])
    #expect(one.kind == .shared)
    #expect(throws: LockError.self) { try lock(.exclusive) }
    two.release()
    try one.convert(to: .exclusive)
    #expect(one.kind == .exclusive)
    #expect(throws: LockError.self) { try lock(.shared) }
    one.release()
    #expect(throws: LockError.self) { try one.convert(to: .shared) }
    #expect(try DatabaseLock.holders(of: database) == [])
  }

  @Test func `who gives way holds nothing after the time is over, and a share where the look failed`() throws {
    struct Refused: Error {}
    let (one, two) = (try lock(.shared, "one"), try lock(.shared, "two"))
    #expect(throws: Refused.self) {
      try one.yield(purpose: "migrating", timeout: .seconds(60), isCancelled: { false }) { throw Refused() }
    }
    #expect(one.kind == .shared)
    #expect(throws: LockError.self) { try two.convert(to: .exclusive, isCancelled: { false }) }
    let late = #expect(throws: LockError.self) {
      try one.yield(purpose: "migrating", timeout: .milliseconds(20), isCancelled: { false }) { false }
    }
    #expect(late?.code == .held)
    #expect(one.kind == nil)
    try two.convert(to: .exclusive, isCancelled: { false })
    two.release()
    // It can still be had.
    try one.convert(to: .exclusive, isCancelled: { false })
    #expect(one.kind == .exclusive)
  }

  @Test func `it ends with its object, and the file stays`() throws {
    var one: DatabaseLock? = try lock(.exclusive)
    #expect(one != nil)
    one = nil
    #expect(try lock(.exclusive).path == database + "-tidemark.lock")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["db-tidemark.lock"])
  }

  @Test func `closing another descriptor of the file does not drop it`() throws {
    let one = try lock(.exclusive)
    let files = LocalFiles()
    files.close(try files.open(one.path, .readWrite))
    #expect(throws: LockError.self) { try lock(.shared) }
    one.release()
  }

  @Test func `who waits gets it as soon as it is free`() async throws {
    let one = try lock(.exclusive)
    let (database, two) = (database, holder("two"))
    let waiting = Task { try await DatabaseLock.acquire(database, .shared, as: two, timeout: .seconds(60)) }
    one.release()
    #expect(try await waiting.value.kind == .shared)
  }

  @Test func `a thread that waits gets it as soon as it is free`() throws {
    let one = try lock(.exclusive)
    var asked = 0
    let two = try DatabaseLock.acquire(
      database, .exclusive, as: holder("two"), timeout: .seconds(60),
      isCancelled: {
        asked += 1
        if asked == 3 { one.release() }
        return false
      })
    #expect(two.kind == .exclusive)
    #expect(asked >= 3)
  }

  @Test func `a wait ends after its time, and when it is called off`() async throws {
    let one = try lock(.exclusive, "one")
    let (database, two) = (database, holder("two"))
    let start = ContinuousClock.now
    let late = #expect(throws: LockError.self) {
      try DatabaseLock.acquire(database, .shared, as: two, timeout: .milliseconds(120), isCancelled: { false })
    }
    #expect(late?.code == .held)
    #expect(ContinuousClock.now - start >= .milliseconds(120))
    let off = #expect(throws: LockError.self) {
      try DatabaseLock.acquire(database, .shared, as: two, timeout: .seconds(600), isCancelled: { true })
    }
    #expect(off?.code == .cancelled)
    let task = Task { try await DatabaseLock.acquire(database, .shared, as: two, timeout: .seconds(600)) }
    task.cancel()
    await #expect {
      try await task.value
    } throws: {
      ($0 as? LockError)?.code == .cancelled
    }
    #expect(try DatabaseLock.holders(of: database) == [holder("one")])
    one.release()
  }

  @Test func `sixty-four say who they are, and more still hold it`() throws {
    let locks = try (0..<70).map { try lock(.shared, "build \($0)") }
    #expect(try DatabaseLock.holders(of: database).map(\.build) == (0..<64).map { "build \($0)" })
    locks[3].release()
    let late = try lock(.shared, "late")
    #expect(try DatabaseLock.holders(of: database)[3].build == "late")
    for lock in locks.dropFirst(0).filter({ $0.kind != nil }).dropLast() { lock.release() }
    late.release()
    let failure = #expect(throws: LockError.self) { try lock(.exclusive) }
    #expect(failure?.holders == [])
    #expect(failure?.description.contains("does not say who they are") == true)
    locks[69].release()
    #expect(try lock(.exclusive).kind == .exclusive)
  }

  @Test func `through a link the lock is the database's own`() throws {
    try FileManager.default.createDirectory(atPath: folder + "/real", withIntermediateDirectories: false)
    try Data().write(to: URL(fileURLWithPath: folder + "/real/data"))
    try FileManager.default.createSymbolicLink(atPath: database, withDestinationPath: "real/data")
    let one = try lock(.exclusive)
    #expect(one.path.hasSuffix("/real/data-tidemark.lock"))
    let failure = #expect(throws: LockError.self) {
      try DatabaseLock.acquire(folder + "/real/data", .shared, as: holder("two"), isCancelled: { false })
    }
    #expect(failure?.code == .held)
    one.release()
  }

  @Test(arguments: [0o600, 0o660, 0o664, 0o444] as [UInt32])
  func `who may write the database may lock it`(mode: UInt32) throws {
    let files = LocalFiles()
    try Data().write(to: URL(fileURLWithPath: database))
    try files.setMode(database, mode)
    if geteuid() == 0 { try files.setOwner(database, 1234, 4321) }
    let one = try lock(.shared)
    let (made, model) = try (files.status(one.path, followLinks: false), files.status(database, followLinks: false))
    #expect(made?.mode == mode | 0o600)
    #expect(made?.owner == model?.owner)
    #expect(made?.group == model?.group)
  }

  @Test func `a missing folder, a link to nothing, and what is no file are told apart`() throws {
    func code(_ database: String) -> LockError.Code? {
      let failure = #expect(throws: LockError.self) {
        try DatabaseLock.acquire(database, .shared, as: holder("a"), isCancelled: { false })
      }
      #expect(failure?.isRefusal == false)
      return failure?.code
    }
    #expect(code(folder + "/none/db") == .missing)
    try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "/nowhere/db")
    #expect(code(folder + "/link") == .missing)
    try Data("precious".utf8).write(to: URL(fileURLWithPath: folder + "/precious"))
    try FileManager.default.createSymbolicLink(atPath: folder + "/x-tidemark.lock", withDestinationPath: "precious")
    #expect(code(folder + "/x") == .foreign)
    #expect(try String(contentsOfFile: folder + "/precious", encoding: .utf8) == "precious")
    #expect(try DatabaseLock.holders(of: folder + "/none/db") == [])
    // A folder that nothing, root included, may write.
    #expect(code("/proc/self/db") == .unwritable || code("/proc/self/db") == .missing)
  }
}
