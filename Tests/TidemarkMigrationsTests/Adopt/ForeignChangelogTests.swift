// What other migration tools leave in a database, in the shape that each of them makes, is read and said, and helps where
// the schema alone does not tell. What they left half done refuses.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct ForeignChangelogTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var tool: ForeignChangelog.Tool
    /// Its tables as it makes them, and rows of migrations 1 to 3.
    var sql: String
    var words: String
    var versions: [String]
    /// Whether its versions can be put down to the lineage's migrations.
    var decides = true
    var testDescription: String { tool.rawValue }
  }

  static let sqitch = """
    CREATE TABLE releases (
        version FLOAT PRIMARY KEY, installed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        installer_name TEXT NOT NULL, installer_email TEXT NOT NULL);
    CREATE TABLE projects (
        project TEXT PRIMARY KEY, uri TEXT NULL UNIQUE, created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        creator_name TEXT NOT NULL, creator_email TEXT NOT NULL);
    CREATE TABLE changes (
        change_id TEXT PRIMARY KEY, script_hash TEXT NULL, change TEXT NOT NULL,
        project TEXT NOT NULL REFERENCES projects(project) ON UPDATE CASCADE, note TEXT NOT NULL DEFAULT '',
        committed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, committer_name TEXT NOT NULL,
        committer_email TEXT NOT NULL, planned_at DATETIME NOT NULL, planner_name TEXT NOT NULL,
        planner_email TEXT NOT NULL, UNIQUE(project, script_hash));
    CREATE TABLE tags (
        tag_id TEXT PRIMARY KEY, tag TEXT NOT NULL, project TEXT NOT NULL REFERENCES projects(project) ON UPDATE CASCADE,
        change_id TEXT NOT NULL REFERENCES changes(change_id) ON UPDATE CASCADE, note TEXT NOT NULL DEFAULT '');
    CREATE TABLE dependencies (
        change_id TEXT NOT NULL REFERENCES changes(change_id) ON UPDATE CASCADE ON DELETE CASCADE,
        type TEXT NOT NULL, dependency TEXT NOT NULL, dependency_id TEXT NULL, PRIMARY KEY (change_id, dependency));
    CREATE TABLE events (
        event TEXT NOT NULL CHECK (event IN ('deploy', 'revert', 'fail', 'merge')), change_id TEXT NOT NULL,
        change TEXT NOT NULL, project TEXT NOT NULL, committed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (change_id, committed_at));
    INSERT INTO projects VALUES ('shop', NULL, '2026-01-01', 'a', 'a@b');
    INSERT INTO changes(change_id, change, project, committed_at, committer_name, committer_email, planned_at,
        planner_name, planner_email)
      VALUES ('c1', 'jobs', 'shop', '2026-01-01', 'a', 'a@b', '2026-01-01', 'a', 'a@b'),
        ('c3', 'fill', 'shop', '2026-01-03', 'a', 'a@b', '2026-01-01', 'a', 'a@b'),
        ('c2', 'tier', 'shop', '2026-01-02', 'a', 'a@b', '2026-01-01', 'a', 'a@b');
    """

  static let cases = [
    Case(
      tool: .grdb,
      sql: """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('Jobs'), ('Tier'), ('Fill');
        """,
      words: "GRDB (grdb_migrations): 3 applied, the last is Fill", versions: ["Jobs", "Tier", "Fill"]),
    Case(
      tool: .rails,
      sql: """
        CREATE TABLE "schema_migrations" ("version" varchar NOT NULL PRIMARY KEY);
        CREATE TABLE "ar_internal_metadata" ("key" varchar NOT NULL PRIMARY KEY, "value" varchar,
          "created_at" datetime(6) NOT NULL, "updated_at" datetime(6) NOT NULL);
        INSERT INTO schema_migrations VALUES ('3'), ('1'), ('2');
        """,
      words: "Rails (schema_migrations, ar_internal_metadata): 3 applied, the last is 3", versions: ["1", "2", "3"]),
    Case(
      tool: .golangMigrate,
      sql: """
        CREATE TABLE schema_migrations (version uint64,dirty bool);
        CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
        INSERT INTO schema_migrations VALUES (3, false);
        """,
      words: "golang-migrate (schema_migrations): at 3", versions: ["3"]),
    Case(
      tool: .goose,
      sql: """
        CREATE TABLE goose_db_version (
          id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
          tstamp TIMESTAMP DEFAULT (datetime('now')));
        INSERT INTO goose_db_version(version_id, is_applied)
          VALUES (0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (4, 0);
        """,
      words: "goose (goose_db_version): 3 applied, the last is 3", versions: ["1", "2", "3"]),
    Case(
      tool: .sqlx,
      sql: """
        CREATE TABLE _sqlx_migrations (
          version BIGINT PRIMARY KEY, description TEXT NOT NULL,
          installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
          execution_time BIGINT NOT NULL);
        INSERT INTO _sqlx_migrations(version, description, success, checksum, execution_time)
          VALUES (1, 'jobs', 1, x'01', 5), (2, 'tier', 1, x'02', 5), (3, 'fill', 1, x'03', 5);
        """,
      words: "sqlx (_sqlx_migrations): 3 applied, the last is 3", versions: ["1", "2", "3"]),
    Case(
      tool: .alembic,
      sql: """
        CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,
          CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
        INSERT INTO alembic_version VALUES ('1975ea83b712');
        """,
      words: "Alembic (alembic_version): at 1975ea83b712", versions: ["1975ea83b712"], decides: false),
    Case(
      tool: .django,
      sql: """
        CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
          "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
        INSERT INTO django_migrations(app, name, applied) VALUES
          ('shop', '0001_jobs', ''), ('shop', '0002_tier', ''), ('shop', '0003_fill', '');
        """,
      words: "Django (django_migrations): 3 applied, the last is shop.0003_fill",
      versions: ["shop.0001_jobs", "shop.0002_tier", "shop.0003_fill"]),
    Case(
      tool: .flyway,
      sql: """
        CREATE TABLE "flyway_schema_history" (
          "installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL,
          "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INT,
          "installed_by" VARCHAR(100) NOT NULL,
          "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
          "execution_time" INT NOT NULL, "success" BOOLEAN NOT NULL);
        CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
        INSERT INTO flyway_schema_history(installed_rank, version, description, type, script, installed_by,
            execution_time, success)
          VALUES (1, '1', 'jobs', 'SQL', 'V1__jobs.sql', 'a', 1, 1), (2, '2', 'tier', 'SQL', 'V2__tier.sql', 'a', 1, 1),
            (3, '3', 'fill', 'SQL', 'V3__fill.sql', 'a', 1, 1), (4, '4', 'runs', 'SQL', 'V4__runs.sql', 'a', 1, 1),
            (5, NULL, 'views', 'SQL', 'R__views.sql', 'a', 1, 1),
            (6, '4', 'runs', 'UNDO_SQL', 'U4__runs.sql', 'a', 1, 1);
        """,
      words: "Flyway (flyway_schema_history): 3 applied, the last is 3", versions: ["1", "2", "3"]),
    Case(
      tool: .myBatis,
      sql: """
        CREATE TABLE CHANGELOG (ID NUMERIC(20,0) NOT NULL PRIMARY KEY, APPLIED_AT VARCHAR(25) NOT NULL,
          DESCRIPTION VARCHAR(255) NOT NULL);
        INSERT INTO CHANGELOG VALUES (1, '', 'jobs'), (2, '', 'tier'), (3, '', 'fill');
        """,
      words: "MyBatis Migrations (CHANGELOG): 3 applied, the last is 3", versions: ["1", "2", "3"]),
    Case(
      tool: .sqitch, sql: sqitch,
      words:
        "Sqitch (changes, projects, events, tags, dependencies, releases): 3 applied, the last is shop.fill",
      versions: ["shop.jobs", "shop.tier", "shop.fill"]),
  ]

  @Test func everyToolHasItsCase() { #expect(Set(Self.cases.map(\.tool)) == Set(ForeignChangelog.Tool.allCases)) }

  /// The schema is that of 2 and of 3.
  @Test(arguments: cases) func itsRecordIsReadAndDecidesWhereTheSchemaDoesNot(_ example: Case) throws {
    let scratch = try AdoptTests.made(through: 2)
    try scratch.execute(example.sql)
    let before = try scratch.value("SELECT group_concat(sql, ';') FROM sqlite_schema", as: String.self)
    guard example.decides else {
      #expect(MigrationError.code { try AdoptTests.adopt(scratch) } == "ambiguous-place")
      #expect(try AdoptTests.adopt(scratch, at: 3, isDry: true).others.map(\.words) == [example.words])
      return
    }
    let adoption = try AdoptTests.adopt(scratch)
    #expect(adoption.at == 3)
    #expect(adoption.others.map(\.tool) == [example.tool])
    #expect(adoption.others.map(\.words) == [example.words])
    #expect(adoption.others.map(\.versions) == [example.versions])
    for table in adoption.others.flatMap(\.tables) { #expect(adoption.drift.contains("table \(table)")) }
    let after: String? = try scratch.value(
      "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE name NOT LIKE 'tidemark%'")
    #expect(after == before)
    // It stays out of the way of what follows.
    #expect(try scratch.migrate(AdoptTests.build()).applied == [4, 5, 6])
    let history = try ChangelogTables(scratch.open()).history().last
    #expect(history?.detail == "adopted at 3 Fill; \(example.words)")
  }

  @Test(arguments: [
    (ForeignChangelog.Tool.golangMigrate, "UPDATE schema_migrations SET dirty = 1", "3 is marked dirty"),
    (.sqlx, "UPDATE _sqlx_migrations SET success = 0 WHERE version = 3", "3 has success = 0"),
    (.flyway, "UPDATE flyway_schema_history SET success = 0 WHERE installed_rank = 3", "3 has success = 0"),
  ])
  func whatItLeftHalfDoneRefuses(_ tool: ForeignChangelog.Tool, _ sql: String, _ words: String) throws {
    let example = try #require(Self.cases.first { $0.tool == tool })
    let scratch = try AdoptTests.made(through: 2)
    try scratch.execute(example.sql + sql)
    let before = try scratch.bytes()
    for id in [nil, 3 as MigrationID?] {
      let error = #expect(throws: MigrationError.self) { try AdoptTests.adopt(scratch, at: id) }
      #expect(error?.code == "half-applied" && error?.isRefusal == true)
      #expect(error?.message.contains("\(tool.rawValue)'s record") == true)
      #expect(error?.message.contains(words) == true)
    }
    #expect(try scratch.bytes() == before)
  }

  @Test(arguments: cases) func whatWasReadIsSaidWhereItDoesNotHelp(_ example: Case) throws {
    let scratch = try AdoptTests.made(through: 2)
    try scratch.execute(example.sql + "CREATE TABLE stray(a); DROP TABLE jobs;")
    let error = #expect(throws: MigrationError.self) { try AdoptTests.adopt(scratch) }
    #expect(error?.code == "not-placed")
    #expect(error?.message.hasSuffix("\nread in it: \(example.words)") == true, "\(error?.message ?? "")")
  }

  @Test func theSchemaDecidesAgainstARecordAndItIsSaid() throws {
    let scratch = try AdoptTests.made(through: 4)
    try scratch.execute(Self.cases[1].sql)
    let adoption = try AdoptTests.adopt(scratch)
    #expect(adoption.at == 4)
    #expect(adoption.notes == ["Rails's record speaks of 3; the schema decides"])
  }

  @Test(arguments: [
    "CREATE TABLE changelog(id, applied_at, description, more)", "CREATE TABLE changes(change_id, what)",
    "CREATE TABLE schema_migrations(version, created_at)",
  ])
  func aTableThatOnlyBearsTheNameIsNoRecord(_ sql: String) throws {
    let scratch = try AdoptTests.made(through: 4)
    try scratch.execute(sql)
    #expect(try AdoptTests.adopt(scratch).others.isEmpty)
  }

  @Test func aRecordIsNotTrustedToBeSmall() throws {
    let scratch = try AdoptTests.made(through: 4)
    try scratch.execute(
      "CREATE TABLE alembic_version(version_num); INSERT INTO alembic_version VALUES (printf('%.1000000c', 'x'))")
    #expect(try AdoptTests.adopt(scratch, isDry: true).others.first?.versions.map(\.count) == [300])
    try scratch.execute(
      """
      INSERT INTO alembic_version WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001) SELECT i FROM n
      """)
    #expect(MigrationError.code { try AdoptTests.adopt(scratch) } == "damaged-changelog")
  }

  @Test func aTableOfTheLineageIsItsOwnWhateverItsName() throws {
    let step = Change(1, "Log", up: "CREATE TABLE changelog(id, applied_at, description)", down: .derived)
    let scratch = try Scratch()
    try scratch.execute("CREATE TABLE changelog(id, applied_at, description)")
    let adoption = try AdoptTests.adopt(scratch, lineage(step))
    #expect(adoption.at == 1 && adoption.others.isEmpty && adoption.drift.isEmpty)
  }

  @Test func aTableWithoutTheRestIsNoDatabaseToAdopt() throws {
    let scratch = try Scratch()
    try scratch.execute(Self.cases[0].sql)
    let error = #expect(throws: MigrationError.self) { try AdoptTests.adopt(scratch) }
    #expect(error?.code == "nothing-to-adopt" && error?.message.contains("GRDB (grdb_migrations)") == true)
  }
}
