// Which rows of a table that only the newer build has belong to which rows of one that both have.
internal import TidemarkSQLite

/// How rows of a table refer to the rows that have changed since in another: by a foreign key, else by the same key.
struct AtticRelation {
  /// The table of rows that have changed.
  private let seen: String
  /// The columns that refer to it, in the order of its key; nil for the rowid.
  private let columns: [String?]

  /// The relations to all tables of the same downgrade that have changed; empty where one of them is not related in any
  /// known way, as nothing can be told then.
  static func all(of item: AtticItem, _ facts: TableFacts, in work: AtticReturning) throws -> [AtticRelation] {
    var found: [AtticRelation] = []
    let keys = try ForeignKey.all(of: facts.name, on: work.connection)
    for other in work.items where work.look.differing[other.id] ?? 0 > 0 {
      guard let relation = byForeignKey(keys, to: other) ?? byKey(item, facts, other) else { return [] }
      found.append(relation)
    }
    return found
  }

  private static func byForeignKey(_ keys: [ForeignKey], to other: AtticItem) -> AtticRelation? {
    let wanted: [String]
    switch other.shape.key {
    case nil: return nil
    case .rowid: wanted = other.shape.rowidColumn.map { [$0.lowercased()] } ?? []
    case .columns(let names): wanted = names.map { $0.lowercased() }
    }
    for key in keys where key.parent.lowercased() == other.table.lowercased() {
      let columns = wanted.compactMap { name in
        key.columns.first { $0.theirs.lowercased() == name }?.own
      }
      if !wanted.isEmpty, columns.count == wanted.count, columns.count == key.columns.count {
        return AtticRelation(seen: other.seenTable, columns: columns)
      }
    }
    return nil
  }

  private static func byKey(_ item: AtticItem, _ facts: TableFacts, _ other: AtticItem) -> AtticRelation? {
    guard let key = item.shape.key, let theirs = other.shape.keyAfter, key.count == theirs.count else { return nil }
    switch (key, theirs) {
    case (.rowid, .rowid):
      // Rowids that no column has are given again, and differently by VACUUM.
      guard item.shape.rowidColumn != nil || facts.isVirtual, other.shape.rowidColumn != nil else { return nil }
      return AtticRelation(seen: other.seenTable, columns: [nil])
    case (.columns(let names), .columns(let others)):
      guard names.map({ $0.lowercased() }) == others.map({ $0.lowercased() }) else { return nil }
      return AtticRelation(seen: other.seenTable, columns: names)
    default: return nil
    }
  }

  /// Whether a row that is there belongs to one that has changed, as SQL.
  func disturbs(_ facts: TableFacts, alias: String) -> String { exists(own(facts, alias)) }

  /// The same of a kept row.
  func disturbs(kept shape: AtticShape, alias: String) -> String { exists(kept(shape, alias)) }

  /// Whether a row that is there belongs to the same one as any of some kept rows, "k", as SQL.
  func shares(_ facts: TableFacts, alias: String, with shape: AtticShape, _ rows: String) -> String {
    let (own, kept) = (own(facts, alias), kept(shape, "k"))
    return "coalesce((\(own.joined(separator: ", "))) IN (SELECT \(kept.joined(separator: ", ")) FROM \(rows)), 0)"
  }

  private func own(_ facts: TableFacts, _ alias: String) -> [String] {
    columns.map { "+\(alias)." + ($0.map(SQL.quote) ?? facts.rowid ?? "rowid") }
  }

  private func kept(_ shape: AtticShape, _ alias: String) -> [String] {
    columns.map { column in
      guard let column else { return "\(alias).n" }
      if column == shape.rowidColumn, shape.hasRowid { return "\(alias).n" }
      return shape.columns.firstIndex(of: column).map { "\(alias).c\($0)" } ?? "NULL"
    }
  }

  private func exists(_ values: [String]) -> String {
    let pairs = values.enumerated().map { "x.k\($0) = \($1)" }.joined(separator: " AND ")
    return "EXISTS (SELECT 1 FROM main.\(seen) AS x WHERE \(pairs))"
  }
}
