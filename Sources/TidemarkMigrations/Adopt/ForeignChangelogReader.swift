// Reads what other tools keep in a database. Their tables are told by name and by the columns they have to have, so that a
// service's own table of such a name is none.
internal import TidemarkSQLite

/// Looks for other tools' tables.
///
/// The shapes: GRDB's DatabaseMigrator; Active Record's schema_migrations; golang-migrate's sqlite3 driver; goose's sqlite3
/// dialect; sqlx-sqlite's migrate; Alembic's version table; Django's MigrationRecorder; Flyway's history on SQLite; the
/// changelog of MyBatis Migrations' first script; Sqitch's registry on SQLite.
struct ForeignChangelogReader {
  /// The most rows of one record: what is there is not trusted to be small.
  private static let mostRows = 100_000
  /// The most characters of one version.
  private static let longest = 300

  private let connection: Connection
  /// Before the names of tables that are not in the database itself.
  private let place: String
  /// Names, folded, with the columns, folded.
  private var tables: [String: (name: String, columns: Set<String>)] = [:]

  init(_ connection: Connection, place: String = "") throws {
    self.connection = connection
    self.place = place
    let rows = try connection.rows(
      """
      SELECT s.name, lower(c.name) FROM sqlite_schema s JOIN pragma_table_info(s.name) c
      WHERE s.type = 'table' AND s.rootpage > 0
      """)
    for row in rows {
      let name: String = try row.get(0)
      tables[name.lowercased(), default: (name, [])].columns.insert(try row.get(1))
    }
  }

  /// All that is found.
  func read() throws -> [ForeignChangelog] {
    try [
      grdb(), rails(), golangMigrate(), goose(), sqlx(), alembic(), django(), flyway(), myBatis(), sqitch(),
    ].compactMap(\.self)
  }

  /// The table's name where it has these columns.
  private func table(_ name: String, _ columns: String...) -> String? {
    guard let found = tables[name], found.columns.isSuperset(of: columns) else { return nil }
    return found.name
  }

  private func rows(_ sql: String) throws -> [Row] {
    let found = try connection.rows(sql + " LIMIT \(Self.mostRows + 1)")
    guard found.count <= Self.mostRows else {
      throw MigrationError.damagedChangelog("another tool's record has more than \(Self.mostRows) rows")
    }
    return found
  }

  /// A column as text, whatever its values are.
  private func texts(_ column: String, of table: String, _ rest: String) throws -> [String] {
    try rows("SELECT \(Self.text(column)) FROM \(SQL.quote(table)) \(rest)")
      .compactMap { String(sqliteValue: $0[0]) }
  }

  private static func text(_ column: String) -> String { "substr(CAST(\(column) AS TEXT), 1, \(longest))" }

  private func found(
    _ tool: ForeignChangelog.Tool, _ tables: [String], _ versions: [String], newestOnly: Bool = false,
    unfinished: [String] = [], _ why: String = ""
  ) -> ForeignChangelog {
    ForeignChangelog(
      tool: tool, tables: tables.map { place + $0 }, versions: versions, keepsNewestOnly: newestOnly,
      unfinished: unfinished.isEmpty ? nil : "\(unfinished.joined(separator: ", ")) \(why)")
  }

  // MARK: tools

  private func grdb() throws -> ForeignChangelog? {
    guard let name = table("grdb_migrations", "identifier") else { return nil }
    return found(.grdb, [name], try texts("identifier", of: name, "ORDER BY rowid"))
  }

  private func rails() throws -> ForeignChangelog? {
    guard let name = table("schema_migrations", "version"), table("schema_migrations", "dirty") == nil else {
      return nil
    }
    let metadata = table("ar_internal_metadata", "key", "value", "created_at", "updated_at")
    // Others call a table so too; Rails' has nothing but the version, or its own second table beside it.
    guard metadata != nil || tables["schema_migrations"]?.columns == ["version"] else { return nil }
    let versions = try texts("version", of: name, "ORDER BY length(version), version")
    return found(.rails, [name, metadata].compactMap(\.self), versions)
  }

  private func golangMigrate() throws -> ForeignChangelog? {
    guard let name = table("schema_migrations", "version", "dirty") else { return nil }
    let dirty = try texts("version", of: name, "WHERE dirty")
    return found(
      .golangMigrate, [name], try texts("version", of: name, "ORDER BY version"), newestOnly: true, unfinished: dirty,
      "is marked dirty: it was begun and did not end well")
  }

  private func goose() throws -> ForeignChangelog? {
    guard let name = table("goose_db_version", "id", "version_id", "is_applied") else { return nil }
    // Older ones add a row for each way; the last one of a version is how it stands.
    let versions = try texts(
      "version_id", of: name,
      """
      AS g WHERE version_id > 0 AND is_applied AND id = (SELECT max(id) FROM \(SQL.quote(name)) WHERE version_id = g.version_id)
      ORDER BY id
      """)
    return found(.goose, [name], versions)
  }

  private func sqlx() throws -> ForeignChangelog? {
    guard let name = table("_sqlx_migrations", "version", "description", "success", "checksum") else { return nil }
    let failed = try texts("version", of: name, "WHERE NOT success")
    return found(
      .sqlx, [name], try texts("version", of: name, "WHERE success ORDER BY version"), unfinished: failed,
      "has success = 0: it was begun and did not end well")
  }

  private func alembic() throws -> ForeignChangelog? {
    guard let name = table("alembic_version", "version_num") else { return nil }
    return found(.alembic, [name], try texts("version_num", of: name, "ORDER BY version_num"), newestOnly: true)
  }

  private func django() throws -> ForeignChangelog? {
    guard let name = table("django_migrations", "id", "app", "name", "applied") else { return nil }
    return found(.django, [name], try texts("app || '.' || name", of: name, "ORDER BY id"))
  }

  private func flyway() throws -> ForeignChangelog? {
    guard let name = table("flyway_schema_history", "installed_rank", "version", "type", "success") else { return nil }
    var versions: [String] = []
    for row in try rows(
      """
      SELECT \(Self.text("version")), \(Self.text("type")) FROM \(SQL.quote(name))
      WHERE success AND version IS NOT NULL ORDER BY installed_rank
      """)
    {
      guard let version = String(sqliteValue: row[0]), let type = String(sqliteValue: row[1])?.uppercased() else {
        continue
      }
      versions.removeAll { $0 == version }
      if !type.hasPrefix("UNDO"), type != "DELETE" { versions.append(version) }
    }
    let failed = try texts("coalesce(version, script)", of: name, "WHERE NOT success ORDER BY installed_rank")
    return found(
      .flyway, [name], versions, unfinished: failed, "has success = 0: it was begun and did not end well")
  }

  private func myBatis() throws -> ForeignChangelog? {
    guard let name = table("changelog", "id", "applied_at", "description"), tables["changelog"]?.columns.count == 3
    else { return nil }
    return found(.myBatis, [name], try texts("id", of: name, "ORDER BY id"))
  }

  private func sqitch() throws -> ForeignChangelog? {
    guard let name = table("changes", "change_id", "change", "project", "committed_at", "planned_at", "planner_name"),
      let projects = table("projects", "project", "uri", "creator_name"),
      let events = table("events", "event", "change_id", "change", "project")
    else { return nil }
    let others = [
      table("tags", "tag_id", "tag", "project", "change_id"), table("dependencies", "change_id", "dependency"),
      table("releases", "version", "installer_name"),
    ].compactMap(\.self)
    let versions = try texts("project || '.' || change", of: name, "ORDER BY committed_at, rowid")
    return found(.sqitch, [name, projects, events] + others, versions)
  }
}
