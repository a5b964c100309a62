// Stored downgrades that try to get out, to last for ever, or to lay hands on what is Tidemark's.
import Testing
import Tidemark

@Suite struct StoredDowngradeTests {
  private static let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
  private static let drop = "DROP TABLE newer;"

  static let out: [Attack] = [
    .downgrade("ATTACH", "ATTACH 'planted.db' AS p; CREATE TABLE p.t(a);" + drop, .failed("step-failed"), "ATTACH"),
    .downgrade("ATTACH, quoted", "attach database \"planted.db\" as [p];" + drop, .failed("step-failed"), "ATTACH"),
    .downgrade("DETACH", "DETACH main;" + drop, .failed("step-failed"), "DETACH"),
    .downgrade("VACUUM INTO", drop + "VACUUM INTO 'planted.db'", .failed("step-failed"), "VACUUM"),
    .downgrade(
      "load_extension", "SELECT load_extension('./planted.so');" + drop, .failed("step-failed"), "load_extension"),
    .downgrade(
      "load_extension, quoted", "SELECT \"LOAD_Extension\"('./planted.so', 'go');" + drop, .failed("step-failed"),
      "LOAD_Extension"),
    .downgrade(
      "fts3_tokenizer", "SELECT fts3_tokenizer('simple', x'00');" + drop, .failed("step-failed"), "fts3_tokenizer"),
    .downgrade("writefile", "SELECT writefile('planted', 'x');" + drop, .failed("step-failed"), "writefile"),
    .downgrade(
      "a virtual table of another module", "CREATE VIRTUAL TABLE p USING dbstat;" + drop, .failed("step-failed"),
      "dbstat"),
    .downgrade(
      "the pages as a table", "UPDATE sqlite_dbpage SET data = zeroblob(4096);" + drop, .failed("step-failed")),
    .downgrade("writable_schema", "PRAGMA writable_schema = ON;" + drop, .failed("step-failed"), "writable_schema"),
    .downgrade(
      "the schema table", "UPDATE sqlite_schema SET sql = '' WHERE name = 'accounts';" + drop, .failed("step-failed")),
    .downgrade("journal_mode", "PRAGMA journal_mode = OFF;" + drop, .failed("step-failed"), "journal_mode"),
    .downgrade("trusted_schema", "PRAGMA main.trusted_schema = 1;" + drop, .failed("step-failed"), "trusted_schema"),
    .downgrade("temp_store_directory", "PRAGMA temp_store_directory = '/tmp/planted';" + drop, .failed("step-failed")),
    .downgrade(
      "a pragma as a table", "SELECT * FROM pragma_database_list;" + drop, .failed("step-failed"), "database_list"),
    .downgrade("COMMIT", drop + "COMMIT", .failed("step-failed"), "COMMIT"),
    .downgrade("SAVEPOINT", "SAVEPOINT x;" + drop, .failed("step-failed"), "SAVEPOINT"),
    .downgrade(
      "a TEMP trigger", "CREATE TEMP TRIGGER x AFTER INSERT ON accounts BEGIN DELETE FROM accounts; END;" + drop,
      .failed("step-failed"), "TEMP"),
  ]

