// `adopt`: takes over a database that has no changelog, or another tool's.

import Tidemark

enum AdoptVerb {
  private static let at = Option(
    "at", "ID", .migrationID, help: "The last migration that it has; its schema must be that one's all the same.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "adopt", abstract: "Take over a database that has no changelog, or another tool's.",
      discussion: """
        The database is placed by its schema: at the migration after which this build would have just that one. Its \
        changelog is written as if this build had made it, with downgrades and verdicts, and nothing else is: 'migrate' \
        applies what is pending. Where its schema is that of no migration, the nearest is shown with the difference. Where \
        it is that of several, as some change only rows, the record of another tool decides, or --at.

        What these tools left is read and said: GRDB, Rails, golang-migrate, goose, sqlx, Alembic, Django, Flyway, MyBatis \
        Migrations and Sqitch. A change that one of them left half done is to be settled first. Their tables stay; no \
        migration of this build made them, so '--strict' of other verbs counts them as drift.
        """,
      parameters: [at, PlanParameters.dryRun, PlanParameters.wait], needsDatabase: true,
      examples: [
        Example("tidemark adopt --database jobs.db --dry-run", "Where it stands, and what would be written."),
        Example("tidemark adopt --database jobs.db --at 9", "The author knows; the schema is looked at all the same."),
      ]
    ) { invocation in
      let path = try invocation.existingDatabase()
      let managed = invocation.managed(path, lineage)
      let adoption = try invocation.interruptible {
        try managed.adopt(at: invocation[at], isDry: invocation[PlanParameters.dryRun])
      }
      return AdoptReport(database: path, adoption: adoption)
    }
  }
}

/// What `adopt` says.
private struct AdoptReport: Report {
  var database: String
  var adoption: Adoption

  var isNews: Bool { true }

  func render(on page: inout Page) {
    let verb = adoption.isWritten ? StyledText("adopted", .good) : StyledText("would be adopted", .notice)
    page.line("\(database, .strong): \(verb) by \(adoption.lineage) at \(adoption.place)")
    for other in adoption.others { page.line("  \(other.words)") }
    if !adoption.entries.isEmpty {
      var table = Table(Table.Column("migration"), Table.Column("the way back"))
      for entry in adoption.entries {
        table.add(
          StyledText("\(entry.id) \(entry.name)"),
          entry.irreversible.map { StyledText("irreversible: \($0)") } ?? entry.proof.map(PlanWords.proof(_:)) ?? "")
      }
      page.table(table, indent: 2)
    }
    page.line(
      adoption.pending.isEmpty
        ? "  nothing is pending" : "  pending: \(adoption.pending.list), which 'tidemark migrate' applies")
    if !adoption.drift.isEmpty {
      PlanWords.render(
        note: "left alone, as no migration made it: \(adoption.drift.joined(separator: ", "))", on: &page)
    }
    for note in adoption.notes { PlanWords.render(note: note, on: &page) }
  }
}
