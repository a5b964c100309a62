// Tidemark's own tables in a database: their DDL, and reading and writing them by column name.
internal import TidemarkSchema
public import TidemarkSQLite

/// Reads and writes `tidemark_changelog`, `tidemark_meta` and `tidemark_history`.
///
/// Old and new builds share the tables: columns are only ever added, and are read by name.
public struct ChangelogTables {
  let connection: Connection

  /// The tables in the main database of a connection.
  public init(_ connection: Connection) { self.connection = connection }

  static let ddl = """
    CREATE TABLE tidemark_changelog(
      id             INTEGER PRIMARY KEY,
      position       INTEGER NOT NULL UNIQUE,
      name           TEXT NOT NULL,
      revision       INTEGER NOT NULL,
      applied_at     TEXT NOT NULL,
      applied_by     TEXT NOT NULL,
      upgrade_digest TEXT NOT NULL,
      downgrade      TEXT,
      irreversible   TEXT,
      objects        TEXT NOT NULL,
      proof          TEXT,
      batch          TEXT
    ) STRICT;
    CREATE INDEX tidemark_changelog_unfinished ON tidemark_changelog(id)
      WHERE (downgrade IS NULL AND irreversible IS NULL) OR batch IS NOT NULL;
    CREATE TABLE tidemark_meta(
      key   TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tidemark_history(
      id          INTEGER PRIMARY KEY,
      started_at  TEXT NOT NULL,
      build       TEXT NOT NULL,
      before      TEXT NOT NULL,
      after       TEXT NOT NULL,
      seconds     REAL NOT NULL,
      outcome     TEXT NOT NULL,
      detail      TEXT
    ) STRICT;
    """

  /// Makes the tables and writes whose database it is.
  func create(lineage: String) throws {
    try connection.execute(Self.ddl)
    try setMeta("lineage", lineage)
    try setMeta("format", String(Changelog.formatVersion))
    try setMeta("format_readable_by", "1")
  }

  // MARK: reading

  /// What the database says of itself.
  /// - Throws: `MigrationError.newerFormat` when its tables are of a kind this build cannot read,
  ///   `.damagedChangelog` when they do not make sense, `SQLiteError`.
  public func state() throws -> DatabaseState {
    let own = try connection.rows(
      """
      SELECT type, name, tbl_name, sql FROM main.sqlite_schema
      WHERE \(Schema.isTidemarks(column: "name")) OR \(Schema.isTidemarks(column: "tbl_name"))
      """)
    let tables = Set(own.filter { $0[0] == .text("table") }.compactMap { String(sqliteValue: $0[1]) })
    guard tables.contains("tidemark_changelog") else {
      if let planted = own.first {
        throw MigrationError.damagedChangelog("\(String(sqliteValue: planted[1]) ?? "") is there without a changelog")
      }
      let objects: Int64? = try connection.value(
        "SELECT count(*) FROM (SELECT 1 FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1)")
      return DatabaseState(changelog: nil, hasObjects: objects != 0)
    }
    // A trigger or a view among the tables would run, or lie, whenever they are used.
    for row in own where row[0] == .text("trigger") || row[0] == .text("view") {
      throw MigrationError.damagedChangelog(
        "\(String(sqliteValue: row[0]) ?? "") on \(String(sqliteValue: row[2]) ?? "")")
    }
    for object in try own.filter({ $0[0] == .text("index") && $0[3] != .null }).map(Self.object) {
      if !Self.isKnown(object) { throw MigrationError.damagedChangelog("\(object.title) on \(object.table)") }
    }
    for row in own where row[0] == .text("table") {
      if let fault = Self.fault(ofTable: String(sqliteValue: row[3]) ?? "") {
        throw MigrationError.damagedChangelog("\(String(sqliteValue: row[1]) ?? "") \(fault)")
      }
    }
    guard tables.contains("tidemark_meta"), tables.contains("tidemark_history") else {
      throw MigrationError.damagedChangelog("tidemark_meta or tidemark_history is missing")
    }
    if let needed = try meta("format_readable_by"), Int(needed).map({ $0 > Changelog.formatVersion }) ?? true {
      throw MigrationError.newerFormat(needed)
    }
    guard let lineage = try meta("lineage") else { throw MigrationError.damagedChangelog("it names no lineage") }
    let entries = try connection.rows("SELECT * FROM tidemark_changelog ORDER BY position").map(Self.entry)
    let changelog = try Changelog(lineage: lineage, entries: entries, folded: try folded()).checked()
    return DatabaseState(changelog: changelog, hasObjects: true)
  }

