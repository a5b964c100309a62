// Folding a lineage into a baseline: the texts, what a build made of them does, and what is refused.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

@Suite struct FoldTests {
  @Test(arguments: 1...6)
  func aNewDatabaseIsTheSameAsOneThatRanEverything(_ through: Int) throws {
    let lineage = Folding.lineage()
    let fold = try BaselineFold.make(lineage: lineage, through: MigrationID(Int64(through)))
    #expect(fold.folded.map(\.rawValue) == (1...Int64(through)).map { $0 })
    #expect(fold.folded + fold.remaining == lineage.ids)
    #expect(fold.proof.unsteady == [])

    let (whole, folded) = (try Scratch(), try Scratch())
    try whole.migrate(lineage)
    try folded.migrate(Folding.build(fold, of: lineage))
    #expect(try folded.own() == whole.own())
    #expect(fold.proof.head == (try Schema.read(from: whole.open()).fingerprint(.exact)))
    #expect(try folded.value("SELECT count(*) FROM notes WHERE notes MATCH 'water'", as: Int.self) == 2)
    #expect(try folded.value("SELECT rowid FROM roles_found WHERE roles_found MATCH 'db'", as: Int.self) == 4)
    #expect(try folded.value("PRAGMA user_version", as: Int.self) == 5)
    // The next row is numbered past the one that was deleted.
    try folded.execute("INSERT INTO jobs(role) VALUES('next')")
    #expect(try folded.value("SELECT max(id) FROM jobs", as: Int.self) == 5)
  }

  @Test func foldingTwiceGivesTheSameBytesAndInTwoGoesTheSameTokens() throws {
    let lineage = Folding.lineage()
    let once = try BaselineFold.make(lineage: lineage, through: 5)
    let again = try BaselineFold.make(lineage: lineage, through: 5)
    #expect(once == again)
    let first = try BaselineFold.make(lineage: lineage, through: 2)
    let further = try BaselineFold.make(lineage: Folding.build(first, of: lineage), through: 5)
    #expect(further.folded == [3, 4, 5])
    // Layout is the author's, and a column dropped from a table that was laid out leaves another one.
    #expect(Digest.ofSQL(further.schemaSQL) == Digest.ofSQL(once.schemaSQL))
    #expect(further.retiredSQL == once.retiredSQL)
  }

  @Test func theTextsCanBeRead() throws {
    let fold = try BaselineFold.make(lineage: Folding.lineage(), through: 3)
    #expect(fold.schemaSQL.hasPrefix("-- The baseline of the lineage test"))
    #expect(fold.schemaSQL.contains("through 3 Watch"))
    #expect(fold.schemaSQL.contains("INSERT INTO history(rowid, job, note, at) VALUES(7, 2, x'00ff', 1e+300);"))
    #expect(!fold.schemaSQL.lowercased().contains("tidemark_"))
    #expect(fold.retiredSQL.contains("DROP VIEW roles; DROP TRIGGER jobs_added"))
    #expect(SchemaCheck.failure(of: fold.schemaSQL) == nil)
  }

