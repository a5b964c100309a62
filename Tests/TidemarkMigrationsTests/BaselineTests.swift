// A baseline folds migrations away; builds from before it, and from before some of what it folded, still understand.
import Testing
import TidemarkMigrations
import TidemarkSQLite

@Suite struct BaselineTests {
  static func retired(_ ids: MigrationID...) -> [RetiredMigration] {
    ids.map {
      RetiredMigration(
        id: $0, name: "Table\($0)", revision: 0, upgradeDigest: tables($0).upgradeDigests[$0] ?? "",
        downgrade: "DROP TABLE t\($0)", irreversible: nil,
        objects: #"{"added":["index i\#($0)","table t\#($0)"],"changed":[],"removed":[]}"#)
    }
  }

  static func schema(_ ids: MigrationID...) -> String {
    ids.map { "CREATE TABLE t\($0)(a, b);\nCREATE INDEX i\($0) ON t\($0)(a);\n" }.joined()
  }

  /// 1 and 2 folded, 3 compiled in.
  static let folded = Lineage(
    name: "test", migrations: [table(3)], baseline: Baseline(schema: schema(1, 2), retired: retired(1, 2)), head: nil,
    sources: [:])

  @Test func aNewDatabaseStartsFromTheBaselineAndHasEveryDowngrade() throws {
    let scratch = try Scratch()
    let report = try scratch.migrate(Self.folded)
    #expect(report.outcome == .created)
    #expect(report.steps.map(\.step.kind) == [.baseline, .upgrade])
    #expect(try scratch.tables() == ["t1", "t2", "t3"])
    let changelog = try #require(try ChangelogTables(scratch.open()).state().changelog)
    #expect(changelog.unfolded.map(\.id) == [1, 2, 3])
    #expect(!changelog.unfolded.contains { !$0.hasWayBack })
  }

  @Test func aDatabaseThatHadThemIsTakenAndNoSQLOfTheirsRuns() throws {
    let scratch = try Scratch()
    try scratch.migrate(tables(1, 2))
    try scratch.execute("INSERT INTO t1 VALUES(1, 1)")
    let report = try scratch.migrate(Self.folded)
    #expect(report.steps.map(\.step.kind) == [.retire, .upgrade])
    #expect(try scratch.ids() == [3])
    #expect(try scratch.value("SELECT count(*) FROM t1", as: Int.self) == 1)
    #expect(try scratch.migrate(Self.folded).outcome == .upToDate)
  }

  @Test(arguments: [true, false])
  func buildsFromBeforeTheBaselineStillUnderstand(_ isNew: Bool) throws {
    let scratch = try Scratch()
    if !isNew { try scratch.migrate(tables(1, 2)) }
    try scratch.migrate(Self.folded)
    try scratch.execute("INSERT INTO t1 VALUES('kept', 1); INSERT INTO t2 VALUES('kept', 1)")
    // One that knows all of it finds nothing to do.
    #expect(try scratch.migrate(tables(1, 2, 3)).outcome == .upToDate)
    // One from before 3 undoes 3, and finds its own entries again.
    let report = try scratch.migrate(tables(1, 2))
    #expect(report.undone == [3])
    #expect(try scratch.ids() == [1, 2])
    // One from before some of what was folded undoes that too.
    try scratch.migrate(Self.folded)
    try scratch.migrate(tables(1))
    #expect(try scratch.tables() == ["t1"])
    #expect(try scratch.value("SELECT a FROM t1", as: String.self) == "kept")
    // And the build with the baseline refuses what is now too old.
    #expect(MigrationError.code { try scratch.migrate(Self.folded) } == "too-old")
  }

  @Test(arguments: [true, false])
  func aBuildWithoutMigrationsUndoesAllDownToItsBaseline(_ isNew: Bool) throws {
    let scratch = try Scratch()
    if !isNew { try scratch.migrate(tables(1, 2, 3)) }
    let later = Lineage(
      name: "test", migrations: [table(3), table(4)],
      baseline: Baseline(schema: Self.schema(1, 2), retired: Self.retired(1, 2)), head: nil, sources: [:])
    try scratch.migrate(later)
    try scratch.execute("INSERT INTO t1 VALUES('kept', 1); INSERT INTO t4 VALUES('goes', 1)")
    let bare = Lineage(
      name: "test", migrations: [], baseline: Baseline(schema: Self.schema(1, 2), retired: Self.retired(1, 2)),
      head: nil, sources: [:])
    let report = try scratch.migrate(bare)
    #expect(report.steps.map(\.step.kind) == [.downgrade, .downgrade])
    #expect(report.steps.map(\.step.id) == [4, 3])
    #expect(try scratch.ids().isEmpty)
    #expect(try scratch.tables() == ["t1", "t2"])
    #expect(try scratch.value("SELECT a FROM t1", as: String.self) == "kept")
    // The baseline stays, with what it retired: nothing of that is undone, and all can come back.
    let changelog = try #require(try ChangelogTables(scratch.open()).state().changelog)
    #expect(changelog.folded?.id == 2)
    #expect(changelog.unfolded.map(\.id) == [1, 2])
    #expect(try scratch.migrate(bare).outcome == .upToDate)
    #expect(try scratch.migrate(later).applied == [3, 4])
  }

  @Test func aLaterBaselineFoldsFurther() throws {
    let scratch = try Scratch()
    try scratch.migrate(Self.folded)
    let further = Lineage(
      name: "test", migrations: [table(4)],
      baseline: Baseline(schema: Self.schema(1, 2, 3), retired: Self.retired(1, 2, 3)), head: nil, sources: [:])
    try scratch.migrate(further)
    #expect(try scratch.ids() == [4])
    #expect(try scratch.migrate(Self.folded).undone == [4])
    #expect(try scratch.ids() == [3])
    #expect(try scratch.tables() == ["t1", "t2", "t3"])
  }

  @Test func aBaselineWithoutRetiredMigrationsIsOnlyABeginning() throws {
    let scratch = try Scratch()
    let start = Lineage(
      name: "test", migrations: [table(1)], baseline: Baseline(schema: "CREATE TABLE base(x)", retired: []), head: nil,
      sources: [:])
    try scratch.migrate(start)
    #expect(try scratch.tables() == ["base", "t1"])
    #expect(try scratch.migrate(start).outcome == .upToDate)
  }

  @Test func aMigrationBothFoldedAndCompiledInIsAFault() throws {
    let both = Lineage(
      name: "test", migrations: [table(1)], baseline: Baseline(schema: Self.schema(1), retired: Self.retired(1)),
      head: nil, sources: [:])
    #expect(MigrationError.code { try Scratch().migrate(both) } == "invalid-lineage")
  }
}
