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
  /// - Throws: what the body throws, or `SQLiteError` of BEGIN or COMMIT; a COMMIT that fails is rolled back.
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
      if isCommitting, let code = (error as? SQLiteError)?.code, [SQLiteError.io, SQLiteError.full].contains(code) {
        overwriteFailedCommit()
      }
      throw error
    }
  }

  /// A COMMIT whose sync fails leaves its frames in the WAL, and whoever reads that file next takes them for committed. A
  /// transaction that changes nothing takes their place. Where the disk lets nothing be written any more, there is nothing
  /// to be done: the first error tells of that.
  private func overwriteFailedCommit() {
    guard let mode: String = try? value("PRAGMA journal_mode"), mode == "wal", (try? execute("BEGIN IMMEDIATE")) != nil
    else { return }
    // Under the write lock, so that nobody's new number is put back to the old one.
    if let version: Int64 = try? value("PRAGMA user_version") { try? execute("PRAGMA user_version = \(version)") }
    do { try execute("COMMIT") } catch { try? execute("ROLLBACK") }
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
