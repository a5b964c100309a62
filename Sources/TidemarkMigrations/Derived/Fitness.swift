// Whether a downgrade may be stored: the build that runs it is an older one, maybe with an older SQLite.
internal import TidemarkSchema

extension Lineage {
  /// The oldest SQLite that a downgrade is written for where the lineage states none: the one that STRICT tables came with,
  /// of which Tidemark's own are.
  public static let leastSQLite: Int32 = 3_037_000

  /// - Throws: `MigrationError.unfit` for SQL that such a build could not run, or would run with another result.
  func checkFitness(of downgrade: Downgrade, _ migration: any Migration) throws {
    guard let sql = downgrade.sql else { return }
    let findings = StoredSQLLint(oldestSQLite: oldestSQLite, functions: SandboxRules.functions).findings(in: sql)
    guard findings.isEmpty else {
      throw MigrationError.unfit(
        MigrationError.Named(id: migration.id, name: migration.name), findings.map(\.words))
    }
  }
}
