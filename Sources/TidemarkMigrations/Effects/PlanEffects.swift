// What the downgrades of a plan do to the rows that there are: said before anything is touched.
package import TidemarkSchema
public import TidemarkSQLite

/// What a plan's downgrades touch, move to the attic, or lose.
public struct PlanEffects: Sendable, Hashable, Codable {
  /// What a downgrade does to one table.
  public struct Table: Sendable, Hashable, Codable {
    /// The table, as it is called when the downgrade begins.
    public var table: String
    /// What is done to it: "drops the column tier".
    public var words: String
    /// The columns that go; all of them with a table that is dropped.
    public var columnsLost: [String]
    /// How many rows it has; nil where they were not counted.
    public var rows: Int64?
    /// Why what goes is not kept; nil where it is, and where there is nothing to keep.
    public var lost: String?
    /// How many of its rows have no key and are alike in all but what goes, so that the attic cannot give it back to them;
    /// nil where there are none.
    public var alike: Int64?
  }
  /// One downgrade.
  public struct Step: Sendable, Hashable, Codable {
    /// The migration's id.
    public var id: MigrationID
    /// The migration's name.
    public var name: String
    /// The tables whose rows it touches.
    public var tables: [Table]
    /// Other objects that it adds, changes or removes: "view job_overview".
    public var objects: [String]
    /// Why its effects are only guessed; nil where they are known.
    public var guessed: String?
  }

  /// The downgrades, in order.
  public var steps: [Step]
  /// The id that allows the loss, and nothing else: of this plan, on a database with just these rows at stake. Nil where
  /// nothing is lost.
  public var lossID: String?

  /// What is lost, in words.
  public var losses: [String] {
    steps.flatMap { step in
      step.tables.compactMap { table in
        guard let why = table.lost else { return nil }
        let rows = table.rows.map { $0 == 1 ? "1 row" : "\($0) rows" } ?? "rows"
        return "\(step.id) \(step.name) \(table.words), table \(table.table), \(rows): \(why)"
      }
    }
  }

  /// By migration, the rows without a key whose values the attic could not give back, in words, counted on the rows that there
  /// are: a verdict says what may be, and one that an earlier Tidemark stored may say less.
  static func untold(
    in steps: [Plan.Step], _ plan: Plan, _ state: DatabaseState, on connection: Connection, attic: AtticPolicy
  ) throws -> [MigrationID: String] {
    let down = steps.filter { $0.kind == .downgrade }
    if down.isEmpty { return [:] }
    let effects = try PlanEffects(
      of: down, planID: plan.id, entries: state.changelog?.unfolded ?? [], schema: Schema.read(from: connection),
      on: connection, attic: attic)
    var found: [MigrationID: String] = [:]
    for step in effects.steps {
      let words = step.tables.compactMap { table in
        table.alike.map { "\($0) rows of \(table.table) are alike in all but what goes, and nothing tells them apart" }
      }
      if !words.isEmpty { found[step.id] = words.joined(separator: ", ") }
    }
    return found
  }

  /// What a plan's downgrades do to a database.
  /// - Parameters:
  ///   - plan: made for this database.
  ///   - connection: the database.
  ///   - attic: whether what goes is kept.
  ///   - counting: whether rows are counted; without, nothing is known to be lost.
  /// - Throws: `SQLiteError`, `MigrationError` when the changelog cannot be read.
  public init(
    of plan: Plan, on connection: Connection, attic: AtticPolicy = .keep, counting: Bool = true
  ) throws {
    try self.init(
      of: plan.steps, planID: plan.id, entries: ChangelogTables(connection).state().changelog?.unfolded ?? [],
      schema: Schema.read(from: connection), on: counting ? connection : nil, attic: attic)
  }

  /// The same of a schema alone, where the rows cannot be counted.
  package init(of plan: Plan, entries: [Changelog.Entry], schema: Schema) throws {
    try self.init(
      of: plan.steps, planID: plan.id, entries: entries, schema: schema, on: nil, attic: .keep)
  }

