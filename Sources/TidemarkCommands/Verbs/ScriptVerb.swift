// `script`: the SQL of a range of migrations, or of a database's plan, as a script for `sqlite3`.

import Tidemark

enum ScriptVerb {
  private static let from = Argument(
    "FROM", .migrationIDOrZero, .optional,
    help: "The migration that the database is at; 0, an empty one, when left out.")
  private static let to = Argument(
    "TO", .migrationIDOrZero, .optional, help: "The migration to go to; the last one when left out.")
  private static let pending = Flag("pending", help: "The plan of --database instead of a range.")
  private static let downgrade = Flag("downgrade", help: "The way back over the same range, newest first.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "script", abstract: "Print the SQL of a range of migrations, or of a database's plan.",
      discussion: """
        The script is one transaction and stops at the first error when 'sqlite3' runs it. It changes schema and data \
        only: the changelog is written by 'migrate' alone, so it is for reading, and for databases without one.

        With TO below FROM it is the way back. What a migration does in code is named in a comment and not done.
        """,
      parameters: [from, to, pending, downgrade],
      exclusive: [[pending, from], [pending, to], [pending, downgrade]],
      examples: [
        Example("tidemark script 9 12", "From migration 9 to 12."),
        Example("tidemark script --pending --database jobs.db", "What 'migrate' would run."),
      ]
    ) { invocation in try script(invocation, lineage) }
  }

  private static func script(_ invocation: Invocation, _ lineage: Lineage) throws -> ScriptReport {
    let script: MigrationScript
    if invocation[pending] {
      let path = try invocation.existingDatabase()
      let plan = try invocation.managed(path, lineage).plan()
      script = try MigrationScript(plan, lineage: lineage)
    } else {
      let start = invocation[from] ?? 0
      let end = invocation[to] ?? lineage.ids.last ?? lineage.baseline?.id ?? 0
      script = try MigrationScript(
        from: start, to: end, isWayBack: invocation[downgrade] || end < start, lineage: lineage)
    }
    for warning in script.warnings { invocation.note("\("warning:", .notice) \(warning)") }
    return ScriptReport(sql: script.text, warnings: script.warnings)
  }
}

/// A script, with what it leaves out.
private struct ScriptReport: Report {
  var sql: String
  var warnings: [String]

  func render(on page: inout Page) { page.verbatim(sql) }
}