  private static func object(_ row: Row) throws -> SchemaObject {
    SchemaObject(type: .index, name: try row.get(1), table: try row.get(2), sql: try row.get(3))
  }

  /// Whether an index is one that Tidemark makes: the changelog's, or one over plain columns of an attic's table.
  private static func isKnown(_ index: SchemaObject) -> Bool {
    let statement = CreateStatement(index.sql ?? "")
    if nameKey(index.name) == "tidemark_changelog_unfinished" {
      return ddl.split(separator: ";").map { CreateStatement(String($0)) }.contains { known in
        known.kind == .index && known.line(known.tokens.indices) == statement.line(statement.tokens.indices)
      }
    }
    let list = (statement.body + 3)..<max(statement.body + 3, statement.tokens.count - 1)
    return [index.table, index.name].allSatisfy { nameKey($0).hasPrefix("tidemark_attic_") } && !statement.isUnique
      && list.allSatisfy { [.word, .quoted].contains(statement.tokens[$0].kind) || statement.isSymbol($0, 0x2C) }
  }

  private static func entry(_ row: Row) throws -> Changelog.Entry {
    do {
      let id: Int64 = try row.get("id")
      guard id > 0 else { throw MigrationError.damagedChangelog("an entry has id \(id)") }
      return Changelog.Entry(
        id: MigrationID(id), position: try row.get("position"), name: try row.get("name"),
        revision: try row.get("revision"), appliedAt: try row.get("applied_at"), appliedBy: try row.get("applied_by"),
        upgradeDigest: try row.get("upgrade_digest"), downgrade: try row.get("downgrade"),
        irreversible: try row.get("irreversible"), objects: try row.get("objects"), proof: try row.get("proof"),
        batch: String(sqliteValue: row["batch"]))
    } catch let error as SQLiteError {
      throw MigrationError.damagedChangelog(error.message)
    }
  }

  private func folded() throws -> Changelog.Folded? {
    try meta("baseline").map { try Changelog.Folded(json: $0) }
  }

  /// A value of `tidemark_meta`.
  func meta(_ key: String) throws -> String? {
    try connection.value("SELECT value FROM tidemark_meta WHERE key = ?", key)
  }

  // MARK: writing

