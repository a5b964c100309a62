// Many at once: one does the work, the others wait and find nothing to do.
import Foundation
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct ConcurrencyTests {
  @Test func twoThatStartAtOnceApplyOnce() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    let outcomes = try await withThrowingTaskGroup(of: MigrationReport.Outcome.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let connection = try Connection(path: path)
          return try Migrator(tables(1, 2, 3)).migrate(connection).outcome
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0 == .created } == 1)
    #expect(outcomes.count { $0 == .upToDate } == 3)
    #expect(try scratch.ids() == [1, 2, 3])
    #expect(try ChangelogTables(scratch.open()).history().count == 1)
  }

  @Test(arguments: ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"], ["DELETE", "WAL"])
  func aWriterThatIsNotDoneInTimeRefusesThePlanOnce(_ begin: String, _ mode: String) throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let other = try scratch.open()
    try other.execute("PRAGMA journal_mode = \(mode); \(begin)")
    let before = try scratch.bytes()
    let start = ContinuousClock.now
    do {
      try scratch.migrate(tables(1, 2), MigratorOptions(lockTimeout: 700))
      Issue.record("not refused")
    } catch let error as MigrationError {
      #expect(error == .busy(.writing, waited: 0.7))
      #expect(error.isRefusal)
      #expect(error.message.contains("another program is writing to the database"))
      #expect(error.message.contains("700 ms"))
    }
    let waited = ContinuousClock.now - start
    #expect(waited >= .milliseconds(600))
    #expect(waited < .milliseconds(1_350), "waited \(waited): more than once")
    #expect(try scratch.bytes() == before)
    try other.execute("ROLLBACK")
    #expect(try ChangelogTables(scratch.open()).history().count == 1)
    #expect(try scratch.migrate(tables(1, 2)).applied == [2])
  }

  @Test func aReaderThatKeepsACommitOutIsNamedAsThat() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let reader = try scratch.open()
    try reader.execute("BEGIN")
    _ = try reader.value("SELECT count(*) FROM t1", as: Int.self)
    let before = try scratch.bytes()
    do {
      try scratch.migrate(tables(1, 2), MigratorOptions(lockTimeout: 0))
      Issue.record("not refused")
    } catch let error as MigrationError {
      #expect(error == .busy(.reading, waited: 0))
    }
    #expect(try scratch.bytes() == before)
    try reader.execute("COMMIT")
    #expect(try scratch.migrate(tables(1, 2)).applied == [2])
  }

  @Test func aBorrowedConnectionComesBackAsItWas() throws {
    let scratch = try Scratch()
    let owner = try scratch.open()
    try owner.execute("PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 1234; PRAGMA journal_mode = WAL")
    try owner.set(.defensive, true)
    let borrowed = try Connection(borrowing: owner.rawPointerForTests(), sourceID: SQLiteLibrary.sourceID)
    try Migrator(tables(1, 2)).migrate(borrowed)
    #expect(throws: MigrationError.self) { try Migrator(Lineage(name: "other", migrations: [])).migrate(borrowed) }
    try borrowed.close()
    #expect(try owner.value("PRAGMA foreign_keys", as: Int.self) == 1)
    #expect(try owner.value("PRAGMA busy_timeout", as: Int.self) == 1234)
    #expect(try owner.isOn(.defensive))
    #expect(owner.isAutocommit)
    try owner.execute("ATTACH ':memory:' AS free")
  }

  @Test func aReadOnlyDatabaseIsSaidToBe() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1))
    let connection = try Connection(path: scratch.path, mode: .readOnly)
    #expect(try Migrator(tables(1)).migrate(connection).outcome == .upToDate)
    #expect(MigrationError.code { try Migrator(tables(1, 2)).migrate(connection) } == "read-only")
  }
}
