// What happens between a plan and the lock it needs: others change the database, others wait too, or it is all called off.
import Dispatch
import Foundation
import Synchronization
import Testing
import Tidemark

@Suite struct WaitingTests {
  @Test func whatAnotherBuildDidSinceThePlanIsCapturedBeforeItIsUndone() throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    let isFirst = Mutex(true)
    var options = ManagedDatabase.Options(build: "test", lockTimeout: .zero)
    options.onEvent = { event in
      guard case .planned = event, isFirst.withLock({ $0 }) else { return }
      isFirst.withLock { $0 = false }
      try shop.database(tables(1, 3)).migrate()
      try shop.execute("INSERT INTO t3 VALUES('only here')")
    }
    // Planned as an upgrade to 2 and nothing else.
    let report = try shop.database(tables(1, 2), options).migrate()
    #expect(report.undone == [3])
    let pinned = try #require(try shop.store.list().first)
    #expect(pinned.pinned == "before undoing 3")
    try shop.database(tables(1, 3)).restore(pinned.path)
    #expect(try shop.value("SELECT a FROM t3", as: String.self) == "only here")
  }

  /// Both have the lock shared, and neither can have it alone while the other keeps it.
  @Test func twoStartsThatWaitDoNotWaitForEachOther() async throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    let third = try await DatabaseLock.acquire(shop.path, .shared, as: .current(build: "third", purpose: "running"))
    let (planned, continuation) = AsyncStream.makeStream(of: Void.self)
    let outcomes = try await withThrowingTaskGroup(of: MigrationReport.Outcome.self) { group in
      for _ in 0..<2 {
        group.addTask {
          let service = RestoreService(
            database: shop.path, lineage: tables(1, 2),
            options: .init(
              build: "twin", lockTimeout: .seconds(10),
              onEvent: { if case .planned = $0 { continuation.yield() } }))
          let outcome = try await service.start().migration.outcome
          await service.stop()
          return outcome
        }
      }
      var waiting = planned.makeAsyncIterator()
      for _ in 0..<2 { _ = await waiting.next() }
      third.release()
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .migrated } == 1)
    #expect(outcomes.count { $0 == .upToDate } == 1)
    #expect(try shop.tables() == ["t1", "t2"])
  }

  @Test func aStopDuringAStartIsNotLost() async throws {
    let shop = try Workshop()
    let (planned, continuation) = AsyncStream.makeStream(of: Void.self)
    let isStopped = DispatchSemaphore(value: 0)
    let service = RestoreService(
      database: shop.path, lineage: tables(1),
      options: .init(
        build: "test", lockTimeout: .zero,
        onEvent: {
          guard case .planned = $0 else { return }
          continuation.yield()
          isStopped.wait()
        }))
    let start = Task { try await service.start() }
    var waiting = planned.makeAsyncIterator()
    _ = await waiting.next()
    await service.stop()
    isStopped.signal()
    let error = await #expect(throws: ServiceFault.self) { try await start.value }
    #expect(error?.description == ServiceFault.stopped.description)
    try await DatabaseLock.acquire(shop.path, .exclusive, as: .current(build: "next", purpose: "restoring")).release()
    // It can be started again.
    continuation.finish()
    isStopped.signal()
    try await service.start()
    await service.stop()
  }
}
