// What a forger writes into the schema of a snapshot, to fire, to lie or to run when it is restored.
import Testing
import Tidemark

@Suite struct PlantedObjectTests {
  private static let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
  private static let bomb = "SELECT count(*) FROM (\(endless) SELECT i FROM n)"

  static let triggers: [Attack] = [
    .file(
      "a trigger on the build's table", "CREATE TRIGGER x AFTER UPDATE ON accounts BEGIN DELETE FROM accounts; END",
      .refused("altered"), "trigger x"),
    .file(
      "a trigger that never ends", "CREATE TRIGGER x AFTER UPDATE ON accounts BEGIN \(bomb); END",
      .failed("step-failed"), "trigger"),
    .file(
      "a trigger that writes Tidemark's tables",
      "CREATE TRIGGER x AFTER UPDATE ON accounts BEGIN DELETE FROM tidemark_changelog; END",
      .failed("step-failed"), "Tidemark's"),
    .file(
      "a trigger on the table that goes", "CREATE TRIGGER x BEFORE DELETE ON newer BEGIN DELETE FROM accounts; END",
      .contained),
    .file(
      "a trigger on the changelog",
      "CREATE TRIGGER x AFTER DELETE ON tidemark_changelog BEGIN DELETE FROM accounts; END",
      .refused("damaged-changelog"), "trigger"),
    .file(
      "a trigger on the history", "CREATE TRIGGER x AFTER INSERT ON tidemark_history BEGIN DELETE FROM accounts; END",
      .refused("damaged-changelog"), "trigger"),
    .file(
      "a trigger on sqlite_sequence",
      "INSERT INTO sqlite_schema VALUES('trigger', 'x', 'sqlite_sequence', 0, "
        + "'CREATE TRIGGER x AFTER UPDATE ON sqlite_sequence BEGIN DELETE FROM accounts; END')",
      .failed("check-failed"), "malformed"),
    .file(
      "a trigger that the changelog vouches for",
      "CREATE TRIGGER x AFTER UPDATE ON accounts BEGIN DELETE FROM notes; END;"
        + #"UPDATE tidemark_changelog SET objects = '{"added":["trigger x"],"changed":[],"removed":[]}' WHERE id = 2"#,
      .refused("altered"), "trigger x"),
    .file(
      "a trigger that loads an extension",
      "CREATE TRIGGER x AFTER UPDATE ON accounts BEGIN SELECT load_extension('./planted.so'); END",
      .failed("step-failed"), "load_extension"),
  ]

