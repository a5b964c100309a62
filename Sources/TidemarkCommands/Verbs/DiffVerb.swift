// `diff`: what leads from one schema to another, as words, as SQL, or as JSON.

import Tidemark

enum DiffVerb {
  private static let from = Argument(
    "FROM", .path, help: "A database, a snapshot, a file of SQL, the number of a migration, 'head' or 'baseline'.")
  private static let to = Argument("TO", .path, help: "Another one of these.")
  private static let format = Option(
    "format", "FORMAT", .choice("words", "sql", "json"), default: "words",
    help: "What is printed: 'words' for people, 'sql' for a script that 'sqlite3' runs, 'json' for programs.")
  private static let sql = Flag("sql", help: "The same as '--format sql'.")
  private static let exitCode = Flag("exit-code", help: "End with status 3 where the schemas differ.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "diff", abstract: "Compare two schemas, and show the statements that lead from one to the other.",
      discussion: """
        Schemas are compared by meaning: white space, quoting and comments do not count, the order of columns does. What a \
        file is, is told by its content; a snapshot is read in place; a file of SQL runs in memory, without its rows and \
        under the rules for input. Tidemark's own tables are left out.

        What goes and what comes are two things, and never taken for a rename. To say that it is one, write it into \
        the schema, behind the column on its line, or above the column or the table:
          schedule TEXT, -- tidemark: renamed from cron

        The statements are those that 'alter' runs on a database with FROM's schema: native ALTER where this SQLite has \
        it, else a rebuild that keeps rows, rowids and sequences. ('alter' keeps the planner's statistics besides; behind \
        the script, run ANALYZE.)

        With --exit-code a difference ends with 3, so that a script can tell it from what failed (1), was refused (2) or \
        was not understood (64).
        """,
      parameters: [from, to, format, sql, exitCode] + TrustParameters.reading,
      exclusive: [[CommonOptions.json, format], [sql, format]],
      examples: [
        Example("tidemark diff jobs.db Migrations/head.sql", "What the database lacks."),
        Example("tidemark diff latest head --format sql", "From the newest snapshot to this build, as a script."),
        Example("tidemark diff 9 12", "What three migrations came to."),
      ]
    ) { invocation in try diff(invocation, lineage) }
  }

  private static func diff(_ invocation: Invocation, _ lineage: Lineage) throws -> any Report {
    let before = try invocation.schemaSource(try invocation.values.required(from), lineage)
    let after = try invocation.schemaSource(try invocation.values.required(to), lineage)
    let renames = try SchemaRenames.annotated(from: before.schema, to: after.schema, text: after.text)
    var report = SchemaDiff(from: before, to: after)
    report.failsOnDifference = invocation[exitCode]
    report.showsSQL = invocation[sql] || invocation[format] == "sql"
    do {
      report.alteration = try SchemaAlteration.make(
        from: before.schema, to: after.schema, renames: renames, sqlite: SQLiteLibrary.version)
    } catch let error as SchemaError where error.code == .unalterable && !report.showsSQL {
      // There is a difference to tell all the same.
      report.changes = SchemaChange.between(before.schema, after.schema)
      report.unalterable = error.description
    }
    report.doubts = try UnmarkedRename.pairs(
      from: before.schema, to: after.schema, renames: renames, annotations: after.annotations
    ).map(\.advice)
    return report
  }
}

/// What `diff` found.
struct SchemaDiff: Report {
  var from: SchemaSource
  var to: SchemaSource
  var alteration: SchemaAlteration? {
    didSet { changes = alteration?.changes ?? changes }
  }
  var changes: [SchemaChange] = []
  /// What may be a rename, and is taken for none.
  var doubts: [String] = []
  /// Why no statements lead from one to the other.
  var unalterable: String?
  var showsSQL = false
  var failsOnDifference = false

  init(from: SchemaSource, to: SchemaSource) {
    self.from = from
    self.to = to
  }

  var isSame: Bool { changes.isEmpty }
  var status: Outcome { failsOnDifference && !isSame ? .different : .done }

  private enum CodingKeys: String, CodingKey {
    case from, to, identical, changes, statements, rebuilt, losses, demands, doubts, unalterable
  }

  private struct Side: Encodable {
    var name: String
    var kind: SchemaSource.Kind
    var path: String?
    var fingerprint: String

    init(_ source: SchemaSource) {
      (name, kind, path) = (source.name, source.kind, source.path)
      fingerprint = source.schema.fingerprint(.exact).description
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Side(from), forKey: .from)
    try container.encode(Side(to), forKey: .to)
    try container.encode(isSame, forKey: .identical)
    try container.encode(changes, forKey: .changes)
    try container.encode(alteration?.statements, forKey: .statements)
    try container.encode(alteration?.rebuilt ?? [], forKey: .rebuilt)
    try container.encode(alteration?.losses.map(\.words) ?? [], forKey: .losses)
    try container.encode(alteration?.demands.map(\.words) ?? [], forKey: .demands)
    try container.encode(doubts, forKey: .doubts)
    try container.encodeIfPresent(unalterable, forKey: .unalterable)
  }

  func render(on page: inout Page) {
    if showsSQL { return page.verbatim(script) }
    guard !isSame else { return page.line("\(from.name) and \(to.name) have the same schema") }
    for change in changes { ChangeWords.render(change, on: &page) }
    guard let alteration else {
      return PlanWords.render(note: "no statements lead there: \(unalterable ?? "")", on: &page)
    }
    for loss in alteration.losses { PlanWords.render(note: "what \(loss.words) holds goes", on: &page) }
    for demand in alteration.demands { PlanWords.render(note: demand.words, on: &page) }
    for doubt in doubts { PlanWords.render(note: doubt, on: &page) }
  }

  /// A script that `sqlite3` runs, in one transaction and up to the first error.
  private var script: String {
    guard let alteration, !alteration.statements.isEmpty else {
      return "-- \(oneLine(from.name)) and \(oneLine(to.name)) have the same schema.\n"
    }
    var text = "-- Tidemark: from \(oneLine(from.title)) to \(oneLine(to.title))\n"
    for loss in alteration.losses { text += "-- WARNING: what \(oneLine(loss.words)) holds goes.\n" }
    for demand in alteration.demands { text += "-- WARNING: \(oneLine(demand.words)).\n" }
    for doubt in doubts { text += "-- NOTE: \(oneLine(doubt)).\n" }
    // In a transaction the pragma does nothing, and a table that is made anew would take its children along.
    text += ".bail on\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\n\n"
    for statement in alteration.statements { text += "\(statement);\n" }
    return text + "\nCOMMIT;\nPRAGMA foreign_key_check;\n"
  }

  private func oneLine(_ words: String) -> String {
    words.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
