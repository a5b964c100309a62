// What a change of tables may do to rows that no statement speaks of: values converted to another type, rows that a new key
// does not take.

/// Looks at the tables that are in two schemas. Functions of two values.
package enum SchemaRisks {
  /// A column of another type.
  package struct TypeChange: Sendable, Hashable {
    package var table: String
    package var column: String
    /// The declared types, as written; empty where none is.
    package var from: String
    package var to: String
  }

  /// A key that tables with rows may not satisfy.
  package struct NewKey: Sendable, Hashable {
    package var table: String
    /// Its columns, as written; empty where it is over an expression.
    package var columns: [String]
    /// The index that makes it; nil for a constraint.
    package var index: String?
  }

  /// The columns whose values another type may change.
  package static func typeChanges(from: Schema, to: Schema, renames: SchemaRenames) -> [TypeChange] {
    pairs(from, to, renames).flatMap { old, new in
      new.ordinary.compactMap { column -> TypeChange? in
        let rename = renames.columns.first {
          folded($0.table.to) == folded(new.name) && folded($0.to) == column.key
        }
        guard let before = old[folded(rename?.from ?? column.name)], !before.isGenerated else { return nil }
        let types = (old.typeWords(of: before), new.typeWords(of: column))
        guard old.affinity(of: before).changesValues(becoming: new.affinity(of: column)) else { return nil }
        return TypeChange(table: new.name, column: column.name, from: types.0, to: types.1)
      }
    }
  }

  /// The tables that were there and become STRICT, which refuses values that do not fit their columns' types.
  package static func newlyStrict(from: Schema, to: Schema, renames: SchemaRenames) -> [String] {
    pairs(from, to, renames).filter { old, new in
      // Every value fits ANY.
      new.isStrict && !old.isStrict && new.ordinary.contains { folded(new.typeWords(of: $0)) != "any" }
    }.map(\.1.name)
  }

  /// The keys that tables which were there get.
  package static func newKeys(from: Schema, to: Schema, renames: SchemaRenames) -> [NewKey] {
    var found: [NewKey] = []
    for (old, new) in pairs(from, to, renames) {
      func renamed(_ column: String) -> String {
        renames.columns.first { folded($0.table.to) == folded(new.name) && folded($0.from) == folded(column) }
          .map { folded($0.to) } ?? folded(column)
      }
      let indexes = { (schema: Schema, table: String) in
        schema.objects.filter { $0.type == .index && folded($0.table) == folded(table) }
          .map { (name: $0.name, statement: CreateStatement($0.sql ?? "")) }
          .filter(\.statement.isUnique)
      }
      let known =
        old.keys + indexes(from, old.name).filter { !$0.statement.isPartial }.compactMap(\.statement.indexColumns)
      let sets = known.map { Set($0.map(renamed)) }
      func isNew(_ columns: [String]) -> Bool {
        // Rows that differ in fewer columns differ in more.
        let wanted = Set(columns.map { folded($0) })
        return !sets.contains { $0.isSubset(of: wanted) }
      }
      for key in new.keys where isNew(key) { found.append(NewKey(table: new.name, columns: key, index: nil)) }
      for index in indexes(to, new.name) where from[.index, index.name]?.sql != to[.index, index.name]?.sql {
        if let columns = index.statement.indexColumns, !isNew(columns) { continue }
        found.append(NewKey(table: new.name, columns: index.statement.indexColumns ?? [], index: index.name))
      }
    }
    return found
  }

  private static func pairs(
    _ from: Schema, _ to: Schema, _ renames: SchemaRenames
  ) -> [(TableDefinition, TableDefinition)] {
    to.objects.compactMap { object in
      let rename = renames.tables.first { folded($0.to) == folded(object.name) }
      guard object.type == .table, VirtualTable(object) == nil,
        let before = from[.table, rename?.from ?? object.name], VirtualTable(before) == nil, before != object,
        let old = try? TableDefinition(before), let new = try? TableDefinition(object)
      else { return nil }
      return (old, new)
    }
      + to.objects.compactMap { object in
        // A table that is the same may have got an index.
        guard object.type == .table, VirtualTable(object) == nil, from[.table, object.name] == object,
          let table = try? TableDefinition(object)
        else { return nil }
        return (table, table)
      }
  }
}

extension Schema.Affinity {
  /// Whether a value may be another once it is stored in a column of another affinity.
  fileprivate func changesValues(becoming other: Schema.Affinity) -> Bool {
    switch (self, other) {
    case (_, .blob), (.integer, .numeric), (.numeric, .integer), (.real, .numeric): false
    default: self != other
    }
  }
}

extension TableDefinition {
  fileprivate func affinity(of column: Column) -> Schema.Affinity {
    Schema.Affinity(type: typeWords(of: column), isStrict: isStrict)
  }

  /// A column's declared type, as written, on one line.
  fileprivate func typeWords(of column: Column) -> String {
    let ends: Set<String> = [
      "constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references", "generated", "as",
    ]
    return column.tokens.dropFirst().map { statement.identifier($0) }.prefix { !ends.contains(folded($0)) }
      .joined(separator: " ")
  }

  /// The sets of columns in which no two rows are the same.
  fileprivate var keys: [[String]] {
    var keys = columns.filter { $0.isUnique || $0.isPrimaryKey }.map { [$0.name] }
    for item in statement.items where item.isConstraint {
      guard let start = item.tokens.first(where: { statement.isWord($0, "unique") || statement.isWord($0, "primary") })
      else { continue }
      if let columns = statement.list(behind: start, in: item.tokens) { keys.append(columns) }
    }
    return keys
  }
}

extension CreateStatement {
  /// The columns of an index; nil where it is over an expression.
  fileprivate var indexColumns: [String]? {
    list(behind: body, in: body..<tokens.count)
  }

  /// Whether an index is over part of the rows.
  fileprivate var isPartial: Bool { (body..<tokens.count).contains { isWord($0, "where") } }

  /// The plain names between the next parentheses; nil where something else stands there.
  fileprivate func list(behind start: Int, in range: Range<Int>) -> [String]? {
    guard let open = (start..<range.upperBound).first(where: { isSymbol($0, UInt8(ascii: "(")) }) else { return nil }
    var names: [String] = []
    var isFirst = true
    for index in (open + 1)..<range.upperBound {
      if isSymbol(index, UInt8(ascii: ")")) { return names }
      if isSymbol(index, UInt8(ascii: "(")) { return nil }
      if isSymbol(index, UInt8(ascii: ",")) {
        isFirst = true
        continue
      }
      if isFirst { names.append(identifier(index)) }
      isFirst = false
    }
    return nil
  }
}
