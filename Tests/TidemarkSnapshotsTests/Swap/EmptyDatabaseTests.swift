// The empty file of a database that was not made goes, unless it holds something or somebody uses it.
import Foundation
import Testing
import TidemarkSQLite
import TidemarkSnapshots

@Suite struct EmptyDatabaseTests {
  private let folder: SwapFolder

  init() throws { folder = try SwapFolder() }

  @Test func `an empty file goes, and leaves nothing beside it`() throws {
    try folder.write("db", [])
    #expect(try EmptyDatabase.remove(folder.database))
    #expect(try folder.names == [])
    #expect(try !EmptyDatabase.remove(folder.database))
  }

  @Test(arguments: ["db", "db-wal", "db-journal"]) func `what holds something stays`(name: String) throws {
    try folder.write("db", [])
    try folder.write(name, [1])
    #expect(try !EmptyDatabase.remove(folder.database))
    #expect(try folder.names.contains("db"))
  }

  @Test func `one that somebody has open stays, and what they write is found`() throws {
    try folder.write("db", [])
    let holder = try Holder(".open \(folder.database)\nSELECT 1;")
    #expect(throws: SwapError.self) { try EmptyDatabase.remove(folder.database) }
    _ = try holder.tell("CREATE TABLE a(b); SELECT 'made';")
    try holder.kill()
    #expect(try sqlite3(folder.database, "SELECT count(*) FROM a") == "0")
  }

  /// A connection that is open and idle shows nowhere else; what it writes would go with the file.
  @Test func `one stays where no lease can tell that nobody has it open`() throws {
    try folder.write("db", [])
    #expect(try !EmptyDatabase.remove(folder.database, files: FaultyFiles(lacking: ["lease"])))
    #expect(try folder.names == ["db"])
  }
}
