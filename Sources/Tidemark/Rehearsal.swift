// What a rehearsal found, for people and programs.
public import TidemarkMigrations

/// A plan that was run from end to end, and undone.
public struct Rehearsal: Sendable, Codable {
  /// One step.
  public struct Step: Sendable, Codable {
    /// The step, with the verdict on its downgrade.
    public var step: Plan.Step
    /// How long it took, in seconds.
    public var seconds: Double
    /// The statements of its SQL; nil where code ran, and where nothing did.
    public var statements: Int?
    /// Rows that it changed.
    public var rows: Int64
    /// The verdict on the downgrade that it left in the changelog, or ran.
    public var verdict: String?
  }

  /// What doing it on the database itself would take.
  public struct Needs: Sendable, Codable {
    /// Time in which nobody else can write, in seconds.
    public var seconds: Double
    /// Room on the disk besides what the database has, in bytes: for its growth, and for a journal or a WAL.
    public var bytes: Int64
  }

  /// What a plan was rehearsed on.
  public enum Way: String, Sendable, Codable {
    /// A snapshot as it lies: it was read, and what was written went aside.
    case inPlace = "in place"
    /// A copy that shares its room on disk with the database.
    case sharedCopy = "shared copy"
    /// A copy.
    case copy
  }

  /// What it was rehearsed on: the database, or the file to restore.
  public var subject: String
  /// The plan.
  public var plan: Plan
  /// What its steps did.
  public var steps: [Step]
  /// What its downgrades touch, move to the attic or would lose; nil without downgrades.
  public var effects: PlanEffects?
  /// What its upgrades drop of what there is, which is the author's will.
  public var drops: [UpgradeDrop]
  /// What the run reported.
  public var report: MigrationReport
  /// The database's size before, in bytes.
  public var bytesBefore: Int64
  /// The database's size afterwards, in bytes.
  public var bytesAfter: Int64
  /// What it wrote, in bytes.
  public var bytesWritten: Int64
  /// What it ran on.
  public var way: Way
  /// What the rehearsal itself wrote to the disk, its copy included, in bytes.
  public var scratchBytes: Int64
  /// How long it took to make the copy, or to open the snapshot, in seconds.
  public var copySeconds: Double
  /// What doing it takes.
  public var needs: Needs
  /// Up, down and up again with the rows that there are, for each upgrade of the plan; nil where it was left out.
  public var proof: TrialReport?
  /// What is worth knowing.
  public var notes: [String]

  /// Whether the proof found nothing.
  public var isSound: Bool { proof?.isSound ?? true }
}
