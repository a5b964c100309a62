// Signals that interrupt system calls do no harm to the file layer: a thread is sent one after the other while it works.
import Foundation
import Synchronization
import Testing
import TidemarkSQLite

/// How many signals arrived.
private let arrived = Atomic<Int>(0)

@Suite(.serialized) struct SignalTests {
  /// Runs a body on a thread that is sent signals until it ends; what interrupts is not repeated by the system.
  private func storm(
    over body: @escaping @Sendable () throws -> Void, meanwhile: (_ isDone: () -> Bool) throws -> Void = { _ in }
  ) throws {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in arrived.add(1, ordering: .relaxed) }
    action.sa_flags = 0  // not SA_RESTART
    var before = sigaction()
    #expect(sigaction(SIGUSR1, &action, &before) == 0)
    defer { sigaction(SIGUSR1, &before, nil) }
    let state = Mutex((thread: pthread_t?.none, failure: (any Error)?.none, isDone: false))
    let mayEnd = DispatchSemaphore(value: 0)
    let begun = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      // The threads that start this one keep signals away.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGUSR1)
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      state.withLock { $0.thread = pthread_self() }
      begun.signal()
      do { try body() } catch { state.withLock { $0.failure = error } }
      state.withLock { $0.isDone = true }
      // It stays until nobody sends anything any more.
      mayEnd.wait()
      ended.signal()
    }
    begun.wait()
    Thread.detachNewThread {
      while !state.withLock({ $0.isDone }) {
        if let thread = state.withLock({ $0.thread }) { pthread_kill(thread, SIGUSR1) }
        usleep(20)
      }
      mayEnd.signal()
    }
    try meanwhile { state.withLock { $0.isDone } }
    ended.wait()
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  @Test(arguments: ["/dev/shm", NSTemporaryDirectory()])
  func whatIsWrittenUnderSignalsIsWhatIsRead(base: String) throws {
    guard FileManager.default.fileExists(atPath: base) else { return }
    let folder = base + "/signals-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = arrived.load(ordering: .relaxed)
    try storm(over: {
      let files = LocalFiles()
      var round = 0
      while round < 5 || arrived.load(ordering: .relaxed) - first < 100 {
        round += 1
        let path = folder + "/file"
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 300_000)
        let descriptor = try files.open(path, .create(mode: 0o644))
        defer { files.close(descriptor) }
        try files.truncate(descriptor, to: 0)
        try files.allocate(descriptor, 4_000_000)
        try bytes.withUnsafeBytes { try files.write(descriptor, $0, at: 0) }
        try files.truncate(descriptor, to: Int64(bytes.count))
        try files.sync(descriptor)
        try files.syncFolder(folder)
        try files.rename(path, to: path + "-\(round % 2)")
        #expect(try files.list(folder).contains("file-\(round % 2)"))
        let found = try files.contents(of: path + "-\(round % 2)")
        // Element by element would take a debug build longer than all else.
        #expect(Data(found) == Data(bytes))
      }
    })
    #expect(arrived.load(ordering: .relaxed) - first >= 100)
  }

  @Test func anOpenThatWaitsGoesOnAfterEverySignal() throws {
    let path = NSTemporaryDirectory() + "/signals-\(UUID().uuidString)"
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let first = arrived.load(ordering: .relaxed)
    try storm(
      over: {
        // Waits until somebody opens the other end.
        let files = LocalFiles()
        files.close(try files.open(path, .read))
      },
      meanwhile: { isDone in
        var writer: Int32 = -1
        while writer < 0, !isDone() {
          // Nobody to read it yet: ENXIO.
          if arrived.load(ordering: .relaxed) - first > 100 { writer = open(path, O_WRONLY | O_NONBLOCK) }
          sched_yield()
        }
        if writer >= 0 { close(writer) }
      })
  }
}
