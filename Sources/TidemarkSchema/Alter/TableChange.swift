// How one table becomes another: by native ALTER where that leads to the very definition, else by a rebuild.

internal import TidemarkSQLite

/// The change of one table that is there before and after, under one name.
struct TableChange {
  let from: TableDefinition
  let to: TableDefinition
  /// The statement that makes the wanted table, the author's own.
  let create: String
  /// By the wanted column's name, folded: the name of the column that it is to be filled from.
  let sources: [String: String]

  /// - Parameter sources: of columns with another name; those of the same name are each other's.
  init(from: TableDefinition, to: TableDefinition, create: String, sources: [String: String]) {
    self.from = from
    self.to = to
    self.create = create
    var all = sources
    let taken = Set(sources.values.map { folded($0) })
    for column in to.columns where all[column.key] == nil && !taken.contains(column.key) {
      if let same = from[column.key] { all[column.key] = same.name }
    }
    self.sources = all
  }

  /// What does not come along.
  /// - Parameter table: the table's name before renames.
  func losses(of table: String) -> [SchemaAlteration.Loss] {
    let kept = Set(to.ordinary.compactMap { sources[$0.key].map { folded($0) } })
    return from.ordinary.filter { !kept.contains($0.key) }.map { .column(table: table, column: $0.name) }
  }

  /// What rows that are there cannot take.
  var demands: [SchemaAlteration.Demand] {
    to.ordinary.filter { column in
      if sources[column.key] != nil || column.key == to.rowidAlias { return false }
      let mayBeNull = !column.isNotNull && !((to.isWithoutRowid || to.isStrict) && to.primaryKey.contains(column.key))
      if case .constant = column.initial { return false }
      if case .computed = column.initial { return false }
      return !mayBeNull
    }.map { SchemaAlteration.Demand(table: to.name, column: $0.name) }
  }

  /// Whether rows keep their rowids, and these columns, folded, their values: an index of theirs need not be made anew.
  func keeps(_ columns: [String]) -> Bool {
    guard !from.isWithoutRowid, !to.isWithoutRowid, from.isStrict == to.isStrict else { return false }
    if let alias = to.rowidAlias, let source = sources[alias], folded(source) != from.rowidAlias { return false }
    return columns.allSatisfy { key in
      guard let new = to[key], let old = sources[key].flatMap({ from[folded($0)] }) else { return false }
      if old.isGenerated || new.isGenerated { return old.canonical == new.canonical }
      return from.declaredType(of: old) == to.declaredType(of: new)
    }
  }

  // MARK: native

  /// The native statements that lead from one definition to the other; nil where there are none.
  /// - Parameters:
  ///   - indexes: the names, folded, that the table's indexes speak of.
  ///   - sqlite: the library's version.
  func native(indexed indexes: Set<String>, sqlite: Int32) -> [String]? {
    guard from.statement.canonicalOptions == to.statement.canonicalOptions, from.constraints == to.constraints,
      to.columns.allSatisfy({ sources[$0.key].map { folded($0) } ?? $0.key == $0.key })
    else { return nil }
    let kept = from.columns.filter { column in to[column.key].map { $0.canonical == column.canonical } ?? false }
    // What is in both but means something else cannot be dropped and added: its values would go.
    guard from.columns.allSatisfy({ column in to[column.key] == nil || kept.contains { $0.key == column.key } }),
      !kept.isEmpty, to.columns.prefix(kept.count).map(\.key) == kept.map(\.key)
    else { return nil }
    let dropped = from.columns.filter { to[$0.key] == nil }
    let added = to.columns.dropFirst(kept.count)
    guard dropped.isEmpty || sqlite >= 3_035_000 else { return nil }
    guard dropped.allSatisfy({ canDrop($0, indexed: indexes) }), added.allSatisfy({ canAdd($0) }) else { return nil }
    let table = SQL.quote(from.name)
    return dropped.map { "ALTER TABLE \(table) DROP COLUMN \(SQL.quote($0.name))" }
      + added.map { "ALTER TABLE \(table) ADD COLUMN \(to.statement.source($0.tokens))" }
  }

