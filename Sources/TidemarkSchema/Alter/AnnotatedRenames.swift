// The renames that an author has noted in a schema's text, as far as they hold between two schemas.

extension SchemaRenames {
  /// The renames that are noted as `-- tidemark: renamed from old`, behind a column on its line, or above a column or a table.
  ///
  /// A note holds where what it speaks of is there under the old name and not under the new one; else it is of a
  /// rename that has been done, and says nothing. Notes in the schema that is left hold the other way round.
  /// - Parameters:
  ///   - from: what is there.
  ///   - to: what is wanted.
  ///   - text: the text that makes what is wanted, where it is at hand: SQLite keeps no comments that stand before CREATE.
  /// - Throws: `SchemaError.malformedNote` for a note that cannot be understood, or that stands at nothing.
  public static func annotated(from: Schema, to: Schema, text: String? = nil) throws(SchemaError) -> SchemaRenames {
    let forward = try notes(in: text ?? script(of: to))
    // What stands in the schema that is left was understood when it was made, or never.
    let backward = (try? notes(in: script(of: from))) ?? []
    var result = holding(forward, from: from, to: to)
    let reversed = holding(backward, from: to, to: from).reversed
    for table in reversed.tables where !result.tables.contains(where: { $0.meets(table) }) {
      result.tables.append(table)
    }
    for column in reversed.columns where !result.columns.contains(where: { $0.meets(column) }) {
      result.columns.append(column)
    }
    return result
  }

  private static func script(of schema: Schema) -> String {
    schema.objects.filter { $0.type == .table }.map { ($0.sql ?? "") + ";\n" }.joined()
  }

  private static func notes(in text: String) throws(SchemaError) -> [SchemaAnnotations.Rename] {
    let annotations = SchemaAnnotations(in: text)
    if let problem = annotations.problems.first { throw problem }
    return annotations.renames
  }

  private static func holding(_ notes: [SchemaAnnotations.Rename], from: Schema, to: Schema) -> SchemaRenames {
    var result = SchemaRenames()
    let tables = notes.filter { $0.place.column == nil }
    for note in tables {
      guard let old = from[.table, note.from], let new = to[.table, note.place.table],
        folded(old.name) != folded(new.name)
      else { continue }
      // A name that is taken has to be given up by another rename.
      guard from[.table, new.name] == nil || tables.contains(where: { folded($0.from) == folded(new.name) }) else {
        continue
      }
      let table = Table(from: old.name, to: new.name)
      if !result.tables.contains(where: { $0.meets(table) }) { result.tables.append(table) }
    }
    for note in notes {
      guard let column = note.place.column, let new = to[.table, note.place.table] else { continue }
      let origin = result.tables.first { folded($0.to) == folded(new.name) }?.from ?? new.name
      guard let old = from[.table, origin] else { continue }
      let (before, after) = (old.columnNames, new.columnNames)
      guard let was = before.first(where: { folded($0) == folded(note.from) }),
        let becomes = after.first(where: { folded($0) == folded(column) }), folded(was) != folded(becomes)
      else { continue }
      let isTaken = before.contains { folded($0) == folded(becomes) }
      let isGivenUp = notes.contains {
        $0.place.column != nil && folded($0.place.table) == folded(note.place.table)
          && folded($0.from) == folded(becomes)
      }
      guard !isTaken || isGivenUp else { continue }
      let rename = Column(table: Table(from: old.name, to: new.name), from: was, to: becomes)
      if !result.columns.contains(where: { $0.meets(rename) }) { result.columns.append(rename) }
    }
    return result
  }
}

extension SchemaRenames.Table {
  /// Whether two renames speak of one table.
  fileprivate func meets(_ other: Self) -> Bool {
    folded(from) == folded(other.from) || folded(to) == folded(other.to)
  }
}

extension SchemaRenames.Column {
  /// Whether two renames speak of one column.
  fileprivate func meets(_ other: Self) -> Bool {
    folded(table.to) == folded(other.table.to)
      && (folded(from) == folded(other.from) || folded(to) == folded(other.to))
  }
}

extension SchemaObject {
  /// The names of a table's columns, as written.
  fileprivate var columnNames: [String] {
    let statement = CreateStatement(sql ?? "")
    return statement.items.filter { !$0.isConstraint }.map { statement.identifier($0.tokens.lowerBound) }
  }
}
