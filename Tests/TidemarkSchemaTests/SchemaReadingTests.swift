// What reading a database's schema shows and what it leaves out.

import Testing
import TidemarkSQLite
import TidemarkSchema

struct SchemaReadingTests {
  @Test func ownTablesAutomaticIndexesAndShadowTablesAreLeftOut() throws {
    let connection = try Connection.inMemory()
    try connection.execute(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b UNIQUE);
      CREATE TABLE TideMark_changelog(id);
      CREATE INDEX tidemark_by_id ON tidemark_changelog(id);
      CREATE TRIGGER planted AFTER INSERT ON tidemark_changelog BEGIN SELECT 1; END;
      CREATE VIRTUAL TABLE f USING fts5(a);
      CREATE VIRTUAL TABLE g USING fts4(a);
      CREATE VIRTUAL TABLE r USING rtree(id, x, y);
      CREATE TABLE f_other(a);
      CREATE TABLE tidemarkless(a);
      CREATE VIEW v AS SELECT 1;
      """)
    #expect(
      try Schema.read(from: connection).objects.map(\.title) == [
        "table t", "trigger planted", "table f", "table g", "table r", "table f_other", "table tidemarkless", "view v",
      ])
  }

  @Test func whatStandsOnAShadowTableIsSeen() throws {
    let connection = try Connection.inMemory()
    try connection.execute(
      """
      CREATE VIRTUAL TABLE f USING fts5(a);
      CREATE TRIGGER planted AFTER INSERT ON f_data BEGIN SELECT 1; END;
      CREATE INDEX other ON f_content(c0);
      """)
    #expect(try Schema.read(from: connection).objects.map(\.title) == ["table f", "trigger planted", "index other"])
  }

  /// A full-text index over another table has no need of some of the names that SQLite takes for its own.
  @Test func aTableThatIsOnlyCalledLikeAShadowTableIsSeen() throws {
    let connection = try Connection.inMemory()
    try connection.execute(
      """
      CREATE TABLE f_content(a); CREATE TABLE g_content(a); CREATE TABLE h_docsize(a);
      CREATE VIRTUAL TABLE f USING fts5(a, content = 'f_content');
      CREATE VIRTUAL TABLE g USING fts4(a, content="g_content");
      CREATE VIRTUAL TABLE h USING fts5(a, columnsize=0);
      """)
    #expect(
      try Schema.read(from: connection).objects.map(\.name).sorted() == [
        "f", "f_content", "g", "g_content", "h", "h_docsize",
      ])
  }

  @Test(arguments: ["trigger", "view", "index"]) func namesOfSQLitesOwnAreForgedButOnTables(_ type: String) throws {
    let connection = try Connection.inMemory()
    try connection.execute("CREATE TABLE t(a)")
    try connection.set(.writableSchema, true)
    let sql = [
      "trigger": "CREATE TRIGGER SQLITE_x AFTER INSERT ON t BEGIN SELECT 1; END",
      "view": "CREATE VIEW SQLITE_x AS SELECT 1",
      "index": "CREATE INDEX SQLITE_x ON t(a)",
    ]
    try connection.run("INSERT INTO sqlite_schema VALUES(?, 'SQLITE_x', 't', 0, ?)", type, sql[type])
    let error = #expect(throws: SchemaError.self) { try Schema.read(from: connection) }
    #expect(error?.message.contains("SQLITE_x") ?? false)
  }

  @Test(arguments: [("tas\u{6b}s", "tas\u{212A}s"), ("\u{e9}", "e\u{301}"), ("\u{c4}", "\u{e4}")])
  func namesThatOnlyUnicodeTellsApartAreRefused(_ one: String, _ other: String) throws {
    let connection = try Connection.inMemory()
    try connection.execute("CREATE TABLE \(SQL.quote(one))(a); CREATE TABLE \(SQL.quote(other))(a)")
    #expect(throws: SchemaError.self) { try Schema.read(from: connection) }
  }

  @Test func namesAndTextsAreComparedByTheByte() {
    let composed = SchemaObject(type: .table, name: "\u{e9}", table: "\u{e9}", sql: "CREATE TABLE \u{e9}(a)")
    let split = SchemaObject(type: .table, name: "e\u{301}", table: "e\u{301}", sql: "CREATE TABLE e\u{301}(a)")
    #expect(composed != split)
    #expect(!composed.hasText(of: split))
    #expect(!composed.isSame(as: split))
    let schema = Schema(objects: [composed])
    #expect(schema["e\u{301}"] == nil)
    #expect(!SchemaDifference.between(expected: schema, found: Schema(objects: [split]), kind: .loose).isEmpty)
  }

  @Test func rowsAboveAMarkAreWhatAStepCreated() throws {
    let connection = try Connection.inMemory()
    try connection.execute("CREATE TABLE t(a)")
    let mark = try Schema.lastRow(of: connection)
    try connection.execute("CREATE TABLE u(a); CREATE INDEX i ON t(a)")
    let rows = try Schema.read(from: connection, afterRow: mark)
    #expect(rows.map(\.object.title) == ["table u", "index i"])
    #expect(rows.allSatisfy { $0.rowid > mark })
    #expect(try Schema.lastRow(of: Connection.inMemory()) == 0)
  }

  @Test func objectsAreFoundByNameInAnyLetterCase() throws {
    let schema = try Schema.make(
      running: "CREATE TABLE Jobs(a); CREATE TRIGGER jobs AFTER INSERT ON Jobs BEGIN SELECT 1; END")
    #expect(schema["JOBS"]?.type == .table)
    #expect(schema[.trigger, "Jobs"]?.type == .trigger)
    #expect(schema["tasks"] == nil)
  }

  @Test func anEmptyDatabaseHasAnEmptySchema() throws {
    #expect(try Schema.read(from: Connection.inMemory()) == Schema())
  }

  @Test func sqlThatFailsTellsWhere() {
    let error = #expect(throws: SQLiteError.self) { try Schema.make(running: "CREATE TABLE t(a);\nCREATE TABL u(a)") }
    #expect(error?.line == 2)
  }
}
