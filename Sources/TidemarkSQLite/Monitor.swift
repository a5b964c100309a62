// Locks for threads that work beside each other, of POSIX's making: what waits for Swift's `Mutex` waits in a runtime that the
// thread sanitizer cannot look into, and counts that are right would be reported.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A lock that a thread can wait under until another has changed something.
///
/// Unchecked because POSIX guards the two, which the compiler cannot see.
package final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// A lock that nobody has.
  package init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs a body that no other thread is in.
  package func withLock<T>(_ body: () throws -> T) rethrows -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Inside `withLock`: lets others in until one of them wakes all. It may return early.
  package func wait() { pthread_cond_wait(condition, mutex) }

  /// Wakes those that wait, inside `withLock`.
  package func wakeAll() { pthread_cond_broadcast(condition) }
}

/// A value that one thread at a time has.
///
/// Unchecked because the monitor guards the value, which the compiler cannot see.
package final class Guarded<Value>: @unchecked Sendable {
  private let monitor = Monitor()
  private var value: Value

  /// A value that nobody has.
  package init(_ value: sending Value) { self.value = value }

  /// Runs a body that has the value.
  package func withLock<T>(_ body: (inout Value) throws -> T) rethrows -> T {
    try monitor.withLock { try body(&value) }
  }
}
