// The rules that make a plan of a changelog and a lineage. Pure: no database is asked.
internal import TidemarkSchema

extension Plan {
  /// The plan that takes a database to a lineage.
  /// - Throws: `MigrationError`, a refusal, when there is no safe one.
  public static func make(
    for state: DatabaseState, lineage: Lineage, options: PlanOptions = PlanOptions()
  ) throws(MigrationError) -> Plan {
    if let fault = lineage.fault { throw .invalidLineage(fault) }
    guard let changelog = state.changelog else {
      guard !state.hasObjects else { throw .unmanaged }
      return try forNewDatabase(lineage).refusingLoss(options)
    }
    return try PlanMaker(changelog: changelog, lineage: lineage, options: options).make().refusingLoss(options)
  }

  /// The plan, unless it is to lose nothing and it is known that this is not proven of a step. What is proven only when
  /// the plan runs is refused then.
  private func refusingLoss(_ options: PlanOptions) throws(MigrationError) -> Plan {
    guard options.requiresLossless else { return self }
    try refuseLoss(in: steps) { step in step.kind == .upgrade && step.proof == nil ? nil : Verdict(entry: step.proof) }
    return self
  }

  /// - Parameter verdict: what is known of a step that goes up or down; nil where it is not known yet.
  func refuseLoss(in steps: [Step], _ verdict: (Step) -> Verdict?) throws(MigrationError) {
    var lossy: [MigrationError.Named] = []
    for step in steps where step.kind == .upgrade || step.kind == .downgrade {
      guard let id = step.id, let verdict = verdict(step), !verdict.isLossless else { continue }
      lossy.append(.init(id: id, name: step.name, why: verdict.description))
    }
    if !lossy.isEmpty { throw .notLossless(lossy) }
  }

  private static func forNewDatabase(_ lineage: Lineage) -> Plan {
    var steps: [Step] = []
    if let baseline = lineage.baseline {
      let name = baseline.id.map { "schema.sql, which folds through \($0)" } ?? "schema.sql"
      steps.append(Step(kind: .baseline, id: baseline.id, name: name, sql: baseline.schema))
    }
    steps += lineage.migrations.map { PlanMaker.up($0, lineage) }
    let after = (lineage.baseline?.retired.map(\.id) ?? []) + lineage.ids
    return Plan(steps: steps, fallback: nil, notes: [], before: [], after: after, id: "").identified(by: ["new"])
  }

  /// The plan with its id taken from its steps and the entries it stands on.
  fileprivate func identified(by entries: [String]) -> Plan {
    var digest = Digest()
    for entry in entries { digest.update(framed: entry) }
    for step in steps {
      digest.update(framed: "\(step.kind.rawValue) \(step.id.map(\.description) ?? "") \(step.sql ?? "")")
    }
    var plan = self
    plan.id = String(digest.finishHex().prefix(12))
    return plan
  }
}

/// One changelog against one lineage.
private struct PlanMaker {
  let changelog: Changelog
  let lineage: Lineage
  let options: PlanOptions
  /// The entries as this build sees them, without those its own baseline folded.
  let entries: [Changelog.Entry]
  let isFoldedAlike: Bool
  let isUnfolded: Bool

  init(changelog: Changelog, lineage: Lineage, options: PlanOptions) {
    self.changelog = changelog
    self.lineage = lineage
    self.options = options
    let retired = lineage.baseline?.retiredIDs ?? []
    isFoldedAlike = changelog.carries(lineage.baseline)
    isUnfolded = changelog.folded == nil
    entries = changelog.unfolded.filter { !retired.contains($0.id) }
  }

  static func up(_ migration: any Migration, _ lineage: Lineage) -> Plan.Step {
    Plan.Step(
      kind: .upgrade, id: migration.id, name: migration.name, sql: migration.upgrade.text,
      proof: lineage.knownVerdict(of: migration)?.description)
  }

