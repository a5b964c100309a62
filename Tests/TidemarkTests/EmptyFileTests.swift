// An empty file where the database was is a database that is gone, not a new one; what stands beside it is kept.
import Foundation
import Testing
import Tidemark

@Suite struct EmptyFileTests {
  private func put(_ bytes: [UInt8], _ shop: Workshop, _ suffix: String = "") throws {
    try Data(bytes).write(to: URL(fileURLWithPath: shop.path + suffix))
  }

  /// The header of a rollback journal of a database that had so many pages.
  private func journal(pages: UInt8) -> [UInt8] {
    [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, pages, 0, 0, 2, 0, 0, 0, 16, 0]
      + [UInt8](repeating: 0, count: 484)
  }

  @Test func anEmptyFileIsAMissingDatabaseWhereThereAreSnapshots() async throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute("INSERT INTO t1 VALUES('yesterday')")
    try shop.database(tables(1)).snapshot()
    try put([], shop)
    let error = await #expect(throws: ServiceError.self) { try await StartTests.service(shop, tables(1)).start() }
    #expect(error?.code == "missing")
    let restoring = StartTests.service(shop, tables(1), onMissing: .restoreNewest)
    #expect(try await restoring.start().restored != nil)
    await restoring.stop()
    #expect(try shop.value("SELECT a FROM t1", as: String.self) == "yesterday")
  }

  @Test func anEmptyFileAloneIsFilled() async throws {
    let shop = try Workshop()
    try put([], shop)
    let service = StartTests.service(shop, tables(1))
    #expect(try await service.start().migration.outcome == .created)
    await service.stop()
  }

  @Test(arguments: ["-wal", "-journal"])
  func whatStandsBesideAnEmptyFileIsNotDeleted(_ suffix: String) async throws {
    let shop = try Workshop()
    let content = suffix == "-wal" ? [UInt8](repeating: 9, count: 5_000) : journal(pages: 7)
    try put([], shop)
    try put(content, shop, suffix)
    let attempts: [() async throws -> Void] = [
      { try await StartTests.service(shop, tables(1)).start() },
      { try shop.database(tables(1)).migrate() },
      { _ = try shop.database(tables(1)).status() },
    ]
    for attempt in attempts {
      let error = await #expect(throws: ServiceError.self) { try await attempt() }
      #expect(error?.code == "damaged")
    }
    #expect(throws: SnapshotError.self) { try shop.database(tables(1)).snapshot() }
    #expect(try Data(contentsOf: URL(fileURLWithPath: shop.path + suffix)) == Data(content))
  }

  /// The first transaction of a new database leaves this when it is cut short.
  @Test func aJournalOfADatabaseThatHadNoPageSaysNothing() async throws {
    let shop = try Workshop()
    try put([], shop)
    try put(journal(pages: 0), shop, "-journal")
    let service = StartTests.service(shop, tables(1))
    #expect(try await service.start().migration.outcome == .created)
    await service.stop()
  }
}
