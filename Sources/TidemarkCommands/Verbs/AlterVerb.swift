// `alter`: brings a database to a schema without a migration.

import Tidemark

enum AlterVerb {
  private static let to = Option(
    "to", "SCHEMA", .path, .required,
    help: "What is wanted: a file of SQL, a database, a snapshot, the number of a migration, 'head' or 'baseline'.")
  private static let mode = Option(
    "mode", "MODE", .choice("alter", "drop"), default: "alter",
    help: "'alter' keeps the rows of tables that differ; 'drop' drops these and makes them again, empty.")
  private static let yes = Flag("yes", short: "y", help: "Do not ask before tables are dropped with '--mode drop'.")
  private static let development = Flag(
    "development", help: "Alter a database that a lineage keeps, which 'migrate' then refuses until it is as before.")
  private static let acceptLoss = Option(
    "accept-loss", "PLAN-ID", .text, help: "Lose what the refusal of just this plan, on just these rows, has named.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "alter", abstract: "Bring a database to a schema without a migration.",
      discussion: """
        All statements run in one transaction, with foreign keys off, and the result is held against the schema before it \
        is committed. Rows, rowids, AUTOINCREMENT marks, planner statistics, indexes, triggers and views stay. Rows that \
        would not fit (STRICT, NOT NULL, CHECK, UNIQUE, keys) are looked for beforehand: they are counted and named, and \
        nothing runs. What would be lost is refused too, with the id that '--accept-loss' takes.

        A rename is one where the schema says so: '-- tidemark: renamed from old' behind the column or above the table. \
        Tidemark's own tables are left alone.
        """,
      parameters: [to, mode, acceptLoss, yes, PlanParameters.dryRun, development, PlanParameters.wait]
        + TrustParameters.reading,
      needsDatabase: true,
      examples: [
        Example(
          "tidemark alter --database scratch.db --to schema.sql", "Keep a database at a file while it is written."),
        Example("tidemark alter --database jobs.db --to head --dry-run", "What would run, and what would be refused."),
      ]
    ) { invocation in try alter(invocation, lineage) }
  }

  private static func alter(_ invocation: Invocation, _ lineage: Lineage) throws -> any Report {
    let path = try invocation.existingDatabase()
    let wanted = try invocation.schemaSource(try invocation.values.required(to), lineage)
    let mode = AlterationMode(rawValue: invocation[mode] ?? "") ?? .alter
    if wanted.kind == .sql, wanted.schema.objects.isEmpty, mode == .alter {
      // More likely the wrong file than the wish for a database of nothing.
      throw Failure(
        code: "alter.empty", "\(wanted.title) makes no table, view, index or trigger, so all that there is would go",
        untouched: "the database is as it was", hint: "check the file; '--mode drop' empties a database",
        status: .refused)
    }
    let managed = invocation.managed(path, lineage)
    var settings = Alterer.Options(
      mode: mode, acceptedLoss: invocation[acceptLoss], acceptsAnyLoss: mode == .drop && invocation[yes],
      allowsManaged: invocation[development])
    settings.onStatement = { number, total, sql in
      try invocation.interruption.check()
      invocation.progress.update(phase(sql), done: Int64(number - 1), total: Int64(total), unit: .steps)
    }
    return try invocation.interruptible {
      if invocation[PlanParameters.dryRun] {
        let plan = try managed.alterPlan(to: wanted.schema, text: wanted.text, mode: mode)
        return AlterPlanReport(database: path, to: wanted.title, plan: plan, settings: settings)
      }
      if mode == .drop, !invocation[yes] {
        let plan = try managed.alterPlan(to: wanted.schema, text: wanted.text, mode: mode)
        settings.acceptedLoss = try consent(to: plan, at: path, invocation)
      }
      let report = try managed.alter(to: wanted.schema, text: wanted.text, settings: settings)
      return AlterDone(database: path, to: wanted.title, report: report)
    }
  }

  fileprivate static let consentHint = "say --yes, or use '--mode alter', which keeps rows"

  private static func phase(_ sql: String) -> String {
    let line = sql.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    return line.count > 40 ? line.prefix(39) + "…" : line
  }

  /// The id of the loss that a person has agreed to; nil where there is nothing to agree to.
  private static func consent(to plan: AlterPlan, at path: String, _ invocation: Invocation) throws -> String? {
    guard !plan.isEmpty else { return nil }
    let losses = plan.losses.map(\.words)
    let what = losses.isEmpty ? "No rows are lost." : "What goes: \(losses.joined(separator: "; "))."
    if try invocation.confirms("This drops what differs in \(path). \(what)") { return plan.lossID }
    throw Failure(
      code: "alter.unconfirmed", "what differs in \(path) would be dropped and made again",
      reason: losses.isEmpty ? nil : losses.joined(separator: "\n"), untouched: "the database is as it was",
      hint: consentHint,
      details: ["losses": .array(losses.map { .string($0) })], status: .refused)
  }
}

