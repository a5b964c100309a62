// `retired.sql`: the migrations that baselines folded away, each with the downgrade it had, as INSERT statements. It
// is real SQL, so that any tool can show it and a merge of two branches reads well.

internal import TidemarkSQLite

/// One migration that a baseline folded away.
public struct RetiredRow: Sendable, Hashable {
  /// Its id.
  public var id: Int64
  /// Its name.
  public var name: String
  /// Its revision.
  public var revision: Int64
  /// The digest of its upgrade.
  public var upgradeDigest: String
  /// The SQL that undoes it; nil where there is none.
  public var downgrade: String?
  /// Why it cannot be undone; nil where it can.
  public var irreversible: String?
  /// Which objects it added, changed and removed, as JSON.
  public var objects: String
  /// The verdict on its downgrade; nil where none was reached, and in files from before they were kept.
  public var proof: String?

  /// A row with these properties.
  public init(
    id: Int64, name: String, revision: Int64, upgradeDigest: String, downgrade: String?, irreversible: String?,
    objects: String, proof: String? = nil
  ) {
    self.id = id
    self.name = name
    self.revision = revision
    self.upgradeDigest = upgradeDigest
    self.downgrade = downgrade
    self.irreversible = irreversible
    self.objects = objects
    self.proof = proof
  }
}

/// Reads and writes the file of retired migrations.
public enum RetiredScript {
  /// Runs `text` on a database in memory that has just the table for it, and reads the rows back, by id.
  /// - Throws: `SchemaError` with the line, when a statement fails or is anything but an INSERT into that table.
  public static func read(_ text: String) throws -> [RetiredRow] {
    do {
      return try read(text, columns: ", proof TEXT")
    } catch let error as SchemaError where error.message.contains("has 8 columns") {
      // Written by hand, without the columns' names, before there were verdicts.
      return try read(text, columns: "")
    }
  }

  private static func read(_ text: String, columns: String) throws -> [RetiredRow] {
    let connection = try Connection.inMemory()
    try connection.execute(
      """
      CREATE TABLE tidemark_retired(
        id INTEGER PRIMARY KEY CHECK (id > 0), name TEXT NOT NULL, revision INTEGER NOT NULL,
        upgrade_digest TEXT NOT NULL, downgrade TEXT, irreversible TEXT, objects TEXT NOT NULL\(columns)
      ) STRICT
      """)
    connection.authorizer = { request in
      switch request.action {
      case .insert: request.first == "tidemark_retired" ? .allow : .deny
      case .select: .allow
      case .function: ["char", "printf", "format", "unistr"].contains(request.second) ? .allow : .deny
      default: .deny
      }
    }
    do {
      try connection.execute(text)
    } catch let error as SQLiteError {
      throw SchemaError(
        .malformedRetired, error.message, line: error.line,
        hint: "it holds INSERT statements into tidemark_retired and nothing else")
    }
    connection.authorizer = nil
    let rows = try connection.rows(
      """
      SELECT id, name, revision, upgrade_digest, downgrade, irreversible, objects, \(columns.isEmpty ? "NULL AS " : "")proof
      FROM tidemark_retired ORDER BY id
      """
    ).map { row in
      RetiredRow(
        id: try row.get("id"), name: try row.get("name"), revision: try row.get("revision"),
        upgradeDigest: try row.get("upgrade_digest"), downgrade: try row.get("downgrade"),
        irreversible: try row.get("irreversible"), objects: try row.get("objects"), proof: try row.get("proof"))
    }
    try connection.close()
    return rows
  }

  /// The text that ``read(_:)`` reads these rows from, by id, one statement a row.
  public static func render(_ rows: [RetiredRow]) -> String {
    var text = "-- Migrations that are part of schema.sql. Databases that had them are told by these rows.\n"
    for row in rows.sorted(by: { $0.id < $1.id }) {
      let values = [
        String(row.id), SQLLiteral.text(row.name), String(row.revision), SQLLiteral.text(row.upgradeDigest),
        row.downgrade.map(SQLLiteral.text) ?? "NULL", row.irreversible.map(SQLLiteral.text) ?? "NULL",
        SQLLiteral.text(row.objects), row.proof.map(SQLLiteral.text) ?? "NULL",
      ]
      text += """

        INSERT INTO tidemark_retired(id, name, revision, upgrade_digest, downgrade, irreversible, objects, proof) VALUES(
          \(values.joined(separator: ", ")));

        """
    }
    return text
  }
}
