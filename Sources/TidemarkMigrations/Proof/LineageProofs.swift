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
      if let verdict = PlainPair.verdict(of: migration) ?? known[migration.id] {
        verdicts[migration.id] = verdict
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

  private func texts(of migration: any Migration) -> [String] {
    (migration.upgrade.sqlParts + migration.upgrade.backfills.map(\.table) + [migration.downgrade.sql ?? ""]).map {
      $0.lowercased()
    }
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
