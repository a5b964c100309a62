// What the upgrades of a plan drop, or why that cannot be told beforehand.
public import TidemarkMigrations

/// What upgrades drop of what is there.
public struct UpgradeDrops: Sendable {
  /// Each table and column; empty, too, where it is not known.
  public var drops: [UpgradeDrop] = []
  /// Why it is not known; nil where it is.
  public var note: String?

  /// Nothing.
  public init() {}

  /// What a look finds. One that fails in a migration says that: rows may be what that needs, and the plan is as good as
  /// before.
  /// - Throws: what is no `MigrationError`.
  package init(_ look: () throws -> [UpgradeDrop]) throws {
    do {
      drops = try look()
    } catch let error as MigrationError {
      note = "what the upgrades drop is not known: \(error.message)"
    }
  }

  /// All of it in words.
  public var words: [String] { drops.map(\.words) + (note.map { [$0] } ?? []) }
}
