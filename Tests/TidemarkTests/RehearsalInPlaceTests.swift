// A snapshot is rehearsed where it lies: nothing of its size is written, its figures are those of a copy, and damage in
// it is named.
import Foundation
import Testing
import Tidemark

@Suite struct RehearsalInPlaceTests {
  private static func build(_ down: Downgrade = .derived) -> Lineage {
    tables(1).adding([
      Change(2, "AddB", up: "ALTER TABLE t1 ADD COLUMN b; UPDATE t1 SET b = 1 WHERE rowid % 1000 = 0", down: down),
      Change(3, "Index", up: "CREATE TABLE t3(x); INSERT INTO t3 SELECT count(*) FROM t1", down: .derived),
    ])
  }

  /// A database of some eight megabytes at the first migration.
  private static func shop(mode: String = "WAL") throws -> Workshop {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute(
      """
      PRAGMA journal_mode = \(mode);
      INSERT INTO t1 WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        SELECT i || hex(randomblob(150)) FROM n
      """)
    return shop
  }

  private static func names(_ shop: Workshop) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: shop.folder)
      .filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
  }

  @Test(arguments: ["WAL", "DELETE"]) func nothingTheSizeOfTheDatabaseIsWritten(_ mode: String) throws {
    let shop = try Self.shop(mode: mode)
    let snapshot = shop.folder + "/a.sqlite.lz4"
    try shop.database(tables(1)).snapshot(to: snapshot)
    let copy = shop.folder + "/copy.db"
    try FileManager.default.copyItem(atPath: shop.path, toPath: copy)
    let before = (try Self.names(shop), try Data(contentsOf: URL(filePath: snapshot)))
    let rehearsal = try shop.database(Self.build()).rehearse(snapshot)
    #expect(rehearsal.way == .inPlace)
    #expect(rehearsal.bytesBefore > 6_000_000)
    #expect(rehearsal.scratchBytes > 0 && rehearsal.scratchBytes < rehearsal.bytesBefore / 10)
    #expect(try Self.names(shop) == before.0)
    #expect(try Data(contentsOf: URL(filePath: snapshot)) == before.1)
    // Its figures are those of a copy.
    let copied = try shop.database(Self.build()).rehearse(copy)
    #expect(copied.way == .copy)
    #expect(copied.scratchBytes >= copied.bytesBefore)
    #expect(rehearsal.steps.map(\.rows) == copied.steps.map(\.rows))
    #expect(rehearsal.steps.map(\.statements) == copied.steps.map(\.statements))
    #expect(rehearsal.steps.map(\.verdict) == copied.steps.map(\.verdict))
    #expect(rehearsal.bytesBefore == copied.bytesBefore && rehearsal.bytesAfter == copied.bytesAfter)
    #expect(rehearsal.bytesWritten == copied.bytesWritten && rehearsal.needs.bytes == copied.needs.bytes)
    #expect(rehearsal.proof?.isSound == true && rehearsal.proof?.rows == copied.proof?.rows)
  }

  @Test func aChainOfIncrementsIsReadInPlaceToo() throws {
    let shop = try Self.shop()
    let database = shop.database(tables(1))
    try database.snapshot()
    for row in [100, 9000] {
      try shop.execute("UPDATE t1 SET a = 'later' WHERE rowid = \(row)")
      try database.snapshot()
    }
    let newest = try #require(try shop.store.list().max { $0.id < $1.id })
    #expect(try SnapshotReader.open(newest.path).map != nil)
    let rehearsal = try shop.database(
      tables(1).adding([Change(2, up: "CREATE TABLE l AS SELECT a FROM t1 WHERE a = 'later'", down: "DROP TABLE l")])
    ).rehearse(newest.path)
    #expect(rehearsal.way == .inPlace)
    #expect(rehearsal.scratchBytes < 400_000)
    #expect(rehearsal.proof?.isSound == true)
    #expect(rehearsal.bytesAfter > rehearsal.bytesBefore)
  }

  @Test func aDamagedBlockIsNamedWithItsPages() throws {
    let shop = try Self.shop()
    let snapshot = shop.folder + "/a.sqlite.lz4"
    try shop.database(tables(1)).snapshot(to: snapshot)
    let reader = try SnapshotReader.open(snapshot)
    let block = reader.blockCount / 2
    var bytes = try Data(contentsOf: URL(filePath: snapshot))
    bytes[Int(reader.index[block].offset) + 2000] ^= 0x20
    try bytes.write(to: URL(filePath: snapshot))
    let names = try Self.names(shop)
    for proves in [true, false] {
      let error = #expect(throws: SnapshotError.self) {
        try shop.database(Self.build()).rehearse(snapshot, proves: proves)
      }
      guard case .damagedBlock(block, let pages?, _)? = error?.reason else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(pages == reader.pages(of: block))
      #expect(error?.path == snapshot)
    }
    #expect(try Self.names(shop) == names)
  }

  @Test func aManifestThatLiesIsRefusedAsARestoreDoes() throws {
    let shop = try Self.shop()
    let snapshot = shop.folder + "/a.sqlite.lz4"
    // Somebody else's words on our database.
    try Capture().run(
      database: shop.path, to: snapshot, describe: { _ in DatabaseDescription(lineage: "another") })
    #expect(throws: ServiceError.self) { try shop.database(Self.build()).rehearse(snapshot) }
    #expect(throws: ServiceError.self) { try shop.database(Self.build()).restore(snapshot) }
  }
}
