// `migrate`: runs the plan, whichever way it goes.

import Tidemark

enum MigrateVerb {
  private static let create = Flag("create", help: "Make the database where there is none.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "migrate", abstract: "Take a database to this build's schema, or to an earlier migration of it.",
      discussion: """
        All steps run in one transaction, and the schema is held against this build's before it is committed: it \
        becomes exactly that, or nothing happens. Whoever else works on the database is waited for, and a service that \
        keeps it open makes this refuse.

        Before anything is undone, a pinned snapshot is taken where there is a store. What a downgrade would destroy is \
        kept in the database's attic and returns with the upgrade; what cannot be kept makes this refuse, with the id \
        that '--accept-loss' takes.
        """,
      parameters: [PlanParameters.to, PlanParameters.dryRun, create] + PlanParameters.running + TrustParameters.writing,
      needsDatabase: true,
      examples: [
        Example("tidemark migrate --database jobs.db", "To the last migration of this build."),
        Example("tidemark migrate --database jobs.db --to 9 --dry-run", "What going back to 9 would run."),
      ]
    ) { invocation in try migrate(invocation, lineage) }
  }

  private static func migrate(_ invocation: Invocation, _ lineage: Lineage) throws -> any Report {
    let target = try lineage.through(invocation[PlanParameters.to])
    let path = try invocation.database
    let status = try LocalFiles().status(path, followLinks: true)
    if let status {
      try invocation.refuse(path, unlessFile: status)
    } else if !invocation[create] {
      throw absent(path)
    }
    if invocation[PlanParameters.dryRun] { return try dryRun(invocation, path, target, exists: status != nil) }
    let store = try invocation.storeAtHand()
    var managed = invocation.managed(path, target, store: store)
    try invocation.signAndSeal(&managed)
    do {
      let report = try invocation.interruptible { [managed] in try managed.migrate() }
      return MigrateReport(database: path, report: report, hadStore: store != nil)
    } catch {
      guard status == nil, var failure = Explanation.of(error) else { throw error }
      switch try LocalFiles().status(path, followLinks: true)?.size {
      case nil: failure.untouched = "no database was made"
      case 0: failure.untouched = "nothing was written to \(path), which is empty"
      default: break  // Another has made it meanwhile, or it was made and something failed later, as the error says.
      }
      throw failure
    }
  }

  private static func dryRun(
    _ invocation: Invocation, _ path: String, _ target: Lineage, exists: Bool
  ) throws -> PlanReport {
    let managed = invocation.managed(path, target)
    let plan =
      try exists
      ? managed.plan() : Plan.make(for: DatabaseState(changelog: nil, hasObjects: false), lineage: target)
    return PlanReport(
      subject: path, plan: plan, lineage: target, showsSQL: true,
      effects: exists ? try managed.effects(of: plan) : nil, accepted: invocation[PlanParameters.acceptLoss],
      drops: exists ? try managed.drops(of: plan) : UpgradeDrops(), skipped: try invocation.wordsOnStore(for: plan))
  }

  /// What says that a database has to be there, unless it may be made.
  private static func absent(_ path: String) -> any Error {
    let error = ServiceError.absent(database: path)
    guard var failure = Explanation.of(error) else { return error }
    failure.details["path"] = .string(path)
    failure.exitStatus = Outcome.refused.rawValue
    return failure
  }
}

/// What `migrate` and `redo` did.
struct MigrateReport: Report {
  var database: String
  var report: MigrationReport
  /// Whether a snapshot was taken before anything was undone.
  var hadStore: Bool

  var isNews: Bool { true }

  private enum CodingKeys: String, CodingKey { case database, report }

  func render(on page: inout Page) {
    let place = report.after.last.map { "\(report.lineage) at \($0)" } ?? report.lineage
    switch report.outcome {
    case .upToDate: page.line("\(database, .strong): nothing to do, it is \(place)")
    case .created:
      page.line("\(database, .strong): \("created", .good), \(place), in \(Units.duration(report.seconds))")
    case .altered: page.line("\(database, .strong): altered for development, in \(Units.duration(report.seconds))")
    case .migrated:
      page.line("\(database, .strong): \("migrated", .good), \(place), in \(Units.duration(report.seconds))")
    }
    PlanWords.render(report, on: &page)
    if !hadStore, report.steps.contains(where: { $0.step.kind == .downgrade }) {
      PlanWords.render(
        note: "no snapshot was taken beforehand, because there is no store; --store DIR names one", on: &page)
    }
  }
}
