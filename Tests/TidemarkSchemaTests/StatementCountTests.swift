// Statements are counted as SQLite would run them.
import Testing
import TidemarkSchema

@Suite struct StatementCountTests {
  @Test(arguments: [
    ("", 0), ("  -- nothing\n;;", 0), ("SELECT 1", 1), ("SELECT 1;", 1), ("SELECT ';'; SELECT \";\" ; -- ;\n", 2),
    ("CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END; DROP TABLE t", 2),
    ("CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END", 1), ("CREATE TABLE trigger_like(a); SELECT 1", 2),
  ])
  func statementsAreCounted(_ sql: String, _ count: Int) { #expect(Tokenizer.statementCount(of: sql) == count) }

  /// What is no SQL stops no reader of it.
  @Test(arguments: ["INSERT INTO", "INSERT INTO t; (", "INTO;(", "INSERT INTO t(a; )", "INSERT OR INTO; ("])
  func renamesAreLookedForInAnyText(_ sql: String) {
    #expect(SchemaRenames(in: sql, before: Schema(objects: []), after: Schema(objects: [])).isEmpty)
  }
}