  static func down(_ entry: Changelog.Entry) -> Plan.Step {
    Plan.Step(
      kind: .downgrade, id: entry.id, name: entry.name, sql: entry.downgrade,
      proof: Verdict(entry: entry.proof).description)
  }

  func make() throws(MigrationError) -> Plan {
    try refuseWhatIsNotOurs()
    let unknown = entries.filter { lineage[$0.id] == nil }
    try refuseWithoutWayBack(unknown)
    try refuseEdited()
    let applied = Set(entries.map(\.id))
    let pending = lineage.migrations.filter { !applied.contains($0.id) }
    let late = lateOnes(pending, unknown: unknown)
    if options.strictOrder, !late.isEmpty { throw .outOfOrder(late.map { .init(id: $0.id, name: $0.name) }) }

    var steps = bookkeeping()
    steps += unknown.reversed().map(Self.down)
    steps += pending.map { Self.up($0, lineage) }
    if !steps.isEmpty, !isUnfolded, !isFoldedAlike {
      steps.insert(
        Plan.Step(kind: .unfold, id: changelog.folded?.id, name: "entries that a baseline stands for"), at: 0)
    }
    let plan = Plan(
      steps: steps, fallback: fallback(unknown: unknown, pending: pending, prelude: steps),
      notes: late.isEmpty ? [] : [.late(late.map(\.id))],
      before: changelog.unfolded.map(\.id).sorted(), after: after, id: "")
    return plan.identified(
      by: changelog.unfolded.map { "\($0.id) \($0.position) \($0.upgradeDigest) \($0.downgrade ?? "")" })
  }

  private var after: [MigrationID] { (lineage.baseline?.retired.map(\.id) ?? []) + lineage.ids }

  // MARK: refusals

  private func refuseWhatIsNotOurs() throws(MigrationError) {
    if changelog.lineage != lineage.name { throw .foreign(database: changelog.lineage, build: lineage.name) }
    let there = Set(changelog.unfolded.map(\.id))
    let missing = (lineage.baseline?.retired.map(\.id) ?? []).filter { !there.contains($0) }
    if !missing.isEmpty { throw .tooOld(missing: missing) }
    // The code of a folded backfill is gone: what is left of it would never be done.
    let retired = lineage.baseline?.retiredIDs ?? []
    let unfinished = changelog.unfolded.filter { $0.batch != nil && retired.contains($0.id) }
    if !unfinished.isEmpty { throw .unfinished(unfinished.map { .init(id: $0.id, name: $0.name) }) }
  }

  private func refuseWithoutWayBack(_ unknown: [Changelog.Entry]) throws(MigrationError) {
    if options.forwardOnly, !unknown.isEmpty {
      throw .forwardOnly(unknown.map { .init(id: $0.id, name: $0.name) })
    }
    // Of a lineage that was cut short the rest is known, and may have been put right since it was applied.
    let outdated = unknown.filter { entry in lineage.later[entry.id].map { $0 > entry.revision } ?? false }
    if !outdated.isEmpty {
      let why = "this build has a corrected downgrade, which has to be stored first: migrate to the head"
      throw .noWayBack(outdated.map { .init(id: $0.id, name: $0.name, why: why) })
    }
    let stuck = unknown.filter { !$0.hasWayBack }
    guard !stuck.isEmpty else { return }
    throw .noWayBack(
      stuck.map { .init(id: $0.id, name: $0.name, why: $0.irreversible ?? "its downgrade was never stored") })
  }

  private func refuseEdited() throws(MigrationError) {
    let edited = entries.filter { entry in
      guard let migration = lineage[entry.id], let digest = lineage.upgradeDigests[entry.id] else { return false }
      return UpgradeDigest.isEdited(migration, digest: digest, entry: entry)
    }
    if !edited.isEmpty { throw .edited(edited.map { .init(id: $0.id, name: $0.name) }) }
  }

  // MARK: steps

