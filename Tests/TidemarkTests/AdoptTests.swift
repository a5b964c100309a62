// A database file is adopted under its lock, with Sqitch's registry beside it, and then lived with.
import Foundation
import Testing
import Tidemark

@Suite struct AdoptTests {
  @Test func afterwardsAServiceStartsOnIt() async throws {
    let shop = try Workshop()
    try shop.execute("CREATE TABLE t1(a); INSERT INTO t1 VALUES ('mine')")
    let database = shop.database(tables(1, 2))
    let refused = #expect(throws: MigrationError.self) { try database.migrate() }
    #expect(refused?.hint.contains("tidemark adopt") == true)
    let adoption = try database.adopt()
    #expect(adoption.at == 1 && adoption.pending == [2])
    let service = RestoreService(database: shop.path, lineage: tables(1, 2))
    #expect(try await service.start().migration.applied == [2])
    #expect(try shop.value("SELECT a FROM t1") == "mine")
    // Nobody's changelog changes under them.
    let other = shop.folder + "/other.db"
    try FileManager.default.copyItem(atPath: shop.path, toPath: other)
    #expect(throws: MigrationError.self) { try database.adopt() }
    await service.stop()
  }

  @Test func whoHoldsTheDatabaseKeepsItOut() throws {
    let shop = try Workshop()
    try shop.execute("CREATE TABLE t1(a)")
    let lock = try DatabaseLock.acquire(
      shop.path, .shared, as: .current(build: "other", purpose: "running"), timeout: .zero)
    #expect(throws: LockError.self) { try shop.database(tables(1)).adopt() }
    #expect(try shop.database(tables(1)).adopt(isDry: true).at == 1)
    #expect(try shop.tables() == ["t1"])
    lock.release()
    #expect(try shop.database(tables(1)).adopt().isWritten)
  }

  @Test func aDryRunAndARefusalLeaveNothingBehind() throws {
    let shop = try Workshop()
    try shop.execute("CREATE TABLE t1(a, b)")
    let before = try FileManager.default.contentsOfDirectory(atPath: shop.folder)
    #expect(throws: MigrationError.self) { try shop.database(tables(1)).adopt() }
    #expect(throws: ServiceError.self) { try ManagedDatabase(shop.folder + "/none.db", lineage: tables(1)).adopt() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: shop.folder) == before)
  }

  @Test(arguments: ["sqitch.db", "sqitch.sqlite3"]) func sqitchKeepsItsRecordBesideIt(_ name: String) throws {
    let shop = try Workshop()
    let path = shop.folder + "/jobs.sqlite3"
    let connection = try Connection(path: path)
    try connection.execute("CREATE TABLE t1(a)")
    try connection.close()
    let registry = try Connection(path: shop.folder + "/" + name)
    try registry.execute(
      """
      CREATE TABLE projects(project TEXT PRIMARY KEY, uri, created_at, creator_name, creator_email);
      CREATE TABLE changes(change_id TEXT PRIMARY KEY, script_hash, change, project, note, committed_at, committer_name,
        committer_email, planned_at, planner_name, planner_email);
      CREATE TABLE events(event, change_id, change, project);
      INSERT INTO changes(change_id, change, project) VALUES ('c', 'table1', 'shop');
      """)
    try registry.close()
    let adoption = try ManagedDatabase(path, lineage: tables(1, 2)).adopt()
    #expect(
      adoption.others.map(\.words) == [
        "Sqitch (\(name):changes, \(name):projects, \(name):events): 1 applied, the last is shop.table1"
      ])
    #expect(adoption.at == 1 && adoption.notes.isEmpty && adoption.drift.isEmpty)
  }
}