  func setMeta(_ key: String, _ value: String?) throws {
    if let value {
      try connection.run(
        "INSERT INTO tidemark_meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        key, value)
    } else {
      try connection.run("DELETE FROM tidemark_meta WHERE key = ?", key)
    }
  }

  func setFolded(_ folded: Changelog.Folded?) throws {
    try setMeta("baseline", try folded?.json)
  }

  /// The statement that writes an entry; prepared once for a whole plan.
  static let insertion = """
    INSERT INTO tidemark_changelog(
      id, position, name, revision, applied_at, applied_by, upgrade_digest, downgrade, irreversible, objects, proof, batch)
    VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  func insert(_ entry: Changelog.Entry, with prepared: Statement? = nil) throws {
    let statement = try prepared ?? connection.prepare(Self.insertion)
    try statement.run(
      entry.id.rawValue, entry.position, entry.name, entry.revision, entry.appliedAt, entry.appliedBy,
      entry.upgradeDigest, entry.downgrade, entry.irreversible, entry.objects, entry.proof, entry.batch)
  }

  func remove(_ id: MigrationID) throws {
    try connection.run("DELETE FROM tidemark_changelog WHERE id = ?", id.rawValue)
  }

  /// Stores the way back of an entry that lacks it, or a corrected one.
  func store(_ downgrade: Downgrade, revision: Int, digest: String, proof: String?, for id: MigrationID) throws {
    try connection.run(
      """
      UPDATE tidemark_changelog SET downgrade = ?, irreversible = ?, revision = ?, upgrade_digest = ?, proof = ?
      WHERE id = ?
      """, downgrade.sql, downgrade.reason, revision, digest, proof, id.rawValue)
  }

  /// Takes a higher revision whose downgrade is the one that is stored.
  func correct(revision: Int, digest: String, for id: MigrationID) throws {
    try connection.run(
      "UPDATE tidemark_changelog SET revision = ?, upgrade_digest = ? WHERE id = ?", revision, digest, id.rawValue)
  }

  /// Where a backfill stands; nil where it is done, or there is none.
  func batch(of id: MigrationID) throws -> String? {
    try connection.value("SELECT batch FROM tidemark_changelog WHERE id = ? AND batch IS NOT NULL", id.rawValue)
  }

  func setBatch(_ json: String?, for id: MigrationID) throws {
    try connection.run("UPDATE tidemark_changelog SET batch = ? WHERE id = ?", json, id.rawValue)
  }

  /// The position after the last, those of entries that a baseline stands for among them: they may come back.
  func nextPosition() throws -> Int64 {
    let last: Int64 = try connection.value("SELECT coalesce(max(position), 0) FROM tidemark_changelog") ?? 0
    return max(last, try folded()?.retired.map(\.position).max() ?? 0) + 1
  }

  /// Puts entries that a baseline stood for back where they were.
  func unfold(_ retired: [Changelog.Entry]) throws {
    // Builds that did not know better have counted from 1 behind a baseline: what they applied goes behind it.
    let taken = Set(
      try connection.rows("SELECT position FROM tidemark_changelog").map { try $0.get(0, as: Int64.self) })
    if !taken.isDisjoint(with: retired.map(\.position)) {
      let last = retired.map(\.position).max() ?? 0
      try connection.run("UPDATE tidemark_changelog SET position = -1 - position")
      try connection.run("UPDATE tidemark_changelog SET position = ? - position", last)
    }
    let insertion = try connection.prepare(Self.insertion)
    for entry in retired { try insert(entry, with: insertion) }
  }

  func addHistory(_ row: HistoryRow) throws {
    try connection.run(
      "INSERT INTO tidemark_history(started_at, build, before, after, seconds, outcome, detail) VALUES(?,?,?,?,?,?,?)",
      row.startedAt, row.build, row.before, row.after, row.seconds, row.outcome, row.detail)
  }

  /// The runs that changed something or failed, newest first.
  /// - Throws: `SQLiteError`.
  public func history(limit: Int = 100) throws -> [HistoryRow] {
    try connection.rows("SELECT * FROM tidemark_history ORDER BY id DESC LIMIT ?", limit).map { row in
      HistoryRow(
        startedAt: try row.get("started_at"), build: try row.get("build"), before: try row.get("before"),
        after: try row.get("after"), seconds: try row.get("seconds"), outcome: try row.get("outcome"),
        detail: try row.get("detail"))
    }
  }
}

/// A run that changed something or failed.
public struct HistoryRow: Sendable, Hashable, Codable {
  /// When it began: RFC 3339, UTC.
  public var startedAt: String
  /// The build that ran it.
  public var build: String
  /// The ids applied before.
  public var before: String
  /// The ids applied afterwards.
  public var after: String
  /// How long it took.
  public var seconds: Double
  /// "done" or "failed".
  public var outcome: String
  /// What it did, or why it failed.
  public var detail: String?
}