  @Test(arguments: 1...6)
  func aDatabaseThatHadThemIsTakenAndOneThatLacksSomeIsRefused(_ had: Int) throws {
    let lineage = Folding.lineage()
    let build = try Folding.build(BaselineFold.make(lineage: lineage, through: 3), of: lineage)
    let scratch = try Scratch()
    try scratch.migrate(Folding.lineage(through: had))
    try scratch.execute("INSERT INTO jobs(role) VALUES('kept')")
    let bytes = try scratch.bytes()
    if had < 3 {
      #expect(Folding.code { try scratch.migrate(build) } == "too-old")
      #expect(try scratch.bytes() == bytes)
    } else {
      let report = try scratch.migrate(build)
      #expect(report.steps.map(\.step.kind) == [.retire] + (had..<6).map { _ in .upgrade })
      #expect(try scratch.value("SELECT count(*) FROM jobs WHERE role = 'kept'", as: Int.self) == 1)
      #expect(try scratch.migrate(build).outcome == .upToDate)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4])
  func anEarlierBuildRunsOnADatabaseMadeAfterTheBaseline(_ through: Int) throws {
    let lineage = Folding.lineage(through: 4)
    let build = try Folding.build(BaselineFold.make(lineage: lineage, through: 3), of: lineage)
    let scratch = try Scratch()
    try scratch.migrate(build)
    try scratch.execute("INSERT INTO jobs(role) VALUES('kept')")
    let earlier = lineage.prefix(through: MigrationID(Int64(through)))
    let report = try scratch.migrate(earlier)
    #expect(report.undone == lineage.ids.filter { $0.rawValue > through })
    let changelog = try #require(try ChangelogTables(scratch.open()).state().changelog)
    #expect(changelog.unfolded.map(\.id) == earlier.ids)
    if through > 0 {
      #expect(try scratch.value("SELECT count(*) FROM jobs WHERE role = 'kept'", as: Int.self) == 1)
    } else {
      #expect(try scratch.tables() == [])
    }
    // And back: what was folded is taken over where it is whole.
    if through >= 3 { #expect(try scratch.migrate(build).after == [1, 2, 3, 4]) }
  }

  @Test func anIrreversibleMigrationStaysIrreversible() throws {
    let lineage = Folding.lineage()
    let build = try Folding.build(BaselineFold.make(lineage: lineage, through: 6), of: lineage)
    #expect(build.migrations.isEmpty)
    let scratch = try Scratch()
    try scratch.migrate(build)
    #expect(Folding.code { try scratch.migrate(Folding.lineage(through: 4)) } == "no-way-back")
    #expect(try scratch.migrate(Folding.lineage(through: 5)).undone == [6])
  }

  @Test func aDatabaseWithAFoldedBackfillUnfinishedIsRefused() throws {
    let whole = lineage(
      Change(1, up: "CREATE TABLE a(x, y); INSERT INTO a(x) VALUES(1), (2), (3)", down: "DROP TABLE a"),
      Change(
        2, "Fill", up: .batched(table: "a", size: 1, "UPDATE a SET y = x WHERE rowid BETWEEN :first AND :last"),
        down: ""))
    let build = try Folding.build(BaselineFold.make(lineage: whole, through: 2), of: whole)
    let scratch = try Scratch()
    try scratch.migrate(whole, MigratorOptions(build: "test", defersBackfills: true))
    #expect(Folding.code { try scratch.migrate(build) } == "unfinished")
    try scratch.migrate(whole)
    #expect(try scratch.migrate(build).steps.map(\.step.kind) == [.retire])
    #expect(try scratch.value("SELECT count(*) FROM a WHERE y = x", as: Int.self) == 3)
    let new = try Scratch()
    try new.migrate(build)
    #expect(try new.value("SELECT count(*) FROM a WHERE y = x", as: Int.self) == 3)
  }

  @Test func whatCannotBeFoldedIsRefusedByName() throws {
    let lineage = Folding.lineage()
    #expect(Folding.code { _ = try BaselineFold.make(lineage: lineage, through: 7) } == "unknown-target")
    let folded = try Folding.build(BaselineFold.make(lineage: lineage, through: 3), of: lineage)
    #expect(Folding.code { _ = try BaselineFold.make(lineage: folded, through: 2) } == "nothing-to-fold")
    #expect(Folding.code { _ = try BaselineFold.make(lineage: folded, through: 3) } == "nothing-to-fold")
    let empty = Lineage(name: "test", migrations: [])
    #expect(Folding.code { _ = try BaselineFold.make(lineage: empty, through: 1) } == "unknown-target")
  }

  @Test func rowsThatCannotBeWrittenAsSQLFailTheProof() throws {
    // A full-text index without content can be searched and not read: its rows cannot be carried over.
    let lineage = lineage(
      Change(
        1, "Index",
        up: "CREATE VIRTUAL TABLE found USING fts5(a, content=''); INSERT INTO found(rowid, a) VALUES(1, 'x')",
        down: "DROP TABLE found"))
    do {
      _ = try BaselineFold.make(lineage: lineage, through: 1)
      Issue.record("the rows of a contentless index were folded")
    } catch let MigrationError.foldDiffers(place, words) {
      #expect(place == "schema.sql")
      #expect(words.contains { $0.contains("table found, row 1") })
    }
  }

  @Test func whatRemainingMigrationsFillAtRandomIsNamedAndNotCompared() throws {
    let lineage = lineage(
      Change(1, "Seed", up: "CREATE TABLE a(x); INSERT INTO a VALUES(random())", down: "DROP TABLE a"),
      Change(2, "More", up: "CREATE TABLE b(x); INSERT INTO b VALUES(random())", down: "DROP TABLE b"))
    #expect(try BaselineFold.make(lineage: lineage, through: 1).proof.unsteady == ["b"])
    // Once it is folded, the number is that of the file.
    #expect(try BaselineFold.make(lineage: lineage, through: 2).proof.unsteady == [])
  }
}
