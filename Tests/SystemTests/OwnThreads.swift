// Threads for tests that mostly wait for other programs: the ones that all tests share are as few as the cores, and whoever
// waits in one keeps it from the others.
import Foundation
import Testing

/// Runs a suite's tests in the threads that are for waiting.
struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(WaitingThreads.shared, operation: function)
  }
}

extension Trait where Self == OwnThreads {
  /// For suites that start programs and wait for them.
  static var ownThreads: Self { OwnThreads() }
}

/// A few threads, so that not too many programs run at once.
private final class WaitingThreads: TaskExecutor {
  static let shared = WaitingThreads()
  private let queue = OperationQueue()

  private init() { queue.maxConcurrentOperationCount = 3 }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