/// What `alter --dry-run` shows.
private struct AlterPlanReport: Report {
  var database: String
  var to: String
  var plan: AlterPlan
  var settings: Alterer.Options

  private enum CodingKeys: String, CodingKey {
    case database, to, changes, statements, rebuilt, losses, lossID, obstacles, doubts, refused
  }

  /// Why it would be refused; empty where it would not.
  private var refusals: [AlterError] {
    var errors: [AlterError] = []
    if plan.isEmpty { return [] }
    if let lineage = plan.lineage, !settings.allowsManaged { errors.append(.managed(lineage: lineage)) }
    if !plan.obstacles.isEmpty { errors.append(.doesNotFit(plan.obstacles)) }
    if let id = plan.lossID, settings.acceptedLoss != id, !settings.acceptsAnyLoss {
      errors.append(.wouldLose(plan: id, plan.losses, doubts: plan.doubts))
    }
    return errors
  }

  var status: Outcome { refusals.isEmpty ? .done : .refused }

  /// What is dropped by the mode is agreed to as a whole.
  private func hint(of error: AlterError) -> String {
    guard settings.mode == .drop, case .wouldLose = error else { return error.hint }
    return AlterVerb.consentHint
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(database, forKey: .database)
    try container.encode(to, forKey: .to)
    try container.encode(plan.changes, forKey: .changes)
    try container.encode(plan.statements, forKey: .statements)
    try container.encode(plan.rebuilt, forKey: .rebuilt)
    try container.encode(plan.losses, forKey: .losses)
    try container.encodeIfPresent(plan.lossID, forKey: .lossID)
    try container.encode(plan.obstacles, forKey: .obstacles)
    try container.encode(plan.doubts, forKey: .doubts)
    try container.encode(refusals.map(\.code), forKey: .refused)
  }

  func render(on page: inout Page) {
    guard !plan.isEmpty else { return page.line("\(database, .strong): nothing to do, it has the schema of \(to)") }
    for change in plan.changes { ChangeWords.render(change, on: &page) }
    page.line("statements:")
    for statement in plan.statements { PlanWords.render(sql: statement + ";", on: &page) }
    for error in refusals {
      page.line("\("would be refused:", .notice) \(error.code)")
      for line in error.message.split(separator: "\n") { page.line("  \(line)") }
      page.line("  \(hint(of: error))")
    }
    if refusals.isEmpty { for loss in plan.losses { PlanWords.render(note: "loses \(loss.words)", on: &page) } }
  }
}

/// What `alter` did.
private struct AlterDone: Report {
  var database: String
  var to: String
  var report: AlterReport

  var isNews: Bool { true }

  private enum CodingKeys: String, CodingKey {
    case database, to, changes, statements, rebuilt, losses, notes, seconds
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(database, forKey: .database)
    try container.encode(to, forKey: .to)
    try container.encode(report.plan.changes, forKey: .changes)
    try container.encode(report.plan.statements, forKey: .statements)
    try container.encode(report.plan.rebuilt, forKey: .rebuilt)
    try container.encode(report.plan.losses, forKey: .losses)
    try container.encode(report.notes, forKey: .notes)
    try container.encode(report.seconds, forKey: .seconds)
  }

  func render(on page: inout Page) {
    guard !report.plan.isEmpty else {
      return page.line("\(database, .strong): nothing to do, it has the schema of \(to)")
    }
    page.line("\(database, .strong): \("altered", .good) to \(to) in \(Units.duration(report.seconds))")
    for change in report.plan.changes { ChangeWords.render(change, on: &page) }
    for loss in report.plan.losses { PlanWords.render(note: "lost: \(loss.words)", on: &page) }
    for note in report.notes + report.plan.doubts { PlanWords.render(note: note, on: &page) }
    if let lineage = report.plan.lineage {
      PlanWords.render(
        note:
          "the lineage \"\(lineage)\" keeps this database: 'migrate' refuses it unless its own objects are as it left them",
        on: &page)
    }
  }
}
