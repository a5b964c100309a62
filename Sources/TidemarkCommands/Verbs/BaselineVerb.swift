// `baseline`: folds the first migrations into schema.sql. The value says what is to be written; this writes it.

import Tidemark

enum BaselineVerb {
  private static let through = Option(
    "through", "ID", .migrationID, .required, help: "The last migration to fold.")
  private static let force = Flag(
    "force", help: "Go ahead where git has changes that are not committed, or is not there to bring the files back.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "baseline", abstract: "Fold the first migrations into schema.sql, and delete their files.",
      discussion: """
        A new database then starts from schema.sql, which holds what those migrations made, the rows they inserted \
        included. Migrations/retired.sql keeps their entries, downgrades too, so that databases that had them are \
        understood, and builds from before understand new ones. That all comes to the same is proven first.

        Build again afterwards. To undo it before it is committed, ask git.
        """,
      parameters: [through, PlanParameters.dryRun, force, ProjectParameters.migrations],
      examples: [
        Example("tidemark baseline --through 40 --dry-run", "All that would be written and deleted."),
        Example("tidemark baseline --through 40", "Fold everything through migration 40."),
      ]
    ) { invocation in try baseline(invocation, lineage) }
  }

  private static func baseline(_ invocation: Invocation, _ lineage: Lineage) throws -> BaselineReport {
    let project = try ProjectFiles(invocation[ProjectParameters.migrations] ?? "Migrations")
    try project.refuseUnless(compiledInto: lineage)
    let isDryRun = invocation[PlanParameters.dryRun]
    if !isDryRun, !invocation[force] { try refuseUnlessClean(project) }
    let fold = try BaselineFold.make(lineage: lineage, through: try invocation.values.required(through))
    let folded = Set(fold.folded)
    let texts = try project.texts(
      of: lineage, listing: project.migrations.filter { !folded.contains($0.id) }, baseline: fold.schemaSQL)
    // The retired ones first: from then on until their last file is gone the build stops and says why.
    let files = [
      (project.retired, fold.retiredSQL), (project.schema, fold.schemaSQL), (project.head, texts.head),
      (project.sum, texts.sum),
    ]
    let gone = project.migrations.filter { folded.contains($0.id) }.map(\.path)
    var report = BaselineReport(fold, isDryRun: isDryRun, deleted: gone)
    report.written = try files.map { path, text in
      if isDryRun {
        let isSame = try SourceFile.exists(path) && SourceFile.read(path) == text
        return WrittenFile(path: path, changed: !isSame, text: text)
      }
      return WrittenFile(path: path, changed: try SourceFile.write(text, to: path))
    }
    if !isDryRun {
      for path in gone { try LocalFiles().unlink(path) }
    }
    return report
  }

  /// Files are deleted: only what git can bring back may go.
  private static func refuseUnlessClean(_ project: ProjectFiles) throws {
    let reason: String
    switch GitTree.state(of: project.folder) {
    case .clean: return
    case .dirty(let paths):
      let rest = paths.count > 10 ? ["and \(paths.count - 10) more"] : []
      reason = (["the tree has changes that are not committed:"] + paths.prefix(10) + rest).joined(separator: "\n")
    case .unknown(let why): reason = why
    }
    throw Failure(
      code: "baseline.dirty-tree", "git could not bring back what this deletes", reason: reason,
      untouched: "no file was written or deleted",
      hint: "commit first; --dry-run shows what would be done, --force does it all the same", status: .refused)
  }
}

/// What `baseline` did, or would do.
private struct BaselineReport: Report {
  var through: MigrationID
  var lineage: String
  var isDryRun: Bool
  var folded: [MigrationID]
  var remaining: [MigrationID]
  var written: [WrittenFile] = []
  var deleted: [String]
  var proof: BaselineFold.Proof

  var isNews: Bool { !isDryRun }

  init(_ fold: BaselineFold, isDryRun: Bool, deleted: [String]) {
    through = fold.through
    lineage = fold.lineage
    self.isDryRun = isDryRun
    folded = fold.folded
    remaining = fold.remaining
    self.deleted = deleted
    proof = fold.proof
  }

  func render(on page: inout Page) {
    let files = Units.count(deleted.count, "file")
    page.line(
      "\(isDryRun ? "would fold" : "folded") \(Units.count(folded.count, "migration")) (\(folded.list)) of \(lineage)")
    for file in written where file.changed { page.line("  \(isDryRun ? "would write" : "wrote") \(file.path)") }
    for path in deleted { page.line("  \(isDryRun ? "would delete" : "deleted") \(path)") }
    page.line(
      """
        proven: the same head, and the same \(Units.count(proof.rows, "row")) in \
      \(Units.count(proof.tables, "table")), without the \(files)
      """)
    if !proof.unsteady.isEmpty {
      PlanWords.render(
        note: "migrations fill these differently each time, so their rows could not be compared: "
          + proof.unsteady.joined(separator: ", "), on: &page)
    }
    if isDryRun {
      for file in written where file.changed {
        page.line()
        page.line(StyledText(file.path, .strong))
        page.verbatim(file.text ?? "")
      }
    } else {
      page.line("  next: build again, and commit")
    }
  }
}
