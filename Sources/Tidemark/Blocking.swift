// Work that waits for disks and locks, on a thread of its own: on the cooperative pool it would stall everybody else.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Runs blocking work from async code.
enum Blocking {
  /// Runs a body on a new thread and waits for it without holding one of the pool's.
  /// - Throws: what the body throws; `SystemLimit` when there can be no more threads.
  static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work { continuation.resume(with: Result { try body() }) }
      let pointer = Unmanaged.passRetained(work).toOpaque()
      #if canImport(Glibc)
        var thread = pthread_t()
        let result = pthread_create(
          &thread, nil,
          { pointer in
            pointer.map { Unmanaged<Work>.fromOpaque($0).takeRetainedValue().body() }
            return nil
          }, pointer)
        if result == 0 { pthread_detach(thread) }
      #else
        var thread: pthread_t?
        let result = pthread_create(
          &thread, nil,
          { pointer in
            Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body()
            return nil
          }, pointer)
        if result == 0, let thread { pthread_detach(thread) }
      #endif
      if result != 0 {
        Unmanaged<Work>.fromOpaque(pointer).release()
        continuation.resume(throwing: SystemLimit(number: result))
      }
    }
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// The system has no thread to give.
  struct SystemLimit: Error, CustomStringConvertible {
    var number: Int32
    var description: String { "no thread could be made: \(String(cString: strerror(number)))" }
  }
}
