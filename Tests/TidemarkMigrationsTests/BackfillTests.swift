// Backfills: slices with a cursor in the changelog, resumed where a crash or a stop left them.
import Synchronization
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct BackfillTests {
  static let base = Change(1, up: "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)", down: "DROP TABLE t")
  static let fill = Change(
    2, "Fill",
    up: .batched(table: "t", key: "id", size: 10, "UPDATE t SET b = a * 2 WHERE id BETWEEN :first AND :last"),
    down: "UPDATE t SET b = NULL")

  static func prepared(rows: Int = 95) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.migrate(lineage(base))
    let connection = try scratch.open()
    try connection.transaction {
      for row in 1...rows { try connection.run("INSERT INTO t(id, a) VALUES(?, ?)", row * 3, row) }
    }
    return scratch
  }

  static func filled(_ scratch: Scratch) throws -> Int? { try scratch.value("SELECT count(*) FROM t WHERE b = a * 2") }

  @Test func aBackfillRunsAfterThePlan() throws {
    let scratch = try Self.prepared()
    let report = try scratch.migrate(lineage(Self.base, Self.fill))
    #expect(report.unfinished.isEmpty)
    #expect(try Self.filled(scratch) == 95)
    #expect(try scratch.value("SELECT count(*) FROM tidemark_changelog WHERE batch IS NOT NULL", as: Int.self) == 0)
  }

  @Test func aStoppedBackfillGoesOnWhereItWas() throws {
    let scratch = try Self.prepared()
    let build = lineage(Self.base, Self.fill)
    #expect(try scratch.migrate(build, MigratorOptions(defersBackfills: true)).unfinished == [2])
    let migrator = Migrator(build, options: MigratorOptions(defersBackfills: true))
    #expect(try migrator.backfill(scratch.open(), slices: 3) == [2])
    #expect(try Self.filled(scratch) == 30)
    // A start sees that it is unfinished though nothing else is to do.
    #expect(try migrator.migrate(scratch.open()).unfinished == [2])
    #expect(try migrator.backfill(scratch.open()).isEmpty)
    #expect(try Self.filled(scratch) == 95)
  }

  @Test func aFailingSliceIsUndoneAndNamed() throws {
    let scratch = try Self.prepared()
    try scratch.execute("CREATE TABLE other(x)")
    let fussy = Change(
      2, "Fussy",
      up: .batched(table: "t", key: "id", size: 10) { connection, first, last in
        try connection.run("UPDATE t SET b = 1 WHERE id BETWEEN ? AND ?", first, last)
        if last == .integer(60) { throw SQLiteError(1, "row 60 is odd") }
      }, down: "")
    do {
      try scratch.migrate(lineage(Self.base, fussy))
      Issue.record("did not fail")
    } catch let error as MigrationError {
      #expect(error.description.contains("backfill of 2 Fussy"))
      #expect(error.description.contains("row 60 is odd"))
      // The plan was committed, and one slice.
      #expect(error.code == "backfill-stopped")
      #expect(!error.untouched.contains("as it was"))
    }
    #expect(try scratch.value("SELECT count(*) FROM t WHERE b = 1", as: Int.self) == 10)
  }

  @Test(arguments: ["cancelled", "busy"]) func whatStopsABackfillSaysThatThePlanIsDone(_ cause: String) throws {
    let scratch = try Self.prepared()
    try scratch.execute("PRAGMA journal_mode = WAL")
    // Used by this thread alone.
    nonisolated(unsafe) let writer = try scratch.open()
    let isStopped = Atomic(false)
    var options = MigratorOptions(lockTimeout: 50, isCancelled: { isStopped.load(ordering: .relaxed) })
    options.defersBackfills = false
    let migrator = Migrator(lineage(Self.base, Self.fill), options: options) { event in
      guard case .backfilled(_, 2) = event else { return }
      if cause == "cancelled" { return isStopped.store(true, ordering: .relaxed) }
      try writer.execute("BEGIN IMMEDIATE")
    }
    let error = #expect(throws: MigrationError.self) { try migrator.migrate(scratch.open()) }
    guard case .backfillStopped(let entry, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(entry.id == 2)
    #expect(cause == "busy" ? reason.code == "busy" : reason == .cancelled)
    #expect(error?.message.hasPrefix("the plan is done, and the backfill of 2 Fill is not: ") == true)
    if cause == "busy" { try writer.execute("ROLLBACK") }
    #expect(try Self.filled(scratch) == 20)
    #expect(try scratch.migrate(lineage(Self.base, Self.fill)).unfinished == [])
    #expect(try Self.filled(scratch) == 95)
  }

  @Test func aLaterMigrationHasTheBackfillFinishedFirst() throws {
    let scratch = try Self.prepared()
    try scratch.migrate(lineage(Self.base, Self.fill), MigratorOptions(defersBackfills: true))
    let later = Change(3, up: "ALTER TABLE t DROP COLUMN a", down: .derived)
    try scratch.migrate(lineage(Self.base, Self.fill, later), MigratorOptions(defersBackfills: true))
    #expect(try scratch.value("SELECT count(*) FROM t WHERE b = 2 * id / 3", as: Int.self) == 95)
  }

  @Test func anUnfinishedBackfillCanBeUndone() throws {
    let scratch = try Self.prepared()
    try scratch.migrate(lineage(Self.base, Self.fill), MigratorOptions(defersBackfills: true))
    try Migrator(lineage(Self.base, Self.fill)).backfill(scratch.open(), slices: 2)
    try scratch.migrate(lineage(Self.base))
    #expect(try scratch.value("SELECT count(*) FROM t WHERE b IS NOT NULL", as: Int.self) == 0)
  }

  @Test func anothersBackfillsAreLeftAlone() throws {
    let scratch = try Self.prepared()
    try scratch.migrate(lineage(Self.base, Self.fill), MigratorOptions(defersBackfills: true))
    let other = Lineage(name: "other", migrations: [Self.base, Self.fill])
    #expect(MigrationError.code { _ = try Migrator(other).backfill(scratch.open()) } == "foreign")
    #expect(try scratch.value("SELECT count(*) FROM t WHERE b IS NOT NULL", as: Int.self) == 0)
  }

  @Test(arguments: ["text", "rowid", "real"])
  func keysOfEveryKindAreWalked(_ kind: String) throws {
    let scratch = try Scratch()
    let column = kind == "rowid" ? "a" : "k"
    let base = Change(
      1, up: "CREATE TABLE t(k \(kind == "real" ? "REAL" : "TEXT") UNIQUE NOT NULL, a)", down: "DROP TABLE t")
    try scratch.migrate(lineage(base))
    try scratch.execute(
      "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i < 50) SELECT i / 7.0, 0 FROM n"
    )
    let key = kind == "rowid" ? "rowid" : column
    let fill = Change(
      2, up: .batched(table: "t", key: key, size: 7, "UPDATE t SET a = a + 1 WHERE \(key) BETWEEN :first AND :last"),
      down: "")
    try scratch.migrate(lineage(base, fill))
    #expect(try scratch.value("SELECT count(*) FROM t WHERE a = 1", as: Int.self) == 50)
  }

  /// Rows without a key come first in an index, so that a slice of nothing else looked like the end.
  @Test(arguments: [1, 20]) func rowsWithoutAKeyAreRefusedAndNotPassedOver(_ count: Int) throws {
    let base = Change(1, up: "CREATE TABLE t(k TEXT UNIQUE, a, b)", down: "DROP TABLE t")
    let fill = Change(
      2, "Fill", up: .batched(table: "t", key: "k", size: 7, "UPDATE t SET b = a WHERE k BETWEEN :first AND :last"),
      down: "")
    let scratch = try Scratch()
    try scratch.migrate(lineage(base))
    let connection = try scratch.open()
    for row in 1...30 { try connection.run("INSERT INTO t VALUES(?, ?, NULL)", row > count ? "\(row)" : nil, row) }
    try connection.close()
    let before = try scratch.contents()
    let error = #expect(throws: MigrationError.self) { try scratch.migrate(lineage(base, fill)) }
    #expect(error?.message.contains("t has rows whose k is NULL") == true, "\(error?.message ?? "")")
    #expect(try scratch.contents() == before)
    // One that gets such rows while the backfill waits for its turn.
    try scratch.execute("DELETE FROM t WHERE k IS NULL")
    try scratch.migrate(lineage(base, fill), MigratorOptions(defersBackfills: true))
    try scratch.execute("INSERT INTO t VALUES(NULL, 1, NULL)")
    #expect(MigrationError.code { try scratch.migrate(lineage(base, fill)) } == "backfill-stopped")
    try scratch.execute("UPDATE t SET k = 'new' WHERE k IS NULL")
    #expect(try scratch.migrate(lineage(base, fill)).unfinished.isEmpty)
    #expect(try scratch.value("SELECT count(*) FROM t WHERE b IS NOT a", as: Int.self) == 0)
  }
}
