// What a stored downgrade does to tables and their rows, as a value: known before it runs on data.
internal import TidemarkSchema

/// What a stored downgrade does.
public struct DowngradeEffects: Sendable, Hashable, Codable {
  /// What it does to one table.
  public struct Table: Sendable, Hashable, Codable {
    /// The table's name before it.
    public var name: String
    /// Its name afterwards; nil when it is gone.
    public var nameAfter: String?
    /// Its columns before it, in order, without hidden and generated ones.
    public var columns: [String]
    /// What each of those that are still there is called afterwards.
    public var columnsAfter: [String: String]
    /// Columns that it has afterwards only.
    public var columnsAdded: [String]
    /// Whether it inserts or deletes rows.
    public var changesRows: Bool
    /// Columns whose values it sets in rows that are there, by their names before it.
    public var columnsSet: [String]
    /// Whether it sets columns that it added.
    public var setsAddedColumns: Bool
    /// Whether the table is dropped and made again, its rows copied.
    public var isRemade: Bool
    /// Whether it is a virtual table.
    public var isVirtual: Bool
    /// Whether all that it holds is seen to be copied as it is where it is made again; nil where it is not made again.
    public internal(set) var isCopied: Bool?

    /// A table that it leaves as it is.
    init(untouched name: String, columns: [String]) {
      self.init(
        name: name, nameAfter: name, columns: columns,
        columnsAfter: Dictionary(columns.map { ($0, $0) }, uniquingKeysWith: { $1 }), columnsAdded: [],
        changesRows: false, columnsSet: [], setsAddedColumns: false, isRemade: false, isVirtual: false)
    }

    init(
      name: String, nameAfter: String?, columns: [String], columnsAfter: [String: String], columnsAdded: [String],
      changesRows: Bool, columnsSet: [String], setsAddedColumns: Bool, isRemade: Bool, isVirtual: Bool
    ) {
      self.name = name
      self.nameAfter = nameAfter
      self.columns = columns
      self.columnsAfter = columnsAfter
      self.columnsAdded = columnsAdded
      self.changesRows = changesRows
      self.columnsSet = columnsSet
      self.setsAddedColumns = setsAddedColumns
      self.isRemade = isRemade
      self.isVirtual = isVirtual
    }

    /// Columns that are not there afterwards.
    public var columnsLost: [String] { nameAfter == nil ? columns : columns.filter { columnsAfter[$0] == nil } }
    /// Whether it is gone afterwards.
    public var isDropped: Bool { nameAfter == nil }
    /// Whether rows are more than narrowed: dropped, copied or written.
    public var isRewritten: Bool { isDropped || isRemade || changesRows || !columnsSet.isEmpty }
    /// Whether anything of its rows is at stake.
    public var isTouched: Bool { isRewritten || !columnsLost.isEmpty }

    /// In words: "drops it", "drops the columns tier".
    public var words: String {
      if isDropped { return "drops it" }
      var words: [String] = []
      if let nameAfter, nameAfter.lowercased() != name.lowercased() { words.append("renames it to \(nameAfter)") }
      if isRemade { words.append("makes it anew") }
      let lost = columnsLost
      if !lost.isEmpty { words.append("drops the column\(lost.count == 1 ? "" : "s") \(lost.joined(separator: ", "))") }
      if changesRows, !isRemade { words.append("inserts or deletes rows") }
      if !columnsSet.isEmpty { words.append("sets \(columnsSet.joined(separator: ", "))") }
      if setsAddedColumns { words.append("fills the columns it adds") }
      return words.joined(separator: ", ")
    }
  }

  /// The tables that were there before it and whose rows it touches, in the order of the schema.
  public var tables: [Table]
  /// Tables that it makes, and that are there afterwards.
  public var made: [String]
  /// Other objects that it changes, adds or removes: "view job_overview".
  public var objects: [String]
  /// Why its effects are not known, when it does not run without data: then each table that its SQL names counts as
  /// rewritten.
  public var unknown: String?

  /// Whether no row is touched.
  public var isHarmless: Bool { tables.allSatisfy { !$0.isTouched } }

  /// The effects on a table, by its name before the downgrade.
  public subscript(name: String) -> Table? {
    tables.first { $0.name.lowercased() == name.lowercased() }
  }
}

extension DowngradeEffects {
  /// What has to be assumed of SQL that cannot be tried: every table is rewritten that it names, or that a trigger names
  /// which it may fire.
  init(guessing sql: String, in schema: Schema, because why: String) {
    var named: Set<String> = []
    var fresh = Self.names(in: sql)
    while !fresh.isEmpty {
      named.formUnion(fresh)
      // A view is written to by its triggers.
      let fired = schema.objects.filter { $0.type == .trigger && fresh.contains(nameKey($0.table)) }
      fresh = fired.reduce(into: Set()) { $0.formUnion(Self.names(in: $1.sql ?? "")) }.subtracting(named)
    }
    tables = schema.objects.filter { $0.type == .table && named.contains(nameKey($0.name)) }.map(Self.rewritten)
    made = []
    objects = []
    unknown = why
  }

  /// The keys of all that a text may name.
  private static func names(in sql: String) -> Set<String> {
    let script = CreateStatement(sql)
    return Set(script.tokens.indices.map { nameKey(script.identifier($0)) })
  }

  /// A table whose rows are written, in whichever way.
  private static func rewritten(_ object: SchemaObject) -> Table {
    // Which columns there are afterwards is seen afterwards.
    let statement = CreateStatement(object.sql ?? "")
    let columns = statement.items.filter { !$0.isConstraint }.map { statement.identifier($0.tokens.lowerBound) }
    var table = Table(untouched: object.name, columns: columns)
    table.changesRows = true
    table.isVirtual = object.isVirtualTable
    return table
  }

  /// Adds that rows of some tables are taken back by a record.
  mutating func addRowChanges(in names: [String], of schema: Schema) {
    for name in names {
      if let place = tables.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) {
        tables[place].changesRows = true
      } else if let object = schema[.table, name] {
        tables.append(Self.rewritten(object))
      }
    }
  }
}
