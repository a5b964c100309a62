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
