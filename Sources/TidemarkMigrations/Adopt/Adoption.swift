// What an adoption found and wrote.

/// A database that was taken over, or would be.
public struct Adoption: Sendable, Hashable, Codable {
  /// An entry of its changelog.
  public struct Entry: Sendable, Hashable, Codable {
    /// The migration's id.
    public var id: MigrationID
    /// Its name.
    public var name: String
    /// The verdict on its downgrade; nil where there is none.
    public var proof: String?
    /// Why there is no way back; nil where there is one.
    public var irreversible: String?
  }

  /// The lineage that it belongs to now.
  public var lineage: String
  /// The last migration that it has; nil for a baseline without any.
  public var at: MigrationID?
  /// Where that is, in words.
  public var place: String
  /// Whether the columns of all tables stand in the order of this build's, too.
  public var isExact: Bool
  /// What the changelog says was applied, those of a baseline among them.
  public var entries: [Entry]
  /// What this build has besides: the next `migrate` applies it.
  public var pending: [MigrationID]
  /// What other tools had left.
  public var others: [ForeignChangelog]
  /// Objects that no migration makes, other tools' tables among them.
  public var drift: [String]
  /// What is worth knowing.
  public var notes: [String]
  /// Whether it was written; else it is what would be.
  public var isWritten: Bool
}
