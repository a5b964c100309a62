// Plans and what became of them, in words: the same in every verb that shows one.

import Tidemark

/// The words for plans, steps and reports of runs.
enum PlanWords {
  /// What a step will do, in a word.
  static func verb(_ kind: Plan.Step.Kind) -> StyledText {
    switch kind {
    case .baseline: StyledText("create", .good)
    case .unfold: StyledText("unfold", .dim)
    case .retire: StyledText("retire", .dim)
    case .downgrade: StyledText("undo", .notice)
    case .upgrade: StyledText("apply", .good)
    case .store: StyledText("store", .dim)
    case .correct: StyledText("correct", .dim)
    }
  }

  /// What a step has done, in a word.
  private static func pastVerb(_ kind: Plan.Step.Kind) -> StyledText {
    switch kind {
    case .baseline: StyledText("created", .good)
    case .unfold: StyledText("unfolded", .dim)
    case .retire: StyledText("retired", .dim)
    case .downgrade: StyledText("undid", .notice)
    case .upgrade: StyledText("applied", .good)
    case .store: StyledText("stored", .dim)
    case .correct: StyledText("corrected", .dim)
    }
  }

  /// What a step is about.
  static func subject(_ step: Plan.Step) -> String {
    switch step.kind {
    case .baseline, .unfold, .retire: step.name
    case .downgrade, .upgrade: "\(step.id.map { "\($0) " } ?? "")\(step.name)"
    case .store, .correct: "the downgrade of \(step.id.map { "\($0) " } ?? "")\(step.name)"
    }
  }

  /// "apply 12 AddTaskTier".
  static func present(_ step: Plan.Step) -> String { "\(verb(step.kind).plain) \(subject(step))" }
  /// "applied 12 AddTaskTier".
  static func past(_ step: Plan.Step) -> String { "\(pastVerb(step.kind).plain) \(subject(step))" }

  /// "undo 13–14, apply 12"; nil when no step changes the schema.
  static func changes(_ plan: Plan) -> String? {
    func ids(_ kind: Plan.Step.Kind) -> String? {
      let ids = plan.steps.filter { $0.kind == kind }.compactMap(\.id)
      return ids.isEmpty ? nil : ids.list
    }
    let parts = [
      plan.steps.contains { $0.kind == .baseline } ? "create" : nil, ids(.downgrade).map { "undo \($0)" },
      ids(.upgrade).map { "apply \($0)" },
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// What is known of the downgrade that a step leaves or runs; nil for a step without one.
  private static func proof(of step: Plan.Step) -> StyledText? {
    switch step.kind {
    case .upgrade: step.proof.map(proof(_:)) ?? StyledText("proven when it runs, if there is one", .dim)
    case .downgrade: proof(step.proof ?? "")
    default: nil
    }
  }

  /// A verdict, in the colour of how good it is.
  static func proof(_ text: String) -> StyledText {
    let style: Style =
      switch Verdict(entry: text) {
      case .lossless, .losslessWithAttic: .good
      case .lossy: .bad
      case .unproven: .notice
      }
    return StyledText(Verdict(entry: text).description, style)
  }

  /// A plan as a list of steps, each with its SQL when that is asked for.
  static func render(_ plan: Plan, sql: Bool, on page: inout Page) {
    if plan.isEmpty { return }
    if sql {
      for step in plan.steps {
        page.line("  \(verb(step.kind)) \(subject(step))")
        if let proof = proof(of: step) { page.line("      -- \(proof)") }
        if let text = step.sql { render(sql: text, on: &page) }
      }
    } else {
      var table = Table(Table.Column("step"), Table.Column("migration"), Table.Column("the way back"))
      for step in plan.steps { table.add(verb(step.kind), StyledText(subject(step)), proof(of: step) ?? "") }
      page.table(table, indent: 2)
    }
    if let fallback = plan.fallback {
      let again = fallback.filter { $0.kind == .downgrade }.compactMap(\.id).list
      page.paragraph(
        "Should that not give this build's schema: undo \(again), and apply what is known of it again.", indent: 2)
    }
  }

  /// What a run did: its steps with their times, the stored SQL that it ran, what is worth knowing.
  static func render(_ report: MigrationReport, on page: inout Page) {
    if !report.steps.isEmpty {
      var table = Table(
        Table.Column("step"), Table.Column("migration"), Table.Column("time", .right), Table.Column("rows", .right))
      for ran in report.steps {
        table.add(
          pastVerb(ran.step.kind), StyledText(subject(ran.step)), StyledText(Units.duration(ran.seconds)),
          StyledText("\(ran.rows)"))
      }
      page.table(table, indent: 2)
    }
    let undone = report.steps.map(\.step).filter { $0.kind == .downgrade && $0.sql != nil }
    if !undone.isEmpty {
      page.line("stored SQL that ran:")
      for step in undone {
        page.line("  \(StyledText(subject(step), .name))")
        render(sql: step.sql ?? "", on: &page)
      }
    }
    if report.fellBack { render(note: "the known changes above the unknown ones went down and up again", on: &page) }
    for outcome in report.attic { render(note: AtticWords.words(outcome), on: &page) }
    for note in report.notes { render(note: note, on: &page) }
    if !report.unfinished.isEmpty {
      render(note: "backfills left to finish: \(report.unfinished.list)", on: &page)
    }
  }

  /// Something worth knowing.
  static func render(note: String, on page: inout Page) { page.line("\("note:", .notice) \(note)") }

  /// SQL, indented below what it belongs to.
  static func render(sql: String, on page: inout Page) {
    let lines = sql.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.isEmpty ? "" : "      " + line
    }
    page.verbatim(lines.joined(separator: "\n"))
  }
}
