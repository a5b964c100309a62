// What a swap did, and what the mending of an interrupted one did.

/// A database that was put in place.
public struct SwapReport: Sendable, Hashable {
  /// How the names were changed.
  public enum Way: String, Sendable, Hashable, Codable {
    /// Old and new exchanged their names in one step.
    case exchanged
    /// The old one got a second name, and the new one was renamed over the first.
    case renamed
    /// There was no database; the new one was given its name.
    case created
  }

  /// The file that is now the new database: the target with links resolved.
  public var target: String
  /// How.
  public var way: Way
  /// The displaced database, when there was one.
  public var previous: String?
  /// All files that were displaced, `previous` and its side files.
  public var displaced: [String]
  /// What could not be excluded or confirmed, in words; empty when nothing was left open.
  public var notes: [String]
}

/// An interrupted swap that was found and mended.
public struct RecoveryReport: Sendable, Hashable {
  /// How it was mended.
  public enum Outcome: String, Sendable, Hashable, Codable {
    /// The new database was in place; the old one now has its dated name.
    case finished
    /// The old database was in place; what had been laid out beside it is gone.
    case undone
    /// Neither could be told for sure; every file was kept.
    case kept
  }

  /// The database, links resolved.
  public var target: String
  /// How.
  public var outcome: Outcome
  /// The displaced database, when there is one.
  public var previous: String?
  /// What is worth knowing, in words.
  public var notes: [String]
}