  init(
    of planned: [Plan.Step], planID: String, entries: [Changelog.Entry], schema: Schema, on connection: Connection?,
    attic: AtticPolicy
  ) throws {
    var names = Dictionary(
      schema.objects.filter { $0.type == .table }.map { ($0.name.lowercased(), $0.name) }, uniquingKeysWith: { $1 })
    var clone: EffectsClone?
    var isChained = true
    var stakes: [String] = []
    steps = []
    for step in planned where step.kind == .downgrade {
      guard let id = step.id, let sql = step.sql, let entry = entries.first(where: { $0.id == id }) else { continue }
      var effects: DowngradeEffects
      do {
        guard isChained else { throw MigrationError.damagedChangelog("a downgrade before it cannot be tried") }
        let trial = try clone ?? EffectsClone(of: schema)
        clone = trial
        effects = try trial.effects(of: sql)
      } catch {
        isChained = false
        effects = DowngradeEffects(
          guessing: sql, in: schema, because: (error as? MigrationError)?.message ?? "\(error)")
      }
      if let connection {
        effects.addRowChanges(in: try RecordedChanges(connection).tables(of: id), of: schema)
      }
      let policy = ObjectChanges(json: entry.objects).attic == .off ? AtticPolicy.off : attic
      var tables: [Table] = []
      for effect in effects.tables where effect.isTouched {
        var facts: TableFacts?
        if let connection, let name = names[effect.name.lowercased()] { facts = try TableFacts(name, on: connection) }
        var table = Table(
          table: effect.name, words: effect.words, columnsLost: effect.columnsLost, rows: nil, lost: nil)
        if let connection, let facts {
          table.rows = try Self.count(facts, on: connection)
          table.lost = try Self.loss(effect, facts, policy, rows: table.rows ?? 0, on: connection)
          if table.lost == nil { table.alike = try AtticPairing.alike(effect, facts, on: connection) }
          if table.lost != nil {
            stakes.append("\(id) \(facts.name) \(effect.words) \(try Self.digest(facts, on: connection))")
          }
        }
        tables.append(table)
      }
      steps.append(
        Step(id: id, name: step.name, tables: tables, objects: effects.objects, guessed: effects.unknown))
      Self.follow(effects, &names)
    }
    guard !stakes.isEmpty else { return }
    var digest = Digest()
    digest.update(framed: planID)
    for stake in stakes { digest.update(framed: stake) }
    lossID = String(digest.finishHex().prefix(12))
  }

  private static func follow(_ effects: DowngradeEffects, _ names: inout [String: String]) {
    var after = names
    for table in effects.tables { after[table.name.lowercased()] = nil }
    for table in effects.tables {
      if let name = table.nameAfter { after[name.lowercased()] = names[table.name.lowercased()] }
    }
    names = after
  }

  private static func count(_ facts: TableFacts, on connection: Connection) throws -> Int64? {
    if facts.isVirtual, facts.content != .rows { return nil }
    return try connection.value("SELECT count(*) FROM \(facts.quoted)")
  }

  /// A digest of the rows at stake: an acceptance holds for them only.
  private static func digest(_ facts: TableFacts, on connection: Connection) throws -> String {
    guard facts.content == .rows else { return "" }
    return try connection.withRowDigest(named: AtticSQL.digestFunction) {
      try AtticSQL.wholeDigest(facts, facts.columns, connection)
    }
  }

  /// Why what goes is not kept; nil where nothing goes, or it is kept.
  private static func loss(
    _ effect: DowngradeEffects.Table, _ facts: TableFacts, _ policy: AtticPolicy, rows: Int64,
    on connection: Connection
  ) throws -> String? {
    if case .opaque(let what) = facts.content { return "\(what) cannot be kept" }
    guard facts.content == .rows, rows > 0 else { return nil }
    // A table that is made anew with all its columns keeps its rows where they are copied.
    if effect.isCopied ?? false, effect.columnsLost.isEmpty { return nil }
    if policy == .off { return "the attic is off" }
    guard facts.rowid == nil, try facts.key(on: connection) == nil else { return nil }
    return "rows that no key tells apart cannot be kept where columns have taken all names of the rowid"
  }

  /// Refuses a plan that loses what has not been given up.
  /// - Throws: `MigrationError.wouldLose`.
  static func refuseLoss(
    of steps: [Plan.Step], _ plan: Plan, entries: [Changelog.Entry], on connection: Connection,
    _ options: MigratorOptions
  ) throws {
    let down = steps.filter { $0.kind == .downgrade }
    guard !down.isEmpty else { return }
    // Only a policy, a virtual table or one whose columns have taken the rowid's names keeps rows out of the attic.
    let isOff =
      options.attic == .off
      || down.contains { step in
        entries.contains { $0.id == step.id && ObjectChanges(json: $0.objects).attic == .off }
      }
    let hasVirtual = try connection.value(
      "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND rootpage = 0", as: Int.self)
    let hidesRowid = try connection.value(
      "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE '%\\_rowid\\_%' ESCAPE '\\' LIMIT 1",
      as: Int.self)
    guard isOff || hasVirtual != nil || hidesRowid != nil else { return }
    let effects = try PlanEffects(
      of: down, planID: plan.id, entries: entries, schema: Schema.read(from: connection), on: connection,
      attic: options.attic)
    guard let id = effects.lossID, options.acceptedLoss != id else { return }
    throw MigrationError.wouldLose(plan: id, effects.losses)
  }
}
