// Evidence, by execution, that a folded lineage is the lineage it was made from.
internal import TidemarkSQLite
internal import TidemarkSchema

/// Two lineages, one with its first migrations folded, held against each other on databases in memory.
struct FoldProof {
  let lineage: Lineage
  let folded: Lineage
  /// A database at the id folded through, which ran every migration; the proof takes it further.
  let prefix: Connection

  /// - Throws: `MigrationError.foldDiffers`, which names what differs; what a migration throws.
  func prove() throws -> BaselineFold.Proof {
    let beginning = try Connection.inMemory()
    try Migrator(folded.prefix(through: 0)).migrate(beginning)
    // Before the remaining migrations hide it: the beginning itself.
    try compareAll(beginning, with: prefix, at: "schema.sql", except: [])

    let another = try Connection.inMemory()
    try Backup(from: prefix, to: another).step()
    let created = try Connection.inMemory()
    for (database, build) in [(prefix, lineage), (another, lineage), (created, folded)] {
      try Migrator(build).migrate(database)
    }
    let expected = try DatabaseContents(of: prefix)
    let unsteady = Set(try DatabaseContents(of: another).differences(from: expected).map(\.table))
    try compareAll(created, with: prefix, at: "the head", except: unsteady)

    try takesOver(prefix, expected: expected)
    try isUnderstood(created)
    return BaselineFold.Proof(
      head: try Schema.read(from: created).fingerprint(.exact), tables: expected.tables.count - unsteady.count,
      rows: expected.rowCount - unsteady.reduce(0) { $0 + (expected.tables[$1]?.rows.count ?? 0) },
      unsteady: unsteady.sorted())
  }

  private func compareAll(
    _ database: Connection, with reference: Connection, at place: String, except unsteady: Set<String>
  ) throws {
    var words = SchemaDifference.between(
      expected: try Schema.read(from: reference), found: try Schema.read(from: database), kind: .exact
    ).words
    words += try DatabaseContents(of: database).differences(from: DatabaseContents(of: reference))
      .filter { !unsteady.contains($0.table) }.map(\.description)
    for pragma in FoldScript.headerPragmas {
      let expected = try reference.value("PRAGMA \(pragma)", as: Int64.self)
      let found = try database.value("PRAGMA \(pragma)", as: Int64.self)
      if expected != found { words.append("PRAGMA \(pragma) is \(found ?? 0), not \(expected ?? 0)") }
    }
    words += try changelogDifferences(database, reference)
    guard words.isEmpty else { throw MigrationError.foldDiffers(at: place, words) }
  }

  /// The entries that a later build, or an earlier one, plans by.
  private func changelogDifferences(_ database: Connection, _ reference: Connection) throws -> [String] {
    let found = try entries(of: database)
    let expected = try entries(of: reference)
    let differing = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }
    return differing.sorted().map { "the changelog's entry of \($0) differs" }
  }

  private func entries(of database: Connection) throws -> [Int64: RetiredRow] {
    // What a verdict says depends on what was tried, not on the database.
    let rows = try BaselineFold.retired(of: database, lineage).map { row in
      var row = row
      row.proof = nil
      return (row.id, row)
    }
    return Dictionary(rows, uniquingKeysWith: { $1 })
  }

  /// A database that ran the folded migrations is taken over: only its changelog is rewritten.
  private func takesOver(_ database: Connection, expected: DatabaseContents) throws {
    let report = try Migrator(folded).migrate(database)
    let ran = report.steps.filter { $0.step.kind != .retire && $0.step.kind != .unfold }
    let changed = try DatabaseContents(of: database).differences(from: expected)
    let words = ran.map { "\($0.step.kind.rawValue) \($0.step.name) ran" } + changed.map(\.description)
    guard words.isEmpty else { throw MigrationError.foldDiffers(at: "a database that had them", words) }
  }

  /// The build from before the fold finds all its entries on a database made after it, and runs nothing.
  private func isUnderstood(_ database: Connection) throws {
    let words = try Migrator(lineage).plan(database).steps.filter { $0.kind != .retire && $0.kind != .unfold }
      .map { "it would run \($0.kind.rawValue) \($0.name)" }
    guard words.isEmpty else { throw MigrationError.foldDiffers(at: "the build from before", words) }
  }
}
