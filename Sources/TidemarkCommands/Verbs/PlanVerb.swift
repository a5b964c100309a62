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
        Nothing is touched. For each downgrade it says which tables and columns it touches, and how many rows; of each upgrade, what it drops. For a \
        snapshot only its manifest is read, however large it is, and rows are counted in place where it is small; its \
        restore plans anew from the database in it.
        """,
      parameters: [source, PlanParameters.to, PlanParameters.sql] + PlanParameters.planning + TrustParameters.reading,
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
      let managed = invocation.managed(path, target)
      let plan = try managed.plan()
      return PlanReport(
        subject: path, plan: plan, lineage: target, showsSQL: invocation[PlanParameters.sql],
        effects: try managed.effects(of: plan), drops: try managed.drops(of: plan),
        skipped: try invocation.wordsOnStore(for: plan))
    }
    let found = try invocation.snapshot(selector)
    var managed = invocation.managed(invocation.values[CommonOptions.database] ?? "", target)
    managed.options.trust = try invocation.trust
    let planned = try Explanation.restoring(found.entry.path) { try managed.planInPlace(found.entry.path) }
    guard let preview = planned else {
      throw Failure(
        code: "plan.no-manifest", "\(found.entry.path) has no manifest to plan from",
        untouched: "nothing was touched", hint: "'restore --dry-run' unpacks it and plans from what is in it",
        details: ["path": .string(found.entry.path)])
    }
    return PlanReport(
      subject: found.entry.id, plan: preview.plan, lineage: target, showsSQL: invocation[PlanParameters.sql],
      effects: try effects(of: preview, found.entry.manifest, managed),
      drops: try drops(of: preview, found.entry.manifest, managed),
      skipped: found.notes + preview.notes)
  }

  /// The greatest database in a snapshot whose rows are counted, in bytes: all its pages may have to be decoded.
  private static let counted: Int64 = 256 << 20

  static func effects(
    of preview: RestorePreview, _ manifest: Manifest?, _ managed: ManagedDatabase
  ) throws -> PlanEffects? {
    guard !preview.plan.undone.isEmpty else { return nil }
    guard preview.size.map({ $0 <= counted }) ?? false else {
      return try manifest.flatMap { try managed.effects(of: preview.plan, for: $0) }
    }
    return try SnapshotDatabase.reading(preview.source, trust: managed.options.trust) { connection in
      try PlanEffects(of: preview.plan, on: connection, attic: managed.options.attic)
    }
  }

  static func drops(
    of preview: RestorePreview, _ manifest: Manifest?, _ managed: ManagedDatabase
  ) throws -> UpgradeDrops {
    guard preview.plan.steps.contains(where: { $0.kind == .upgrade }) else { return UpgradeDrops() }
    guard preview.size.map({ $0 <= counted }) ?? false else {
      return try manifest.map { try managed.drops(of: preview.plan, for: $0) } ?? UpgradeDrops()
    }
    return try SnapshotDatabase.reading(preview.source, trust: managed.options.trust) { connection in
      try UpgradeDrops { try UpgradeDrop.all(of: preview.plan, lineage: managed.lineage, on: connection) }
    }
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
  /// What its downgrades touch; nil where there are none, or it is not known.
  var effects: PlanEffects?
  /// What its upgrades drop of what there is.
  var drops: [UpgradeDrop]
  /// The plan whose loss is accepted.
  var accepted: String?

  init(
    subject: String, plan: Plan, lineage: Lineage, showsSQL: Bool, effects: PlanEffects? = nil,
    accepted: String? = nil, drops: UpgradeDrops = UpgradeDrops(), skipped: [String] = []
  ) {
    self.subject = subject
    self.plan = plan
    self.lineage = lineage.name
    head = lineage.ids.last ?? lineage.baseline?.id
    self.drops = drops.drops
    notes = drops.words + skipped + plan.notes.map(\.words)
    self.showsSQL = showsSQL
    self.effects = effects
    self.accepted = accepted
  }

  /// As it would run, so it ends.
  var status: Outcome { effects?.isRefused(accepting: accepted) == true ? .refused : .done }

  private enum CodingKeys: String, CodingKey { case subject, plan, lineage, head, notes, effects, drops }

  func render(on page: inout Page) {
    let place = head.map { "\(lineage) at \($0)" } ?? lineage
    if plan.isEmpty {
      page.line("\(subject, .strong): nothing to do, it is \(place)")
    } else {
      page.line("\(subject, .strong): \(PlanWords.changes(plan) ?? "no change of the schema"), to be \(place)")
      PlanWords.render(plan, sql: showsSQL, on: &page)
      if let effects { AtticWords.render(effects, accepting: accepted, on: &page) }
      if !plan.id.isEmpty, page.verbose { page.line(StyledText("plan \(plan.id)", .dim)) }
    }
    for note in notes { PlanWords.render(note: note, on: &page) }
  }
}