  static let own: [Attack] = [
    .downgrade("the changelog", drop + "DELETE FROM tidemark_changelog", .failed("step-failed"), "tidemark_changelog"),
    .downgrade(
      "the changelog, quoted", drop + "DELETE FROM [tidemark_changelog]", .failed("step-failed"), "Tidemark's"),
    .downgrade(
      "the changelog, in capitals", drop + "DELETE FROM \"TIDEMARK_Changelog\"", .failed("step-failed"), "Tidemark's"),
    .downgrade(
      "the changelog, read", drop + "INSERT INTO notes SELECT downgrade FROM tidemark_changelog", .failed("step-failed")
    ),
    .downgrade(
      "the changelog, dropped", drop + "DROP TABLE main.tidemark_changelog", .failed("step-failed"), "Tidemark's"),
    .downgrade(
      "the changelog, renamed away", drop + "ALTER TABLE tidemark_changelog RENAME TO gone", .failed("step-failed")),
    .downgrade(
      "another in its name", "ALTER TABLE newer RENAME TO tidemark_newer", .failed("not-converged"), "tidemark_newer"),
    .downgrade("a column of it", drop + "ALTER TABLE tidemark_meta ADD COLUMN x", .failed("step-failed"), "Tidemark's"),
    .downgrade("an index on it", drop + "CREATE INDEX x ON tidemark_history(id)", .failed("step-failed"), "Tidemark's"),
    .downgrade(
      "a trigger on it", drop + "CREATE TRIGGER x AFTER INSERT ON tidemark_history BEGIN DELETE FROM accounts; END",
      .failed("step-failed"), "Tidemark's"),
    .downgrade(
      "a trigger that writes it",
      drop + "CREATE TRIGGER x AFTER UPDATE ON accounts BEGIN DELETE FROM tidemark_changelog; END",
      .failed("step-failed"), "Tidemark's"),
    .downgrade(
      "a view of it", drop + "CREATE VIEW v AS SELECT * FROM tidemark_changelog; INSERT INTO notes SELECT name FROM v",
      .failed("step-failed"), "Tidemark's"),
    .downgrade(
      "a view of it that is written",
      drop + "CREATE VIEW v AS SELECT a FROM notes; CREATE TRIGGER x INSTEAD OF DELETE ON v "
        + "BEGIN DELETE FROM tidemark_changelog; END; DELETE FROM v",
      .failed("step-failed"), "Tidemark's"),
    .downgrade("a copy by CREATE AS", drop + "CREATE TABLE x AS SELECT * FROM tidemark_meta", .failed("step-failed")),
  ]

  static let work: [Attack] = [
    .downgrade("an endless query", drop + endless + "SELECT count(*) FROM n", .failed("step-failed"), "more work"),
    .downgrade("endless rows", drop + "INSERT INTO notes " + endless + " SELECT i FROM n", .failed("step-failed")),
    .downgrade(
      "gigabytes at once", drop + "INSERT INTO notes SELECT zeroblob(1000000000) FROM accounts", .failed("step-failed"),
      "too big"),
    .downgrade(
      "gigabytes in pieces", drop + "INSERT INTO notes " + endless + " SELECT zeroblob(50000000) FROM n LIMIT 1000",
      .failed("step-failed")),
    .downgrade(
      "a cross join",
      drop + "CREATE TABLE x AS SELECT a.i FROM "
        + (0..<8).map { "(\(endless) SELECT i FROM n LIMIT 1000) \(String("abcdefgh".dropFirst($0).first ?? "z"))" }
        .joined(separator: ", "),
      .failed("step-failed"), "more work"),
    .downgrade(
      "triggers that fire each other",
      drop
        + "CREATE TABLE x(i); CREATE TABLE y(i); CREATE TRIGGER p AFTER INSERT ON x BEGIN INSERT INTO y VALUES(new.i); END;"
        + "CREATE TRIGGER q AFTER INSERT ON y BEGIN INSERT INTO x SELECT new.i + a.i FROM (" + endless
        + " SELECT i FROM n LIMIT 1000) a; END; INSERT INTO x VALUES(1)",
      .failed("left-behind")),
    .downgrade(
      "an expression that is too deep", drop + "SELECT " + String(repeating: "(1+", count: 5000), .failed("step-failed")
    ),
    .downgrade(
      "a function that reads its value over and over",
      drop + endless + "SELECT sum(instr(zeroblob(4000000), CAST(zeroblob(3000) AS TEXT) || 'x')) FROM n",
      .failed("step-failed"), "more work"),
    .downgrade(
      "a pattern without end", drop + "SELECT '' LIKE printf('%.*c', 2000, '%')", .failed("step-failed"), "too complex"),
  ]

  @Test(arguments: out) func nothingGetsOut(_ attack: Attack) throws { try HostileBench(attack).play(attack) }

  @Test(arguments: own) func tidemarksTablesAreLeftAlone(_ attack: Attack) throws {
    try HostileBench(attack).play(attack)
  }

  @Test(arguments: work) func workIsBounded(_ attack: Attack) throws { try HostileBench(attack).play(attack) }

  /// With nothing lowered for the test's sake: an end in seconds, on a database of some pages.
  @Test func workIsBoundedWhereNobodySaysHow() throws {
    for attack in Self.work.prefix(2) { try HostileBench(attack).play(attack, storedWork: nil) }
  }

  @Test func anHonestDowngradeIsNotHeldUp() throws {
    let honest = Attack(name: "honest", forge: { _ in }, end: .contained, says: "")
    try HostileBench(honest).play(honest)
  }
}
