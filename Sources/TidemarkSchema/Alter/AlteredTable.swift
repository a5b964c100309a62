// A table that an alteration changes, as those need it who look at its rows before anything runs.

/// A table that is there before and after.
package struct AlteredTable: Sendable {
  /// Its name in the database as it is, before renames.
  package var name: String
  /// What it is before, renames done.
  package var from: Schema.Table
  /// What it becomes.
  package var to: Schema.Table
  /// By the wanted column's name, folded: its name in the database as it is. Without those that are new.
  package var origins: [String: String]
  /// A name by which the rowid is read in the database as it is; nil where there is none.
  package var rowid: String?
  /// The wanted column that becomes another name of the rowid and was not, folded.
  package var newKey: String?
  /// Whether it is made anew.
  package var isRebuilt: Bool

  init(_ change: TableChange, renames: SchemaRenames, isRebuilt: Bool) {
    from = change.from.table
    to = change.to.table
    self.isRebuilt = isRebuilt
    rowid = change.from.rowidName
    newKey = change.to.rowidAlias.flatMap { alias in
      change.sources[alias].flatMap { folded($0) == change.from.rowidAlias ? nil : alias }
    }
    let rename = renames.tables.first { folded($0.to) == folded(change.to.name) }
    name = rename?.from ?? change.from.name
    let columns = renames.columns.filter { folded($0.table.to) == folded(change.to.name) }
    origins = [:]
    for column in to.columns {
      let key = folded(column.name)
      if let origin = columns.first(where: { folded($0.to) == key }) {
        origins[key] = origin.from
      } else if let source = change.sources[key] {
        origins[key] = source
      }
    }
  }
}

extension AlteredTable {
  /// A table that only has another name, or is not changed at all; nil for a virtual one.
  package init?(unchanged object: SchemaObject, from old: SchemaObject, renames: SchemaRenames) {
    guard let before = try? TableDefinition(old), let after = try? TableDefinition(object) else { return nil }
    let change = TableChange(from: before, to: after, create: "", sources: [:])
    self.init(change, renames: renames, isRebuilt: false)
    name = old.name
  }
}

extension TableDefinition {
  /// The table as a value.
  fileprivate var table: Schema.Table { Schema.Table(name: name, statement) }
}

/// What is to become of a table that differs.
public enum AlterationMode: String, Sendable, Hashable, Codable, CaseIterable {
  /// It keeps its rows.
  case alter
  /// It is dropped and made again, without rows.
  case drop
}
