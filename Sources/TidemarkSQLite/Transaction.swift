// Transactions and savepoints: a body that throws leaves nothing behind.
internal import CTidemarkSQLite

/// How a transaction begins (https://sqlite.org/lang_transaction.html).
public enum TransactionKind: String, Sendable {
  /// Locks with the first read or write.
  case deferred = "DEFERRED"
  /// Takes the write lock at once.
  case immediate = "IMMEDIATE"
  /// Keeps readers out too, in rollback-journal mode.
  case exclusive = "EXCLUSIVE"
}

extension Connection {
  /// Whether no transaction is open.
  public var isAutocommit: Bool { (try? handle).map { sqlite3_get_autocommit($0) != 0 } ?? true }

  /// Runs a body in a transaction: committed when it returns, rolled back when it throws.
  /// - Throws: what the body throws, or `SQLiteError` of BEGIN or COMMIT. A COMMIT that fails is rolled back; where the disk
  ///   does not let that be done, the error `isUnfinished`.
  public func transaction<T>(_ kind: TransactionKind = .immediate, _ body: () throws -> T) throws -> T {
    try execute("BEGIN \(kind.rawValue)")
    var isCommitting = false
    do {
      let result = try body()
      isCommitting = true
      try execute("COMMIT")
      return result
    } catch {
      // Some errors (a full disk, a dead I/O) have rolled back already; what is thrown is the first error.
      if !isAutocommit { try rollBack(after: error) }
      guard isCommitting, var failure = error as? SQLiteError,
        [SQLiteError.io, SQLiteError.full].contains(failure.code)
      else { throw error }
      failure.isUnfinished = !overwriteFailedCommit()
      throw failure
    }
  }

  /// A COMMIT whose sync fails leaves its frames in the WAL, and whoever reads that file next takes them for committed. A
  /// transaction that changes nothing takes their place.
  /// - Returns: whether it is certain that nothing of the commit stays.
  private func overwriteFailedCommit() -> Bool {
    do {
      guard try value("PRAGMA journal_mode", as: String.self) == "wal" else { return true }
      // Under the write lock, so that nobody's new number is put back to the old one.
      try execute("BEGIN IMMEDIATE")
      try execute("PRAGMA user_version = \(value("PRAGMA user_version", as: Int64.self) ?? 0)")
      try execute("COMMIT")
      return true
    } catch {
      // The disk lets nothing be written any more: the first error is the cause, and says that this is left.
      if !isAutocommit { try? execute("ROLLBACK") }
      return false
    }
  }

  /// Rolls back; when that fails too, the first error is kept and the second told with it.
  private func rollBack(after first: any Error) throws {
    do {
      try execute("ROLLBACK")
    } catch let second as SQLiteError {
      if isAutocommit { return }
      throw SQLiteError(second.extendedCode, "rollback failed: \(second.message), after: \(first)")
    }
  }

  /// Runs a body in a savepoint: released when it returns, undone when it throws.
  /// - Parameter name: an identifier, quoted here.
  /// - Throws: what the body throws, or `SQLiteError`.
  public func savepoint<T>(_ name: String, _ body: () throws -> T) throws -> T {
    let quoted = SQL.quote(name)
    try execute("SAVEPOINT \(quoted)")
    do {
      let result = try body()
      try execute("RELEASE \(quoted)")
      return result
    } catch {
      if !isAutocommit { try execute("ROLLBACK TO \(quoted); RELEASE \(quoted)") }
      throw error
    }
  }
}
