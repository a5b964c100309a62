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

  private static func planThatUndoes() throws -> Plan {
    let shop = try Workshop()
    try shop.database(tables(1, 2)).migrate()
    return try shop.database(tables(1)).plan()
  }

  /// Every call that opens the database, by its name: one that is missing here is one that may delete.
  private static let calls: [(String, @Sendable (ManagedDatabase) throws -> Void)] = [
    ("status", { _ = try $0.status() }), ("plan", { _ = try $0.plan() }),
    ("effects", { _ = try $0.effects(of: try planThatUndoes()) }),
    ("drops", { _ = try $0.drops(of: try planThatUndoes()) }),
    ("open", { _ = try $0.open() }), ("open to make", { _ = try $0.open(.create) }),
    ("reading", { _ = try $0.reading { try $0.schemaCookie() } }),
    ("migrate", { try $0.migrate() }), ("redo", { try $0.redo(last: 1) }), ("backfill", { _ = try $0.backfill() }),
    ("adopt", { try $0.adopt() }), ("adopt, dry", { try $0.adopt(isDry: true) }),
    ("alter", { try $0.alter(to: Schema(objects: [])) }),
    ("alterPlan", { _ = try $0.alterPlan(to: Schema(objects: [])) }),
    ("pruneAttic", { _ = try $0.pruneAttic() }), ("pruneAttic, dry", { _ = try $0.pruneAttic(dryRun: true) }),
    ("atticContents", { _ = try $0.atticContents() }), ("rehearse", { _ = try $0.rehearse() }),
    ("snapshot", { try $0.snapshot() }), ("snapshot to a file", { try $0.snapshot(to: $0.path + ".lz4") }),
    (
      "DatabaseCopy.make",
      { database in
        try Data().write(to: URL(fileURLWithPath: database.path + ".copy"))
        try DatabaseCopy.make(of: database.path, at: database.path + ".copy")
      }
    ),
  ]

  @Test(arguments: ["-wal", "-journal"])
  func whatStandsBesideAnEmptyFileIsNotDeleted(_ suffix: String) async throws {
    let content = suffix == "-wal" ? [UInt8](repeating: 9, count: 5_000) : journal(pages: 7)
    for (name, call) in Self.calls {
      let shop = try Workshop()
      try put([], shop)
      try put(content, shop, suffix)
      do {
        try call(shop.database(tables(1)))
        Issue.record("\(name) went on")
      } catch let error as ServiceError {
        #expect(error.code == "damaged", "\(name)")
      } catch let error as SnapshotError where name.contains("snapshot") || name.contains("Copy") {
        #expect(error.code == "damaged", "\(name)")
      }
      let left = FileManager.default.contents(atPath: shop.path + suffix)
      #expect(left == Data(content), "\(name) deleted what was beside it")
    }
    let shop = try Workshop()
    try put([], shop)
    try put(content, shop, suffix)
    let error = await #expect(throws: ServiceError.self) { try await StartTests.service(shop, tables(1)).start() }
    #expect(error?.code == "damaged")
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
