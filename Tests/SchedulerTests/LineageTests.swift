// The scheduler's migrations with rows in them: every step down and up again, and what each moves.
import Foundation
import SchedulerMigrations
import Testing
import Tidemark

@Suite struct LineageTests {
  @Test func theSumAndTheHeadAgreeWithTheFiles() throws {
    let sum = try LineageSum(
      parsing: String(contentsOfFile: Repository.path("Migrations/lineage.sum"), encoding: .utf8))
    #expect(sum.isWhole && sum.name == lineage.name)
    for entry in sum.entries {
      let digits = String(entry.id)
      let file = "V\(String(repeating: "0", count: 3 - digits.count))\(digits)_\(entry.name).swift"
      let text = try String(contentsOfFile: Repository.path("Migrations/\(file)"), encoding: .utf8)
      #expect(SwiftTokens.digest(of: text) == entry.digest, "\(file)")
    }
    #expect(sum.entries.map(\.id) == lineage.ids.map(\.rawValue))
    // Made by running the migrations, not from head.sql.
    let made = try Lineage(name: "scheduler", migrations: lineage.migrations).headSchema()
    #expect(
      sum.head
        == {
          var head = LineageSum.Head(of: made); head.line = sum.head?.line; return head
        }())
    let connection = try Connection.inMemory()
    try Migrator(lineage).migrate(connection)
    #expect(
      try SchemaScript.write(from: connection)
        == String(contentsOfFile: Repository.path("Migrations/head.sql"), encoding: .utf8))
  }

  /// A database with rows at the schema of a migration, made by filling at the first that has the tables.
  private func filled(through id: MigrationID) throws -> Connection {
    let connection = try Connection.inMemory()
    try Migrator(lineage.prefix(through: 2)).migrate(connection)
    try connection.execute(
      """
      INSERT INTO jobs(id, role, environment, name, command, cron, created_at) VALUES
        (1, 'web', 'prod', 'a', 'run  a', '* * * * *', 1000), (2, 'ops', 'prod', 'b', 'run b', NULL, 2000),
        (3, 'ops', 'devel', 'a~3', 'run c', NULL, 3000);
      INSERT INTO tasks(id, job, state, host, pid, exit_status, started_at, finished_at) VALUES
        (1, 1, 'finished', 'h', NULL, 0, 10, 20), (2, 1, 'failed', 'h', NULL, 3, 30, 40),
        (3, 2, 'running', 'h', 77, NULL, 50, NULL), (4, 2, 'pending', NULL, NULL, NULL, NULL, NULL),
        (5, 2, 'lost', 'h', NULL, NULL, NULL, 60), (6, 3, 'killed', 'h', NULL, 143, 70, 80);
      """)
    if id > 2 { try Migrator(lineage.prefix(through: id)).migrate(connection) }
    return connection
  }

  @Test(arguments: 2..<12) func upAndDownAgainKeepsEveryRow(through id: Int64) throws {
    let connection = try filled(through: MigrationID(id))
    let before = try rows(connection)
    try Migrator(lineage).migrate(connection)
    try Migrator(lineage.prefix(through: MigrationID(id))).migrate(connection)
    #expect(try rows(connection) == before)
  }

  /// All rows, by table; the text of the schema is of no account here.
  private func rows(_ connection: Connection) throws -> [String: [[Value]]] {
    var found: [String: [[Value]]] = [:]
    for object in try Schema.read(from: connection).objects where object.type == .table {
      let columns = try connection.rows("SELECT name FROM pragma_table_info(?) ORDER BY name", object.name)
        .map { try $0.get(0, as: String.self) }
      found[object.name] = try connection.rows(
        "SELECT \(columns.joined(separator: ", ")) FROM \(object.name) ORDER BY 1, 2, 3"
      ).map(\.values)
    }
    return found
  }

  @Test func timesBecomeEventsAndBack() throws {
    let connection = try filled(through: 6)
    #expect(
      try connection.rows("SELECT task, at, event FROM task_events ORDER BY task, at").map(\.values)
        == [
          [1, 10, "running"], [1, 20, "finished"], [2, 30, "running"], [2, 40, "failed"], [3, 50, "running"],
          [5, 60, "lost"], [6, 70, "running"], [6, 80, "killed"],
        ].map { row in row.map { ($0 as? Int).map { Value.integer(Int64($0)) } ?? .text("\($0)") } })
  }

  @Test func jobsOfOneNameFindRoomInTheOlderSchemaAndTheirNamesAgain() throws {
    let connection = try filled(through: 12)
    #expect(try connection.value("SELECT name FROM jobs WHERE id = 3", as: String.self) == "a")
    try connection.execute(
      """
      INSERT INTO jobs(id, role, environment, name, command, created_at) VALUES
        (4, 'ops', 'prod', 'a', 'run', 1), (5, 'web', 'devel', 'b', 'run', 1);
      """)
    let names = try connection.rows("SELECT id, name FROM jobs ORDER BY id").map(\.values)
    try Migrator(lineage.prefix(through: 8)).migrate(connection)
    #expect(
      try connection.rows("SELECT name FROM jobs ORDER BY id").map { try $0.get(0, as: String.self) }
        == ["a", "b", "a~3", "a~4", "b~5"])
    #expect(throws: SQLiteError.self) {
      try connection.run(
        "INSERT INTO jobs(role, environment, name, command, created_at) VALUES ('x', 'y', 'a', 'z', 1)")
    }
    try Migrator(lineage).migrate(connection)
    #expect(try connection.rows("SELECT id, name FROM jobs ORDER BY id").map(\.values) == names)
    #expect(try connection.value("SELECT count(*) FROM pragma_foreign_key_check", as: Int.self) == 0)
  }

  @Test func rolesAreFilledInAndCommandsHashed() throws {
    let connection = try filled(through: 12)
    #expect(try connection.value("SELECT group_concat(role) FROM tasks", as: String.self) == "web,web,ops,ops,ops,ops")
    #expect(commandHash(of: "run  a\n") == commandHash(of: " run a"))
    #expect(commandHash(of: "run a") != commandHash(of: "runa"))
    #expect(
      try connection.value("SELECT command_hash FROM jobs WHERE id = 1", as: String.self) == commandHash(of: "run a"))
  }

  @Test func aTaskThatIsOverLetsItsLockGo() throws {
    let connection = try filled(through: 12)
    try connection.execute("INSERT INTO locks(name, task, acquired_at) VALUES ('l', 3, 1), ('m', 4, 1)")
    try connection.execute("UPDATE tasks SET state = 'lost' WHERE id = 3")
    #expect(try connection.rows("SELECT name FROM locks").map { try $0.get(0, as: String.self) } == ["m"])
  }
}
