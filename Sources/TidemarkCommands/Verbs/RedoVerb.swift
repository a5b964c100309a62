// `redo`: the last migrations down and up again, for whoever is writing one.

import Tidemark

enum RedoVerb {
  private static let count = Argument(
    "N", .integer(in: 1...100_000), .optional, default: 1, help: "How many migrations, the last applied first.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "redo", abstract: "Undo the last migrations and apply them again.",
      discussion: """
        The stored downgrades run, then this build's upgrades, in one transaction. What a downgrade destroys is kept \
        in the attic and returns; a pinned snapshot is taken beforehand where there is a store.
        """,
      parameters: [
        count, PlanParameters.dryRun, PlanParameters.strict, PlanParameters.require, PlanParameters.noAttic,
        PlanParameters.acceptLoss, PlanParameters.wait, PlanParameters.noLimit,
      ] + TrustParameters.writing,
      needsDatabase: true,
      examples: [Example("tidemark redo 2 --database jobs.db", "The last two.")]
    ) { invocation in try redo(invocation, lineage) }
  }

  private static func redo(_ invocation: Invocation, _ lineage: Lineage) throws -> any Report {
    let path = try invocation.existingDatabase()
    let number = invocation[count] ?? 1
    if invocation[PlanParameters.dryRun] {
      let plan = try invocation.managed(path, lineage).reading { connection in
        try Plan.redo(
          last: number, for: Migrator(lineage).state(of: connection), lineage: lineage,
          options: PlanOptions(requiresLossless: invocation[PlanParameters.require] != nil))
      }
      let effects = try invocation.managed(path, lineage).effects(of: plan)
      return PlanReport(
        subject: path, plan: plan, lineage: lineage, showsSQL: true, effects: effects,
        accepted: invocation[PlanParameters.acceptLoss],
        skipped: try invocation.wordsOnStore(for: plan))
    }
    let store = try invocation.storeAtHand()
    var managed = invocation.managed(path, lineage, store: store)
    try invocation.signAndSeal(&managed)
    let report = try invocation.interruptible { [managed] in try managed.redo(last: number) }
    return MigrateReport(database: path, report: report, hadStore: store != nil)
  }
}
