// What a run put into the attic and fetched from it, a value for each table.

/// What a run kept of one table, or returned to it.
public struct AtticOutcome: Sendable, Hashable, Codable {
  /// The migration that went down or came back.
  public var migration: MigrationID
  /// The table, as the build that has the migration names it.
  public var table: String
  /// Rows of which something was kept.
  public var kept: Int64 = 0
  /// Kept rows that are back as they were.
  public var returned: Int64 = 0
  /// Kept rows that the older build had changed, or whose place is taken: the upgrade's own result stands, and what was
  /// kept stays in the attic.
  public var conflicts: Int64 = 0
  /// Kept rows that the older build deleted; they stay deleted.
  public var deleted: Int64 = 0
  /// Kept rows whose foreign keys have lost their rows; they stay in the attic.
  public var orphaned: Int64 = 0

  /// Kept rows of a table without a key that cannot be told apart: the upgrade's own result stands, and what was kept
  /// stays in the attic.
  public var alike: Int64 = 0

  /// Whether the table has no key, so that its rows are told by what they hold: one that was changed is not told from one
  /// that was deleted.
  public var isWithoutKey = false

  init(migration: MigrationID, table: String) {
    self.migration = migration
    self.table = table
  }

  /// In words: "3 rows of tasks kept", "12 rows of tasks returned, 1 conflict".
  public var words: String {
    var parts: [String] = []
    if kept > 0 { parts.append("\(Self.rows(kept)) of \(table) kept") }
    if returned > 0 || conflicts + deleted + orphaned + alike > 0 {
      parts.append("\(Self.rows(returned)) of \(table) returned")
    }
    if conflicts > 0 {
      let what = isWithoutKey ? "changed or deleted" : "changed"
      parts.append("\(Self.rows(conflicts)) \(what) since, whose kept values stay in the attic")
    }
    if alike > 0 { parts.append("\(Self.rows(alike)) cannot be told apart, whose kept values stay in the attic") }
    if deleted > 0 { parts.append("\(Self.rows(deleted)) deleted since") }
    if orphaned > 0 { parts.append("\(Self.rows(orphaned)) stay in the attic, as rows they refer to are gone") }
    return parts.joined(separator: ", ")
  }

  private static func rows(_ count: Int64) -> String { count == 1 ? "1 row" : "\(count) rows" }
}
