// Watches a plan while it runs: cancels it, reports progress, and bounds the work of SQL that came out of a file.
internal import TidemarkSQLite

/// A progress handler with a budget.
final class WorkBound {
  /// Virtual-machine operations between two looks.
  private static let stride: Int32 = 1_000
  private let connection: Connection
  private let sandbox: Sandbox
  private let isCancelled: @Sendable () -> Bool
  private let tick: () throws -> Void
  private let budget: Int64
  private var spent: Int64 = 0
  /// When it was last looked at, while there is a bound.
  private var mark: Int64?
  private(set) var wasCancelled = false
  private(set) var wasExhausted = false
  private(set) var failure: (any Error)?

  /// A budget for stored SQL that scales with the database: a rebuild costs some tens of operations a row, and a page
  /// holds some hundred rows at the most. An operation that takes the processor longer than a microsecond counts for as many: one
  /// function may read a whole value many times.
  init(
    _ connection: Connection, _ sandbox: Sandbox, bounded: Bool, least: Int64 = 200_000_000,
    isCancelled: @escaping @Sendable () -> Bool, tick: @escaping () throws -> Void
  ) throws {
    self.connection = connection
    self.sandbox = sandbox
    self.isCancelled = isCancelled
    self.tick = tick
    let pages: Int64 = try connection.value("PRAGMA page_count") ?? 0
    budget = bounded ? least + pages * 50_000 : .max
  }

  func start() {
    connection.setProgressHandler(every: Self.stride) { [unowned self] in goOn(Int64(Self.stride)) }
    sandbox.pulse = { [unowned self] in goOn(0) }
  }

  func stop() {
    connection.setProgressHandler(every: 0, nil)
    sandbox.pulse = nil
  }

  private func goOn(_ operations: Int64) -> Bool {
    if isCancelled() {
      wasCancelled = true
      return false
    }
    do {
      try tick()
    } catch {
      failure = error
      return false
    }
    guard sandbox.isBounded, budget < .max else {
      mark = nil
      return true
    }
    let now = ThreadTime.microseconds
    spent += max(operations, mark.map { now - $0 } ?? 0)
    mark = now
    if spent > budget { wasExhausted = true }
    return !wasExhausted
  }

  /// The error to show in place of SQLite's "interrupted".
  func explain(_ error: any Error) -> any Error {
    if let failure { return failure }
    if wasCancelled { return MigrationError.cancelled }
    guard wasExhausted else { return error }
    switch error as? MigrationError {
    case .stepFailed(var step)?:
      step.cause =
        step.direction == .downgrade || step.direction == .replay
        ? "it did more work than a downgrade of a database of this size should; an option lifts the bound"
        : "it did more work than a database of this size needs, which is bounded as there is a trigger that is not of this "
          + "build; an option lifts the bound"
      return MigrationError.stepFailed(step)
    case nil where (error as? SQLiteError)?.code == SQLiteError.interrupted:
      return MigrationError.altered([
        "a trigger is not of this build, and more work was done than a database of this size needs"
      ])
    default: return error
    }
  }
}
