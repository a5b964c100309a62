// How a scheduler is run.
internal import SchedulerMigrations
public import Tidemark

/// What a scheduler is told at its start.
public struct SchedulerOptions: Sendable {
  /// The database's path.
  public var database: String
  /// Where snapshots go; nil for none.
  public var store: SnapshotStore?
  /// What to do when the database is not there.
  public var onMissing = RestoreService.OnMissing.createUnlessSnapshots
  /// What to do when the database cannot be read.
  public var onDamage = RestoreService.OnDamage.refuse
  /// How often a snapshot is taken; nil for only at shutdown.
  public var snapshotEvery: Duration?
  /// How long a task that is to end may take before it is ended by force.
  public var grace = Duration.seconds(10)
  /// Quotas to set; those of other roles stay.
  public var quotas: [Quota] = []
  /// What this host is like, beside what the scheduler finds out.
  public var attributes: [String: String] = [:]
  /// A folder with a file for each task's output; nil to throw it away.
  public var logs: String?
  /// The build's name, for the changelog.
  public var build = "scheduler"
  /// What the database is kept at.
  public var lineage = SchedulerMigrations.lineage
  /// Hears of every step of a plan.
  public var onMigration: MigrationListener?

  /// A scheduler on a database.
  public init(database: String, store: SnapshotStore? = nil) {
    self.database = database
    self.store = store
  }
}
