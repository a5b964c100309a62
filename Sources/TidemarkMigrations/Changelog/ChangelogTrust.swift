// A changelog came out of a file, and a file can be forged: what no build writes is refused before anything is made of it.
internal import TidemarkSchema

extension Changelog {
  /// Numbers that are counted up end far below where they would run over.
  static let numbers: ClosedRange<Int64> = 0...(1 << 53)

  /// The longest name of a lineage or of a migration, in bytes: they stand in messages.
  private static let longestName = 1_000

  /// The changelog, unless its numbers are such as no build writes.
  /// - Throws: `MigrationError.damagedChangelog`.
  package func checked() throws(MigrationError) -> Changelog {
    var ids: Set<MigrationID> = []
    guard lineage.utf8.count <= Self.longestName else {
      throw .damagedChangelog("its lineage has a name of \(lineage.utf8.count) bytes")
    }
    for entry in unfolded {
      guard entry.id.rawValue > 0 else { throw .damagedChangelog("an entry has id \(entry.id)") }
      guard entry.name.utf8.count <= Self.longestName else {
        throw .damagedChangelog("the entry of \(entry.id) has a name of \(entry.name.utf8.count) bytes")
      }
      guard ids.insert(entry.id).inserted else { throw .damagedChangelog("it has two entries of id \(entry.id)") }
      guard Self.numbers.contains(entry.position) else {
        throw .damagedChangelog("the entry of \(entry.id) stands at position \(entry.position)")
      }
    }
    if let folded, folded.id.rawValue <= 0 { throw .damagedChangelog("its baseline has id \(folded.id)") }
    return self
  }
}

extension ChangelogTables {
  /// Words that stand in no table of Tidemark's: what comes with them runs, or refuses, when the table is used.
  private static let foreign: [StaticString] = ["check", "generated", "as", "conflict"]

  /// Why the text of a table that bears Tidemark's name is none of Tidemark's; nil where it may be.
  static func fault(ofTable sql: String) -> String? {
    let statement = CreateStatement(sql)
    guard statement.kind == .table else { return "is no table that Tidemark makes" }
    for index in statement.tokens.indices {
      for word in foreign where statement.isWord(index, word) {
        return "says \("\(word)".uppercased()), as no table of Tidemark's does"
      }
    }
    return nil
  }
}
