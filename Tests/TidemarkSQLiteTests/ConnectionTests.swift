// Statements, values, errors and hooks of a connection, against real SQLite in memory and on disk.
import Foundation
import Testing
import TidemarkSQLite

@Suite struct ConnectionTests {
  @Test(arguments: [
    Value.null, .integer(.min), .integer(0), .integer(.max), .real(-0.5), .real(1e300), .text(""), .text("é\u{0}x"),
    .blob([]), .blob([0, 255]),
  ])
  func valuesComeBackAsTheyWent(_ value: Value) throws {
    let connection = try Connection.inMemory()
    try connection.execute("CREATE TABLE t(v ANY) STRICT")
    try connection.run("INSERT INTO t VALUES(?)", value)
    #expect(try connection.rows("SELECT v FROM t").first?[0] == value)
  }

  @Test func aSessionEndsWithItsConnection() throws {
    let connection = try Connection.inMemory()
    try connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY)")
    let session = try Session(connection) { _ in true }
    try connection.execute("INSERT INTO t VALUES(1)")
    #expect(session.memory > 0)
    #expect(try !session.changeset().bytes.isEmpty)
    try connection.close()
    #expect(session.memory == 0)
    #expect(throws: SQLiteError.self) { try session.changeset() }
  }

  @Test func scriptErrorsPointIntoTheWholeText() throws {
    let connection = try Connection.inMemory()
    let script = "CREATE TABLE a(x);\n-- a remark\nINSERT INTO a VALUES(1);\nINSERT INTO b VALUES(1);"
    let error = #expect(throws: SQLiteError.self) { try connection.execute(script) }
    #expect(error?.line == 4)
    #expect(error?.sql == script)
    #expect(error?.code == SQLiteError.error)
    #expect(try connection.value("SELECT count(*) FROM a", as: Int.self) == 1)
  }

  @Test func runTimeErrorsPointAtTheirStatement() throws {
    let connection = try Connection.inMemory()
    let error = #expect(throws: SQLiteError.self) {
      try connection.execute("CREATE TABLE a(x UNIQUE);\nINSERT INTO a VALUES(1);\n\nINSERT INTO a VALUES(1)")
    }
    #expect(error?.line == 4)
    #expect(error?.code == SQLiteError.constraint)
    #expect(error?.extendedCode == 2067)
  }

  @Test(arguments: ["file:x.db", "file:x.db?mode=memory", ":memory:", ":x"])
  func aNameIsNeitherAURINorMemory(_ name: String) throws {
    // Such a name is only special when it stands first, so the folder has to be the current one.
    let name = name.replacingOccurrences(of: "x", with: UUID().uuidString)
    defer { try? FileManager.default.removeItem(atPath: "./" + name) }
    let connection = try Connection(path: name)
    try connection.execute("CREATE TABLE t(x)")
    #expect(connection.path == name)
    try connection.close()
    #expect(try FileManager.default.attributesOfItem(atPath: "./" + name)[.size] as? Int ?? 0 > 0)
    #expect(throws: SQLiteError.self) { try Connection(path: "", mode: .create).schemaCookie() }
  }

  @Test func oneStatementMeansOne() throws {
    let connection = try Connection.inMemory()
    #expect(throws: SQLiteError.self) { try connection.prepare("SELECT 1; SELECT 2") }
    #expect(throws: SQLiteError.self) { try connection.prepare(" -- nothing") }
    #expect(throws: SQLiteError.self) { try connection.run("SELECT ?") }
  }

  @Test func aBodyThatThrowsLeavesNothing() throws {
    struct Stop: Error {}
    let connection = try Connection.inMemory()
    try connection.execute("CREATE TABLE t(x)")
    #expect(throws: Stop.self) {
      try connection.transaction {
        try connection.execute("INSERT INTO t VALUES(1)")
        throw Stop()
      }
    }
    try connection.transaction {
      try connection.execute("INSERT INTO t VALUES(2)")
      #expect(throws: Stop.self) {
        try connection.savepoint("a \" name") {
          try connection.execute("INSERT INTO t VALUES(3)")
          throw Stop()
        }
      }
    }
    #expect(try connection.rows("SELECT x FROM t").map { $0[0] } == [.integer(2)])
    #expect(connection.isAutocommit)
  }

  @Test func theAuthorizerIsAskedAndObeyed() throws {
    let connection = try Connection.inMemory()
    try connection.limit(.attached, 1)
    var asked: [AuthorizerRequest] = []
    connection.authorizer = { request in
      asked.append(request)
      return request.action == .attach ? .deny : .allow
    }
    try connection.execute("CREATE TABLE t(x)")
    #expect(asked.contains { $0.action == .createTable && $0.first == "t" && $0.database == "main" })
    let error = #expect(throws: SQLiteError.self) { try connection.execute("ATTACH ':memory:' AS other") }
    #expect(error?.code == SQLiteError.notAuthorized)
    connection.authorizer = nil
    try connection.execute("ATTACH ':memory:' AS other")
  }

  @Test func theProgressHandlerStopsAnEndlessQuery() throws {
    let connection = try Connection.inMemory()
    var calls = 0
    connection.setProgressHandler(every: 1_000) {
      calls += 1
      return calls < 5
    }
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"
    let error = #expect(throws: SQLiteError.self) { try connection.execute(endless) }
    #expect(error?.code == SQLiteError.interrupted)
    #expect(calls == 5)
  }

  @Test func borrowingRefusesAnotherLibraryAndAnOpenTransaction() throws {
    let owner = try Connection.inMemory()
    let pointer = try owner.rawPointerForTests()
    #expect(throws: SQLiteError.self) { try Connection(borrowing: pointer, sourceID: "another") }
    try owner.execute("BEGIN")
    #expect(throws: SQLiteError.self) { try Connection(borrowing: pointer, sourceID: SQLiteLibrary.sourceID) }
    try owner.execute("ROLLBACK")
    let borrowed = try Connection(borrowing: pointer, sourceID: SQLiteLibrary.sourceID)
    try borrowed.execute("CREATE TABLE t(x)")
    try borrowed.close()
    #expect(try owner.value("SELECT count(*) FROM t", as: Int.self) == 0)
  }

  @Test func borrowingRefusesARunningStatement() throws {
    let owner = try Connection.inMemory()
    let statement = try owner.prepare("SELECT 1 UNION ALL SELECT 2")
    try statement.step()
    let pointer = try owner.rawPointerForTests()
    #expect(throws: SQLiteError.self) { try Connection(borrowing: pointer, sourceID: SQLiteLibrary.sourceID) }
    statement.reset()
    _ = try Connection(borrowing: pointer, sourceID: SQLiteLibrary.sourceID)
  }

  @Test func backupCopiesAllPages() throws {
    let source = try Connection.inMemory()
    try source.execute("CREATE TABLE t(x); INSERT INTO t VALUES('kept')")
    let target = try Connection.inMemory()
    let backup = try Backup(from: source, to: target)
    while try backup.step(pages: 1) {}
    #expect(backup.remaining == 0)
    try backup.finish()
    #expect(try target.value("SELECT x FROM t", as: String.self) == "kept")
  }

  @Test func aMissingFileIsNotCreatedByReading() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    #expect(throws: SQLiteError.self) { try Connection(path: path, mode: .readOnly) }
    #expect(throws: SQLiteError.self) { try Connection(path: path, mode: .readWrite) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func switchesAndLimitsAreRead() throws {
    let connection = try Connection.inMemory()
    #expect(try !connection.isOn(.defensive))
    try connection.set(.defensive, true)
    #expect(try connection.isOn(.defensive))
    let before = try connection.limit(.triggerDepth, 7)
    #expect(before > 7)
    #expect(try connection.limit(.triggerDepth, -1) == 7)
  }

  @Test func nothingIsAttachedToADatabaseInMemory() throws {
    let error = #expect(throws: SQLiteError.self) { try Connection.inMemory().execute("ATTACH ':memory:' AS other") }
    #expect(error?.message.contains("too many attached") == true)
  }

  @Test func pathsComeApart() {
    for (path, parent, last) in [
      ("a", ".", "a"), ("/a", "/", "a"), ("x/y", "x", "y"), ("x/y/", "x", "y"), ("/", "/", "/"),
      ("/a/b.db", "/a", "b.db"),
    ] {
      #expect(parentFolder(of: path) == parent)
      #expect(lastComponent(of: path) == last)
    }
    #expect(join("a", "b") == "a/b")
    #expect(join("a/", "b") == "a/b")
  }
}
