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

  init(migration: MigrationID, table: String) {
    self.migration = migration
    self.table = table
  }

  /// In words: "3 rows of tasks kept", "12 rows of tasks returned, 1 conflict".
  public var words: String {
    var parts: [String] = []
    if kept > 0 { parts.append("\(Self.rows(kept)) of \(table) kept") }
    if returned > 0 || conflicts + deleted + orphaned > 0 {
      parts.append("\(Self.rows(returned)) of \(table) returned")
    }
    if conflicts > 0 { parts.append("\(Self.rows(conflicts)) changed since, whose kept values stay in the attic") }
    if deleted > 0 { parts.append("\(Self.rows(deleted)) deleted since") }
    if orphaned > 0 { parts.append("\(Self.rows(orphaned)) stay in the attic, as rows they refer to are gone") }
    return parts.joined(separator: ", ")
  }

  private static func rows(_ count: Int64) -> String { count == 1 ? "1 row" : "\(count) rows" }
}
