// The schema read off a head's text is the one that SQLite makes of it, or the text is left to SQLite.
import Testing

@testable import TidemarkMigrations
import TidemarkSchema

@Suite struct HeadTextTests {
  @Test(arguments: [
    "",
    "CREATE TABLE a(b);",
    "create  table\n a (b INTEGER PRIMARY KEY, c TEXT UNIQUE) strict , WITHOUT rowid;\n-- the end\n",
    "CREATE TABLE \"odd \"\"name\"\"\"(a, b DEFAULT 'x;y', /* why; */ c CHECK (c <> ';'));",
    "CREATE TABLE [in brackets](a);CREATE TABLE `ticks`(a);CREATE TABLE 'text'(a)",
    "CREATE TABLE Jobs(a, b);\nCREATE INDEX i ON jobs(a) WHERE b > 0;\nCREATE UNIQUE INDEX \"u 1\" ON \"JOBS\"(b DESC, a);",
    "CREATE TABLE a(b, c AS (b + 1) STORED);\nCREATE VIEW v AS SELECT b FROM a;\nCREATE VIEW w(x) AS SELECT ';' FROM v;",
  ])
  func readsWhatSQLiteMakes(_ sql: String) throws {
    #expect(try HeadText.schema(of: sql) == Schema.make(running: sql))
  }

  @Test(arguments: [
    "CREATE TABLE a(b); CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END;",
    "CREATE VIRTUAL TABLE f USING fts5(a);",
    "CREATE TABLE a AS SELECT 1 AS b;",
    "CREATE TABLE IF NOT EXISTS a(b);",
    "CREATE TABLE main.a(b);",
    "CREATE TABLE a(b); CREATE INDEX IF NOT EXISTS i ON a(b);",
    "CREATE TABLE a(b); CREATE INDEX main.i ON a(b);",
    "CREATE INDEX i ON nowhere(b);",
    "CREATE TEMP TABLE a(b);",
    "CREATE TABLE a(b); ALTER TABLE a RENAME TO c;",
    "CREATE TABLE a(b",
  ])
  func leavesTheRestToSQLite(_ sql: String) {
    #expect(HeadText.schema(of: sql) == nil)
  }

  @Test func aHeadWithATriggerIsRun() throws {
    let sql = "CREATE TABLE a(b);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END;\n"
    let lineage = Lineage(name: "test", migrations: [], baseline: nil, head: sql, sources: [:])
    #expect(try lineage.headSchema() == Schema.make(running: sql))
  }
}
