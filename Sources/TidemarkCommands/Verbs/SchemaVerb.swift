// `schema`: the schema of a database, of a snapshot in place, or of the head, as a script; and the files that show the
// head brought up to date.

import Tidemark

enum SchemaVerb {
  private static let source = Argument(
    "SNAPSHOT", .path, .optional,
    help: "Print that of this snapshot (a path, an id or the beginning of one, or 'latest') instead of the database's.")
  private static let head = Flag("head", help: "Print the schema that this build was compiled for.")
  private static let write = Flag(
    "write", help: "Bring head.sql and lineage.sum up to date with this build's migrations.")
  private static let force = Flag(
    "force", help: "Write head.sql although it was edited and no migration leads to what it says.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "schema", abstract: "Print the schema of a database, a snapshot, or the head.",
      discussion: """
        The script is the same for the same schema, whatever way led to it, and leaves out Tidemark's own tables. A \
        snapshot is read in place.

        --write runs this build's migrations on an empty database in memory and writes what comes out, where it is \
        not written already; a build that is older than the files is refused, and so is writing over a head.sql that was \
        edited. A head.sql that says the same in other words keeps them. Each migration goes up, down and up again \
        there with made-up rows; lineage.sum keeps the verdicts, so that what is proven is not tried again when a service \
        starts.
        """,
      parameters: [source, head, write, force, ProjectParameters.migrations] + TrustParameters.reading,
      exclusive: [[source, head], [source, write], [head, write]], requires: [(force, [write])],
      examples: [
        Example("tidemark schema --database jobs.db", "What the database has."),
        Example("tidemark schema --write", "After a migration was added or edited, and built."),
      ]
    ) { invocation in
      if invocation[write] { return try ProjectFiles.writing { try writeFiles(invocation, lineage) } }
      return SchemaReport(sql: try script(invocation, lineage))
    }
  }

  private static func script(_ invocation: Invocation, _ lineage: Lineage) throws -> String {
    if invocation[head] {
      let connection = try Connection.inMemory()
      try lineage.build(on: connection)
      return try SchemaScript.write(from: connection)
    }
    if let selector = invocation[source] {
      let path = try invocation.snapshot(selector).entry.path
      return try SnapshotDatabase.reading(path, trust: invocation.trust) { try SchemaScript.write(from: $0) }
    }
    let path = try invocation.existingDatabase()
    return try invocation.managed(path, lineage).reading { connection in
      try connection.transaction(.deferred) { try SchemaScript.write(from: connection) }
    }
  }

  private static func writeFiles(_ invocation: Invocation, _ lineage: Lineage) throws -> SchemaWritten {
    let project = try ProjectFiles(invocation[ProjectParameters.migrations] ?? "Migrations")
    try project.refuseUnless(compiledInto: lineage)
    let texts = try project.texts(of: lineage, listing: project.migrations, baseline: lineage.baseline?.schema)
    if !invocation[force] { try project.refuseIfHeadWasEdited(texts) }
    // The sum vouches for the head, so it comes second.
    let files = try [(project.head, texts.head), (project.sum, texts.sum)].map { path, text in
      WrittenFile(path: path, changed: try SourceFile.write(text, to: path))
    }
    let doubts = texts.verdicts.filter { !$0.value.isLossless }.sorted { $0.key < $1.key }
    return SchemaWritten(
      files: files,
      unproven: doubts.map { .init(id: $0.key, name: lineage[$0.key]?.name ?? "", proof: $0.value) })
  }
}

/// What `schema` prints.
private struct SchemaReport: Report {
  var sql: String

  func render(on page: inout Page) { page.verbatim(sql) }
}

/// What `schema --write` did.
private struct SchemaWritten: Report {
  var files: [WrittenFile]
  /// The migrations whose downgrades are not proven to lose nothing.
  var unproven: [Doubt]

  /// One of them.
  struct Doubt: Encodable, Sendable {
    var id: MigrationID
    var name: String
    var proof: Verdict
  }

  var isNews: Bool { true }

  func render(on page: inout Page) {
    for file in files { page.line(file.changed ? "wrote \(file.path)" : "\(file.path) is up to date") }
    for doubt in unproven {
      PlanWords.render(note: "the downgrade of \(doubt.id) \(doubt.name) is \(doubt.proof)", on: &page)
    }
  }
}
