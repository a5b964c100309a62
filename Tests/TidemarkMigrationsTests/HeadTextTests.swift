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
    "CREATE TABLE Acts(b);\nCREATE TRIGGER t AFTER UPDATE OF b ON acts WHEN new.b > 0 BEGIN\n  DELETE FROM acts;\n  UPDATE acts SET b = CASE WHEN b THEN 1 ELSE 2 END;\nEND;\nCREATE TABLE c(d);",
    "CREATE VIEW v AS SELECT 1 AS a; CREATE TRIGGER \"on\" INSTEAD OF INSERT ON \"V\" BEGIN SELECT ';END;'; /* ; */ END; CREATE TABLE z(a)",
  ])
  func readsWhatSQLiteMakes(_ sql: String) throws {
    #expect(try HeadText.schema(of: sql) == Schema.make(running: sql))
  }

  @Test(arguments: [
    "CREATE TABLE a(b); CREATE TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN DELETE FROM a; END;",
    "CREATE TRIGGER t AFTER INSERT ON nowhere BEGIN SELECT 1; END;",
    "CREATE TABLE a(b); DROP TABLE a;",
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

  @Test func aHeadThatIsNotPlainIsRun() throws {
    let sql = "CREATE TABLE IF NOT EXISTS a(b);\nCREATE VIRTUAL TABLE f USING fts5(c);\n"
    let lineage = Lineage(name: "test", migrations: [], baseline: nil, head: sql, sources: [:])
    #expect(try lineage.headSchema() == Schema.make(running: sql))
  }
}
