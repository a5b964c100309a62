// A connection as it was before a migrator used it.
internal import TidemarkSQLite

/// Switches a connection for a plan, and back: a borrowed one returns as it came.
final class ConnectionGuard {
  private let connection: Connection
  private let foreignKeys: Bool
  private let legacyAlterTable: Bool
  private let defensive: Bool
  private let writableSchema: Bool
  private let triggers: Bool
  private let busyTimeout: Int32
  private let maximumPages: Int64
  /// How large the database may grow, in bytes, while there is a bound.
  private(set) var bound: Int64?
  private let isMadeToLast: Bool

  /// Notes how it is and sets what a plan needs. Foreign keys must be off before BEGIN: inside a transaction the
  /// pragma does nothing, and DROP TABLE in a rebuild would cascade.
  init(_ connection: Connection, lockTimeout: Int32) throws {
    self.connection = connection
    // First of all: what follows may meet another process that is at its COMMIT.
    busyTimeout = try connection.value("PRAGMA busy_timeout") ?? 0
    try connection.waitForLocks(milliseconds: lockTimeout)
    foreignKeys = try connection.isOn(.foreignKeys)
    legacyAlterTable = try connection.isOn(.legacyAlterTable)
    defensive = try connection.isOn(.defensive)
    writableSchema = try connection.isOn(.writableSchema)
    triggers = try connection.isOn(.triggers)
    maximumPages = try connection.value("PRAGMA max_page_count") ?? 0
    isMadeToLast = try connection.makeCommitsLast()
    try connection.set(.foreignKeys, false)
    try connection.set(.legacyAlterTable, false)
    try connection.set(.writableSchema, false)
    try connection.set(.defensive, false)
    try connection.set(.triggers, true)
  }

  /// Puts it back. After a plan that was committed none of this reads or writes a file: a disk that fails just then must
  /// not make a failure of what is done.
  func restore() throws {
    try connection.set(.foreignKeys, foreignKeys)
    try connection.set(.legacyAlterTable, legacyAlterTable)
    try connection.set(.defensive, defensive)
    try connection.set(.writableSchema, writableSchema)
    try connection.set(.triggers, triggers)
    try connection.waitForLocks(milliseconds: busyTimeout)
    if isMadeToLast { try connection.execute("PRAGMA synchronous = FULL") }
    try boundGrowth(false)
  }

  /// Keeps stored SQL from filling the disk: four times the database and 64 MiB besides.
  func boundGrowth(_ isBounded: Bool) throws {
    guard isBounded else {
      if bound != nil { try connection.execute("PRAGMA max_page_count = \(maximumPages)") }
      bound = nil
      return
    }
    let pages: Int64 = try connection.value("PRAGMA page_count") ?? 0
    let size: Int64 = try connection.value("PRAGMA page_size") ?? 4096
    let most = min(maximumPages, pages * 4 + (64 << 20) / size)
    bound = most * size
    try connection.execute("PRAGMA max_page_count = \(most)")
  }
}