  /// Pending ids below one that is applied and stays.
  private func lateOnes(_ pending: [any Migration], unknown: [Changelog.Entry]) -> [any Migration] {
    let gone = Set(unknown.map(\.id))
    guard let highest = entries.map(\.id).filter({ !gone.contains($0) }).max() else { return [] }
    return pending.filter { $0.id < highest }
  }

  /// Steps that run no SQL: entries under the baseline, downgrades stored or corrected.
  private func bookkeeping() -> [Plan.Step] {
    var steps: [Plan.Step] = []
    if let baseline = lineage.baseline, let id = baseline.id, !isFoldedAlike {
      steps.append(Plan.Step(kind: .retire, id: id, name: "\(baseline.retired.map(\.id).list) under the baseline"))
    }
    for entry in entries {
      guard let migration = lineage[entry.id] else { continue }
      if entry.downgrade == nil, entry.irreversible == nil {
        steps.append(Plan.Step(kind: .store, id: entry.id, name: migration.name))
      } else if migration.revision > entry.revision {
        steps.append(Plan.Step(kind: .correct, id: entry.id, name: migration.name))
      }
    }
    return steps
  }

  /// The same, with the known changes above the lowest unknown one taken down and put back.
  private func fallback(
    unknown: [Changelog.Entry], pending: [any Migration], prelude: [Plan.Step]
  ) -> [Plan.Step]? {
    guard let lowest = unknown.first else { return nil }
    // By their order: positions overlap where a build has counted from 1 behind a baseline.
    let above = Array(entries.drop { $0.id != lowest.id })
    let back = above.filter { lineage[$0.id] != nil }
    guard !back.isEmpty, let undone = lineage.corrected(above),
      undone.allSatisfy(\.hasWayBack)
    else { return nil }
    var steps = prelude.filter { $0.kind != .upgrade && $0.kind != .downgrade }
    steps += undone.reversed().map(Self.down)
    let again = Set(back.map(\.id)).union(pending.map(\.id))
    steps += lineage.migrations.filter { again.contains($0.id) }.map { Self.up($0, lineage) }
    return steps
  }
}

extension Upgrade {
  /// The upgrade as text: SQL as it stands, code as a comment.
  package var text: String {
    parts.map { part in
      switch part {
      case .sql(let sql): sql
      case .run: "-- code of this build"
      case .batched(let backfill):
        "-- a backfill of \(backfill.table) in slices of \(backfill.size) rows, after the plan"
      }
    }.joined(separator: ";\n")
  }
}

extension Plan {
  /// The plan that takes the last applied changes down and puts them back.
  /// - Parameter count: how many; more than there are means all.
  /// - Throws: `MigrationError`, a refusal; also when the database is not at the lineage's head already.
  public static func redo(
    last count: Int, for state: DatabaseState, lineage: Lineage, options: PlanOptions = PlanOptions()
  ) throws(MigrationError) -> Plan {
    let plan = try make(for: state, lineage: lineage, options: options)
    let entries = state.changelog?.entries ?? []
    let stored = Array(entries.filter { lineage[$0.id] != nil }.suffix(max(0, count)))
    guard let last = lineage.corrected(stored) else {
      throw .noWayBack(
        stored.filter(lineage.corrects).map {
          .init(id: $0.id, name: $0.name, why: "its corrected downgrade cannot be derived")
        })
    }
    let stuck = last.filter { !$0.hasWayBack }
    if !stuck.isEmpty {
      throw .noWayBack(
        stuck.map { .init(id: $0.id, name: $0.name, why: $0.irreversible ?? "its downgrade was never stored") })
    }
    let again = Set(last.map(\.id))
    var redone = plan
    let others = plan.steps.filter { $0.kind != .upgrade }
    let ups = lineage.migrations.filter { migration in
      again.contains(migration.id) || plan.steps.contains { $0.kind == .upgrade && $0.id == migration.id }
    }
    redone.steps = others + last.reversed().map(PlanMaker.down) + ups.map { PlanMaker.up($0, lineage) }
    redone.fallback = nil
    return try redone.refusingLoss(options).identified(by: ["redo", plan.id])
  }
}