  static let views: [Attack] = [
    .file(
      "a view in place of a table", "DROP TABLE notes; CREATE VIEW notes AS SELECT owner AS a FROM accounts",
      .failed("step-failed")),
    .file(
      "a view with a trigger in place of a table",
      "DROP TABLE notes; CREATE VIEW notes AS SELECT owner AS a FROM accounts;"
        + "CREATE TRIGGER x INSTEAD OF DELETE ON notes BEGIN DELETE FROM accounts; END",
      .refused("altered")),
    .file("a view of Tidemark's tables", "CREATE VIEW v AS SELECT * FROM tidemark_changelog", .contained),
    .file("a view that never ends", "CREATE VIEW v AS \(bomb)", .contained),
    .file("a view in Tidemark's name", "CREATE VIEW tidemark_v AS SELECT 1", .refused("damaged-changelog"), "view"),
    .file(
      "the changelog as a view",
      "ALTER TABLE tidemark_changelog RENAME TO hidden; CREATE VIEW tidemark_changelog AS SELECT * FROM hidden",
      .refused("damaged-changelog")),
    .file(
      "views within views",
      "CREATE VIEW v0 AS SELECT owner AS a FROM accounts;"
        + (1..<14).map {
          "CREATE VIEW v\($0) AS SELECT x.a FROM v\($0 - 1) x, v\($0 - 1) y WHERE x.a IN (SELECT a FROM v\($0 - 1));"
        }.joined(), .refused("altered"), "times over"),
    .file(
      "views upon views",
      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 20000) INSERT INTO sqlite_schema "
        + "SELECT 'view', 'v' || i, 'v' || i, 0, 'CREATE VIEW v' || i || ' AS SELECT a FROM v' || (i + 1) FROM n",
      .refused("altered"), "times over"),
  ]

  static let texts: [Attack] = [
    .file(
      "a statement behind a table's",
      "UPDATE sqlite_schema SET sql = sql || '; ATTACH ''planted.db'' AS p; CREATE TABLE p.t(a)' WHERE name = 'newer'",
      .failed("SchemaError"), "more than the statement"),
    .file(
      "a statement behind a trigger's",
      "CREATE TRIGGER x AFTER DELETE ON newer BEGIN SELECT 1; END;"
        + "UPDATE sqlite_schema SET sql = sql || '; ATTACH ''planted.db'' AS p; CREATE TABLE p.t(a);' WHERE name = 'x'",
      .failed("SchemaError"), "more than the statement"),
    .file(
      "a statement behind a table that is called trigger",
      "CREATE TABLE trigger(a); UPDATE sqlite_schema SET sql = sql || '; ATTACH ''planted.db'' AS p' WHERE name = 'trigger'",
      .failed("SchemaError"), "more than the statement"),
    .file(
      "a row of another kind", "INSERT INTO sqlite_schema VALUES('other', 'x', 'x', 0, NULL)", .failed("check-failed")),
    .file(
      "a check on the changelog",
      "UPDATE sqlite_schema SET sql = replace(sql, 'name           TEXT NOT NULL', "
        + "'name TEXT NOT NULL CHECK(length(hex(zeroblob(30000000))) > 1)') WHERE name = 'tidemark_changelog'",
      .refused("damaged-changelog"), "CHECK"),
    .file(
      "a column of the changelog that is computed",
      "UPDATE sqlite_schema SET sql = replace(sql, 'proof          TEXT', "
        + "'proof TEXT AS (hex(zeroblob(30000000)))') WHERE name = 'tidemark_changelog'",
      .refused("damaged-changelog"), "AS"),
    .file(
      "the changelog as a virtual table",
      "DROP TABLE tidemark_history; CREATE VIRTUAL TABLE tidemark_history USING fts5(id, started_at, build)",
      .refused("damaged-changelog")),
  ]

  static let hidden: [Attack] = [
    .file(
      "a trigger in SQLite's name",
      "INSERT INTO sqlite_schema VALUES('trigger', 'sqlite_x', 'accounts', 0, "
        + "'CREATE TRIGGER sqlite_x AFTER UPDATE ON accounts BEGIN DELETE FROM notes; END')",
      .failed("SchemaError"), "sqlite_x"),
    .file(
      "a view in SQLite's name",
      "INSERT INTO sqlite_schema VALUES('view', 'sqlite_x', 'sqlite_x', 0, 'CREATE VIEW sqlite_x AS SELECT 1')",
      .failed("SchemaError"), "sqlite_x"),
    .file(
      "a trigger behind a full-text index",
      "CREATE VIRTUAL TABLE f USING fts5(a); CREATE TRIGGER x AFTER INSERT ON f_data BEGIN DELETE FROM notes; END",
      .refused("altered"), "trigger x"),
    .file(
      "a unique index behind a full-text index",
      "CREATE VIRTUAL TABLE f USING fts5(a); CREATE UNIQUE INDEX x ON f_content(c0)", .refused("altered"), "index x"),
    .file(
      "a unique index in Tidemark's name", "CREATE UNIQUE INDEX tidemark_i ON accounts(owner)",
      .refused("damaged-changelog"), "tidemark_i"),
    .file(
      "an index on the changelog", "CREATE UNIQUE INDEX tidemark_i ON tidemark_changelog(upgrade_digest)",
      .refused("damaged-changelog"), "tidemark_i"),
    .file(
      "another index in the name of the changelog's",
      "DROP INDEX tidemark_changelog_unfinished;"
        + "CREATE INDEX tidemark_changelog_unfinished ON tidemark_changelog(hex(zeroblob(30000000)))",
      .refused("damaged-changelog"), "tidemark_changelog_unfinished"),
  ]

  @Test(arguments: hidden) func nothingHidesBehindANameOrATable(_ attack: Attack) throws {
    try HostileBench(attack).play(attack)
  }

  @Test(arguments: triggers) func plantedTriggersAreRefusedOrBounded(_ attack: Attack) throws {
    try HostileBench(attack).play(attack)
  }

  @Test(arguments: views) func viewsStandInForNothing(_ attack: Attack) throws { try HostileBench(attack).play(attack) }

  @Test(arguments: texts) func textsOfTheSchemaAreOneStatementEach(_ attack: Attack) throws {
    try HostileBench(attack).play(attack)
  }
}
