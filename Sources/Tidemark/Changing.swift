// How a database is opened to be changed: under its lock, which is waited for with the file closed.
internal import TidemarkMigrations
internal import TidemarkSQLite
internal import TidemarkSnapshots

extension ManagedDatabase {
  /// Runs a body with a lock to take, which it gives back. A swap that a crash cut short is sorted out first.
  func locking<T>(_ body: (LockHold) throws -> T) throws -> T {
    _ = try Swap(files: options.files).recover(target: path)
    let hold = LockHold(nil)
    defer { hold.release() }
    return try body(hold)
  }

  /// Runs a body on a connection. It takes the lock, without waiting, where it finds something to change; where others have
  /// that, they are waited for with the file closed, since they may need it to be nobody's, and the body runs once more.
  /// - Parameters:
  ///   - mode: with `create`, a missing database is made.
  ///   - purpose: what others are told.
  ///   - hold: the lock.
  ///   - isContent: whether there is nothing left to do once others are done.
  func changing<T>(
    _ mode: Connection.Mode, _ purpose: String, _ hold: LockHold, until isContent: () throws -> Bool,
    _ body: (Connection) throws -> T
  ) throws -> T {
    do {
      return try attempt(mode, purpose, hold, body)
    } catch let error as LockError where error.code == .held && options.lockTimeout > .zero {
      try hold.awaitTurn(path, self, purpose: purpose, until: isContent)
      return try attempt(mode, purpose, hold, body)
    }
  }

  private func attempt<T>(
    _ mode: Connection.Mode, _ purpose: String, _ hold: LockHold, _ body: (Connection) throws -> T
  ) throws -> T {
    guard mode == .create, try !exists else { return try finishing(open(mode), body) }
    try refuseSideName()
    // To make it is a change: whoever has the lock may be about to put a database there.
    try hold.makeExclusive(path, self, purpose: purpose, waits: false)
    do {
      return try finishing(open(mode), body)
    } catch {
      // The first error is the cause; an empty file that somebody may have begun to use stays.
      _ = try? EmptyDatabase.remove(path, files: options.files)
      throw error
    }
  }
}
