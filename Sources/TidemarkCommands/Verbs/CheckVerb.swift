// `check`: what continuous integration runs, all in one.

import Tidemark

enum CheckVerb {
  private static let base = Option(
    "base", "REF", .text,
    help: "The branch or commit that others have. Without it, what the remote's default branch has.")
  private static let format = Option(
    "format", "FORMAT", .choice("text", "github", "sarif"), default: "text",
    help: "For people, for GitHub's annotations, or for code scanning: 'text', 'github' or 'sarif'.")
  private static let snapshot = Option(
    "snapshot", "SNAPSHOT", .path,
    help: "Tell which tables are big by this one (a path, an id or the beginning of one, or 'latest').")
  private static let mostRows = Option(
    "max-rebuild-rows", "N", .integer(in: 0 ... .max), default: 100_000,
    help: "How many rows of that snapshot a table may have that is made anew.")
  private static let noSnapshots = Flag("no-snapshots", help: "Leave out the snapshots of the store.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "check", abstract: "Look at everything that has to hold before a migration is released.",
      discussion: """
        lineage.sum and head.sql agree with the migrations; no released migration was edited or removed; every downgrade \
        is proven, with made-up rows; every way from the baseline and from each snapshot of the store leads to the same \
        schema; a schema file that names a version is reached by it; and no statement does what harms rows, older builds \
        or a busy service. Nothing is written.

        A finding has its file, its line, its rule and what to do. Where the author knows better, a comment at its place \
        says why: behind or above a statement, above a property, or above the type for all of the file:

          // tidemark: allow destructive: nobody read it since 2.4

        The exit status is 1 where something was found. docs/check.md explains each rule.
        """,
      parameters: [
        base, snapshot, mostRows, noSnapshots, format, TrustParameters.requireSignature, TrustParameters.identity,
        ProjectParameters.migrations,
      ],
      exclusive: [[CommonOptions.json, format]],
      examples: [
        Example("tidemark check", "Before a commit."),
        Example("tidemark check --format github --base origin/main", "In a pull request's workflow."),
      ]
    ) { invocation in try check(invocation, lineage) }
  }

  private static func check(_ invocation: Invocation, _ lineage: Lineage) throws -> CheckReport {
    let project = try ProjectFiles(invocation[ProjectParameters.migrations] ?? "Migrations")
    try project.refuseUnless(compiledInto: lineage)
    let trust = try invocation.trust
    let size = try invocation[snapshot].map { selector in
      try SnapshotSize(
        try invocation.snapshot(selector).entry, lineage: lineage, most: Int64(invocation[mostRows] ?? 100_000),
        trust: trust)
    }
    var store = try invocation[noSnapshots] ? nil : invocation.storeAtHand()
    store?.trust = trust
    var managed = invocation.managed("", lineage)
    managed.options.trust = trust
    let run = CheckRun(
      project: project, lineage: lineage, base: invocation[base],
      store: store, size: size,
      tryInPlace: { [managed] in
        // What its plan writes goes to the disk that has room for the snapshot.
        _ = try managed.rehearse($0.path, scratch: parentFolder(of: $0.path), proves: false)
      }
    ) { [interruption = invocation.interruption, progress = invocation.progress] words in
      try interruption.check()
      progress.update("check \(words)", done: 0, total: nil, unit: .steps)
    }
    let result = try invocation.interruptible { try run.result() }
    let findings = result.findings.sorted {
      ($0.path, $0.line, $0.rule.rawValue) < ($1.path, $1.line, $1.rule.rawValue)
    }
    return CheckReport(
      findings: findings.filter { $0.allowed == nil }, allowed: findings.filter { $0.allowed != nil },
      migrations: lineage.migrations.count, snapshots: result.snapshots, skipped: result.skipped,
      format: CheckReport.Format(rawValue: invocation[format] ?? "text") ?? .text, place: CheckPlace(project.folder))
  }
}
