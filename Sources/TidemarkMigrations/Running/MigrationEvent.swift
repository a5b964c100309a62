// What happens while a plan runs, as one stream that the tool and a service both listen to.

/// Something that happened, or is about to.
///
/// A listener that throws before a step aborts the whole plan: everything is rolled back.
public enum MigrationEvent: Sendable {
  /// The plan is known; nothing has been touched.
  case planned(Plan)
  /// The first attempt did not converge and was undone; the fallback's steps follow.
  case fallingBack(because: any Error)
  /// A step is about to run: its number, counted from 1, of how many.
  case willRun(Plan.Step, number: Int, of: Int)
  /// A step has run: how long, and how many rows it changed.
  case didRun(Plan.Step, seconds: Double, rows: Int64)
  /// A step is still running: how long so far, in seconds.
  case progress(Plan.Step, seconds: Double)
  /// A slice of a backfill is done, after the plan.
  case backfilled(MigrationID, slices: Int)
  /// All is committed.
  case done(MigrationReport)
  /// It failed, and was rolled back.
  case failed(any Error)
}

/// Takes events; throws to abort.
public typealias MigrationListener = @Sendable (MigrationEvent) throws -> Void
