// What bringing a database to a schema takes, and what it would cost its rows. A value, made before anything runs.
public import TidemarkSchema
internal import TidemarkSQLite

/// What an alteration would do to a database.
public struct AlterPlan: Sendable {
  /// Its id: of these statements, on a database with just these losses. Nil where nothing is lost.
  public internal(set) var lossID: String?
  /// How tables that differ are dealt with.
  public internal(set) var mode: AlterationMode
  /// What is different, object by object.
  public internal(set) var changes: [SchemaChange] = []
  /// The statements, in order.
  public internal(set) var statements: [String] = []
  /// The tables that are made anew, rows and all.
  public internal(set) var rebuilt: [String] = []
  /// What is destroyed. Not what nothing is in.
  public internal(set) var losses: [AlterLoss] = []
  /// Rows that the wanted tables could not hold.
  public internal(set) var obstacles: [AlterObstacle] = []
  /// What may be a rename, and is taken for none.
  public internal(set) var doubts: [String] = []
  /// The lineage that the database is kept by; nil for one without a changelog.
  public internal(set) var lineage: String?

  /// Whether there is nothing to do.
  public var isEmpty: Bool { changes.isEmpty }
}

/// Makes a plan by looking at a database.
struct AlterPlanMaking {
  let connection: Connection
  let from: Schema
  let to: Schema
  let text: String?
  let mode: AlterationMode

  /// - Throws: `SchemaError` where no statements lead there, `SQLiteError`.
  func make(lineage: String?) throws -> AlterPlan {
    let renames = try SchemaRenames.annotated(from: from, to: to, text: text)
    let alteration = try SchemaAlteration.make(
      from: from, to: to, renames: renames, sqlite: SQLiteLibrary.version, mode: mode)
    var plan = AlterPlan(mode: mode)
    plan.lineage = lineage
    plan.changes = alteration.changes
    plan.statements = alteration.statements
    plan.rebuilt = alteration.rebuilt
    guard !plan.isEmpty else { return plan }
    let annotations = SchemaAnnotations(
      in: text ?? to.objects.filter { $0.type == .table }.map { ($0.sql ?? "") + ";\n" }.joined())
    plan.doubts = try UnmarkedRename.pairs(from: from, to: to, renames: renames, annotations: annotations)
      .map(\.advice)
    for loss in alteration.losses {
      let count = try count(loss)
      if count > 0 { plan.losses.append(AlterLoss(what: loss.words, count: count)) }
    }
    for table in alteration.tables {
      let found = try SurvivalCheck(table, alteration.tables, from: from, to: to, on: connection).run()
      plan.obstacles += found.obstacles
      plan.losses += found.losses
    }
    plan.obstacles += try unfilled(alteration) + newIndexes(besides: alteration.tables, renames)
    plan.lossID = lossID(plan)
    return plan
  }

  /// Whether the schemas mean the same.
  func isEmpty() throws -> Bool {
    try SchemaAlteration.make(
      from: from, to: to, renames: SchemaRenames.annotated(from: from, to: to, text: text),
      sqlite: SQLiteLibrary.version, mode: mode
    ).changes.isEmpty
  }

  /// How many rows hold something that goes.
  private func count(_ loss: SchemaAlteration.Loss) throws -> Int64 {
    let sql: String
    switch loss {
    case .table(let name):
      guard try isThere(name) else { return 0 }
      sql = "SELECT count(*) FROM main.\(SQL.quote(name))"
    case .column(let table, let column):
      guard try isThere(table) else { return 0 }
      sql = "SELECT count(*) FROM main.\(SQL.quote(table)) WHERE \(SQL.quote(column)) IS NOT NULL"
    }
    return try connection.value(sql) ?? 0
  }

  private func isThere(_ table: String) throws -> Bool { from[.table, table] != nil }

  /// New columns that may not be NULL and have no default, of tables with rows.
  private func unfilled(_ alteration: SchemaAlteration) throws -> [AlterObstacle] {
    try alteration.demands.compactMap { demand in
      let name = alteration.tables.first { folded($0.to.name) == folded(demand.table) }?.name ?? demand.table
      let count: Int64 = try connection.value("SELECT count(*) FROM main.\(SQL.quote(name))") ?? 0
      guard count > 0 else { return nil }
      return AlterObstacle(
        table: name, rule: "NOT NULL of column \(demand.column), which is new and has no default", count: count,
        rows: [])
    }
  }

  /// Unique indexes that come, on tables that stay as they are.
  private func newIndexes(besides tables: [AlteredTable], _ renames: SchemaRenames) throws -> [AlterObstacle] {
    let altered = Set(tables.map { folded($0.to.name) })
    var found: [AlterObstacle] = []
    for object in to.objects where object.type == .table && !altered.contains(folded(object.name)) {
      let indexes = to.objects.filter { $0.type == .index && folded($0.table) == folded(object.name) }
      let name = renames.tables.first { folded($0.to) == folded(object.name) }?.from ?? object.name
      guard !indexes.isEmpty, let old = from[.table, name], mode == .alter || old.sql == object.sql,
        let table = AlteredTable(unchanged: object, from: old, renames: renames)
      else { continue }
      found += try SurvivalCheck(table, tables, from: from, to: to, on: connection).run().obstacles
    }
    return found
  }

  /// An acceptance is of just this plan, and of just so much.
  private func lossID(_ plan: AlterPlan) -> String? {
    guard !plan.losses.isEmpty else { return nil }
    var digest = Digest()
    digest.update(framed: from.fingerprint(.exact).description)
    for statement in plan.statements { digest.update(framed: statement) }
    for loss in plan.losses { digest.update(framed: loss.words) }
    return String(digest.finishHex().prefix(12))
  }
}
