// A downgrade that would lose rows in spite of the attic is refused, until just that loss is accepted.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct LossTests {
  struct Secret: Migration {
    var id: MigrationID { 2 }
    var name: String { "Secret" }
    var upgrade: Upgrade { "ALTER TABLE jobs ADD COLUMN secret TEXT" }
    var downgrade: Downgrade { "ALTER TABLE jobs DROP COLUMN secret" }
    var attic: AtticPolicy { .off }
  }

  static func make(_ top: any Migration) throws -> Tides {
    try Tides([Change(1, up: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT)", down: .derived)], [top])
  }

  private func refusal(_ tides: Tides, _ options: MigratorOptions = MigratorOptions(build: "old")) -> String? {
    do {
      try tides.down(options)
    } catch MigrationError.wouldLose(let plan, _) {
      return plan
    } catch {
      Issue.record("\(error)")
    }
    return nil
  }

  @Test func aPolicyThatIsStoredIsHonouredByABuildThatDoesNotKnowIt() throws {
    let tides = try Self.make(Secret())
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x')")
    let before = try tides.scratch.contents()
    let id = try #require(refusal(tides))
    #expect(try tides.scratch.contents() == before)
    // Other rows are another loss.
    try tides.execute("UPDATE jobs SET secret = 'y'")
    let other = try #require(refusal(tides, MigratorOptions(build: "old", acceptedLoss: id)))
    #expect(other != id)
    try tides.down(MigratorOptions(build: "old", acceptedLoss: other))
    #expect(try !tides.hasAttic())
    try tides.up()
    #expect(try tides.list("SELECT * FROM jobs") == ["1 'a' -"])
  }

  @Test func emptyTablesAreNoLoss() throws {
    let tides = try Self.make(Secret())
    #expect(refusal(tides) == nil)
  }

  @Test func withoutTheAtticEveryLossIsSaid() throws {
    let tides = try Self.make(Change(2, up: "CREATE TABLE notes(a)", down: "DROP TABLE notes"))
    try tides.execute("INSERT INTO notes VALUES (1), (2)")
    do {
      try tides.down(MigratorOptions(build: "old", attic: .off))
      Issue.record("it was not refused")
    } catch let error as MigrationError {
      #expect(error.isRefusal)
      #expect(error.message.contains("2 Change drops it, table notes, 2 rows: the attic is off"))
    }
    try tides.down()
    try tides.up()
    #expect(try tides.list("SELECT a FROM notes") == ["1", "2"])
  }

  private static let copied = "INSERT INTO n(id, name) SELECT id, name FROM jobs;"

  /// By what the downgrade fills the table that it makes anew.
  @Test(
    arguments: [
      (copied, "TEXT", false), ("", "TEXT", true), (copied, "INTEGER", true),
      (copied.replacing("id, name FROM", with: "id, 'x' FROM"), "TEXT", true),
      (copied.replacing(";", with: " WHERE id > 1;"), "TEXT", true),
      (copied + "DELETE FROM n WHERE id = 1;", "TEXT", true), (copied + "UPDATE n SET name = 'x';", "TEXT", true),
      ("INSERT INTO n SELECT * FROM jobs;", "TEXT", false),
    ])
  func withoutTheAtticATableThatIsMadeAnewIsALossUnlessItIsCopied(_ fill: String, _ type: String, _ isLoss: Bool) throws
  {
    let make = { (type: String, fill: String) in
      "CREATE TABLE n(id INTEGER PRIMARY KEY, name \(type)); \(fill) DROP TABLE jobs; ALTER TABLE n RENAME TO jobs;"
    }
    let tides = try Tides(
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name \(type))",
      up: Upgrade(make("TEXT", Self.copied) + "CREATE INDEX i ON jobs(name)"),
      down: Downgrade(make(type, fill)))
    try tides.execute("INSERT INTO jobs VALUES (1, '007')")
    #expect((refusal(tides, MigratorOptions(build: "old", attic: .off)) != nil) == isLoss)
  }

  @Test func whatCannotBeKeptIsALoss() throws {
    let tides = try Self.make(
      Change(2, up: "CREATE VIRTUAL TABLE words USING fts5(w, content='')", down: "DROP TABLE words"))
    try tides.execute("INSERT INTO words(rowid, w) VALUES (1, 'tide')")
    let id = try #require(refusal(tides))
    try tides.down(MigratorOptions(build: "old", acceptedLoss: id))
  }

  @Test func aPlanSaysWhatItTouches() throws {
    let tides = try Self.make(
      Change(
        2,
        up: "ALTER TABLE jobs ADD COLUMN tier; CREATE TABLE notes(a); CREATE VIEW v AS SELECT tier FROM jobs",
        down: "DROP VIEW v; DROP TABLE notes; ALTER TABLE jobs DROP COLUMN tier"))
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x'), (2, 'b', 'y')")
    let connection = try tides.scratch.open()
    let plan = try Migrator(tides.older).plan(connection)
    let effects = try PlanEffects(of: plan, on: connection)
    #expect(effects.steps.map(\.id) == [2])
    #expect(effects.steps[0].tables.map(\.words) == ["drops the column tier", "drops it"])
    #expect(effects.steps[0].tables.map(\.rows) == [2, 0])
    #expect(effects.steps[0].objects == ["view v"])
    #expect(effects.lossID == nil)
    #expect(try PlanEffects(of: plan, on: connection, attic: .off).lossID != nil)
  }

  @Test func aDowngradeThatCannotBeTriedWithoutRowsIsGuessed() throws {
    // It only runs where there is a row.
    let tides = try Self.make(Change(2, up: "CREATE TABLE other(a)", down: "DROP TABLE other"))
    let top = Change(
      3, up: "ALTER TABLE jobs ADD COLUMN tier",
      down: """
        CREATE TABLE once(a NOT NULL); INSERT INTO once SELECT max(id) FROM jobs; DROP TABLE once;
        ALTER TABLE jobs DROP COLUMN tier
        """)
    let newer = Lineage(name: "test", migrations: tides.newer.migrations + [top])
    let options = MigratorOptions(build: "new", proves: false)
    try tides.scratch.migrate(newer, options)
    try tides.execute("INSERT INTO jobs VALUES (1, 'a', 'x')")
    let connection = try tides.scratch.open()
    let effects = try PlanEffects(of: Migrator(tides.older).plan(connection), on: connection)
    #expect(effects.steps[0].guessed != nil)
    try tides.down()
    try tides.scratch.migrate(newer, options)
    #expect(try tides.list("SELECT * FROM jobs") == ["1 'a' 'x'"])
  }

  @Test(arguments: [
    "CREATE TRIGGER g AFTER UPDATE ON jobs BEGIN DELETE FROM notes; END",
    "CREATE VIEW v AS SELECT id, name FROM jobs; "
      + "CREATE TRIGGER g INSTEAD OF UPDATE ON v BEGIN UPDATE jobs SET name = new.name; END; "
      + "CREATE TRIGGER h AFTER UPDATE ON \"jobs\" BEGIN DELETE FROM \"notes\"; END",
  ]) func whatATriggerWritesIsGuessedToo(_ triggers: String) throws {
    let base = "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name); CREATE TABLE notes(id INTEGER PRIMARY KEY, a)"
    let tides = try Tides(
      [Change(1, up: Upgrade(base), down: .derived), Change(2, up: Upgrade(triggers), down: .derived)],
      [Change(3, up: "CREATE TABLE other(a)", down: "DROP TABLE other")])
    try tides.execute("INSERT INTO jobs VALUES (1, 'a'); INSERT INTO notes VALUES (1, 'x')")
    let target = triggers.contains("VIEW v") ? "v" : "jobs"
    let connection = try tides.scratch.open()
    try connection.run(
      "UPDATE tidemark_changelog SET downgrade = ? WHERE id = 3",
      """
      CREATE TABLE once(a NOT NULL); INSERT INTO once SELECT max(id) FROM \(target); DROP TABLE once;
      UPDATE \(target) SET name = 'gone'; DROP TABLE other
      """)
    let effects = try PlanEffects(of: Migrator(tides.older).plan(connection), on: connection)
    #expect(effects.steps[0].guessed != nil)
    #expect(Set(effects.steps[0].tables.map(\.table)) == ["jobs", "notes", "other"])
    try connection.close()
    try tides.down()
    #expect(try tides.list("SELECT * FROM notes") == [])
    try tides.up()
    #expect(try tides.list("SELECT * FROM notes") == ["1 'x'"])
  }
}
