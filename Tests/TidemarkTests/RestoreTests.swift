// A restore ends at this build's schema, whatever was restored; or the database is as it was, and nothing lies about.
import Foundation
import Synchronization
import TestProcesses
import Testing
import Tidemark

@Suite struct RestoreTests {
  @Test(arguments: [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 3], []] as [[MigrationID]], ["WAL", "DELETE"])
  func everySnapshotEndsAtTheBuildsSchema(_ ids: [MigrationID], _ mode: String) throws {
    let shop = try Workshop()
    let source = try shop.snapshot(
      of: Lineage(name: "test", migrations: tables(1, 2, 3, 4).migrations.filter { ids.contains($0.id) }), mode: mode)
    let database = shop.database(tables(1, 2))
    #expect(try database.preview(source).plan.after == [1, 2])
    #expect(try !database.exists)
    let report = try database.restore(source)
    #expect(try shop.tables() == ["t1", "t2"])
    #expect(report.kind == .snapshot)
    #expect(report.previous == nil)
    for id in ids where id <= 2 {
      #expect(try shop.value("SELECT a FROM t\(id)", as: String.self) == "of the snapshot")
    }
    #expect(try shop.litter().isEmpty)
    #expect(try database.migrate().outcome == .upToDate)
  }

  /// A build from before a baseline, one from before a part of what it folded, and one that knows it.
  @Test(arguments: [[1, 2, 3], [1, 2], [1], []] as [[MigrationID]])
  func anEarlierBuildRestoresASnapshotTakenAfterABaseline(_ known: [MigrationID]) throws {
    let shop = try Workshop()
    let retired = [1, 2].map { (id: MigrationID) in
      RetiredMigration(
        id: id, name: "Table\(id)", revision: 0, upgradeDigest: tables(id).upgradeDigests[id] ?? "",
        downgrade: "DROP TABLE t\(id)", irreversible: nil,
        objects: #"{"added":["table t\#(id)"],"changed":[],"removed":[]}"#)
    }
    let folded = Lineage(
      name: "test", migrations: [tables(3).migrations[0]],
      baseline: Baseline(schema: "CREATE TABLE t1(a); CREATE TABLE t2(a);", retired: retired), head: nil, sources: [:])
    let source = try shop.snapshot(of: folded)
    let build = Lineage(name: "test", migrations: tables(1, 2, 3).migrations.filter { known.contains($0.id) })
    let database = shop.database(build)
    #expect(try database.preview(source).plan.after == known)
    let report = try database.restore(source)
    #expect(report.migration?.undone == [1, 2, 3].filter { !known.contains($0) })
    #expect(try shop.tables() == known.map { "t\($0)" })
    for id in known { #expect(try shop.value("SELECT a FROM t\(id)", as: String.self) == "of the snapshot") }
    #expect(try database.migrate().outcome == .upToDate)
  }

  @Test(arguments: ["database", "lz4", "dump", "lz4 dump"])
  func everyKindOfSourceIsTold(_ kind: String) throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    try shop.execute("INSERT INTO t1 VALUES('kept')")
    switch kind {
    case "database": try shop.run("cp service.db source")
    case "lz4": try shop.run("lz4 -q service.db source")
    case "dump": try shop.run("sqlite3 service.db .dump > source")
    default: try shop.run("sqlite3 service.db .dump | lz4 -q > source")
    }
    try shop.execute("DELETE FROM t1")
    let database = shop.database(tables(1, 2))
    #expect(try database.preview(shop.folder + "/source").plan.steps.map(\.id) == [2])
    let report = try database.restore(shop.folder + "/source")
    #expect(report.migration?.applied == [2])
    #expect(try shop.value("SELECT a FROM t1", as: String.self) == "kept")
    let previous = try #require(report.previous)
    #expect(try Connection(path: previous, mode: .readOnly).value("SELECT count(*) FROM t1", as: Int.self) == 0)
    #expect(try shop.litter().isEmpty)
  }

  @Test(arguments: ["missing", "empty", "foreign", "truncated", "flipped", "folder"])
  func badInputLeavesTheDatabaseAsItWas(_ fault: String) throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    let before = try Data(contentsOf: URL(fileURLWithPath: shop.path))
    let source = try shop.snapshot(of: tables(1, 2))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: source))
    switch fault {
    case "missing": try FileManager.default.removeItem(atPath: source)
    case "folder":
      try FileManager.default.removeItem(atPath: source)
      try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: false)
    case "empty": try Data().write(to: URL(fileURLWithPath: source))
    case "foreign": try Data("\u{7f}ELF and so on".utf8).write(to: URL(fileURLWithPath: source))
    case "truncated": try bytes.prefix(100).write(to: URL(fileURLWithPath: source))
    default:
      bytes[40] ^= 1
      try bytes.write(to: URL(fileURLWithPath: source))
    }
    #expect(throws: SnapshotError.self) { try shop.database(tables(1, 2)).restore(source) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: shop.path)) == before)
    #expect(try shop.litter().isEmpty)
  }

  @Test func aPlanThatIsRefusedOrFailsLeavesTheDatabaseAsItWas() throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    let before = try Data(contentsOf: URL(fileURLWithPath: shop.path))
    let foreign = try shop.snapshot(of: Lineage(name: "other", migrations: []))
    let stuck = try shop.snapshot(
      of: Lineage(
        name: "test", migrations: tables(1).migrations + [Change(2, up: "CREATE TABLE t2(a)", down: "SELECT 1")]),
      proves: false)
    let oneWay = try shop.snapshot(
      of: Lineage(
        name: "test",
        migrations: tables(1).migrations + [Change(2, up: "CREATE TABLE t2(a)", down: .irreversible("why"))]))
    for (source, code) in [(foreign, "foreign"), (stuck, "left-behind"), (oneWay, "no-way-back")] {
      let error = #expect(throws: MigrationError.self) { try shop.database(tables(1)).restore(source) }
      #expect(error?.code == code)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: shop.path)) == before)
    #expect(try shop.litter().isEmpty)
    // As it is, it can still be had.
    try shop.database(tables(1)).restore(oneWay, asIs: true)
    #expect(try shop.tables() == ["t1", "t2"])
  }

  @Test(arguments: [
    "CREATE TABLE a(x);\n", "# a text that is no SQL\n", "\u{7f}ELF and more", "PK\u{3}\u{4} and more",
  ])
  func whatWasNeverADatabaseIsLeftAlone(_ content: String) throws {
    let shop = try Workshop()
    let source = try shop.snapshot(of: tables(1))
    try Data(content.utf8).write(to: URL(fileURLWithPath: shop.path))
    let error = try #require(throws: ServiceError.self) { try shop.database(tables(1)).restore(source) }
    #expect(error.code == "other-file" && error.isRefusal)
    #expect(throws: ServiceError.self) { try shop.database(tables(1)).preview(source) }
    #expect(throws: ServiceError.self) { try shop.database(tables(1)).previewAsIs(source) }
    #expect(try String(contentsOfFile: shop.path, encoding: .utf8) == content)
  }

  @Test(arguments: [
    [UInt8](repeating: 0, count: 8192), (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 197 ^ 0xA5) }, [],
  ])
  func whatMayBeADamagedDatabaseIsReplacedAndKept(_ content: [UInt8]) throws {
    let shop = try Workshop()
    let source = try shop.snapshot(of: tables(1))
    try Data(content).write(to: URL(fileURLWithPath: shop.path))
    let report = try shop.database(tables(1)).restore(source)
    #expect(try shop.tables() == ["t1"])
    let previous = try #require(report.previous)
    #expect(try Data(contentsOf: URL(fileURLWithPath: previous)) == Data(content))
  }

  static let lies: [@Sendable (inout DatabaseDescription) -> Void] = [
    { $0.changelog?.removeLast() }, { $0.looseFingerprint = String(repeating: "0", count: 64) },
    { $0.exactFingerprint = String(repeating: "0", count: 64) }, { $0.schema?[0].sql = "CREATE TABLE t1(innocent)" },
    { $0.schema?.removeLast() }, { $0.lineage = "other" },
  ]

  @Test(arguments: lies.indices) func aManifestThatLiesIsFoundOut(lie: Int) throws {
    let shop = try Workshop()
    let plain = shop.folder + "/plain.db"
    try ManagedDatabase(plain, lineage: tables(1, 2)).migrate()
    let lying = shop.folder + "/lying.sqlite.lz4"
    try Capture().run(
      database: plain, to: lying,
      describe: { connection in
        var description = try DatabaseDescription(of: connection)
        Self.lies[lie](&description)
        return description
      })
    let error = #expect(throws: ServiceError.self) { try shop.database(tables(1)).restore(lying) }
    #expect(error?.code == "manifest-mismatch")
    #expect(try !shop.database(tables(1)).exists)
  }

  @Test func whoHasItOpenForAMomentIsWaitedFor() throws {
    let shop = try Workshop()
    try shop.database(tables(1)).migrate()
    let source = try shop.snapshot(of: tables(1, 2))
    let shell = try RunningProgram("sqlite3", ["-batch", shop.path])
    try shell.tell("SELECT 'open', count(*) FROM t1;\n")
    #expect(shell.listen(until: "open|0\n").contains("open|0"))
    let asked = Mutex(0)
    var options = ManagedDatabase.Options(build: "test", lockTimeout: .zero)
    let refused = #expect(throws: SwapError.self) { try shop.database(tables(1), options).restore(source) }
    #expect(refused?.code == .busy)
    #expect(try shop.litter().isEmpty)
    options.lockTimeout = .seconds(60)
    // Asked after each try that found it open: then the shell goes.
    options.isCancelled = {
      asked.withLock { $0 += 1 }
      try? shell.endInput()
      _ = try? shell.end()
      return false
    }
    let report = try shop.database(tables(1, 2), options).restore(source)
    #expect(asked.withLock { $0 } > 0)
    #expect(report.previous != nil)
    #expect(try shop.tables() == ["t1", "t2"])
    #expect(try shop.litter().isEmpty)
  }

  @Test func aPreviewRefusesWhatTheRestoreWould() throws {
    let shop = try Workshop()
    let source = try shop.snapshot(of: tables(1))
    var options = ManagedDatabase.Options(build: "test")
    options.maxSize = 4096
    let database = shop.database(tables(1), options)
    for attempt in [{ _ = try database.preview(source) }, { _ = try database.restore(source) }] {
      let error = #expect(throws: SnapshotError.self) { try attempt() }
      #expect(error?.code == "too-large")
    }
  }

  @Test func aRunningServiceIsNotRestoredUnder() async throws {
    let shop = try Workshop()
    let service = RestoreService(
      database: shop.path, lineage: tables(1), store: shop.store, options: .init(build: "old build"))
    try await service.start()
    let source = try shop.snapshot(of: tables(1, 2))
    let refused = #expect(throws: LockError.self) { try shop.database(tables(1, 2)).restore(source) }
    #expect(refused?.isRefusal == true)
    #expect(refused?.description.contains("old build") == true)
    let migration = #expect(throws: LockError.self) { try shop.database(tables(1, 2)).migrate() }
    #expect(migration?.isRefusal == true)
    #expect(try shop.tables() == ["t1"])
    // What changes nothing is not held up.
    #expect(try shop.database(tables(1)).migrate().outcome == .upToDate)
    await service.stop()
    try shop.database(tables(1, 2)).restore(source)
    #expect(try shop.tables() == ["t1", "t2"])
  }

  @Test func aPinnedSnapshotGoesBeforeADowngrade() throws {
    let shop = try Workshop()
    try shop.database(tables(1, 2)).migrate()
    try shop.execute("INSERT INTO t2 VALUES('to be lost')")
    try shop.database(tables(1)).migrate()
    let entry = try #require(try shop.store.list().first)
    #expect(entry.manifest?.pinned?.contains("2") == true)
    try shop.database(tables(1, 2)).restore(entry.path)
    #expect(try shop.value("SELECT a FROM t2", as: String.self) == "to be lost")
  }

  @Test func anUnreadableDatabaseGoesAsideWithItsWAL() throws {
    let shop = try Workshop()
    let garbage = Data(repeating: 7, count: 9_000)
    let wal = Data(repeating: 9, count: 5_000)
    try garbage.write(to: URL(fileURLWithPath: shop.path))
    try wal.write(to: URL(fileURLWithPath: shop.path + "-wal"))
    let source = try shop.snapshot(of: tables(1))
    let report = try shop.database(tables(1)).restore(source)
    let previous = try #require(report.previous)
    // Read by another program: a child of another test may share the lease for a moment, and an opener that does not
    // wait is then turned away.
    try garbage.write(to: URL(fileURLWithPath: shop.folder + "/garbage"))
    try wal.write(to: URL(fileURLWithPath: shop.folder + "/wal"))
    #expect(try shop.run("cmp '\(previous)' garbage && cmp *previous*-wal wal && echo same") == "same")
    #expect(try shop.tables() == ["t1"])
  }
}
