// What the databases of a trial hold when a migration meets them.
public import TidemarkSQLite

/// Where the rows of a trial's databases come from.
public enum TrialRows: Sendable {
  /// Only what migrations insert.
  case none
  /// Made up from the tables' own declarations: types, references, and the literals of their constraints.
  case generated(perTable: Int)
  /// Inserted by the caller, who takes the connection and the ids applied so far.
  case custom(@Sendable (Connection, [MigrationID]) throws -> Void)

  /// Fills a database.
  /// - Returns: the tables for which no row was accepted, each with the reason.
  package func fill(_ database: Connection, applied: [MigrationID]) throws -> Set<String> {
    switch self {
    case .none: return []
    case .generated(let count): return try RowMaker(database).fill(perTable: count)
    case .custom(let body):
      try body(database, applied)
      return []
    }
  }
}
