// A lock that a piece of work may find held, shared or not at all, and needs exclusively.
internal import Synchronization

/// A database's lock on its way through a start, a migration or a restore.
final class LockHold: Sendable {
  private let held: Mutex<DatabaseLock?>

  init(_ lock: DatabaseLock?) { held = Mutex(lock) }

  /// Takes the lock exclusively, or makes the one at hand so.
  /// - Parameter waits: whether others are waited for, as long as the options say.
  func makeExclusive(_ path: String, _ database: ManagedDatabase, purpose: String, waits: Bool = true) throws {
    let options = database.options
    let timeout = waits ? options.lockTimeout : .zero
    try held.withLock { held in
      if let lock = held {
        if lock.kind == .exclusive { return }
        return try lock.convert(
          to: .exclusive, purpose: purpose, timeout: timeout, isCancelled: options.isCancelled)
      }
      held = try DatabaseLock.acquire(
        path, .exclusive, as: .current(build: options.build, purpose: purpose), timeout: timeout,
        files: options.files, isCancelled: options.isCancelled)
    }
  }

  /// Waits for others: with a lock at hand, until it is exclusive or there is nothing left to do; else until it is had.
  ///
  /// A shared lock is let go meanwhile: two that wait for it and keep it would wait for each other.
  func awaitTurn(
    _ path: String, _ database: ManagedDatabase, purpose: String, until isContent: () throws -> Bool
  ) throws {
    guard let lock = held.withLock({ $0 }), lock.kind == .shared else {
      return try makeExclusive(path, database, purpose: purpose)
    }
    let options = database.options
    try lock.yield(
      purpose: purpose, timeout: options.lockTimeout, isCancelled: options.isCancelled, isContent: isContent)
  }

  /// Lets it go.
  func release() {
    held.withLock { held in
      held?.release()
      held = nil
    }
  }
}
