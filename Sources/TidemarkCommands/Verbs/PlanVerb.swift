// `plan`: the exact steps, and their SQL, for a database or for a snapshot whose manifest tells enough.

import Tidemark

enum PlanVerb {
  private static let source = Argument(
    "SNAPSHOT", .path, .optional,
    help: "Plan for this snapshot (a path, an id or the beginning of one, or 'latest') instead of the database.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "plan", abstract: "Show the exact steps for a database, or for a snapshot.",
      discussion: """
        Nothing is touched. For a snapshot only its manifest is read, however large it is; its restore plans anew from \
        the database in it.
        """,
      parameters: [source, PlanParameters.to, PlanParameters.sql] + PlanParameters.planning,
      examples: [
        Example("tidemark plan --database jobs.db --sql", "What 'migrate' would run."),
        Example("tidemark plan latest", "What restoring the newest snapshot would run."),
      ]
    ) { invocation in try plan(invocation, lineage) }
  }

  private static func plan(_ invocation: Invocation, _ lineage: Lineage) throws -> PlanReport {
    let target = try lineage.through(invocation[PlanParameters.to])
    guard let selector = invocation[source] else {
      let path = try invocation.existingDatabase()
      let plan = try invocation.managed(path, target).plan()
      return PlanReport(subject: path, plan: plan, lineage: target, showsSQL: invocation[PlanParameters.sql])
    }
    let found = try invocation.snapshot(selector)
    let managed = invocation.managed(invocation.values[CommonOptions.database] ?? "", target)
    guard let preview = try managed.planInPlace(found.entry.path) else {
      throw Failure(
        code: "plan.no-manifest", "\(found.entry.path) has no manifest to plan from",
        hint: "'restore --dry-run' unpacks it and plans from what is in it",
        details: ["path": .string(found.entry.path)])
    }
    return PlanReport(
      subject: found.entry.id, plan: preview.plan, lineage: target, showsSQL: invocation[PlanParameters.sql],
      skipped: found.notes + preview.notes)
  }
}

/// A plan, of `plan` and of the dry runs of others.
struct PlanReport: Report {
  /// The database or the snapshot.
  var subject: String
  var plan: Plan
  var lineage: String
  var head: MigrationID?
  var notes: [String]
  var showsSQL: Bool

  init(subject: String, plan: Plan, lineage: Lineage, showsSQL: Bool, skipped: [String] = []) {
    self.subject = subject
    self.plan = plan
    self.lineage = lineage.name
    head = lineage.ids.last ?? lineage.baseline?.id
    notes = skipped + plan.notes.map(\.words)
    self.showsSQL = showsSQL
  }

  private enum CodingKeys: String, CodingKey { case subject, plan, lineage, head, notes }

  func render(on page: inout Page) {
    let place = head.map { "\(lineage) at \($0)" } ?? lineage
    if plan.isEmpty {
      page.line("\(subject, .strong): nothing to do, it is \(place)")
    } else {
      page.line("\(subject, .strong): \(PlanWords.changes(plan) ?? "no change of the schema"), to be \(place)")
      PlanWords.render(plan, sql: showsSQL, on: &page)
      if !plan.id.isEmpty, page.verbose { page.line(StyledText("plan \(plan.id)", .dim)) }
    }
    for note in notes { PlanWords.render(note: note, on: &page) }
  }
}
