// The proof that an author's build keeps in the sum: every migration up, down and up again on a database with made-up
// rows in it, before any database of a user sees it.
internal import TidemarkSQLite
internal import TidemarkSchema

extension LineageTrial {
  /// The verdict on each migration's downgrade; irreversible ones have none.
  ///
  /// What is known already is not tried again. Where no row could be made up for a table, what becomes of its rows is not
  /// known, and a migration that may touch them is unproven.
  /// - Parameter known: verdicts that still hold.
  /// - Throws: `MigrationError` for a lineage that cannot be run.
  public func verdicts(known: [MigrationID: Verdict] = [:]) throws -> [MigrationID: Verdict] {
    var verdicts: [MigrationID: Verdict] = [:]
    var report = TrialReport()
    var before = try beginning()
    for migration in lineage.migrations {
      let after = try next(migration, behind: before)
      defer { before = after }
      if migration.downgrade.reason != nil { continue }
      if let verdict = PlainPair.verdict(of: migration) {
        verdicts[migration.id] = verdict
        continue
      }
      if let verdict = known[migration.id] {
        verdicts[migration.id] = try still(verdict, of: migration, before, after)
        continue
      }
      report = TrialReport()
      var unfit: MigrationError?
      report.attempt(after.title) { report in
        do {
          try upDownUp(before, after, &report)
        } catch let error as RowsDoNotFit {
          unfit = error.cause
        }
      }
      verdicts[migration.id] =
        if let unfit {
          .unproven("the upgrade does not take the made-up rows: \(Self.line(unfit.message))")
        } else {
          try verdict(of: migration, before, after, report)
        }
    }
    return verdicts
  }

  /// A verdict that is known, held against what the text of the schemas alone tells: an earlier Tidemark may have asked less.
  private func still(
    _ verdict: Verdict, of migration: any Migration, _ before: Prefix, _ after: Prefix
  ) throws -> Verdict {
    guard verdict == .losslessWithAttic else { return verdict }
    let schema = try Schema.read(from: after.database)
    let texts = texts(of: migration)
    let isDoubtful = schema.objects.contains { table in
      table.type == .table && texts.contains { $0.contains(table.name.lowercased()) } && table.rowIdentity != .key
    }
    guard isDoubtful else { return verdict }
    let now = StepProof(
      migration: migration, before: try .read(from: before.database), after: schema, log: WriteLog(),
      oldestSQLite: lineage.oldestSQLite
    ).verdict(withRows: true)
    if case .lossy = now { return now }
    return verdict
  }

  private func texts(of migration: any Migration) -> [String] {
    let parts = migration.upgrade.parts.compactMap { if case .sql(let sql) = $0 { sql } else { nil } }
    return (parts + migration.upgrade.backfills.map(\.table) + [migration.downgrade.sql ?? ""]).map { $0.lowercased() }
  }

  private func verdict(
    of migration: any Migration, _ before: Prefix, _ after: Prefix, _ report: TrialReport
  ) throws -> Verdict {
    if let finding = report.findings.first {
      return .lossy(Self.line(finding.words.joined(separator: "; ")))
    }
    guard report.skipped.isEmpty else { return .unproven(report.skipped[0].reason) }
    let unfilled = report.unfilled.filter { isTouched($0, by: migration) }
    guard unfilled.isEmpty else {
      return .unproven("no row could be made up for \(unfilled.sorted().joined(separator: ", "))")
    }
    return StepProof(
      migration: migration, before: try .read(from: before.database), after: try .read(from: after.database),
      log: WriteLog(), oldestSQLite: lineage.oldestSQLite
    ).verdict(withRows: true)
  }

  private static func line(_ words: String) -> String {
    words.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// Whether a migration may do something to a table that has no rows: code may, and text that names it.
  /// - Parameter unfilled: the table, and why it has none.
  private func isTouched(_ unfilled: String, by migration: any Migration) -> Bool {
    if migration.upgrade.hasCode { return true }
    let name = String(unfilled.prefix { $0 != "(" }.dropLast()).lowercased()
    return texts(of: migration).contains { $0.contains(name) }
  }
}
