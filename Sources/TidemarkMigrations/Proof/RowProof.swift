// The proof with the rows that there are, for a run that asks for it: each upgrade up, down and up again on a copy, before
// anything is touched. It holds for as long as nobody else writes.
internal import TidemarkSQLite

/// That a plan's upgrades lead back with the rows that a database has.
struct RowProof {
  /// The greatest database whose rows are followed, in bytes: copy and rows are held in memory.
  static let largest: Int64 = 256 << 20
  /// How often it is made again where somebody writes meanwhile.
  private static let tries = 3

  private let planID: String
  /// SQLite's number for what other connections have committed.
  private let version: Int64

  /// Somebody has written since.
  struct Moved: Error {}

  /// Makes it.
  /// - Returns: nil where it is not asked for.
  /// - Throws: `MigrationError.rowsNotProven`, `SQLiteError`.
  init?(of plan: Plan, _ lineage: Lineage, _ options: MigratorOptions, on connection: Connection) throws {
    guard options.provesWithRows else { return nil }
    planID = plan.id
    version = try Self.version(of: connection)
    let ids = Set(plan.steps.filter { $0.kind == .upgrade }.compactMap(\.id))
    guard !ids.isEmpty, !plan.before.isEmpty else { return }
    let size: Int64 =
      try connection.value("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0
    guard size <= Self.largest else {
      throw MigrationError.rowsNotProven([
        "the database has \(size >> 20) MiB, and up to \(Self.largest >> 20) MiB are held in memory for that"
      ])
    }
    // The order of columns is as it is here, and no finding.
    let trial = LineageTrial(lineage, rows: .none, ignoringColumnOrder: true)
    let report = try trial.reversibility(on: connection, of: ids)
    guard report.isSound else { throw MigrationError.rowsNotProven(report.findings.map(\.description)) }
  }

  private static func version(of connection: Connection) throws -> Int64 {
    try connection.value("PRAGMA data_version") ?? 0
  }

  /// To be asked in the transaction that runs the plan.
  /// - Throws: `Moved`.
  func refuseUnlessHolds(for plan: Plan, on connection: Connection) throws {
    guard try plan.id == planID && version == Self.version(of: connection) else { throw Moved() }
  }

  /// Runs a body with the proof, and again with a new one, of the plan as it is then, for as long as others write in between.
  /// - Parameter replan: makes the plan of what is there now.
  /// - Throws: `MigrationError.busy` where they do not stop; what the body throws.
  static func again<T>(
    _ first: RowProof?, _ lineage: Lineage, _ options: MigratorOptions, on connection: Connection,
    replan: () throws -> Plan, _ body: (RowProof?) throws -> T
  ) throws -> T {
    var (proof, left) = (first, tries)
    while true {
      do {
        return try body(proof)
      } catch is Moved {
        left -= 1
        guard left > 0 else { throw MigrationError.busy(.writing, waited: Double(options.lockTimeout) / 1000) }
        proof = try RowProof(of: replan(), lineage, options, on: connection)
      }
    }
  }
}
