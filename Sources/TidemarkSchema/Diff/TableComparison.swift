// How one table differs from another, column by column and constraint by constraint.

/// The comparison of two ordinary tables.
struct TableComparison {
  private let from: Schema.Table
  private let to: Schema.Table
  /// By the new column's name, folded: what it was called.
  private let origins: [String: String]

  init(from: Schema.Table, to: Schema.Table, renames: [SchemaRenames.Column]) {
    self.from = from
    self.to = to
    origins = Dictionary(renames.map { (folded($0.to), $0.from) }, uniquingKeysWith: { $1 })
  }

  /// The differences, a phrase each.
  var words: [String] { columns + order + constraints + options }

  // MARK: columns

  /// What a column was before; nil for a new one.
  private func origin(of column: Schema.Column) -> Schema.Column? {
    if let name = origins[folded(column.name)], let old = from[name] { return old }
    let isTaken = origins.values.contains { folded($0) == folded(column.name) }
    return isTaken ? nil : from[column.name]
  }

  private var columns: [String] {
    var words: [String] = []
    var kept: Set<String> = []
    for (place, column) in to.columns.enumerated() {
      let definition = column.sql.isEmpty ? "" : ": \(column.sql)"
      guard let old = origin(of: column) else {
        let isLast = to.columns[place...].allSatisfy { origin(of: $0) == nil }
        let at = isLast ? "" : place == 0 ? " in front" : " behind \(to.columns[place - 1].name)"
        words.append("column \(column.name) added\(at)\(definition)")
        continue
      }
      kept.insert(folded(old.name))
      if folded(old.name) != folded(column.name) { words.append("column \(old.name) renamed to \(column.name)") }
      words += Self.words(from: old, to: column).map { "column \(column.name): \($0)" }
    }
    words += from.columns.filter { !kept.contains(folded($0.name)) }.map { "column \($0.name) removed" }
    return words
  }

  private static func words(from old: Schema.Column, to new: Schema.Column) -> [String] {
    if old.meaning == new.meaning { return [] }
    var words: [String] = []
    if folded(old.type) != folded(new.type) {
      let types = [old.type, new.type].map { $0.isEmpty ? "none" : $0 }
      words.append("type \(types[0]) -> \(types[1])")
    }
    words += changes(from: old.constraints, to: new.constraints)
    let isRenamed = folded(old.name) != folded(new.name)
    return words.isEmpty && !isRenamed ? ["\(old.sql) -> \(new.sql)"] : words
  }

  private var order: [String] {
    let shared = to.columns.compactMap { column in origin(of: column).map { (folded($0.name), column.name) } }
    let names = Set(shared.map(\.0))
    let before = from.columns.map { folded($0.name) }.filter { names.contains($0) }
    guard before != shared.map(\.0) else { return [] }
    return ["columns in another order: \(shared.map(\.1).joined(separator: ", "))"]
  }

  // MARK: constraints

  private var constraints: [String] {
    let words = Self.changes(from: from.constraints, to: to.constraints)
    if !words.isEmpty { return words }
    return from.constraints.map(\.meaning) != to.constraints.map(\.meaning) ? ["constraints in another order"] : []
  }

  private static func changes(from old: [Schema.Constraint], to new: [Schema.Constraint]) -> [String] {
    var (gone, come) = (old, new)
    for constraint in old {
      guard let other = come.firstIndex(where: { $0.meaning == constraint.meaning }),
        let place = gone.firstIndex(where: { $0.meaning == constraint.meaning })
      else { continue }
      come.remove(at: other)
      gone.remove(at: place)
    }
    var words: [String] = []
    for constraint in gone {
      // Of what there can be one only, the other one takes its place.
      if let place = come.firstIndex(where: { $0.replaces(constraint) }) {
        words.append("\(constraint.sql) -> \(come.remove(at: place).sql)")
      } else {
        words.append("\(constraint.sql) removed")
      }
    }
    return words + come.map { "\($0.sql) added" }
  }

  private var options: [String] {
    var words: [String] = []
    for (name, before, after) in [
      ("STRICT", from.isStrict, to.isStrict), ("WITHOUT ROWID", from.isWithoutRowid, to.isWithoutRowid),
    ] where before != after {
      words.append("\(name) \(after ? "added" : "removed")")
    }
    return words
  }
}

extension Schema.Constraint {
  /// Whether it says another thing about what the other one speaks of.
  fileprivate func replaces(_ other: Schema.Constraint) -> Bool {
    if let name, let theirs = other.name, folded(name) == folded(theirs) { return true }
    switch (kind, other.kind) {
    case (.primaryKey, .primaryKey), (.notNull, .notNull), (.null, .null), (.defaultValue, .defaultValue),
      (.collate, .collate), (.generated, .generated):
      return true
    case (.foreignKey(let columns, let one), .foreignKey(let theirs, let two)):
      return columns.map { folded($0) } == theirs.map { folded($0) } && folded(one.table) == folded(two.table)
    case (.unique(let terms, _), .unique(let theirs, _)):
      return terms.map { folded($0.expression) } == theirs.map { folded($0.expression) }
    default: return false
    }
  }
}
