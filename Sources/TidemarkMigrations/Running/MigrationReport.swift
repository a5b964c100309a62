// What a run did, for people and programs.

/// What a run did.
public struct MigrationReport: Sendable, Hashable, Codable {
  /// How it ended.
  public enum Outcome: String, Sendable, Hashable, Codable {
    /// There was nothing to do, and nothing was written.
    case upToDate = "up-to-date"
    /// The database was new.
    case created
    /// Steps ran.
    case migrated
    /// No plan led to the build's schema, and for development the database was altered to it besides its changelog.
    case altered
  }
  /// A step that ran.
  public struct Ran: Sendable, Hashable, Codable {
    /// The step.
    public var step: Plan.Step
    /// How long it took.
    public var seconds: Double
    /// Rows it changed.
    public var rows: Int64
  }

  /// How it ended.
  public var outcome: Outcome
  /// The lineage's name.
  public var lineage: String
  /// The plan that ran.
  public var planID: String
  /// The steps that ran.
  public var steps: [Ran]
  /// The ids applied before.
  public var before: [MigrationID]
  /// The ids applied afterwards.
  public var after: [MigrationID]
  /// Whether the known changes above the unknown ones had to go down and up again.
  public var fellBack: Bool
  /// What is worth knowing: merged branches, drift, columns in another order, objects made again.
  public var notes: [String]
  /// Objects that no migration made, left alone.
  public var drift: [String]
  /// Migrations whose backfills are not finished.
  public var unfinished: [MigrationID]
  /// How long it took, backfills not counted.
  public var seconds: Double
  /// What went into the attic and came out of it.
  public var attic: [AtticOutcome] = []

  /// What is to be said of a database that was altered instead.
  package static func altered(_ lineage: Lineage, notes: [String], seconds: Double) -> MigrationReport {
    MigrationReport(
      outcome: .altered, lineage: lineage.name, planID: "", steps: [], before: [], after: [], fellBack: false,
      notes: notes, drift: [], unfinished: [], seconds: seconds)
  }

  /// The ids that were undone for good.
  public var undone: [MigrationID] { before.filter { !Set(after).contains($0) } }
  /// The ids that were applied.
  public var applied: [MigrationID] { after.filter { !Set(before).contains($0) } }
}
