// What ANALYZE found out stays, also where a table has to be dropped to be made anew.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct PlannerStatisticsTests {
  private static let old = """
    CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b, CHECK (t.a <> 'z'));
    CREATE INDEX by_b ON t(b); CREATE INDEX part ON t(a) WHERE t.b > 1;
    """
  private static let new = """
    CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b, CHECK (t.a <> 'y'));
    CREATE INDEX by_b ON t(b, a); CREATE INDEX part ON t(a) WHERE t.b > 1;
    """

  private func database() throws -> Connection {
    let database = try Connection.inMemory()
    try database.execute(Self.old)
    try database.execute("INSERT INTO t VALUES (1, 'a', 5), (2, 'b', 5), (3, 'c', 6); ANALYZE")
    return database
  }

  private func known(_ database: Connection) throws -> [String] {
    try database.rows("SELECT idx || ' ' || stat FROM sqlite_stat1 ORDER BY 1").map { try $0.get(0) }
  }

  @Test func anAlterationThatCopiesKeepsThemButOfIndexesThatAreOthers() throws {
    let database = try database()
    #expect(try known(database) == ["by_b 3 2", "part 3 1", "sqlite_autoindex_t_1 3 1"])
    try Alterer(to: try Schema.make(running: Self.new)).alter(database)
    #expect(try known(database) == ["part 3 1", "sqlite_autoindex_t_1 3 1"])
  }

  @Test func aDatabaseThatWasNeverAnalysedIsNotGivenAny() throws {
    let database = try Connection.inMemory()
    try database.execute(Self.old)
    try Alterer(to: try Schema.make(running: Self.new)).alter(database)
    #expect(
      try database.value("SELECT count(*) FROM sqlite_master WHERE name LIKE 'sqlite_stat%'", as: Int64.self) == 0)
  }

  struct V001_Make: Migration {
    var upgrade: Upgrade { Upgrade(stringLiteral: PlannerStatisticsTests.old) }
    var downgrade: Downgrade { .derived }
  }
  /// Copies by hand, as authors do.
  struct V002_Anew: Migration {
    var upgrade: Upgrade {
      """
      CREATE TABLE t2(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b, CHECK (a <> 'y'));
      INSERT INTO t2(id, a, b) SELECT id, a, b FROM t;
      DROP TABLE t; ALTER TABLE t2 RENAME TO t; CREATE INDEX by_b ON t(b);
      """
    }
    var downgrade: Downgrade { .derived }
  }

  @Test func aMigrationThatCopiesKeepsThemBothWays() throws {
    let database = try Connection.inMemory()
    let both = Lineage(name: "both", migrations: [V001_Make(), V002_Anew()])
    let one = Lineage(name: "both", migrations: [V001_Make()])
    try Migrator(one).migrate(database)
    try database.execute("INSERT INTO t VALUES (1, 'a', 5), (2, 'b', 5), (3, 'c', 6); ANALYZE t")
    try Migrator(both).migrate(database)
    #expect(try known(database) == ["by_b 3 2", "sqlite_autoindex_t_1 3 1"])
    try Migrator(one).migrate(database)
    #expect(try known(database) == ["by_b 3 2", "sqlite_autoindex_t_1 3 1"])
  }
}
