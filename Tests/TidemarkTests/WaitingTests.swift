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

  /// Options of one that waits, longer than any crowd of tests keeps the pool from whoever lets it go, and a stream of its
  /// looks at the lock.
  private static func waiting() -> (options: ManagedDatabase.Options, looks: AsyncStream<Void>) {
    let (looks, continuation) = AsyncStream.makeStream(of: Void.self)
    let options = ManagedDatabase.Options(
      build: "waiter", lockTimeout: .seconds(300),
      isCancelled: {
        continuation.yield()
        return false
      })
    return (options, looks)
  }

  /// What blocks has a thread of its own: those of tasks are few.
  private static func aside<T: Sendable>(_ body: @escaping @Sendable () throws -> T) -> Task<T, any Error> {
    Task {
      try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
      }
    }
  }

  /// Whoever holds the lock may be about to exchange the file: one that waits must not have it open.
  @Test func aRestoreIsNotInTheWayOfAnAlterThatWaitsForIt() async throws {
    let shop = try Workshop()
    try shop.execute("CREATE TABLE a(b)")
    let prepared = shop.path + ".tidemark-restore-00112233445566ff"
    try shop.run("sqlite3 \(prepared) 'CREATE TABLE restored(b)'")
    let lock = try await DatabaseLock.acquire(shop.path, .exclusive, as: .current(build: "one", purpose: "restoring"))
    let (options, looks) = Self.waiting()
    let database = shop.database(tables(1), options)
    let wanted = Schema(objects: [
      SchemaObject(type: .table, name: "restored", table: "restored", sql: "CREATE TABLE restored(b)")
    ])
    let altering = Self.aside { try database.alter(to: wanted) }
    var look = looks.makeAsyncIterator()
    for _ in 0..<5 { _ = await look.next() }
    _ = try Swap().replace(target: shop.path, with: prepared)
    lock.release()
    _ = try await altering.value
    #expect(try shop.tables() == ["restored"])
  }

  /// Neither start can have the lock alone while the other keeps its share, and both have an edited migration to follow.
  @Test func twoStartsOfDevelopersThatWaitDoNotWaitForEachOther() async throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    let edited = Lineage(
      name: "test", migrations: [Change(1, "Table1", up: "CREATE TABLE t1(a, b)", down: "DROP TABLE t1")])
    let third = try await DatabaseLock.acquire(shop.path, .shared, as: .current(build: "third", purpose: "running"))
    let notes = try await withThrowingTaskGroup(of: [String].self) { group in
      var waiters: [AsyncStream<Void>] = []
      for _ in 0..<2 {
        let (options, looks) = Self.waiting()
        waiters.append(looks)
        group.addTask {
          let service = RestoreService(
            database: shop.path, lineage: edited, development: .alter, options: options)
          let notes = try await service.start().notes
          await service.stop()
          return notes
        }
      }
      for waiter in waiters {
        var look = waiter.makeAsyncIterator()
        for _ in 0..<4 { _ = await look.next() }
      }
      third.release()
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(notes.count { $0.hasPrefix("altered for development: table t1: column b added") } == 1)
    #expect(try shop.value("SELECT count(*) FROM pragma_table_info('t1')", as: Int64.self) == 2)
  }

  /// Another's restore of a missing database would find an empty file in its place, and keep it as the one before.
  @Test func aNewDatabaseIsNotMadeBeforeTheLockIsHad() async throws {
    let shop = try Workshop()
    let lock = try await DatabaseLock.acquire(shop.path, .exclusive, as: .current(build: "one", purpose: "restoring"))
    let late = #expect(throws: LockError.self) {
      try shop.database(tables(1), .init(build: "late", lockTimeout: .milliseconds(60))).migrate()
    }
    #expect(late?.code == .held)
    #expect(!FileManager.default.fileExists(atPath: shop.path))
    let (options, looks) = Self.waiting()
    let database = shop.database(tables(1), options)
    let creating = Self.aside { try database.migrate() }
    var look = looks.makeAsyncIterator()
    for _ in 0..<5 { _ = await look.next() }
    #expect(!FileManager.default.fileExists(atPath: shop.path))
    lock.release()
    #expect(try await creating.value.outcome == .created)
  }
}
