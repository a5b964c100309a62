// `rebase`: after a merge, this branch's migrations go behind the other's, and the files that show the lineage are whole again.

import Tidemark

enum RebaseVerb {
  private static let onto = Option(
    "onto", "BRANCH", .text,
    help:
      "The branch whose migrations stay where they are. Without it, the one that is being merged, or the default branch."
  )
  private static let force = Flag("force", help: "Write head.sql although it has edits that no migration leads to.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "rebase", abstract: "After a merge, move this branch's migrations behind the other's.",
      discussion: """
        Two branches that each add a migration take the same number, and meet in the last line of lineage.sum. Merge, leave \
        the conflicts in lineage.sum and head.sql as they are, and run this: migrations that the other branch does not have \
        get the numbers behind it, their files and types are renamed, and all are tried again where they stand now, up, \
        down and up, with made-up rows. Their statements stay as they are. Then lineage.sum and head.sql are written.

        This build, of before the merge, is enough: what it does not know it reads off the files, as far as they hold \
        plain SQL. Where they hold code, it moves the files and says to build; 'tidemark schema --write' then does the rest.

        A database on which a moved migration was tried under its old number refuses the new build: take it back first, \
        with the build of before, as it says.
        """,
      parameters: [onto, PlanParameters.dryRun, force, ProjectParameters.migrations],
      examples: [
        Example("git merge main; tidemark rebase", "This branch's migrations go behind those of main."),
        Example(
          "tidemark rebase --onto release-2 --dry-run", "What would be moved and written, behind another branch."),
      ]
    ) { invocation in try rebase(invocation, lineage) }
  }

  private static func rebase(_ invocation: Invocation, _ lineage: Lineage) throws -> RebaseReport {
    let project = try ProjectFiles(invocation[ProjectParameters.migrations] ?? "Migrations")
    let run = try RebaseRun(project, build: lineage, onto: invocation[onto], now: Timestamp.now())
    let outcome = try run.prove(force: invocation[force])
    let isDryRun = invocation[PlanParameters.dryRun]
    let mentions = run.mentions()
    let files = isDryRun ? try run.preview(outcome) : try run.write(outcome)
    return RebaseReport(run, outcome, files, isDryRun: isDryRun, mentions: mentions)
  }
}

/// What `rebase` did, or would do.
private struct RebaseReport: Report {
  /// What is known of the way back of a migration that was moved.
  struct Proof: Encodable, Sendable {
    var id: MigrationID
    var name: String
    var proof: Verdict
  }

  var onto: String
  var isDryRun: Bool
  var moved: [RebasePlan.Move]
  var files: [WrittenFile]
  var proofs: [Proof]
  /// Why it has to be built before the rest can be done.
  var unfinished: String?
  /// The migration that does not run where it stands now.
  var fault: String?
  var notes: [String]
  var next: String

  var isNews: Bool { !isDryRun }
  var status: Outcome { fault == nil ? .done : .failed }

  init(_ run: RebaseRun, _ outcome: RebaseRun.Outcome, _ files: [WrittenFile], isDryRun: Bool, mentions: [String]) {
    onto = run.sides.name
    self.isDryRun = isDryRun
    moved = run.plan.moves
    self.files = files
    let ids = Set(moved.map(\.to))
    proofs = outcome.verdicts.filter { ids.contains($0.key) || !$0.value.isLossless }.sorted { $0.key < $1.key }.map {
      Proof(id: $0.key, name: run.rebased.lineage[$0.key]?.name ?? "", proof: $0.value)
    }
    unfinished = outcome.unfinished
    fault = outcome.fault
    notes = mentions
    if let first = moved.map(\.from).min() {
      let last = run.project.migrations.map(\.id).filter { $0 < first }.max()?.rawValue ?? 0
      let names = moved.map { "\($0.from) \($0.name)" }.joined(separator: ", ")
      notes.append(
        "a database that has \(names) refuses the new build: take it back before, with the build that it has, "
          + "'tidemark migrate --to \(last) --database PATH'")
    }
    let isWhole = outcome.fault == nil && outcome.unfinished == nil
    let hasChanged = !moved.isEmpty || files.contains(where: \.changed)
    next =
      if !isWhole {
        "\(outcome.fault == nil ? "" : "mend it, ")build again, run 'tidemark schema --write', and commit"
      } else if hasChanged {
        "build again, 'tidemark check', and commit"
      } else {
        "nothing is left to do"
      }
  }

  func render(on page: inout Page) {
    let word = isDryRun ? "would move" : "moved"
    if moved.isEmpty {
      page.line("no migration of this branch stands before or between those of \(onto)")
    } else {
      page.line("\(word) \(Units.count(moved.count, "migration")) behind those of \(onto)")
    }
    for move in moved {
      page.line("  \(move.from) \(move.name, .name) is \(move.to) \(isDryRun ? "then" : "now"): \(move.newPath)")
    }
    for file in files {
      let done = file.changed ? (isDryRun ? "would write" : "wrote") : "up to date:"
      page.line("  \(done) \(file.path)")
    }
    for proof in proofs {
      page.line("  the way back of \(proof.id) \(proof.name): \(PlanWords.proof(proof.proof.description))")
    }
    if let fault { page.line("\("not proven:", .bad) ", followedBy: fault) }
    if let unfinished { page.line("\("not proven yet:", .notice) \(unfinished)") }
    for note in notes { PlanWords.render(note: note, on: &page) }
    page.line("  next: \(isDryRun ? "run it without --dry-run" : next)")
  }
}
