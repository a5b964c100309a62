// Whether head.sql has been edited, and what a migration to it has to start from.

import Tidemark

/// A head.sql that says something else than the migrations make.
struct EditedHead {
  /// What the migrations make.
  let head: Schema
  /// What the file makes.
  let wanted: Schema
  /// What the file says besides.
  let annotations: SchemaAnnotations

  /// Looks at the file; nil where there is none, or where it says what is known already.
  /// - Throws: `Failure` for a file that does not run, holds a merge conflict, or was edited before it was brought up to date.
  init?(_ project: ProjectFiles, _ lineage: Lineage) throws {
    guard SourceFile.exists(project.head) else { return nil }
    let text = try Self.text(of: project.head)
    try Self.refuseStrangers(in: text, at: project.head)
    wanted = try Self.schema(of: text, at: project.head)
    annotations = SchemaAnnotations(in: text)
    let sum = SourceFile.exists(project.sum) ? LineageSum(parsing: try SourceFile.readRepaired(project.sum)) : nil
    let stated = sum.flatMap { $0.isWhole ? $0.head : nil }
    // What the sum vouches for was written by the tool, whatever migrations have come since.
    if let stated, stated.exact == wanted.fingerprint(.exact) { return nil }
    try project.refuseUnless(compiledInto: lineage)
    let connection = try Connection.inMemory()
    try lineage.build(on: connection)
    head = try Schema.read(from: connection)
    if head.fingerprint(.exact) == wanted.fingerprint(.exact) { return nil }
    if wanted.objects.isEmpty { throw Self.empty(project.head, head) }
    if let stated, stated.exact != head.fingerprint(.exact) {
      throw Failure(
        code: "new.head-behind", "\(project.head) was edited before it showed what the migrations make now",
        reason: "a draft would undo what came since: "
          + SchemaDifference.between(expected: head, found: wanted, kind: .exact).words.joined(separator: "; "),
        untouched: "no file was written",
        hint: """
          put your edits aside, bring the file up to date with 'tidemark schema --write --force', and make them again; or \
          --empty for the template
          """, status: .refused)
    }
  }

  /// The file's text, with line ends as Swift's literals have them.
  private static func text(of path: String) throws -> String {
    guard let text = try SourceFile.readIfText(path) else {
      throw Failure(
        code: "new.head-fails", "\(path) is not UTF-8", untouched: "no file was written",
        hint: "save it as UTF-8; or 'tidemark schema --write --force' writes it anew", details: ["path": .string(path)])
    }
    guard let line = conflictMarkerLines(in: text).first else {
      return text.contains("\r\n")
        ? text.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n") : text
    }
    throw Failure(
      code: "new.head-conflict", "\(path) holds a merge conflict, on line \(line)", untouched: "no file was written",
      hint: "'tidemark rebase' resolves it", details: ["path": .string(path), "line": .integer(Int64(line))],
      status: .refused)
  }

  /// What would run and be forgotten is no part of a migration.
  private static func refuseStrangers(in text: String, at path: String) throws {
    let strangers = HeadStatement.strangers(in: text)
    guard let first = strangers.first else { return }
    throw Failure(
      code: "new.head-statements", "\(path) holds only the schema, and something else is in it",
      reason: strangers.map { "line \($0.line): \($0.words)" }.joined(separator: "\n"),
      untouched: "no file was written",
      hint: "take it out; statements on rows go into the migration that is drafted, or into --empty's template",
      details: ["path": .string(path), "line": .integer(Int64(first.line))], status: .refused)
  }

  private static func empty(_ path: String, _ head: Schema) -> Failure {
    Failure(
      code: "new.head-empty", "\(path) says nothing, so the migration would drop everything",
      reason: head.objects.map(\.title).joined(separator: "\n"), untouched: "no file was written",
      hint: """
        'tidemark schema --write --force' writes what the migrations make into it again; where everything is to go, --empty \
        writes the template for your own statements
        """, details: ["path": .string(path)], status: .refused)
  }

