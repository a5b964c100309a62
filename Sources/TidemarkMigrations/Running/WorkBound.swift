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
  private(set) var wasCancelled = false
  private(set) var wasExhausted = false
  private(set) var failure: (any Error)?

  /// A budget for stored SQL that scales with the database: a rebuild costs some tens of operations a row, and a page
  /// holds some hundred rows at the most.
  init(
    _ connection: Connection, _ sandbox: Sandbox, bounded: Bool, isCancelled: @escaping @Sendable () -> Bool,
    tick: @escaping () throws -> Void
  ) throws {
    self.connection = connection
    self.sandbox = sandbox
    self.isCancelled = isCancelled
    self.tick = tick
    let pages: Int64 = try connection.value("PRAGMA page_count") ?? 0
    budget = bounded ? 200_000_000 + pages * 50_000 : .max
  }

  func start() {
    connection.setProgressHandler(every: Self.stride) { [unowned self] in goOn() }
  }

  func stop() { connection.setProgressHandler(every: 0, nil) }

  private func goOn() -> Bool {
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
    guard sandbox.mode == .stored || sandbox.mode == .recorded else { return true }
    spent += Int64(Self.stride)
    if spent > budget { wasExhausted = true }
    return !wasExhausted
  }

  /// The error to show in place of SQLite's "interrupted".
  func explain(_ error: any Error) -> any Error {
    if let failure { return failure }
    if wasCancelled { return MigrationError.cancelled }
    if wasExhausted, case .stepFailed(var step)? = error as? MigrationError {
      step.cause = "it did more work than a downgrade of a database of this size should; an option lifts the bound"
      return MigrationError.stepFailed(step)
    }
    return error
  }
}
