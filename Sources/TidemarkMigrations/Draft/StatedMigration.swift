// A migration put together when the tool runs: one that is drafted, or one that takes another's place under a new number.

/// A migration stated in full.
package struct StatedMigration: Migration {
  package var id: MigrationID
  package var name: String
  package var revision: Int
  package var upgrade: Upgrade
  package var downgrade: Downgrade
  package var attic: AtticPolicy

  /// A migration of these parts.
  package init(
    id: MigrationID, name: String, revision: Int = 0, upgrade: Upgrade, downgrade: Downgrade, attic: AtticPolicy = .keep
  ) {
    self.id = id
    self.name = name
    self.revision = revision
    self.upgrade = upgrade
    self.downgrade = downgrade
    self.attic = attic
  }

  /// Another migration under this number.
  package init(_ other: any Migration, id: MigrationID) {
    self.init(
      id: id, name: other.name, revision: other.revision, upgrade: other.upgrade, downgrade: other.downgrade,
      attic: other.attic)
  }
}
