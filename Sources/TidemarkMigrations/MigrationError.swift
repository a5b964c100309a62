// Everything that can go wrong between a changelog and a lineage, as data. `MigrationErrorWords` says it.

/// Why a plan was refused, or a run failed. A refusal leaves the database untouched and names what would allow it;
/// after a failure the database is as it was, but for one row of history. `backfillStopped` alone comes after a commit.
public enum MigrationError: Error, Sendable, Hashable {
  /// An entry, or a migration, with what makes it stand out.
  public struct Named: Sendable, Hashable {
    /// Its id.
    public var id: MigrationID
    /// Its name.
    public var name: String
    /// What is to be said of it.
    public var why: String?

    /// "12 AddTaskTier (why)".
    public var words: String { "\(id) \(name)" + (why.map { " (\($0))" } ?? "") }
  }

  // Refusals of a plan.
  case foreign(database: String, build: String)
  case tooOld(missing: [MigrationID])
  case unfinished([Named])
  case noWayBack([Named])
  case edited([Named])
  case unmanaged
  case outOfOrder([Named])
  case forwardOnly([Named])
  case altered([String])
  case drift([String])
  case notReversible(Named, [String])
  case notLossless([Named])
  case rowsNotProven([String])
  case positional(id: MigrationID, name: String, table: String)
  case newerFormat(String)
  case damagedChangelog(String)
  case unknownTarget(MigrationID, known: [MigrationID])
  case invalidLineage(String)
  case readOnly
  case wouldLose(plan: String, [String])
  case inTheWay(object: String, StepFailure)
  case busy(Occupation, waited: Double)

  // Refusals to adopt a database.
  case managed(String)
  case nothingToAdopt([String])
  case halfApplied(tool: String, String)
  case notPlaced(at: String, isNearest: Bool, [String], others: [String])
  case ambiguousPlace([String], others: [String])

  // Refusals to fold migrations into a baseline.
  case nothingToFold(through: MigrationID)
  case foldDiffers(at: String, [String])

  // Failures of a run.
  case unfit(Named, [String])
  case notRecorded(Named)
  case stepFailed(StepFailure)
  case underivable(id: MigrationID, name: String, [String])
  case leftBehind([Named], differences: [String])
  case notConverged([String])
  case foreignKeys([String])
  case cancelled

  /// The plan is committed, and a backfill of it is not at its end. What its slices have done stays.
  indirect case backfillStopped(Named, cause: MigrationError)
}

/// What another program does with a database that is needed alone.
public enum Occupation: String, Sendable, Hashable, Codable {
  /// It is in a transaction that writes.
  case writing
  /// It is in a transaction that reads, which keeps a commit out where there is no WAL.
  case reading
}

/// Where in a step it failed, and why.
public struct StepFailure: Error, Sendable, Hashable, Codable {
  /// Which way the step went.
  public enum Direction: String, Sendable, Hashable, Codable {
    case upgrade, downgrade, baseline, backfill, replay
  }
  /// Which way the step went.
  public var direction: Direction
  /// The migration's id; nil for the baseline.
  public var id: MigrationID?
  /// The migration's name.
  public var name: String
  /// Which statement of the step, counted from 1; nil where code ran.
  public var statement: Int?
  /// The line of the step's SQL it is on, counted from 1.
  public var line: Int?
  /// The statement's text, cut to some hundred bytes.
  public var sql: String?
  /// What SQLite, or the code, said.
  public var cause: String
  /// What to do where no SQL is at fault, but the disk or a limit of the process; nil where the SQL is.
  public var remedy: String?
}
