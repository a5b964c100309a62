// Starts for those who develop: the database follows the build, or the file, whatever its changelog says; its rows stay.
import Foundation
import Testing
import Tidemark

@Suite struct DevelopmentTests {
  private static func service(
    _ shop: Workshop, _ lineage: Lineage, _ development: RestoreService.Development?, accepting loss: String? = nil
  ) -> RestoreService {
    RestoreService(
      database: shop.path, lineage: lineage, development: development,
      options: .init(build: "test", acceptedLoss: loss, lockTimeout: .zero))
  }

  private static func edited(_ sql: Upgrade) -> Lineage {
    Lineage(name: "test", migrations: [Change(1, "Table1", up: sql, down: "DROP TABLE t1")])
  }

  private func start(_ service: RestoreService) async throws -> StartReport {
    let report = try await service.start()
    await service.stop()
    return report
  }

  @Test func anEditedMigrationIsFollowedAndRowsStay() async throws {
    let shop = try Workshop()
    _ = try await start(Self.service(shop, tables(1), .alter))
    try shop.execute("INSERT INTO t1 VALUES ('kept')")
    let lineage = Self.edited("CREATE TABLE t1(a, b DEFAULT 'new' UNIQUE)")
    await #expect(throws: MigrationError.self) { try await start(Self.service(shop, lineage, nil)) }
    let report = try await start(Self.service(shop, lineage, .alter))
    #expect(report.migration.outcome == .altered)
    #expect(report.notes.contains("altered for development: table t1: column b added: DEFAULT 'new' UNIQUE"))
    #expect(try shop.value("SELECT a || b FROM t1", as: String.self) == "keptnew")
    let before = try Data(contentsOf: URL(fileURLWithPath: shop.path))
    let again = try await start(Self.service(shop, lineage, .alter))
    #expect(again.notes.count == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: shop.path)) == before)
  }

  @Test func aBranchWithoutAWayBackIsLeft() async throws {
    let shop = try Workshop()
    let branch = Lineage(
      name: "test",
      migrations: tables(1).migrations + [
        Change(2, up: "ALTER TABLE t1 ADD COLUMN x", down: .irreversible("a branch"))
      ])
    _ = try await start(Self.service(shop, branch, nil))
    try shop.execute("INSERT INTO t1(a) VALUES ('kept')")
    #expect(try await start(Self.service(shop, tables(1), .alter)).migration.outcome == .altered)
    #expect(try shop.value("SELECT group_concat(name) FROM pragma_table_info('t1')", as: String.self) == "a")
    #expect(try shop.value("SELECT a FROM t1", as: String.self) == "kept")
  }

  @Test func aFileIsFollowedAtEveryStart() async throws {
    let shop = try Workshop()
    let file = shop.folder + "/head.sql"
    for (sql, columns) in [
      ("CREATE TABLE t1(a, b)", "a,b"), ("CREATE TABLE t1(a,\n c -- tidemark: renamed from b\n)", "a,c"),
      ("CREATE TABLE t1(a)", "a"),
    ] {
      try Data(sql.utf8).write(to: URL(fileURLWithPath: file))
      _ = try await start(Self.service(shop, tables(1), .follow(file)))
      #expect(try shop.value("SELECT group_concat(name) FROM pragma_table_info('t1')", as: String.self) == columns)
    }
  }

  @Test func whatWouldBeLostIsRefusedUntilItIsAllowed() async throws {
    let shop = try Workshop()
    _ = try await start(Self.service(shop, Self.edited("CREATE TABLE t1(a, b)"), nil))
    try shop.execute("INSERT INTO t1 VALUES (1, 2)")
    let error = await #expect(throws: AlterError.self) { try await start(Self.service(shop, tables(1), .alter)) }
    guard case .wouldLose(let plan, let losses, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(losses.map(\.words) == ["column t1.b, 1 row"])
    _ = try await start(Self.service(shop, tables(1), .alter, accepting: plan))
    #expect(try shop.value("SELECT a FROM t1", as: Int64.self) == 1)
  }

  @Test func anotherServicesDatabaseIsNotTouched() async throws {
    let shop = try Workshop()
    _ = try await start(Self.service(shop, tables(1), nil))
    let other = Lineage(name: "other", migrations: tables(1).migrations)
    await #expect(throws: MigrationError.foreign(database: "test", build: "other")) {
      try await start(Self.service(shop, other, .alter))
    }
  }
}
