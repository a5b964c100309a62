// Snapshots in the store are increments; every build restores from them as from whole ones.
import Foundation
import Testing
import Tidemark

@Suite struct ChainTests {
  /// A database with rows enough for some blocks.
  private func shop() throws -> Workshop {
    let shop = try Workshop()
    try shop.database(tables(1, 2)).migrate()
    try shop.execute(
      "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) "
        + "INSERT INTO t1 SELECT 'row ' || i || hex(randomblob(40)) FROM c")
    return shop
  }

  @Test func aSnapshotIntoTheStoreHoldsWhatHasChangedAndOneOfItsOwnIsWhole() throws {
    let shop = try shop()
    let database = shop.database(tables(1, 2))
    #expect(try database.snapshot().manifest.parent == nil)
    try shop.execute("UPDATE t1 SET a = 'changed' WHERE rowid = 10000")
    let second = try database.snapshot()
    #expect(second.manifest.parent != nil)
    #expect((1...3).contains(second.storedBlocks) && second.blocks > 5)
    #expect(try database.snapshot(full: true).manifest.parent == nil)
    #expect(try database.snapshot(fullEvery: 1).manifest.parent == nil)
    #expect(try database.snapshot(to: shop.folder + "/own.sqlite.lz4").manifest.parent == nil)
    #expect(try database.snapshot().manifest.parent != nil)
  }

  @Test(arguments: [[1], [1, 2], [1, 2, 3]] as [[MigrationID]])
  func everyBuildRestoresAnIncrementOverTheDatabaseAndOverNothing(_ ids: [MigrationID]) throws {
    let shop = try shop()
    let writer = shop.database(tables(1, 2))
    try writer.snapshot()
    try shop.execute("UPDATE t1 SET a = 'kept' WHERE rowid = 10000; INSERT INTO t2 VALUES(2)")
    let source = try writer.snapshot().path
    try shop.execute("UPDATE t1 SET a = 'lost' WHERE rowid IN (3, 10000); DELETE FROM t1 WHERE rowid > 19000")
    let build = shop.database(
      Lineage(name: "test", migrations: tables(1, 2, 3).migrations.filter { ids.contains($0.id) }))
    #expect(try build.preview(source).plan.after == ids)
    for replaces in [true, false] {
      if !replaces { try FileManager.default.removeItem(atPath: shop.path) }
      let report = try build.restore(source)
      #expect((report.previous != nil) == replaces)
      #expect(try shop.tables() == ids.map { "t\($0.rawValue)" })
      #expect(try shop.value("SELECT a FROM t1 WHERE rowid = 10000", as: String.self) == "kept")
      #expect(try shop.value("SELECT count(*) FROM t1 WHERE a <> 'lost'", as: Int.self) == 20_000)
      #expect(try shop.value("PRAGMA integrity_check", as: String.self) == "ok")
      #expect(try shop.litter().isEmpty)
    }
  }

  @Test func aServiceThatHasLostItsDatabaseStartsFromAnIncrement() async throws {
    let shop = try shop()
    let database = shop.database(tables(1, 2))
    try database.snapshot()
    try shop.execute("UPDATE t1 SET a = 'newest' WHERE rowid = 1")
    #expect(try database.snapshot().manifest.parent != nil)
    try FileManager.default.removeItem(atPath: shop.path)
    let service = RestoreService(
      database: shop.path, lineage: tables(1, 2), store: shop.store, onMissing: .restoreNewest)
    #expect(try await service.start().restored != nil)
    #expect(try shop.value("SELECT a FROM t1 WHERE rowid = 1", as: String.self) == "newest")
    await service.stop()
  }
}
