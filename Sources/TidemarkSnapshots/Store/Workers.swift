// Threads for work that blocks. Not tasks: blocking tasks would stall the cooperative pool for the length of a restore.
internal import TidemarkSQLite
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A few threads that run one body and are joined.
enum Workers {
  /// The most that are used: each holds two buffers of about 512 KiB, and the whole process stays within 24 MiB.
  static let most = 6

  /// How many workers to use.
  /// - Parameter wanted: what the caller asks for; nil takes one a core.
  static func count(_ wanted: Int?) -> Int {
    let cores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return min(max(1, wanted ?? cores), most)
  }

  /// Runs the body on this many threads, this one included, and returns when all have ended.
  /// - Parameter body: takes the worker's number. Where a thread cannot be had, those that there are do the work.
  /// - Throws: the first error that a worker threw; `signal` is stopped by it so that the others end soon.
  static func run(_ count: Int, stopping signal: StopSignal, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let safe: @Sendable (Int) -> Void = { number in
      do {
        try body(number)
      } catch {
        signal.stop(error)
      }
    }
    var threads: [WorkerThread] = []
    for number in 1..<max(count, 1) {
      guard let thread = WorkerThread({ safe(number) }) else { break }
      threads.append(thread)
    }
    safe(0)
    for thread in threads { thread.join() }
    try signal.check()
  }
}

/// A thread of the system. Whoever starts one joins it.
struct WorkerThread {
  private let thread: pthread_t

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread; nil where there is none to be had.
  init?(_ run: @escaping @Sendable () -> Void) {
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let body = Unmanaged.passRetained(Body(run))
    let result = pthread_create(
      &thread, nil,
      { raw in
        #if canImport(Glibc)
          guard let raw else { return nil }
        #endif
        Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    guard result == 0 else {
      body.release()
      return nil
    }
    #if canImport(Glibc)
      self.thread = thread
    #else
      guard let thread else { return nil }
      self.thread = thread
    #endif
  }

  /// Waits for its end.
  func join() { pthread_join(thread, nil) }
}

/// Tells workers to end, and keeps the first reason.
final class StopSignal: Sendable {
  private let reason = Guarded<(any Error)?>(nil)
  private let stopped = Atomic<Bool>(false)
  private let wake = Guarded<[@Sendable () -> Void]>([])

  /// Whether to end.
  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Tells all to end; only the first reason is kept.
  func stop(_ error: any Error) {
    reason.withLock { first in
      if first == nil { first = error }
    }
    stopped.store(true, ordering: .sequentiallyConsistent)
    for action in wake.withLock({ $0 }) { action() }
  }

  /// Calls an action when the signal is given, so that those who wait look at it.
  func onStop(_ action: @escaping @Sendable () -> Void) { wake.withLock { $0.append(action) } }

  /// Throws the first reason, if there is one.
  func check() throws {
    if let error = reason.withLock({ $0 }) { throw error }
  }
}

/// Lets numbered pieces of work through in their order, one at a time.
///
/// Unchecked because its state is guarded by the monitor beside it, which the compiler cannot see.
final class Turnstile: @unchecked Sendable {
  private let monitor = Monitor()
  private var current = 0
  private let signal: StopSignal

  init(_ signal: StopSignal) {
    self.signal = signal
    signal.onStop { [monitor] in monitor.withLock { monitor.wakeAll() } }
  }

  /// Waits for its turn and runs the body.
  /// - Returns: false when the signal was given instead.
  func pass(_ turn: Int, _ body: () throws -> Void) rethrows -> Bool {
    try monitor.withLock {
      while current != turn, !signal.isStopped { monitor.wait() }
      guard !signal.isStopped else { return false }
      try body()
      current += 1
      monitor.wakeAll()
      return true
    }
  }
}

/// A buffer that is freed with its owner.
final class Buffer {
  /// Its bytes.
  let bytes: UnsafeMutableRawBufferPointer

  init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 4096) }
  deinit { bytes.deallocate() }
}

/// A number that workers take the next piece of work from.
final class SharedCounter: Sendable {
  private let value = Atomic<Int>(0)
  /// The number, which nobody else gets.
  func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// A flag that workers set.
final class SharedFlag: Sendable {
  private let value: Atomic<Bool>
  init(_ isSet: Bool = false) { value = Atomic(isSet) }
  var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }
  func set(_ isSet: Bool = true) { value.store(isSet, ordering: .sequentiallyConsistent) }
}

/// XXH32 of bytes that several workers bring, one at a time and in order.
///
/// Unchecked because the caller lets one worker in at a time, by a turnstile or a lock.
final class ContentSum: @unchecked Sendable {
  private var sum = RunningXXH32()
  func update(_ bytes: UnsafeRawBufferPointer) { sum.update(bytes) }
  var value: UInt32 { sum.value }
}
