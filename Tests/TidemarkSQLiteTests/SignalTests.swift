// Signals that interrupt system calls do no harm to the file layer. A thread works, and is sent one signal after the other,
// each when the one before it has arrived, and no more than so many: a call that begins anew each time must not go on forever.
import Foundation
import Synchronization
import Testing
import TidemarkSQLite

/// How many signals arrived.
private let arrived = Atomic<Int>(0)

@Suite(.serialized) struct SignalTests {
  /// What the thread that works has come to.
  private struct Work {
    var thread: pthread_t?
    var failure: (any Error)?
    var isDone = false
  }

  /// Runs a body on a thread of its own and sends it signals, until it has ended or has got so many; what they interrupt is
  /// not repeated by the system.
  /// - Parameter afterwards: runs when no more signals come.
  /// - Returns: how many it was sent.
  private func storm(
    _ most: Int, over body: @escaping @Sendable () throws -> Void, afterwards: () -> Void = {}
  ) throws -> Int {
    var action = sigaction()
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler = { _ in arrived.add(1, ordering: .sequentiallyConsistent) }
    #else
      action.__sigaction_handler.sa_handler = { _ in arrived.add(1, ordering: .sequentiallyConsistent) }
    #endif
    action.sa_flags = 0  // not SA_RESTART
    var before = sigaction()
    #expect(sigaction(SIGUSR1, &action, &before) == 0)
    defer { sigaction(SIGUSR1, &before, nil) }
    let work = Mutex(Work())
    let (begun, mayEnd, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      // The threads that start this one keep signals away.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGUSR1)
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      work.withLock { $0.thread = pthread_self() }
      begun.signal()
      do { try body() } catch { work.withLock { $0.failure = error } }
      work.withLock { $0.isDone = true }
      // It stays until nobody sends anything any more.
      mayEnd.wait()
      ended.signal()
    }
    begun.wait()
    let thread = try #require(work.withLock { $0.thread })
    var sent = 0
    while sent < most, !work.withLock({ $0.isDone }) {
      let count = arrived.load(ordering: .sequentiallyConsistent)
      sent += 1
      pthread_kill(thread, SIGUSR1)
      while arrived.load(ordering: .sequentiallyConsistent) == count, !work.withLock({ $0.isDone }) { sched_yield() }
    }
    afterwards()
    mayEnd.signal()
    ended.wait()
    if let failure = work.withLock({ $0.failure }) { throw failure }
    return sent
  }

  private static let folders = ["/dev/shm", NSTemporaryDirectory()].filter(FileManager.default.fileExists)

  private func inFolder(of base: String, _ body: (String) throws -> Void) throws {
    let folder = base + "/signals-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test(arguments: folders)
  func whatIsWrittenUnderSignalsIsWhatIsRead(base: String) throws {
    try inFolder(of: base) { folder in
      let first = arrived.load(ordering: .sequentiallyConsistent)
      let sent = try storm(5_000) {
        let files = LocalFiles()
        var round = 0
        while round < 5 || arrived.load(ordering: .sequentiallyConsistent) - first < 100 {
          round += 1
          let path = folder + "/file"
          let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 300_000)
          let descriptor = try files.open(path, .create(mode: 0o644))
          defer { files.close(descriptor) }
          try files.truncate(descriptor, to: 0)
          try bytes.withUnsafeBytes { try files.write(descriptor, $0, at: 0) }
          try files.sync(descriptor)
          try files.syncFolder(folder)
          try files.rename(path, to: path + "-\(round % 2)")
          #expect(try files.list(folder).contains("file-\(round % 2)"))
          #expect(try files.status(path + "-\(round % 2)", followLinks: true)?.size == 300_000)
          // Element by element would take a debug build longer than all else.
          #expect(try Data(files.contents(of: path + "-\(round % 2)")) == Data(bytes))
        }
      }
      #expect(sent >= 100)
    }
  }

  @Test(arguments: folders)
  func reservingRoomEndsHoweverManySignalsCome(base: String) throws {
    try inFolder(of: base) { folder in
      let most = 50_000
      let sent = try storm(most) {
        let files = LocalFiles()
        let descriptor = try files.open(folder + "/file", .createNew(mode: 0o644))
        defer { files.close(descriptor) }
        try files.allocate(descriptor, 64 << 20)
      }
      #expect(sent < most)
    }
  }

  @Test func anOpenThatWaitsGoesOnAfterEverySignal() throws {
    let path = NSTemporaryDirectory() + "/signals-\(UUID().uuidString)"
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    // Waits until somebody opens the other end, which nobody does before all signals have come.
    var writer: Int32 = -1
    let sent = try storm(50) {
      let files = LocalFiles()
      files.close(try files.open(path, .read))
    } afterwards: {
      writer = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    }
    #expect(sent == 50 && writer >= 0)
    close(writer)
  }
}
