// What lineage.sum and head.sql are to say of a lineage.

import Tidemark

/// The texts of the files that show what migrations make.
struct ProjectTexts: Sendable {
  /// Of `head.sql`.
  var head: String
  /// Of `lineage.sum`.
  var sum: String
  /// What is known of each downgrade.
  var verdicts: [MigrationID: Verdict]
  /// What the migrations make.
  var schema: Schema
}

extension ProjectFiles {
  /// The text of `lineage.sum` and `head.sql` for these migrations.
  /// - Parameters:
  ///   - lineage: what the migrations were compiled into.
  ///   - kept: the files that are listed.
  ///   - baseline: the text of `schema.sql` that they stand behind; nil where there is none.
  func texts(of lineage: Lineage, listing kept: [MigrationFile], baseline: String?) throws -> ProjectTexts {
    try texts(of: lineage, listing: kept.map { ($0.id, $0.name, try $0.digest()) }, baseline: baseline)
  }

  /// The same for files that are not written yet.
  /// - Parameter kept: the number, the name and the digest of each, in order.
  func texts(
    of lineage: Lineage, listing kept: [(id: MigrationID, name: String, digest: String)], baseline: String?
  ) throws -> ProjectTexts {
    let connection = try Connection.inMemory()
    try lineage.build(on: connection)
    let schema = try Schema.read(from: connection)
    let verdicts = try LineageTrial(lineage).verdicts(known: lineage.proofs)
    var seal = ProofSeal(baseline: baseline)
    let sum = LineageSum(
      name: lineage.name,
      oldestSQLite: lineage.oldestSQLite == Lineage.leastSQLite ? nil : lineage.oldestSQLite,
      entries: kept.map { file in
        seal.add(file.digest)
        // What is less is told again each time, and proven again.
        let words = verdicts[file.id].flatMap { $0.isLossless ? $0.description : nil }
        return .init(
          id: file.id.rawValue, name: file.name, digest: file.digest,
          proof: words.map { .init(verdict: $0, seal: seal.seal($0)) })
      },
      head: .init(of: schema))
    let texts = ProjectTexts(
      head: try headText(of: schema) ?? SchemaScript.write(from: connection), sum: sum.render(), verdicts: verdicts,
      schema: schema)
    try connection.close()
    return texts
  }

  /// What the file says now, where that is this schema in its author's own words, comments and order; nil where it is not.
  private func headText(of schema: Schema) throws -> String? {
    guard let text = try headAtHand(), let found = Self.schema(of: text),
      found.fingerprint(.exact) == schema.fingerprint(.exact)
    else { return nil }
    return SchemaAnnotations.withoutSpent(text)
  }

  /// The text of `head.sql`; nil where there is none, it is no text, or a merge conflict is in it.
  private func headAtHand() throws -> String? {
    guard SourceFile.exists(head), let text = try SourceFile.readIfText(head) else { return nil }
    return conflictMarkerLines(in: text).isEmpty ? text : nil
  }

  /// Nil for a text that does not run: then it says nothing that could be kept.
  private static func schema(of text: String) -> Schema? {
    try? Schema.make(running: SchemaAnnotations.withoutSpent(text))
  }

  /// Makes sure that nobody's edits are written over: a head that is neither what the sum vouches for nor what the migrations
  /// make was edited by hand.
  /// - Throws: `Failure`, a refusal that says what would be lost.
  func refuseIfHeadWasEdited(_ texts: ProjectTexts) throws {
    guard SourceFile.exists(sum) else { return }
    let stated = LineageSum(parsing: try SourceFile.readRepaired(sum))
    guard stated.conflictLines.isEmpty else { return }
    if SourceFile.exists(head), try SourceFile.readIfText(head) == nil { throw edited(reason: "it is not UTF-8") }
    guard let text = try headAtHand(), stated.head != nil || !stated.problems.isEmpty else { return }
    guard let found = Self.schema(of: text) else { throw edited(reason: "it does not run as it is") }
    let exact = found.fingerprint(.exact)
    guard exact != stated.head?.exact, exact != texts.schema.fingerprint(.exact) else { return }
    let words = SchemaDifference.between(expected: texts.schema, found: found, kind: .exact).words
    throw edited(reason: words.joined(separator: "\n"))
  }

  private func edited(reason: String) -> Failure {
    Failure(
      code: "schema.head-edited", "\(head) was edited, and no migration leads to what it says", reason: reason,
      untouched: "no file was written",
      hint: "'tidemark new NAME' makes the difference a migration; --force writes what the migrations make",
      details: ["path": .string(head)], status: .refused)
  }
}
