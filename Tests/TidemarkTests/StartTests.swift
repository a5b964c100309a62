// A service's start: create, migrate, roll back, restore, or refuse with the way out.
import Foundation
import Testing
import Tidemark

@Suite struct StartTests {
  static func service(
    _ shop: Workshop, _ lineage: Lineage, onMissing: RestoreService.OnMissing = .createUnlessSnapshots,
    onDamage: RestoreService.OnDamage = .refuse, build: String = "test"
  ) -> RestoreService {
    RestoreService(
      database: shop.path, lineage: lineage, store: shop.store, onMissing: onMissing, onDamage: onDamage,
      options: .init(build: build, lockTimeout: .milliseconds(50)))
  }

  @Test func aStartCreatesMigratesAndRollsBack() async throws {
    let shop = try Workshop()
    for (lineage, expected) in [(tables(1), ["t1"]), (tables(1, 2), ["t1", "t2"]), (tables(1), ["t1"])] {
      let service = Self.service(shop, lineage)
      try await service.start()
      await service.stop()
      #expect(try shop.tables() == expected)
    }
  }

  @Test func aSecondStartWritesNothing() async throws {
    let shop = try Workshop()
    let first = Self.service(shop, tables(1, 2))
    try await first.start()
    await first.stop()
    let before = try Data(contentsOf: URL(fileURLWithPath: shop.path))
    let second = Self.service(shop, tables(1, 2))
    #expect(try await second.start().migration.outcome == .upToDate)
    await #expect(throws: ServiceFault.self) { try await second.start() }
    await second.stop()
    #expect(try Data(contentsOf: URL(fileURLWithPath: shop.path)) == before)
  }

  @Test func anOldBuildDoesNotDowngradeUnderANewerOne() async throws {
    let shop = try Workshop()
    let newer = Self.service(shop, tables(1, 2), build: "build two")
    try await newer.start()
    let older = Self.service(shop, tables(1))
    let error = await #expect(throws: LockError.self) { try await older.start() }
    #expect(error?.description.contains("build two") == true)
    #expect(error?.isRefusal == true)
    #expect(try shop.tables() == ["t1", "t2"])
    // The same build may run beside it.
    let twin = Self.service(shop, tables(1, 2))
    try await twin.start()
    await twin.stop()
    await newer.stop()
    try await older.start()
    #expect(try shop.tables() == ["t1"])
    await older.stop()
  }

  @Test func aMissingDatabaseIsRefusedWhereThereAreSnapshots() async throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute("INSERT INTO t1 VALUES('yesterday')")
    try shop.database(tables(1)).snapshot()
    try FileManager.default.removeItem(atPath: shop.path)
    let error = await #expect(throws: ServiceError.self) { try await Self.service(shop, tables(1)).start() }
    #expect(error?.code == "missing")
    #expect(!FileManager.default.fileExists(atPath: shop.path))

    let restoring = Self.service(shop, tables(1, 2), onMissing: .restoreNewest)
    let report = try await restoring.start()
    #expect(report.restored != nil)
    #expect(report.notes.contains { $0.contains("restored") })
    #expect(try shop.value("SELECT a FROM t1", as: String.self) == "yesterday")
    await restoring.stop()

    try FileManager.default.removeItem(atPath: shop.path)
    let creating = Self.service(shop, tables(1), onMissing: .create)
    #expect(try await creating.start().migration.outcome == .created)
    await creating.stop()
  }

  @Test func aDamagedDatabaseIsMovedAsideAndTheNewestGoodSnapshotRestored() async throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute("INSERT INTO t1 VALUES('good')")
    try shop.database(tables(1)).snapshot()
    try shop.execute("UPDATE t1 SET a = 'newer, but its snapshot is damaged'")
    let newest = try shop.database(tables(1)).snapshot().path
    var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
    bytes[60] ^= 0xff
    try bytes.write(to: URL(fileURLWithPath: newest))
    let garbage = Data(repeating: 7, count: 9_000)
    try garbage.write(to: URL(fileURLWithPath: shop.path))

    let error = await #expect(throws: ServiceError.self) { try await Self.service(shop, tables(1)).start() }
    #expect(error?.code == "damaged")
    #expect(try Data(contentsOf: URL(fileURLWithPath: shop.path)) == garbage)

    let service = Self.service(shop, tables(1), onDamage: .restore)
    let report = try await service.start()
    #expect(try shop.value("SELECT a FROM t1", as: String.self) == "good")
    #expect(report.notes.contains { $0.contains("skipped") })
    let previous = try #require(report.restored?.previous)
    #expect(try Data(contentsOf: URL(fileURLWithPath: previous)) == garbage)
    await service.stop()
  }

  @Test func manyThatStartAtOnceAllSucceed() async throws {
    let shop = try Workshop()
    let outcomes = try await withThrowingTaskGroup(of: MigrationReport.Outcome.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let service = RestoreService(
            database: shop.path, lineage: tables(1, 2, 3), options: .init(build: "twin", lockTimeout: .seconds(20)))
          let outcome = try await service.start().migration.outcome
          await service.stop()
          return outcome
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .created } == 1)
    #expect(outcomes.count == 4)
  }
}
