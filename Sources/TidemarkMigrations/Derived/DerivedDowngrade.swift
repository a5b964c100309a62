// Makes the downgrade of a migration that leaves it to Tidemark: from the schema before and after its upgrade, and from
// what the upgrade was seen to write.
internal import TidemarkSQLite
internal import TidemarkSchema

/// The way back of an upgrade that has just run.
struct DerivedDowngrade {
  let migration: any Migration
  /// The schema before the upgrade, without what no migration made.
  let before: Schema
  /// The schema after it.
  let after: Schema
  let log: WriteLog
  /// The oldest SQLite that it is written for, as the lineage states it: the build that will run it may have an older one
  /// than this.
  let oldestSQLite: Int32

  /// The SQL to store.
  /// - Throws: `MigrationError.underivable` for what no schema tells how to undo.
  func make() throws -> String {
    let renames = self.renames
    var reasons = changedRows(renames)
    let alteration = try alteration(renames)
    reasons += alteration.demands.map(\.words) + (try unsaidRenames(renames))
    guard reasons.isEmpty else { throw refused(reasons) }
    return alteration.sql
  }

  /// What the statements that renamed say; code says nothing.
  var renames: SchemaRenames {
    text.lowercased().contains("rename") ? SchemaRenames(in: text, before: before, after: after) : .none
  }

  private var text: String { migration.upgrade.script }

  /// Code may rename without saying so: what goes and what comes would both be lost where they are one.
  private func unsaidRenames(_ renames: SchemaRenames) throws -> [String] {
    guard migration.upgrade.hasCode else { return [] }
    do {
      return try UnmarkedRename.pairs(
        from: before, to: after, renames: renames, annotations: SchemaAnnotations(in: "")
      ).map { "code may have renamed one to the other: \($0.words)" }
    } catch {
      throw refused([error.message])
    }
  }

  private func alteration(_ renames: SchemaRenames) throws -> SchemaAlteration {
    do {
      return try SchemaAlteration.make(
        from: after, to: before, renames: renames.reversed, sqlite: min(SQLiteLibrary.version, oldestSQLite))
    } catch let error as SchemaError {
      throw refused([error.message])
    }
  }

  private func refused(_ reasons: [String]) -> MigrationError {
    .underivable(id: migration.id, name: migration.name, reasons)
  }

  // MARK: rows

  /// Rows that were there before, are still there and may have been changed, in words.
  func changedRows(_ renames: SchemaRenames) -> [String] {
    var reasons: [String] = []
    // Rows that stand in the way of an update go without anyone being asked.
    if !log.writes.isEmpty, replacesOnUpdate { reasons.append("UPDATE OR REPLACE may remove rows") }
    for (table, kinds) in log.writes.sorted(by: { $0.key < $1.key }) {
      let rename = renames.tables.first { $0.to.lowercased() == table }
      guard let old = before[.table, rename?.from ?? table], !old.indexesOthersRows else { continue }
      let isStill = after[.table, table] != nil || renames.tables.contains { $0.from.lowercased() == table }
      if isStill { reasons += words(kinds, old, renames) }
    }
    for table in log.made.sorted() {
      let origin = renames.tables.first { $0.to.lowercased() == table }?.from ?? table
      guard let old = before[.table, origin], let new = after[.table, table], !old.indexesOthersRows,
        !renames.tables.contains(where: { $0.from.lowercased() == table })
      else { continue }
      let copy = RebuildCopy(text)
      if migration.upgrade.hasCode {
        reasons.append("code makes \(old.name) anew, and its rows with it")
        continue
      }
      for target in copy.targets(of: table).sorted() {
        if let kinds = log.rewrites[target] { reasons += words(kinds, old, renames) }
      }
      if let fault = copy.fault(
        of: new.name, before: old.columnNames.map { renames.name(of: $0, in: old.name) }, after: new.columnNames,
        was: Dictionary(
          old.columnNames.map { (renames.name(of: $0, in: old.name), $0) }, uniquingKeysWith: { first, _ in first }))
      {
        reasons.append("it changes \(fault)")
      }
    }
    return reasons
  }

  private var replacesOnUpdate: Bool {
    let script = CreateStatement(text)
    return script.tokens.indices.contains { index in
      script.isWord(index, "update") && script.isWord(index + 1, "or") && script.isWord(index + 2, "replace")
    }
  }

  private func words(_ kinds: Set<WriteLog.Kind>, _ table: SchemaObject, _ renames: SchemaRenames) -> [String] {
    let columns = Set(table.columnNames)
    var updated: [String] = []
    for case .update(let column) in kinds {
      let rename = renames.columns.first { $0.table.from == table.name && $0.to.lowercased() == column }
      // A column that the upgrade added goes with what was written to it.
      let origin = rename?.from.lowercased() ?? column
      if columns.isEmpty || columns.contains(origin) || ["rowid", "oid", "_rowid_", ""].contains(column) {
        updated.append(column)
      }
    }
    var words: [String] = []
    for case .drop(let column) in kinds where columns.contains(column) {
      guard let now = after[.table, table.name], now.columnNames.contains(column),
        !renames.columns.contains(where: { $0.table.from == table.name && $0.to.lowercased() == column })
      else { continue }
      words.append("it drops \(table.name).\(column) and adds it again without its values")
    }
    if !updated.isEmpty {
      words.append("it updates \(updated.sorted().map { "\(table.name).\($0)" }.joined(separator: ", "))")
    }
    if kinds.contains(.insert) { words.append("it adds rows to \(table.name)") }
    if kinds.contains(.delete) { words.append("it removes rows from \(table.name)") }
    return words
  }
}

extension SchemaRenames {
  /// What a column of a table is called afterwards, folded.
  fileprivate func name(of column: String, in table: String) -> String {
    let rename = columns.first { $0.table.from.lowercased() == table.lowercased() && $0.from.lowercased() == column }
    return rename?.to.lowercased() ?? column
  }
}

extension SchemaObject {
  /// The columns of a table that hold values, folded, in order.
  fileprivate var columnNames: [String] { (try? storedColumns) ?? [] }
}
