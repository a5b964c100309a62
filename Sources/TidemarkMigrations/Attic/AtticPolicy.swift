// Whether what a downgrade would destroy is kept.

/// Whether what a downgrade would destroy is kept in the database until the upgrade comes back.
public enum AtticPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// It is kept, in tables that no build but one with this migration reads.
  case keep
  /// It goes: for data that must not outlive its column. A downgrade that would lose rows is then refused, unless that
  /// loss has been accepted.
  case off
}
