// What a writer that was killed left is cleared away by the next one; what a living one is at stays.
import Foundation
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct PartFileTests {
  private static let digits = "0123456789abcdef"

  @Test func theNextCaptureToAFileClearsWhatADeadOneLeft() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"))
    let dead = "s" + PartFile.mark + Self.digits
    // Not ours by their names: pieces that somebody has split a file into, and those for another file.
    let others = [
      "s.part-01", "s" + PartFile.mark, "s" + PartFile.mark + "0123", dead + "0", dead + "-x",
      "s" + PartFile.mark + "0123456789ABCDEF", "t" + PartFile.mark + Self.digits,
    ]
    for name in [dead, dead + "-wal", dead + "-shm", dead + "-journal"] + others { try scratch.write(name, [1]) }
    let living = try PartFile.make(for: scratch.path("s"), mode: 0o600, LocalFiles())
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    let expected = Set(others + ["a.db", "s", String(living.path.dropFirst(scratch.folder.utf8.count + 1))])
    #expect(try Set(scratch.names) == expected)
  }

  @Test func theNextDeepCheckClearsWhatADeadOneLeftAndLeavesNothing() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"))
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    let dead = ".tidemark-verify" + PartFile.mark + Self.digits
    for name in [dead, dead + "-journal"] { try scratch.write(name, [1]) }
    #expect(try Verifier().verify(scratch.path("s"), deep: true).isSound)
    #expect(try scratch.names == ["a.db", "s"])
  }

  @Test func oneThatAnotherProcessIsAtStaysUntilThatIsKilled() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"))
    let part = scratch.path("s") + PartFile.mark + Self.digits
    try scratch.write("s" + PartFile.mark + Self.digits, [1])
    let holder = try LockHolder(of: part, at: SwapHold.ownerByte)
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    #expect(FileManager.default.fileExists(atPath: part))
    try FileManager.default.removeItem(atPath: scratch.path("s"))
    holder.kill()
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    #expect(!FileManager.default.fileExists(atPath: part))
  }

  @Test func theStoresLockGoesWithAProcessThatIsKilled() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"))
    var store = SnapshotStore(scratch.path("store"))
    store.patience = .milliseconds(20)
    try store.capture(scratch.path("a.db"))
    let holder = try LockHolder(of: store.folder + "/" + StoreLock.name, at: 0)
    let error = try #require(throws: SnapshotError.self) { try store.capture(scratch.path("a.db")) }
    #expect(error.code == "store-busy")
    holder.kill()
    try store.capture(scratch.path("a.db"))
    #expect(try store.list().count == 2)
  }

  /// Neither taken for ours nor, when that is refused, removed as ours.
  @Test func aFileThatHoldsSomethingIsNotFilled() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 5)
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("a.sqlite.lz4"))
    try scratch.write("out.db", "somebody's")
    var unpacker = Unpacker()
    unpacker.fillsEmptyFile = true
    let error = #expect(throws: SnapshotError.self) {
      try unpacker.unpack(scratch.path("a.sqlite.lz4"), to: scratch.path("out.db"))
    }
    #expect(error?.code == "exists")
    #expect(try scratch.bytes("out.db") == Array("somebody's".utf8))
  }
}

/// Another process that holds a lock on a byte of a file, as its writer does.
private final class LockHolder {
  private var process: pid_t = 0

  init(of path: String, at byte: Int64) throws {
    let files = LocalFiles()
    let descriptor = try files.open(path, .readWrite)
    defer { files.close(descriptor) }
    guard try files.lockRange(descriptor, .exclusive, start: byte, length: 1) else { throw CocoaError(.fileLocking) }
    // The lock belongs to the open file, which the child gets: it holds it alone when this process has closed it.
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, descriptor, 9)
    let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
    defer { for argument in arguments { free(argument) } }
    guard posix_spawnp(&process, "sleep", &actions, nil, arguments, nil) == 0 else {
      throw CocoaError(.executableNotLoadable)
    }
  }

  deinit { kill() }

  func kill() {
    guard process > 0 else { return }
    _ = Foundation.kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    process = 0
  }
}
