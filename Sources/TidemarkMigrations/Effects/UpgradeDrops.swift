// What a plan's upgrades drop of what a database holds. It is the author's will and is not refused; it is said beforehand,
// because a downgrade can bring a table back, but not a row that nobody kept.
package import TidemarkSchema
public import TidemarkSQLite

/// A table, or columns of one, that an upgrade of a plan drops.
public struct UpgradeDrop: Sendable, Hashable, Codable {
  /// The migration's id.
  public var id: MigrationID
  /// The migration's name.
  public var name: String
  /// The table, as the database calls it.
  public var table: String
  /// The columns that go; empty where the table goes.
  public var columns: [String]
  /// How many rows the table has; nil where they were not counted.
  public var rows: Int64?

  /// "applying 12 DropTier drops the column tier of jobs, 3 rows".
  public var words: String {
    let what =
      switch columns.count {
      case 0: "the table \(table)"
      case 1: "the column \(columns[0]) of \(table)"
      default: "the columns \(columns.joined(separator: ", ")) of \(table)"
      }
    let rows = rows.map { $0 == 1 ? "1 row" : "\($0) rows" } ?? "rows not counted"
    return "applying \(id) \(name) drops \(what), \(rows)"
  }
}

extension UpgradeDrop {
  /// What a plan's upgrades drop of a database.
  /// - Parameters:
  ///   - plan: made for this database.
  ///   - lineage: the one that the plan leads to.
  ///   - connection: the database.
  ///   - counting: whether rows are counted.
  /// - Throws: `SQLiteError`; `SchemaError`; `MigrationError` where the upgrades do not run on an empty database.
  public static func all(
    of plan: Plan, lineage: Lineage, on connection: Connection, counting: Bool = true
  ) throws -> [UpgradeDrop] {
    guard mayDrop(plan, lineage) else { return [] }
    return try all(
      of: plan, lineage: lineage, schema: Schema.read(from: connection), on: counting ? connection : nil)
  }

  /// The same of a schema alone, where the rows cannot be counted.
  package static func all(of plan: Plan, lineage: Lineage, schema: Schema) throws -> [UpgradeDrop] {
    guard mayDrop(plan, lineage) else { return [] }
    return try all(of: plan, lineage: lineage, schema: schema, on: nil)
  }

  /// Whether an upgrade of the plan says DROP, or is code.
  private static func mayDrop(_ plan: Plan, _ lineage: Lineage) -> Bool {
    plan.upgrades.contains { id in
      guard let upgrade = lineage[id]?.upgrade else { return false }
      return upgrade.hasCode || upgrade.script.lowercased().contains("drop")
    }
  }

  private static func all(
    of plan: Plan, lineage: Lineage, schema: Schema, on connection: Connection?
  ) throws -> [UpgradeDrop] {
    let schemas = try lineage.schemas()
    // What the database calls a table, by what it is called at a migration, folded.
    var names = Dictionary(
      schema.objects.filter { $0.type == .table }.map { ($0.name.lowercased(), $0.name) }, uniquingKeysWith: { $1 })
    var drops: [UpgradeDrop] = []
    for id in plan.upgrades {
      guard let place = lineage.ids.firstIndex(of: id), let migration = lineage[id] else { continue }
      let (before, after) = (schemas[place], schemas[place + 1])
      let renames = SchemaRenames(in: migration.upgrade.script, before: before, after: after)
      var next = names
      for object in before.objects where object.type == .table {
        next[object.name.lowercased()] = nil
      }
      for object in before.objects where object.type == .table {
        let name = object.name.lowercased()
        guard let there = names[name] else { continue }
        let rename = renames.tables.first { $0.from.lowercased() == name }
        let heir = after[.table, rename?.to ?? object.name]
        if let heir { next[heir.name.lowercased()] = there }
        let gone = try heir.map { try columns(of: object, notIn: $0, renames) } ?? []
        guard heir == nil && !object.indexesOthersRows || !gone.isEmpty else { continue }
        let rows: Int64? = try connection.flatMap { try $0.value("SELECT count(*) FROM main.\(SQL.quote(there))") }
        drops.append(UpgradeDrop(id: id, name: migration.name, table: there, columns: gone, rows: rows))
      }
      names = next
    }
    return drops
  }

  private static func columns(
    of old: SchemaObject, notIn new: SchemaObject, _ renames: SchemaRenames
  ) throws -> [String] {
    let kept = Set(
      try new.storedColumns
        + renames.columns.filter { $0.table.from.lowercased() == old.name.lowercased() }.map { $0.from.lowercased() })
    // A column that is computed holds nothing.
    let gone = Set(try old.storedColumns.filter { !kept.contains($0) })
    let statement = CreateStatement(old.sql ?? "")
    return statement.items.filter { !$0.isConstraint }.map { statement.identifier($0.tokens.lowerBound) }
      .filter { gone.contains($0.lowercased()) }
  }
}

extension Plan {
  /// The ids of the upgrades that run, in order.
  fileprivate var upgrades: [MigrationID] { steps.filter { $0.kind == .upgrade }.compactMap(\.id) }
}
