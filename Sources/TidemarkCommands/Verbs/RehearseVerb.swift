// `rehearse`: the whole plan on a copy, and what it came to.

import Tidemark

enum RehearseVerb {
  private static let source = Argument(
    "SNAPSHOT", .path, .optional,
    help: "Rehearse its restore (a path, an id or the beginning of one, or 'latest') instead of 'migrate'.")
  private static let noProof = Flag(
    "no-proof", help: "Leave out taking each upgrade up, down and up again with the rows that there are.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "rehearse", abstract: "Run the whole plan on a copy, timed and proven.",
      discussion: """
        The plan runs on a copy of the database, which shares its room on disk where the file system can. A snapshot is \
        read in place: nothing is unpacked, and what the plan writes goes to a file beside the database (without --database: to a folder of its own in $TMPDIR), so only blocks \
        that it needs are looked at ('verify' looks at all). Either is thrown away at the end. It tells how long each step takes, what it runs and changes, by how much the database grows, and \
        what the run itself would need. Each upgrade is taken up, down and up again with the rows that there are: where \
        a row does not come back, the exit status is 1. What the run would refuse, the rehearsal refuses.
        """,
      parameters: [source, PlanParameters.to, noProof] + PlanParameters.planning
        + [PlanParameters.strict, PlanParameters.acceptLoss, PlanParameters.noLimit] + TrustParameters.reading,
      examples: [
        Example("tidemark rehearse --database jobs.db", "What 'migrate' would take."),
        Example("tidemark rehearse latest --database jobs.db", "What restoring the newest snapshot would take."),
      ]
    ) { invocation in try rehearse(invocation, lineage) }
  }

  private static func rehearse(_ invocation: Invocation, _ lineage: Lineage) throws -> RehearseReport {
    let selector = invocation[source]
    let database = try selector == nil ? invocation.existingDatabase() : invocation.values[CommonOptions.database]
    let found = try selector.map { try invocation.snapshot($0) }
    var managed = invocation.managed(database ?? "", lineage)
    managed.options.trust = try invocation.trust
    let untouched =
      found == nil
      ? "only a copy was touched, and it is gone" : "the snapshot was only read, and what was written aside is gone"
    let rehearsal = try Explanation.restoring(found?.entry.path, untouched: untouched) {
      try invocation.interruptible { [managed] in
        try managed.rehearse(
          found?.entry.path, to: invocation[PlanParameters.to],
          scratch: database == nil ? invocation.environment["TMPDIR"] ?? "/tmp" : nil, proves: !invocation[noProof])
      }
    }
    return RehearseReport(rehearsal: rehearsal, skipped: found?.notes ?? [])
  }
}

/// What `rehearse` says.
private struct RehearseReport: Report {
  var rehearsal: Rehearsal
  var skipped: [String]

  private var ground: String {
    switch rehearsal.way {
    case .inPlace: "in place"
    case .sharedCopy, .copy: "on a copy"
    }
  }

  var status: Outcome { rehearsal.isSound ? .done : .failed }

  func render(on page: inout Page) {
    let plan = rehearsal.plan
    if plan.isEmpty {
      page.line("\(rehearsal.subject, .strong): nothing to do")
    } else {
      page.line("\(rehearsal.subject, .strong): \(PlanWords.changes(plan) ?? "no change of the schema"), \(ground)")
      var table = Table(
        Table.Column("step"), Table.Column("migration"), Table.Column("time", .right),
        Table.Column("statements", .right), Table.Column("rows", .right), Table.Column("the way back"))
      for step in rehearsal.steps {
        table.add(
          PlanWords.verb(step.step.kind), StyledText(PlanWords.subject(step.step)),
          StyledText(Units.duration(step.seconds)), StyledText(step.statements.map { "\($0)" } ?? "code"),
          StyledText("\(step.rows)"), step.verdict.map(PlanWords.proof(_:)) ?? "")
      }
      page.table(table, indent: 2)
      if let effects = rehearsal.effects { AtticWords.render(effects, on: &page) }
      for drop in rehearsal.drops { PlanWords.render(note: drop.words, on: &page) }
      let grown = rehearsal.bytesAfter - rehearsal.bytesBefore
      page.line(
        "  from \(Units.size(rehearsal.bytesBefore)) to \(Units.size(rehearsal.bytesAfter))"
          + (grown > 0 ? ", \(Units.size(grown)) more" : ""))
      page.line(
        "  the run needs \(Units.duration(rehearsal.needs.seconds)), in which nobody else writes, and "
          + "\(Units.size(rehearsal.needs.bytes)) of room")
      page.line("  the rehearsal wrote \(Units.size(rehearsal.scratchBytes)), and removed it")
    }
    if let proof = rehearsal.proof, !plan.isEmpty {
      page.line(
        proof.isSound
          ? "  \(Units.count(proof.rows, "row")) followed up, down and up again, and every one came back"
          : "  \("not everything came back", .bad) when it was taken up, down and up again:")
      for finding in proof.findings { page.line("    \(finding.description)") }
      for skip in proof.skipped { PlanWords.render(note: skip.description, on: &page) }
    }
    for outcome in rehearsal.report.attic { PlanWords.render(note: AtticWords.words(outcome), on: &page) }
    for note in skipped + rehearsal.notes + rehearsal.report.notes { PlanWords.render(note: note, on: &page) }
  }
}
