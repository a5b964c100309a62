// What stands in a database that came from outside: the changelog and its JSON, and recorded changes.
@testable internal import TidemarkMigrations
internal import TidemarkSchema

@testable internal import TidemarkSQLite

enum DatabaseInput {
  /// Puts the bytes into every text column of a changelog and its meta table, and reads them as an older build would.
  static func runChangelog(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    _ = ObjectChanges(json: text)
    _ = try? Changelog.Folded(json: text)
    _ = try? BackfillCursor(json: text)
    _ = Verdict(text)
    let lineage = Lineage(name: "fuzz", migrations: [First()])
    let connection = try Connection.inMemory()
    try Migrator(lineage).migrate(connection)
    let parts = text.split(separator: "\u{1}", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
    func part(_ number: Int) -> String { number < parts.count ? parts[number] : text }
    try connection.run(
      "INSERT INTO tidemark_changelog(id, position, name, revision, applied_at, applied_by, upgrade_digest, downgrade, "
        + "objects, proof) VALUES(2, 2, ?1, 0, ?1, ?1, ?1, ?2, ?3, ?4)", part(0), part(1), part(2), part(3))
    try? connection.run("UPDATE tidemark_meta SET value = ?1 WHERE key = 'baseline'", part(4))
    _ = try? Migrator(lineage).status(connection)
    _ = try? Migrator(lineage).plan(connection)
    // The stored SQL runs, and whatever it is: the schema is the build's afterwards, or all is as it was.
    var options = MigratorOptions()
    options.trustsVerification = false
    // An end that comes in no time: a fuzzer has many to try, and a sanitizer makes each slower.
    options.storedWork = 2_000_000
    let before = try Schema.read(from: connection).fingerprint(.exact)
    let worked = (try? Migrator(lineage, options: options).migrate(connection)) != nil
    let after = try Schema.read(from: connection)
    if worked {
      try FuzzFinding.unless(after.objects.contains { $0.name == "jobs" }, "a table of the build's is gone")
    } else {
      try FuzzFinding.unless(after.fingerprint(.exact) == before, "a plan that failed has changed the schema")
    }
    let attached: Int64? = try connection.value("SELECT count(*) FROM pragma_database_list WHERE name != 'temp'")
    try FuzzFinding.unless(attached == 1, "stored SQL has attached a database")
  }

  private struct First: Migration {
    var id: MigrationID { 1 }
    var name: String { "First" }
    var upgrade: Upgrade { "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL)" }
    var downgrade: Downgrade { "DROP TABLE jobs" }
  }

  /// Reads recorded changes, and makes them on a table.
  static func runChangeset(_ bytes: [UInt8]) throws {
    let changeset = Changeset(bytes: bytes)
    let counts = try? changeset.counts()
    _ = try? changeset.tables(givingNull: ["t": [0, 1]])
    // Only what reads as a changeset ever comes to SQLite.
    guard counts != nil else { return }
    let connection = try Connection.inMemory()
    try connection.execute(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, x, y); INSERT INTO t VALUES(1, 'a', 1), (2, NULL, 2.5);"
        + "CREATE TABLE other(id INTEGER PRIMARY KEY, x); INSERT INTO other VALUES(1, 'b')")
    let inverse = try? changeset.inverted()
    _ = try? connection.transaction { try changeset.apply(to: connection) { $0 == "t" } }
    if let inverse { _ = try? connection.transaction { try inverse.apply(to: connection) { $0 == "t" } } }
    let rest: String? = try connection.value("SELECT group_concat(x) FROM other")
    try FuzzFinding.unless(rest == "b", "a changeset has changed a table that it was kept from")
  }
}
