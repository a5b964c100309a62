// Foreign keys in a plan: what it breaks is refused, and what was broken before it is in nobody's way.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct ForeignKeyTests {
  static let family = Change(
    1, "Family",
    up: """
      CREATE TABLE p(id INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id));
      """, down: "DROP TABLE c; DROP TABLE p")
  /// A row with its parent, and one that has none: it is older than any plan.
  static let rows = "INSERT INTO p VALUES(1, 'a'), (2, 'b'); INSERT INTO c VALUES(1, 1), (2, 2), (3, 77)"

  static func prepared(_ rows: String = rows) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.migrate(lineage(family))
    try scratch.execute(rows)
    return scratch
  }

  private func refusal(_ scratch: Scratch, _ lineage: Lineage) throws -> String? {
    do {
      try scratch.migrate(lineage, MigratorOptions(proves: false))
      return nil
    } catch let error as MigrationError {
      return "\(error.code): \(error.message)"
    }
  }

  @Test func aKeyThatFitsNoIndexIsToldAndInNobodysWay() throws {
    let scratch = try Self.prepared()
    try scratch.execute("CREATE TABLE x(a); CREATE TABLE y(a REFERENCES x(a)); INSERT INTO y VALUES(1)")
    let both = lineage(Self.family, Change(2, up: "ALTER TABLE p ADD COLUMN q", down: .derived))
    #expect(try scratch.migrate(both).notes.contains { $0.contains("foreign keys of y cannot be checked") })
    // Those that can be checked are.
    let third = Change(3, up: "DELETE FROM p WHERE id = 2", down: "")
    let said = try refusal(scratch, Lineage(name: "test", migrations: both.migrations + [third]))
    #expect(said?.hasPrefix("foreign-keys: ") == true, "\(said ?? "")")
    try scratch.migrate(lineage(Self.family))
  }

  /// A table of which one key fits no index, beside one that does.
  static let half =
    "CREATE TABLE x(a); CREATE TABLE y(id INTEGER PRIMARY KEY, a REFERENCES x(a), p REFERENCES p); INSERT INTO y VALUES(8, 1, 2)"

  @Test(arguments: [
    "DELETE FROM p WHERE id = 2; DELETE FROM c", "ALTER TABLE p RENAME TO q; DELETE FROM q WHERE id = 2; DELETE FROM c",
  ]) func aGoodKeyBesideOneThatFitsNoIndexIsChecked(_ sql: String) throws {
    let scratch = try Self.prepared()
    try scratch.execute(Self.half)
    let said = try refusal(scratch, lineage(Self.family, Change(2, up: Upgrade(sql), down: .irreversible("rows go"))))
    #expect(said?.contains("row 8 of y refers to a missing row of") == true, "\(said ?? "")")
    // What was so before is in nobody's way.
    try scratch.execute("INSERT INTO y VALUES(9, 3, 44)")
    #expect(
      try scratch.migrate(lineage(Self.family, table(2))).notes.contains { $0.contains("of y cannot be checked") })
  }

  @Test func whatAnAlterationCannotCheckIsTold() throws {
    let scratch = try Self.prepared()
    try scratch.execute(Self.half)
    let connection = try scratch.open()
    var to = try Schema.read(from: connection)
    to.objects.append(SchemaObject(type: .table, name: "z", table: "z", sql: "CREATE TABLE z(a)"))
    let report = try Alterer(to: to, options: Alterer.Options(allowsManaged: true)).alter(connection)
    #expect(report.notes.contains { $0.contains("the foreign keys of y cannot be checked") }, "\(report.notes)")
  }

  @Test func aKeyThatFitsNoIndexIsRefusedWhereThePlanMakesIt() throws {
    let scratch = try Self.prepared("")
    let wrong = Change(2, up: "CREATE TABLE d(name REFERENCES p(name))", down: "DROP TABLE d")
    let said = try refusal(scratch, lineage(Self.family, wrong))
    #expect(said?.hasPrefix("foreign-keys: ") == true, "\(said ?? "")")
    #expect(said?.contains("the foreign keys of d cannot be checked") == true)
  }

  /// What renames, and what orphans no row with it.
  static let renames: [(String, String)] = [
    ("ALTER TABLE c RENAME TO d", "ALTER TABLE d RENAME TO c"),
    ("ALTER TABLE p RENAME TO q", "ALTER TABLE q RENAME TO p"),
    (
      "ALTER TABLE p RENAME TO q; ALTER TABLE c RENAME TO d; CREATE TABLE c(x REFERENCES q); INSERT INTO c VALUES(1)",
      "DROP TABLE c; ALTER TABLE d RENAME TO c; ALTER TABLE q RENAME TO p"
    ),
    (
      """
      ALTER TABLE c RENAME TO d; ALTER TABLE p RENAME TO c; ALTER TABLE d RENAME TO p
      """, "ALTER TABLE p RENAME TO d; ALTER TABLE c RENAME TO p; ALTER TABLE d RENAME TO c"
    ),
  ]

  @Test(arguments: renames) func anOldOrphanIsNotNewWhereItsTableIsRenamed(_ up: String, _ down: String) throws {
    let scratch = try Self.prepared()
    let change = Change(2, up: Upgrade(up), down: Downgrade(down))
    #expect(try refusal(scratch, lineage(Self.family, change)) == nil)
    #expect(try refusal(scratch, lineage(Self.family)) == nil)
    #expect(try scratch.value("SELECT p FROM c WHERE id = 3", as: Int.self) == 77)
  }

  @Test(arguments: [
    """
    CREATE TABLE n(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id), extra);
    INSERT INTO n(id, p) SELECT id, p FROM d; DROP TABLE d; ALTER TABLE n RENAME TO d
    """,
    """
    ALTER TABLE d RENAME TO o; CREATE TABLE d(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id), extra);
    INSERT INTO d(id, p) SELECT id, p FROM o; DROP TABLE o
    """,
  ]) func aTableThatIsRenamedAndMadeAnewKeepsItsOldOrphans(_ anew: String) throws {
    let scratch = try Self.prepared()
    let rename = Change(2, up: "ALTER TABLE c RENAME TO d", down: "ALTER TABLE d RENAME TO c")
    let remake = Change(3, up: Upgrade(anew), down: "ALTER TABLE d DROP COLUMN extra")
    #expect(try refusal(scratch, lineage(Self.family, rename, remake)) == nil)
    let both = Change(2, up: Upgrade("ALTER TABLE c RENAME TO d; " + anew), down: .irreversible("it stays"))
    #expect(try refusal(Self.prepared(), lineage(Self.family, both)) == nil)
  }

  @Test(arguments: [
    "ALTER TABLE c RENAME TO d; DELETE FROM p WHERE id = 2", "DELETE FROM p WHERE id = 2",
    "ALTER TABLE c RENAME TO old; CREATE TABLE c(p REFERENCES p); INSERT INTO c VALUES(5)",
  ]) func aNewOrphanBesideAnOldOneIsRefused(_ up: String) throws {
    let scratch = try Self.prepared()
    let before = try scratch.contents()
    let change = Change(2, up: Upgrade(up), down: .irreversible("rows go"))
    let said = try refusal(scratch, lineage(Self.family, change))
    #expect(said?.hasPrefix("foreign-keys: ") == true, "\(said ?? "")")
    // Which are new is said, too.
    #expect(said?.contains("row 3 of") == false, "\(said ?? "")")
    #expect(try scratch.contents() == before)
  }

  /// What mends the old orphan and makes a new one in its place.
  @Test(arguments: [
    "UPDATE c SET p = 1 WHERE id = 3; DELETE FROM p WHERE id = 2",
    "DELETE FROM c WHERE id = 3; DELETE FROM p WHERE id = 2",
    "ALTER TABLE c RENAME TO d; UPDATE d SET p = 1 WHERE id = 3; DELETE FROM p WHERE id = 2",
  ]) func anOldOrphanThatIsMendedExcusesNoNewOne(_ up: String) throws {
    let scratch = try Self.prepared()
    let before = try scratch.contents()
    let change = Change(2, up: Upgrade(up), down: .irreversible("rows go"))
    let said = try refusal(scratch, lineage(Self.family, change))
    #expect(said?.contains("row 2 of") == true, "\(said ?? "")")
    #expect(said?.contains("row 3 of") == false, "\(said ?? "")")
    #expect(try scratch.contents() == before)
    // Mended alone it is in nobody's way.
    let mends = Change(2, up: "UPDATE c SET p = 1 WHERE id = 3", down: .irreversible("it is mended"))
    #expect(try refusal(scratch, lineage(Self.family, mends)) == nil)
  }

  @Test func codeThatMakesATableAnewKeepsItsOldOrphans() throws {
    let scratch = try Self.prepared()
    let change = Change(
      2,
      up: .run { connection in
        try connection.execute(
          """
          CREATE TABLE kept AS SELECT p FROM c WHERE p = 77; DROP TABLE c;
          CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id)); INSERT INTO c(id, p) SELECT 9, p FROM kept;
          DROP TABLE kept
          """)
      }, down: .irreversible("rows go"))
    #expect(try refusal(scratch, lineage(Self.family, change)) == nil)
  }

  @Test func manyOrphansAreToldInFewWords() throws {
    let scratch = try Self.prepared(
      """
      INSERT INTO p VALUES(1, 'a');
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
      INSERT INTO c SELECT i, 1 FROM n
      """)
    let said = try refusal(
      scratch, lineage(Self.family, Change(2, up: "DELETE FROM p", down: .irreversible("rows go"))))
    #expect(said?.contains("row 1 of c refers to a missing row of p") == true, "\(said ?? "")")
    #expect(said?.contains("and 995 more") == true, "\(said ?? "")")
    #expect(said?.contains("row 6 of c") == false)
  }

  @Test func rowsWithoutNumbersAreCounted() throws {
    let scratch = try Self.prepared("INSERT INTO p VALUES(1, 'a'), (2, 'b'), (3, 'c')")
    let keyed = Change(2, up: "CREATE TABLE k(p PRIMARY KEY REFERENCES p) WITHOUT ROWID", down: "DROP TABLE k")
    try scratch.migrate(lineage(Self.family, keyed))
    try scratch.execute("INSERT INTO k VALUES(1), (2), (3), (77)")
    let third = Change(3, up: "DELETE FROM p WHERE id > 1", down: .irreversible("rows go"))
    let said = try refusal(scratch, lineage(Self.family, keyed, third))
    #expect(said?.contains("3 rows of k refer to missing rows of p, and 1 did before") == true, "\(said ?? "")")
  }
}