  /// What a schema file makes, without what it says to Tidemark: that is not to end up in databases.
  private static func schema(of text: String, at path: String) throws -> Schema {
    do {
      let connection = try Connection.inMemory()
      try connection.execute(SchemaAnnotations.withoutSpent(text))
      let schema = try Schema.read(from: connection)
      try refuseBrokenViews(of: schema, on: connection, text, at: path)
      try connection.close()
      return schema
    } catch let error as SQLiteError {
      let line = SchemaCheck.failure(of: text)?.line ?? error.line ?? 1
      throw Failure(
        code: "new.head-fails", "\(path) does not run, at line \(line): \(error.message)",
        untouched: "no file was written", hint: "mend it; or --empty for the template",
        details: ["path": .string(path), "line": .integer(Int64(line))])
    }
  }

  /// SQLite looks at a view's statement only when it is used.
  private static func refuseBrokenViews(
    of schema: Schema, on connection: Connection, _ text: String, at path: String
  ) throws {
    for view in schema.objects where view.type == .view {
      do {
        _ = try connection.prepare("SELECT 1 FROM \(SQL.quote(view.name))")
      } catch let error as SQLiteError {
        let line = SQLStatement.statements(of: text).first { statement in
          let create = CreateStatement(statement.text)
          return create.kind == .view && create.name.map { create.identifier($0) } == view.name
        }?.line
        throw Failure(
          code: "new.head-fails",
          "the view \(view.name) of \(path) does not run, at line \(line ?? 1): \(error.message)",
          untouched: "no file was written", hint: "mend the view",
          details: ["path": .string(path), "line": .integer(Int64(line ?? 1))])
      }
    }
  }

  /// The migration that leads there.
  /// - Throws: `Failure` where the author has to say more first.
  func draft(_ id: MigrationID, _ name: String, behind lineage: Lineage, at path: String) throws -> MigrationDraft? {
    do {
      let renames = try SchemaRenames.annotated(from: head, to: wanted, by: annotations, strictly: true)
      let pairs = try UnmarkedRename.pairs(from: head, to: wanted, renames: renames, annotations: annotations)
      guard pairs.isEmpty else { throw Self.unmarked(pairs, at: path) }
      return try MigrationDraft.make(
        behind: lineage, id: id, name: name, from: head, to: wanted, renames: renames)
    } catch let error as SchemaError {
      throw Failure(
        code: "new.undraftable", "no migration to \(path) can be drafted: \(error.message)",
        untouched: "no file was written",
        hint: [error.hint, "--empty writes the template, for statements of your own"].compactMap(\.self)
          .joined(separator: "; "),
        details: error.line.map { ["path": .string(path), "line": .integer(Int64($0))] } ?? [:], status: .refused)
    } catch let error as MigrationError {
      throw Failure(
        code: "new.undraftable", "the drafted statements do not lead to \(path): \(error.message)",
        untouched: "no file was written",
        hint: "mend \(path) where that is the cause; --empty writes the template, for statements of your own",
        status: .refused)
    }
  }

  private static func unmarked(_ pairs: [UnmarkedRename.Pair], at path: String) -> Failure {
    let first = pairs[0]
    return Failure(
      code: "new.rename-unmarked", "it cannot be told whether something was renamed",
      reason: pairs.map(\.words).joined(separator: "\n"), untouched: "no file was written",
      hint: """
        in \(path), write '-- tidemark: renamed from \(first.from)' behind \(first.to) if it is the same under another \
        name, '-- tidemark: new' if it is not
        """,
      details: [
        "pairs": .array(
          pairs.map { pair in
            var words: [String: JSONValue] = ["from": .string(pair.from), "to": .string(pair.to)]
            if let table = pair.table { words["table"] = .string(table) }
            return .object(words)
          })
      ], status: .refused)
  }
}
