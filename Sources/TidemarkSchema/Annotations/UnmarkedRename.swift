// What may be a rename or may not: something goes and something like it comes. Nobody but the author knows.

/// Finds what is to be marked before a change can be drafted.
package enum UnmarkedRename {
  /// One thing that goes and one that comes.
  package struct Pair: Sendable, Hashable {
    /// The table, by its wanted name; nil where the pair is of tables.
    package var table: String?
    /// What goes.
    package var from: String
    /// What comes.
    package var to: String

    /// Both, in words, with what would say that they are one.
    package var advice: String { "\(words); if it is the same one, write '-- tidemark: renamed from \(from)' at it" }

    /// Both, in words.
    package var words: String {
      let place = table.map { "\($0)." } ?? ""
      let kind = table == nil ? "table" : "column"
      return "\(kind) \(place)\(from) goes and \(kind) \(place)\(to), which is like it, comes"
    }
  }

  /// The pairs between two schemas that nothing is said of.
  /// - Throws: `SchemaError` for a table's text that cannot be read.
  package static func pairs(
    from: Schema, to: Schema, renames: SchemaRenames, annotations: SchemaAnnotations
  ) throws(SchemaError) -> [Pair] {
    var pairs: [Pair] = []
    let ordinary = { (object: SchemaObject) in object.type == .table && VirtualTable(object) == nil }
    let moved = Set(renames.tables.map { folded($0.from) })
    let targets = Set(renames.tables.map { folded($0.to) })
    let gone = from.objects.filter {
      ordinary($0) && to[.table, $0.name] == nil && !moved.contains(folded($0.name))
    }
    for object in to.objects where ordinary(object) {
      let rename = renames.tables.first { folded($0.to) == folded(object.name) }
      let new = try TableDefinition(object)
      guard let old = from[.table, rename?.from ?? object.name], ordinary(old) else {
        guard !targets.contains(folded(object.name)), !annotations.isNew(nil, in: object.name) else { continue }
        for candidate in gone
        where try Set(TableDefinition(candidate).columns.map(\.key)) == Set(new.columns.map(\.key)) {
          pairs.append(Pair(table: nil, from: candidate.name, to: object.name))
        }
        continue
      }
      pairs += columnPairs(from: try TableDefinition(old), to: new, renames, annotations)
    }
    return pairs
  }

  private static func columnPairs(
    from: TableDefinition, to: TableDefinition, _ renames: SchemaRenames, _ annotations: SchemaAnnotations
  ) -> [Pair] {
    let own = renames.columns.filter { folded($0.table.to) == folded(to.name) }
    let gone = from.ordinary.filter { column in
      to[column.key] == nil && !own.contains { folded($0.from) == column.key }
    }
    let come = to.ordinary.filter { column in
      from[column.key] == nil && !own.contains { folded($0.to) == column.key }
        && !annotations.isNew(column.name, in: to.name)
    }
    return come.flatMap { new in
      gone.filter { from.declaredType(of: $0) == to.declaredType(of: new) }
        .map { Pair(table: to.name, from: $0.name, to: new.name) }
    }
  }
}

extension TableDefinition {
  /// A column's declared type, folded; empty where there is none.
  func declaredType(of column: Column) -> String {
    let type = statement.typeTokens(ofColumn: column.tokens)
    return type.map { folded(statement.identifier($0)) }.joined(separator: " ")
  }
}
