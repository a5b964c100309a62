// The renames of an alteration, which come first: SQLite carries a new name into every view, trigger, index and foreign
// key that speaks of the old one. What the schema is afterwards is learnt by running them on it in memory.

internal import TidemarkSQLite

/// Makes the statements that rename.
struct RenameMaker {
  /// What renaming comes to.
  struct Made {
    var statements: [String] = []
    /// The tables that stood on names which others take, and are dropped.
    var occupants: [String] = []
    var schema: Schema
    /// By table and wanted column, folded: the column it is to be filled from, where ALTER cannot rename it.
    var sources: [String: [String: String]] = [:]
  }

  private let from: Schema
  private let to: Schema
  private let sqlite: Int32
  private var made: Made

  init(from: Schema, to: Schema, sqlite: Int32) {
    self.from = from
    self.to = to
    self.sqlite = sqlite
    made = Made(schema: from)
  }

  mutating func make(_ renames: SchemaRenames) throws -> Made {
    try check(renames)
    clearTheWay(renames.tables)
    renameTables(renames.tables)
    renameColumns(renames.columns)
    guard !made.statements.isEmpty else { return made }
    let database = try Connection.inMemory()
    // A text may come out of a file, and is not to reach others.
    try database.limit(.attached, 0)
    for type in ObjectType.allCases {
      for object in from.objects where object.type == type { try database.execute(object.sql ?? "") }
    }
    do {
      for statement in made.statements { try database.execute(statement) }
    } catch let error as SQLiteError {
      throw SchemaError(
        .unalterable, "renaming fails: \(error.message)", hint: "state the statements yourself")
    }
    made.schema = try Schema.read(from: database)
    return made
  }

  private func check(_ renames: SchemaRenames) throws(SchemaError) {
    for table in renames.tables where from[.table, table.from] == nil || to[.table, table.to] == nil {
      throw SchemaError(.unalterable, "there is no table \(table.from) that could become \(table.to)")
    }
    for column in renames.columns where from[.table, column.table.from] == nil || to[.table, column.table.to] == nil {
      throw SchemaError(
        .unalterable, "there is no column \(column.table.from).\(column.from) that could become \(column.to)")
    }
  }

  /// A table that goes and stands on a name that another is to take is dropped first, with what speaks of it: that is
  /// made again at the end.
  private mutating func clearTheWay(_ tables: [SchemaRenames.Table]) {
    let moving = Set(tables.map { folded($0.from) })
    for table in tables {
      guard !moving.contains(folded(table.to)), let occupant = from[table.to], occupant.type != .trigger else {
        continue
      }
      for type in [ObjectType.trigger, .view] {
        for object in from.objects where object.type == type && folded(object.table) != folded(occupant.name) {
          guard CreateStatement(object.sql ?? "").mentions(occupant.name) else { continue }
          made.statements.append("DROP \(type.rawValue.uppercased()) IF EXISTS \(SQL.quote(object.name))")
        }
      }
      made.statements.append("DROP \(occupant.type.rawValue.uppercased()) \(SQL.quote(occupant.name))")
      if occupant.type == .table { made.occupants.append(occupant.name) }
    }
  }

  /// Each after the one that has its new name; of a circle, one goes by a name of its own.
  private mutating func renameTables(_ tables: [SchemaRenames.Table]) {
    var waiting = tables
    while !waiting.isEmpty {
      let names = Set(waiting.map { folded($0.from) })
      if let place = waiting.firstIndex(where: { !names.contains(folded($0.to)) || folded($0.to) == folded($0.from) }) {
        let table = waiting.remove(at: place)
        made.statements.append("ALTER TABLE \(SQL.quote(table.from)) RENAME TO \(SQL.quote(table.to))")
      } else {
        let taken = Set((from.objects + to.objects).map { folded($0.name) })
        let aside = SchemaNames.free("\(waiting[0].from)_before", taken: taken)
        made.statements.append("ALTER TABLE \(SQL.quote(waiting[0].from)) RENAME TO \(SQL.quote(aside))")
        waiting[0].from = aside
      }
    }
  }

  private mutating func renameColumns(_ columns: [SchemaRenames.Column]) {
    for column in columns {
      let statement = CreateStatement(from[.table, column.table.from]?.sql ?? "")
      let isTaken = statement.items.contains { item in
        !item.isConstraint && folded(statement.identifier(item.tokens.lowerBound)) == folded(column.to)
      }
      if isTaken || sqlite < 3_025_000 {
        // Another column has the name: the rebuild fills each from where it belongs.
        made.sources[folded(column.table.to), default: [:]][folded(column.to)] = column.from
      } else {
        made.statements.append(
          "ALTER TABLE \(SQL.quote(column.table.to)) RENAME COLUMN \(SQL.quote(column.from)) TO \(SQL.quote(column.to))"
        )
      }
    }
  }
}
