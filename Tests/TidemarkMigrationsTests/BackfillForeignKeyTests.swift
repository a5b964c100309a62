// Foreign keys in a backfill: each slice is held against them by itself, and pays for what it wrote alone.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct BackfillForeignKeyTests {
  static func fill(_ sql: String, of table: String = "c") -> Change {
    Change(2, "Fill", up: .batched(table: table, key: "id", size: 1, sql), down: "")
  }

  @Test(arguments: [
    "UPDATE c SET p = 99 WHERE id BETWEEN :first AND :last AND id = 2",
    "DELETE FROM p WHERE id BETWEEN :first AND :last AND id = 2",
    "UPDATE p SET id = 50 WHERE id BETWEEN :first AND :last AND id = 2",
  ]) func aSliceThatLeavesRowsWithoutTheirsIsUndone(_ sql: String) throws {
    let scratch = try ForeignKeyTests.prepared()
    do {
      try scratch.migrate(lineage(ForeignKeyTests.family, Self.fill(sql)))
      Issue.record("it was not refused")
    } catch let error as MigrationError {
      #expect(error.code == "backfill-stopped")
      #expect(error.message.contains("of c refers to a missing row of p"), "\(error.message)")
    }
    #expect(
      try scratch.value("SELECT count(*) FROM c JOIN p ON c.p = p.id", as: Int.self) == 2)
    #expect(
      try scratch.value("SELECT batch LIKE '%\"slices\":1%' FROM tidemark_changelog WHERE id = 2", as: Int.self) == 1)
  }

  @Test func oldOrphansAreInNoBackfillsWay() throws {
    let scratch = try ForeignKeyTests.prepared()
    let sql = "UPDATE c SET p = 1 WHERE id BETWEEN :first AND :last AND id <= 2"
    #expect(try scratch.migrate(lineage(ForeignKeyTests.family, Self.fill(sql))).unfinished.isEmpty)
    #expect(try scratch.value("SELECT count(*) FROM c WHERE p = 1", as: Int.self) == 2)
  }

  /// What takes rows away that were in the way of others, without a word to the authorizer.
  @Test(arguments: [
    ("", "UPDATE OR REPLACE p SET name = lower(name) WHERE id BETWEEN :first AND :last"),
    (" ON CONFLICT REPLACE", "UPDATE p SET name = lower(name) WHERE id BETWEEN :first AND :last"),
    ("", "INSERT OR REPLACE INTO p SELECT id + 10, lower(name) FROM p WHERE id BETWEEN :first AND :last"),
    ("", "REPLACE INTO p SELECT id + 10, 'b' FROM p WHERE id BETWEEN :first AND :last"),
  ]) func aSliceThatReplacesAParentIsUndone(_ clause: String, _ sql: String) throws {
    let family = Change(
      1, "Family",
      up: """
        CREATE TABLE p(id INTEGER PRIMARY KEY, name TEXT UNIQUE\(clause));
        CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id));
        """, down: "DROP TABLE c; DROP TABLE p")
    let scratch = try Scratch()
    try scratch.migrate(lineage(family))
    try scratch.execute("INSERT INTO p VALUES(1, 'B'), (2, 'b'); INSERT INTO c VALUES(1, 1), (2, 2)")
    let error = MigrationError.code { try scratch.migrate(lineage(family, Self.fill(sql, of: "p"))) }
    #expect(error == "backfill-stopped")
    #expect(try scratch.value("SELECT count(*) FROM c JOIN p ON c.p = p.id", as: Int.self) == 2)
  }

  /// Operations of SQLite's machine that a backfill takes, on a connection that counts them.
  private static func work(_ scratch: Scratch, _ build: Lineage) throws -> Int {
    let connection = try scratch.open()
    try Migrator(build, options: MigratorOptions(defersBackfills: true)).migrate(connection)
    var count = 0
    connection.setProgressHandler(every: 100) {
      count += 100
      return true
    }
    #expect(try Migrator(build).backfill(connection).isEmpty)
    connection.setProgressHandler(every: 0, nil)
    return count
  }

  /// Ten times the rows in ten times the slices are ten times the work, and not a hundred times.
  @Test func aSliceThatSetsAForeignKeyLooksAtItsOwnRows() throws {
    let fill = Change(
      2, "Fill", up: .batched(table: "c", key: "id", size: 10, "UPDATE c SET p = 2 WHERE id BETWEEN :first AND :last"),
      down: "")
    let work = try [300, 3_000].map { count in
      let scratch = try ForeignKeyTests.prepared(
        """
        INSERT INTO p VALUES(1, 'a'), (2, 'b');
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count)) INSERT INTO c SELECT i, 1 FROM n
        """)
      return try Self.work(scratch, lineage(ForeignKeyTests.family, fill))
    }
    #expect(work[1] < work[0] * 20, "\(work)")
  }

  /// The changelog is looked at whole at the start, and not for each slice.
  @Test func aSliceCostsTheSameUnderALongChangelog() throws {
    let work = try [2, 150].map { count in
      let scratch = try BackfillTests.prepared(rows: 600)
      let fill = Change(
        1_000,
        up: .batched(table: "t", key: "id", size: 10, "UPDATE t SET b = a * 2 WHERE id BETWEEN :first AND :last"),
        down: "")
      let others = (2...(1 + Int64(count))).map { table(MigrationID($0)) as any Migration }
      let build = Lineage(name: "test", migrations: [BackfillTests.base] + others + [fill])
      return try Self.work(scratch, build)
    }
    #expect(work[1] < work[0] * 3, "\(work)")
  }

  @Test func rowsOutOfTheSliceAreLookedAtToo() throws {
    let scratch = try ForeignKeyTests.prepared(
      "INSERT INTO p VALUES(1, 'a'); INSERT INTO c VALUES(1, 1), (2, 1), (3, 1)")
    // It walks rows 1, 2, 3 and breaks another one than it is at.
    for sql in [
      "UPDATE c SET p = 99 WHERE id = 3 AND :first = 1",
      "UPDATE c SET p = 99 WHERE id NOT BETWEEN :first AND :last",
      "UPDATE c SET p = 99 WHERE NOT id BETWEEN :first AND :last",
      "UPDATE c SET p = 99 WHERE id BETWEEN :first AND :last OR id = 3",
      "UPDATE c SET p = 99 WHERE id = (SELECT max(id) FROM c WHERE 3 NOT IN (SELECT id FROM c WHERE id BETWEEN :first AND :last))",
      "UPDATE c SET p = CASE WHEN id > 2 AND id BETWEEN :first AND :last + 2 THEN 99 ELSE p END WHERE id >= :first",
      "UPDATE c SET id = id + 10, p = 99 WHERE id BETWEEN :first AND :last",
      "INSERT INTO c SELECT id + 100, 99 FROM c WHERE id BETWEEN :first AND :last",
      "UPDATE c SET p = 99 WHERE id BETWEEN :first AND :last; UPDATE c SET p = 1 WHERE id BETWEEN :first AND :last; UPDATE c SET p = 99 WHERE id = 3",
    ] {
      let build = lineage(ForeignKeyTests.family, Self.fill(sql))
      #expect(MigrationError.code { try scratch.migrate(build) } == "backfill-stopped", "\(sql)")
      #expect(try scratch.value("SELECT count(*) FROM c JOIN p ON c.p = p.id", as: Int.self) == 3)
      try scratch.migrate(lineage(ForeignKeyTests.family))
    }
  }
}
