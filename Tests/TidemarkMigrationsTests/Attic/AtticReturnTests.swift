// Down and up again with the attic: what the older build did not touch is exactly as the newer one left it.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct AtticReturnTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var before: String
    var up: Upgrade
    var down: Downgrade
    var rows = ""
    /// What the newer build does.
    var newer: String
    var testDescription: String { name }
  }

  static let jobs = "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL)"
  static let three = "INSERT INTO jobs VALUES (1, 'a'), (2, 'b'), (7, 'c')"

  static let cases = [
    Case(
      name: "a column", before: jobs, up: "ALTER TABLE jobs ADD COLUMN tier TEXT DEFAULT 'low'",
      down: "ALTER TABLE jobs DROP COLUMN tier", rows: three,
      newer: "UPDATE jobs SET tier = 'high' WHERE id = 2; INSERT INTO jobs VALUES (9, 'd', x'00')"),
    Case(
      name: "a column whose values are not of its type", before: jobs, up: "ALTER TABLE jobs ADD COLUMN n INTEGER",
      down: "ALTER TABLE jobs DROP COLUMN n", rows: three,
      newer: """
        UPDATE jobs SET n = 'text' WHERE id = 1; UPDATE jobs SET n = x'31' WHERE id = 2;
        UPDATE jobs SET n = 1.5 WHERE id = 7; INSERT INTO jobs VALUES (8, 'd', NULL), (9, 'e', 9223372036854775807)
        """),
    Case(
      name: "a column that the upgrade fills", before: jobs,
      up: "ALTER TABLE jobs ADD COLUMN shout TEXT; UPDATE jobs SET shout = upper(name)",
      down: "ALTER TABLE jobs DROP COLUMN shout", rows: three, newer: "UPDATE jobs SET shout = 'own' WHERE id = 1"),
    Case(
      name: "a column that is changed, and only called as before again", before: jobs,
      up: "ALTER TABLE jobs RENAME COLUMN name TO title; UPDATE jobs SET title = upper(title)",
      down: "ALTER TABLE jobs RENAME COLUMN title TO name", rows: three,
      newer: "UPDATE jobs SET title = 'own' WHERE id = 1"),
    Case(
      name: "a column that has another name in a table that is made anew", before: jobs,
      up: """
        CREATE TABLE n(id INTEGER PRIMARY KEY, title TEXT NOT NULL); INSERT INTO n(id, title) SELECT id, name FROM jobs;
        DROP TABLE jobs; ALTER TABLE n RENAME TO jobs
        """, down: .derived, rows: three, newer: "UPDATE jobs SET title = 'own' WHERE id = 1"),
    Case(
      name: "unique values that change places", before: jobs,
      up: "ALTER TABLE jobs ADD COLUMN slug TEXT; UPDATE jobs SET slug = name; CREATE UNIQUE INDEX slugs ON jobs(slug)",
      down: "DROP INDEX slugs; ALTER TABLE jobs DROP COLUMN slug", rows: three,
      newer:
        "UPDATE jobs SET slug = NULL; UPDATE jobs SET slug = 'b' WHERE id = 1; UPDATE jobs SET slug = 'a' WHERE id = 2"),
    Case(
      name: "a table", before: jobs,
      up: "CREATE TABLE notes(id INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER REFERENCES jobs(id), words)",
      down: "DROP TABLE notes", rows: three,
      newer: "INSERT INTO notes(job, words) VALUES (1, 'x'), (2, x'ff'), (NULL, 1.0); DELETE FROM notes WHERE id = 3"),
    Case(
      name: "a table without a key, with gaps", before: jobs, up: "CREATE TABLE log(a, b)", down: "DROP TABLE log",
      newer: "INSERT INTO log(rowid, a, b) VALUES (3, 1, 1), (-9, 1, 1), (12, NULL, 'z')"),
    Case(
      name: "a table by a composite key", before: jobs,
      up: "CREATE TABLE pairs(b TEXT, a ANY, v ANY, PRIMARY KEY(a, b)) STRICT, WITHOUT ROWID", down: "DROP TABLE pairs",
      newer: "INSERT INTO pairs VALUES ('x', 1, 1.0), ('x', '1', '1'), ('y', x'31', NULL)"),
    Case(
      name: "a table with generated columns", before: jobs,
      up: """
        CREATE TABLE boxes(id INTEGER PRIMARY KEY, w, h, area AS (w * h) STORED, half AS (w / 2), UNIQUE(area))
        """, down: "DROP TABLE boxes", newer: "INSERT INTO boxes(id, w, h) VALUES (4, 2, 3), (5, 7, 8)"),
    Case(
      name: "keys that are NULL", before: jobs, up: "CREATE TABLE odd(k TEXT PRIMARY KEY, v)", down: "DROP TABLE odd",
      newer: "INSERT INTO odd(rowid, k, v) VALUES (5, NULL, 1), (6, NULL, 2), (9, 'k', 3)"),
    Case(
      name: "seeded rows that the newer build changed", before: jobs,
      up: "CREATE TABLE roles(name TEXT PRIMARY KEY, cpu); INSERT INTO roles VALUES ('www', 1), ('db', 2), ('gone', 3)",
      down: "DROP TABLE roles",
      newer: "DELETE FROM roles WHERE name = 'gone'; UPDATE roles SET cpu = 9 WHERE name = 'db'"),
    Case(
      name: "rows made of another table's", before: jobs,
      up: "CREATE TABLE sums(name TEXT PRIMARY KEY, n); INSERT INTO sums SELECT name, count(*) FROM jobs GROUP BY name",
      down: "DROP TABLE sums", rows: three,
      newer: "UPDATE sums SET n = 77 WHERE name = 'a'; DELETE FROM sums WHERE name = 'b'"),
    Case(
      name: "rows folded into another table", before: "CREATE TABLE tasks(id INTEGER PRIMARY KEY, s, began, ended)",
      up: """
        CREATE TABLE events(id INTEGER PRIMARY KEY, task INTEGER NOT NULL REFERENCES tasks(id), at, what, detail);
        INSERT INTO events(task, at, what) SELECT id, began, 'began' FROM tasks WHERE began IS NOT NULL;
        INSERT INTO events(task, at, what) SELECT id, ended, 'ended' FROM tasks WHERE ended IS NOT NULL;
        ALTER TABLE tasks DROP COLUMN ended; ALTER TABLE tasks DROP COLUMN began;
        """,
      down: """
        ALTER TABLE tasks ADD COLUMN began; ALTER TABLE tasks ADD COLUMN ended;
        UPDATE tasks SET began = (SELECT min(at) FROM events WHERE task = tasks.id AND what = 'began'),
          ended = (SELECT max(at) FROM events WHERE task = tasks.id AND what = 'ended');
        DROP TABLE events;
        """, rows: "INSERT INTO tasks VALUES (1, 'x', 5, 6), (2, 'y', 7, NULL)",
      newer: """
        INSERT INTO events(task, at, what, detail) VALUES (1, 5, 'pending', 'slow'), (1, 6, 'ended', 'twice'), (2, 8, 'lost', NULL)
        """),
    Case(
      name: "a rebuild by an integer key", before: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT UNIQUE, n)",
      up: """
        CREATE TABLE jobs_new(id INTEGER PRIMARY KEY, name TEXT, n, UNIQUE(name, n));
        INSERT INTO jobs_new(id, name, n) SELECT id, name, n FROM jobs; DROP TABLE jobs;
        ALTER TABLE jobs_new RENAME TO jobs;
        """,
      down: """
        CREATE TABLE jobs_old(id INTEGER PRIMARY KEY, name TEXT UNIQUE, n);
        INSERT INTO jobs_old(id, name, n) SELECT id, name || '~' || id, n FROM jobs; DROP TABLE jobs;
        ALTER TABLE jobs_old RENAME TO jobs;
        """, rows: "INSERT INTO jobs VALUES (1, 'a', 1)",
      newer: "INSERT INTO jobs VALUES (2, 'a', 2), (3, 'a', 3), (9, NULL, x'01')"),
    Case(
      name: "a rebuild that loses rowids", before: "CREATE TABLE log(a, b)",
      up:
        "CREATE TABLE l2(a, b, c); INSERT INTO l2(a, b) SELECT a, b FROM log; DROP TABLE log; ALTER TABLE l2 RENAME TO log",
      down:
        "CREATE TABLE l1(a, b); INSERT INTO l1 (a, b) SELECT a, b FROM log; DROP TABLE log; ALTER TABLE l1 RENAME TO log",
      newer: "INSERT INTO log(rowid, a, b, c) VALUES (5, 1, 2, 3), (9, 1, 3, 4), (-3, NULL, NULL, NULL)"),
    Case(
      name: "a renamed column beside a dropped one", before: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, cron TEXT)",
      up: "ALTER TABLE jobs RENAME COLUMN cron TO schedule; ALTER TABLE jobs ADD COLUMN zone",
      down: "ALTER TABLE jobs DROP COLUMN zone; ALTER TABLE jobs RENAME COLUMN schedule TO cron",
      rows: "INSERT INTO jobs VALUES (1, '* *'), (2, NULL)",
      newer: "UPDATE jobs SET zone = 'UTC', schedule = 'x' WHERE id = 1"),
    Case(
      name: "a renamed table", before: "CREATE TABLE a(id INTEGER PRIMARY KEY, v)",
      up: "ALTER TABLE a RENAME TO b; ALTER TABLE b ADD COLUMN w",
      down: "ALTER TABLE b DROP COLUMN w; ALTER TABLE b RENAME TO a",
      rows: "INSERT INTO a VALUES (1, 2)", newer: "UPDATE b SET w = 4; INSERT INTO b VALUES (3, 4, 5)"),
    Case(
      name: "an upgrade that writes over what the downgrade leaves", before: jobs,
      up: "UPDATE jobs SET name = trim(name)", down: "SELECT 1", rows: three,
      newer: "UPDATE jobs SET name = '  as it is ' WHERE id = 1"),
    Case(
      name: "a narrowed table whose other columns the upgrade writes", before: jobs,
      up: "ALTER TABLE jobs ADD COLUMN c; UPDATE jobs SET name = upper(name), c = name",
      down: "ALTER TABLE jobs DROP COLUMN c",
      rows: three,
      newer: "UPDATE jobs SET name = 'low', c = 'x' WHERE id = 1; INSERT INTO jobs VALUES (20, 'low', NULL)"),
    Case(
      name: "values that the downgrade changes", before: jobs, up: "UPDATE jobs SET name = 'v2:' || name",
      down: "UPDATE jobs SET name = substr(name, 4)", rows: three,
      newer: "UPDATE jobs SET name = 'plain' WHERE id = 1; DELETE FROM jobs WHERE id = 2"),
    Case(
      name: "rows that the downgrade deletes", before: "CREATE TABLE quotas(role TEXT PRIMARY KEY, n) WITHOUT ROWID",
      up: "INSERT INTO quotas VALUES ('ops', 1) ON CONFLICT DO NOTHING", down: "DELETE FROM quotas WHERE role = 'ops'",
      rows: "INSERT INTO quotas VALUES ('www', 2)",
      newer: "UPDATE quotas SET n = 5; INSERT INTO quotas VALUES ('db', 3)"),
    Case(
      name: "rows that the newer build deleted and the upgrade makes again",
      before: "CREATE TABLE quotas(role TEXT PRIMARY KEY, n) WITHOUT ROWID", up: "INSERT INTO quotas VALUES ('ops', 1)",
      down: "DELETE FROM quotas WHERE role = 'ops'", newer: "DELETE FROM quotas"),
    Case(
      name: "full text", before: jobs, up: "CREATE VIRTUAL TABLE words USING fts5(title, body)",
      down: "DROP TABLE words",
      newer: "INSERT INTO words(rowid, title, body) VALUES (5, 'tide', 'high water'), (2, 'ebb', NULL)"),
    Case(
      name: "boxes in a tree", before: jobs, up: "CREATE VIRTUAL TABLE tree USING rtree(id, x0, x1)",
      down: "DROP TABLE tree",
      newer: "INSERT INTO tree VALUES (4, 0.1, 0.3), (9, -5, 5)"),
    Case(
      name: "letters of either case are two keys", before: "CREATE TABLE k(name TEXT PRIMARY KEY COLLATE NOCASE, v)",
      up: "ALTER TABLE k ADD COLUMN w", down: "ALTER TABLE k DROP COLUMN w",
      rows: "INSERT INTO k VALUES ('A', 1), ('b', 2)",
      newer: "UPDATE k SET w = name"),
    Case(
      name: "a foreign key to itself", before: jobs,
      up: "CREATE TABLE nodes(id INTEGER PRIMARY KEY, up REFERENCES nodes(id))",
      down: "DROP TABLE nodes", newer: "INSERT INTO nodes VALUES (1, 5), (5, 9), (9, NULL)"),
    Case(
      name: "tables that refer to each other", before: jobs,
      up: """
        CREATE TABLE l(id INTEGER PRIMARY KEY, r REFERENCES r(id)); CREATE TABLE r(id INTEGER PRIMARY KEY, l REFERENCES l(id))
        """, down: "DROP TABLE l; DROP TABLE r", newer: "INSERT INTO l VALUES (1, 2); INSERT INTO r VALUES (2, 1)"),
    Case(
      name: "more columns than a function takes", before: jobs,
      up: Upgrade("CREATE TABLE wide(\((0..<300).map { "c\($0)" }.joined(separator: ", ")))"), down: "DROP TABLE wide",
      newer: "INSERT INTO wide(c0, c150, c299) VALUES (1, 2, 3)"),
    Case(
      name: "a backfill", before: jobs,
      up: [
        "ALTER TABLE jobs ADD COLUMN c",
        .batched(table: "jobs", key: "id", size: 2, "UPDATE jobs SET c = name WHERE id BETWEEN :first AND :last"),
      ], down: "ALTER TABLE jobs DROP COLUMN c", rows: three, newer: "UPDATE jobs SET c = 'own' WHERE id = 2"),
    Case(
      name: "code", before: jobs,
      up: [
        "ALTER TABLE jobs ADD COLUMN c",
        .run { connection in
          for row in try connection.rows("SELECT id FROM jobs") {
            try connection.run("UPDATE jobs SET c = 1 WHERE id = ?", row[0])
          }
        },
      ], down: "ALTER TABLE jobs DROP COLUMN c", rows: three, newer: "UPDATE jobs SET c = 'own' WHERE id = 2"),
  ]

  @Test(arguments: cases)
  func whatNobodyTouchedIsAsItWas(_ example: Case) throws {
    let tides = try Tides(example.before, up: example.up, down: example.down, rows: example.rows)
    try tides.execute(example.newer)
    let before = try DatabaseContents(of: tides.scratch.open())
    try tides.down()
    let report = try tides.up()
    let after = try DatabaseContents(of: tides.scratch.open())
    #expect(after.differences(from: before).map(\.description) == [])
    #expect(report.attic.allSatisfy { $0.conflicts + $0.orphaned + $0.deleted + $0.alike == 0 }, "\(report.attic)")
    #expect(report.notes.filter { $0.contains("attic") } == [])
    #expect(try !tides.hasAttic())
    // And once more.
    try tides.down()
    try tides.up()
    #expect(try DatabaseContents(of: tides.scratch.open()).differences(from: before).map(\.description) == [])
  }
}