  /// https://sqlite.org/lang_altertable.html#altertabdropcol
  private func canDrop(_ column: TableDefinition.Column, indexed: Set<String>) -> Bool {
    if column.isPrimaryKey || column.isUnique || from.primaryKey.contains(column.key) { return false }
    if from.constrained.contains(column.key) || indexed.contains(column.key) { return false }
    return from.columns.allSatisfy { other in
      other.key == column.key
        || !from.names(in: (other.tokens.lowerBound + 1)..<other.tokens.upperBound).contains(column.key)
    }
  }

  /// https://sqlite.org/lang_altertable.html#altertabaddcol
  private func canAdd(_ column: TableDefinition.Column) -> Bool {
    if column.isPrimaryKey || column.isUnique || column.isStored { return false }
    if column.isGenerated { return !column.isNotNull && !column.isChecked }
    switch column.initial {
    case .computed: return false
    case .constant: return !column.refersElsewhere
    case .none, .null: return !column.isNotNull
    }
  }

  // MARK: rebuild

  /// The statements that make the wanted table and fill it from the old one. The old one is put aside under a name of
  /// its own, so that what the planner knows of the table, filed under its name, stays.
  ///
  /// `legacy_alter_table` is to be on, or views, triggers and children of the table would follow the old one.
  /// - Parameters:
  ///   - aside: the name that the old table is put aside under.
  ///   - copying: whether it is put aside as a plain copy and not by renaming it, which leaves names such as
  ///     `CHECK (jobs.cost > 0)` as they are, so that the table could not be read any more. The planner's
  ///     statistics of the table go with it: whoever runs the statements puts them back.
  func rebuild(aside: String, copying: Bool) -> [String] {
    let (table, old) = (SQL.quote(to.name), SQL.quote(aside))
    let pairs = copied
    var statements: [String] = []
    let copy: String?
    if copying {
      let places = pairs.indices.map { "c\($0)" }
      statements = [
        "CREATE TABLE \(old)(\(pairs.isEmpty ? "c0" : places.joined(separator: ", ")))",
        pairs.isEmpty
          ? nil
          : "INSERT INTO \(old)(\(places.joined(separator: ", "))) SELECT \(list(pairs.map(\.from))) FROM \(SQL.quote(from.name))",
        keepsMark
          ? "UPDATE sqlite_sequence SET name = \(SQL.literal(aside)) WHERE name = \(SQL.literal(from.name))" : nil,
        "DROP TABLE \(SQL.quote(from.name))",
      ].compactMap { $0 }
      copy = pairs.isEmpty ? nil : places.joined(separator: ", ")
    } else {
      statements = ["ALTER TABLE \(SQL.quote(from.name)) RENAME TO \(old)"]
      copy = pairs.isEmpty ? nil : list(pairs.map(\.from))
    }
    statements.append(create)
    if let copy { statements.append("\(insertion) INTO \(table)(\(list(pairs.map(\.to)))) SELECT \(copy) FROM \(old)") }
    if keepsMark {
      // Filling set a mark of the highest row that is left: the one that there was counts.
      statements += [
        "DELETE FROM sqlite_sequence WHERE name = \(SQL.literal(to.name))",
        "UPDATE sqlite_sequence SET name = \(SQL.literal(to.name)) WHERE name = \(SQL.literal(aside))",
      ]
    }
    return statements + ["DROP TABLE \(old)"]
  }

  /// A conflict clause of the table's own would drop the rows that it is about, without a word.
  private var insertion: String {
    to.statement.tokens.indices.contains { to.statement.isWord($0, "conflict") } ? "INSERT OR ABORT" : "INSERT"
  }

  private var keepsMark: Bool { from.isAutoincrement && to.isAutoincrement }

  /// The columns to fill, each with where its values come from; the rowid is one where no column is another name of it.
  private var copied: [(to: String, from: String)] {
    var pairs = to.ordinary.compactMap { column in
      sources[column.key].map { (to: SQL.quote(column.name), from: SQL.quote($0)) }
    }
    guard let rowid = from.rowidName, !to.isWithoutRowid else { return pairs }
    if let alias = to.rowidAlias {
      if sources[alias] == nil, let column = to[alias] { pairs.insert((SQL.quote(column.name), rowid), at: 0) }
    } else if let own = to.rowidName {
      pairs.insert((own, rowid), at: 0)
    }
    return pairs
  }

  private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
