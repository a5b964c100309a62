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
    try annotated(from: from, to: to, by: SchemaAnnotations(in: text ?? script(of: to)))
  }

  /// The same with the notes read already.
  /// - Parameter strictly: whether a note that speaks of what is not there under either name, or is there under both, is
  ///   an error. Else it says nothing: it is of a rename that has been done, or of another database.
  /// - Throws: `SchemaError` at its line, for a note that cannot be understood or, strictly, does not hold.
  package static func annotated(
    from: Schema, to: Schema, by annotations: SchemaAnnotations, strictly: Bool = false
  ) throws(SchemaError) -> SchemaRenames {
    var result = try annotations.renames(from: from, to: to, strictly: strictly)
    // What stands in the schema that is left was understood when it was made, or never.
    guard let backward = try? SchemaAnnotations(in: script(of: from)).renames(from: to, to: from) else { return result }
    let reversed = backward.reversed
    for table in reversed.tables where !result.tables.contains(where: { $0.meets(table) }) {
      if !annotations.isNew(nil, in: table.to) { result.tables.append(table) }
    }
    for column in reversed.columns where !result.columns.contains(where: { $0.meets(column) }) {
      if !annotations.isNew(column.to, in: column.table.to) { result.columns.append(column) }
    }
    return result
  }

  private static func script(of schema: Schema) -> String {
    schema.objects.filter { $0.type == .table }.map { ($0.sql ?? "") + ";\n" }.joined()
  }
}

extension SchemaAnnotations {
  /// The renames that lead from a schema to the one of this file. A note holds where what it speaks of is there under the
  /// old name and not under the new one, or where the new one is given up by another note.
  fileprivate func renames(from: Schema, to: Schema, strictly: Bool = false) throws(SchemaError) -> SchemaRenames {
    if let problem = problems.first { throw problem }
    var result = SchemaRenames()
    for note in renames where note.place.column == nil {
      guard let new = to[.table, note.place.table] else { continue }
      let old = from[.table, note.from]
      if let old, folded(old.name) == folded(new.name) { continue }
      let isGivenUp = renames.contains { $0.place.column == nil && folded($0.from) == folded(new.name) }
      let isThere = from[.table, new.name] != nil
      if let old, !isThere || isGivenUp {
        let table = SchemaRenames.Table(from: old.name, to: new.name)
        if !result.tables.contains(where: { $0.meets(table) }) { result.tables.append(table) }
      } else if strictly {
        try refuse(note, "table \(note.from)", new.name, both: old != nil, done: isThere)
      }
    }
    for note in renames {
      guard let column = note.place.column, let new = to[.table, note.place.table] else { continue }
      let table =
        result.tables.first { folded($0.to) == folded(new.name) } ?? SchemaRenames.Table(from: new.name, to: new.name)
      // Of a table that is not there, nothing can have been renamed; it is new with all its columns.
      guard let old = from[.table, table.from] else { continue }
      let before = old.columnNames
      guard let becomes = new.columnNames.first(where: { folded($0) == folded(column) }) else { continue }
      let was = before.first { folded($0) == folded(note.from) }
      if let was, folded(was) == folded(becomes) { continue }
      let isGivenUp = renames.contains { other in
        other.place.column != nil && folded(other.place.table) == folded(note.place.table)
          && folded(other.from) == folded(becomes)
      }
      let isThere = before.contains { folded($0) == folded(becomes) }
      if let was, !isThere || isGivenUp {
        let rename = SchemaRenames.Column(
          table: SchemaRenames.Table(from: old.name, to: new.name), from: was, to: becomes)
        if !result.columns.contains(where: { $0.meets(rename) }) { result.columns.append(rename) }
      } else if strictly {
        try refuse(note, "column \(table.from).\(note.from)", column, both: was != nil, done: isThere)
      }
    }
    return result
  }

  /// What has been renamed already counts no more; what cannot have been is an error.
  private func refuse(_ note: Rename, _ old: String, _ new: String, both: Bool, done: Bool) throws(SchemaError) {
    if both {
      throw SchemaError(
        .unalterable, "\(old) cannot become \(new), which is there too", line: note.place.line,
        hint: "take the note away, or one of the two")
    }
    guard !done else { return }
    throw SchemaError(.unalterable, "there is no \(old) that could become \(new)", line: note.place.line)
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
