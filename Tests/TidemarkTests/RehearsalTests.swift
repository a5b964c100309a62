// A rehearsal runs the whole plan on a copy, tells what it took, and leaves the database as it was.
import Foundation
import SchedulerMigrations
import Synchronization
import TestFiles
import Testing
import Tidemark

@Suite struct RehearsalTests {
  private static func names(_ shop: Workshop) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: shop.folder)
      .filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
  }

  private static func bytes(_ shop: Workshop) throws -> Data { try Data(contentsOf: URL(filePath: shop.path)) }

  /// Tables 1 and 2, a column filled by 3, a code migration 4.
  private static func build(downgrade: Downgrade = "ALTER TABLE t1 DROP COLUMN b") -> Lineage {
    tables(1, 2).adding([
      Change(3, "Fill", up: "ALTER TABLE t1 ADD COLUMN b; UPDATE t1 SET b = a || '!'", down: downgrade),
      Change(4, "Code", up: .run { try $0.execute("CREATE INDEX byA ON t1(a)") }, down: "DROP INDEX byA"),
    ])
  }

  private static func shop() throws -> Workshop {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute("INSERT INTO t1 VALUES ('x'), ('y'), ('z')")
    return shop
  }

  @Test func itTellsWhatTheRunTakesAndTouchesNothing() throws {
    let shop = try Self.shop()
    let before = try (Self.names(shop), Self.bytes(shop))
    let rehearsal = try shop.database(Self.build()).rehearse()
    #expect(try Self.names(shop) == before.0)
    #expect(try Self.bytes(shop) == before.1)
    #expect(rehearsal.steps.map { "\($0.step.kind) \($0.step.id ?? 0)" } == ["upgrade 2", "upgrade 3", "upgrade 4"])
    #expect(rehearsal.steps.map(\.statements) == [1, 2, nil])
    #expect(rehearsal.steps.map(\.rows) == [0, 3, 0])
    #expect(rehearsal.steps.allSatisfy { $0.seconds > 0 && $0.verdict != nil })
    #expect(rehearsal.bytesAfter > rehearsal.bytesBefore && rehearsal.bytesWritten > 0)
    #expect(rehearsal.needs.bytes == rehearsal.bytesWritten + rehearsal.bytesAfter - rehearsal.bytesBefore)
    #expect(rehearsal.proof?.isSound == true && rehearsal.proof?.rows == 9)
    // And it was true.
    let report = try shop.database(Self.build()).migrate()
    #expect(report.steps.map(\.step.id) == [2, 3, 4])
    #expect(try shop.database(Self.build()).rehearse().plan.isEmpty)
  }

  @Test func aWayBackThatLosesRowsIsFoundWithTheRowsThatThereAre() throws {
    let shop = try Self.shop()
    let rehearsal = try shop.database(
      Self.build(downgrade: "DELETE FROM t1 WHERE a = 'y'; ALTER TABLE t1 DROP COLUMN b")
    ).rehearse()
    #expect(!rehearsal.isSound)
    #expect(rehearsal.proof?.findings.map(\.subject) == ["3 Fill, up and down"])
    #expect(rehearsal.proof?.findings.first?.words.contains { $0.contains("t1") && $0.contains("'y'") } == true)
    #expect(
      try shop.database(Self.build(downgrade: "DELETE FROM t1 WHERE a = 'y'; ALTER TABLE t1 DROP COLUMN b"))
        .rehearse(proves: false).isSound)
  }

  @Test func whatTheRunWouldRefuseOrFailTheRehearsalDoes() throws {
    let shop = try Self.shop()
    let before = try (Self.names(shop), Self.bytes(shop))
    let failing = tables(1).adding([Change(2, up: "INSERT INTO nowhere VALUES (1)", down: "")])
    #expect(throws: MigrationError.self) { try shop.database(failing).rehearse() }
    let error = #expect(throws: MigrationError.self) {
      try shop.database(Lineage(name: "other", migrations: [])).rehearse()
    }
    #expect(error?.code == "foreign")
    #expect(throws: MigrationError.self) { try shop.database(tables(1)).rehearse(to: 7) }
    #expect(try Self.names(shop) == before.0)
    #expect(try Self.bytes(shop) == before.1)
    #expect(throws: ServiceError.self) { try ManagedDatabase(shop.folder + "/none.db", lineage: tables(1)).rehearse() }
  }

  @Test func aSnapshotsRestoreIsRehearsedWithWhatItsDowngradesTouch() throws {
    let shop = try Self.shop()
    let newer = ManagedDatabase(shop.folder + "/newer.db", lineage: Self.build())
    try newer.migrate()
    let snapshot = shop.folder + "/newer.sqlite.lz4"
    try newer.snapshot(to: snapshot)
    let before = try (Self.names(shop), Self.bytes(shop))
    let rehearsal = try shop.database(tables(1)).rehearse(snapshot)
    #expect(
      rehearsal.steps.map { "\($0.step.kind) \($0.step.id ?? 0)" } == ["downgrade 4", "downgrade 3", "downgrade 2"])
    #expect(rehearsal.effects?.steps.map { $0.tables.map(\.table) } == [[], ["t1"], ["t2"]])
    #expect(rehearsal.proof == nil)
    #expect(rehearsal.needs.bytes >= rehearsal.bytesBefore)
    #expect(try Self.names(shop) == before.0)
    #expect(try Self.bytes(shop) == before.1)
  }

  @Test func itReadsADatabaseThatIsInUse() throws {
    let shop = try Self.shop()
    try shop.execute("PRAGMA journal_mode = WAL")
    let writer = try Connection(path: shop.path)
    try writer.execute("BEGIN IMMEDIATE; INSERT INTO t1 VALUES ('uncommitted')")
    let rehearsal = try shop.database(Self.build()).rehearse()
    #expect(rehearsal.steps.map(\.rows) == [0, 3, 0])
    try writer.execute("COMMIT")
    #expect(try shop.database(Self.build()).rehearse().steps.map(\.rows) == [0, 4, 0])
    try writer.close()
  }

  /// Notes with which rights files are made.
  private final class Modes: ForwardingFiles {
    let base = LocalFiles()
    private let seen = Mutex<[UInt32]>([])
    var modes: [UInt32] { seen.withLock { $0 } }

    func open(_ path: String, _ how: OpenHow) throws -> Int32 {
      if case .createNew(let mode) = how { seen.withLock { $0.append(mode) } }
      return try base.open(path, how)
    }
  }

  /// A restore's file takes the database's rights, since it takes its place; a rehearsal's takes nobody's.
  @Test func whatIsRehearsedIsReadableByNobodyElseMeanwhile() throws {
    let shop = try Self.shop()
    try shop.run("chmod 666 service.db; echo 'CREATE TABLE x(y);' > dump.sql; chmod 600 dump.sql")
    for source in [nil, shop.folder + "/dump.sql"] {
      let files = Modes()
      let options = ManagedDatabase.Options(plan: .init(), lockTimeout: .zero, files: files)
      _ = try? shop.database(Self.build(), options).rehearse(source)
      #expect(!files.modes.isEmpty && files.modes.allSatisfy { $0 & 0o077 == 0 }, "\(source ?? "the database")")
    }
  }
}
