// The attic's part in one run of a plan: before and after each downgrade, before and after each upgrade.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Keeps and returns while a plan runs, and remembers what came of it for the report.
final class AtticWork {
  private let connection: Connection
  private let sandbox: Sandbox
  private let options: MigratorOptions
  private let catalogue: AtticCatalogue
  private let now: String
  private var clone: EffectsClone?
  private var order: [String] = []
  private var found: [String: AtticOutcome] = [:]
  /// Tables whose rows got other rowids in this plan, by which they were known: folded.
  private var moved: Set<String> = []
  /// Tables of which rows stayed in the attic in this plan: what is missing there nobody has deleted. Folded.
  private var withheld: Set<String> = []
  /// Tables of which this plan has left values in the attic that it could not tell the rows of. Folded.
  private var doubtful: Set<String> = []
  /// What this plan has kept.
  private var fresh: Set<Int64> = []
  /// What is worth knowing of it.
  private(set) var notes: [String] = []

  init(_ connection: Connection, sandbox: Sandbox, options: MigratorOptions, now: String) {
    self.connection = connection
    self.sandbox = sandbox
    self.options = options
    self.now = now
    catalogue = AtticCatalogue(connection)
  }

  /// What was kept and returned, a value for each table of a migration.
  var outcomes: [AtticOutcome] { order.compactMap { found[$0] }.filter { !$0.words.isEmpty } }

  /// Whether there is something that an upgrade may fetch.
  var isThere: Bool { get throws { try catalogue.exists } }

  // MARK: down

  /// Keeps what a downgrade would destroy.
  /// - Parameters:
  ///   - recorded: tables whose rows it takes back by what was recorded, besides what its SQL does.
  ///   - schema: the schema as it is.
  func keep(
    _ entry: Changelog.Entry, rowsChangedIn recorded: [String], in schema: Schema
  ) throws -> AtticKeeping? {
    guard let sql = entry.downgrade else { return nil }
    let changes = ObjectChanges(json: entry.objects)
    var effects = effects(of: sql, in: schema)
    effects.addRowChanges(in: recorded, of: schema)
    var keeping = AtticKeeping(connection, entry: entry, effects: effects, build: options.build)
    try keeping.overtake()
    if options.attic == .off || changes.attic == .off { return nil }
    if effects.isHarmless, effects.tables.isEmpty, changes.rows == nil { return nil }
    try keeping.keep(schema: schema, changes: changes, now: now)
    for item in keeping.items where item.shape.kind != .digests {
      note(item) { $0.kept += item.rows }
    }
    return keeping.items.isEmpty ? nil : keeping
  }

  /// Takes down how the downgrade left what it touched.
  func finish(_ keeping: AtticKeeping, of entry: Changelog.Entry) throws {
    var keeping = keeping
    try keeping.finish(reads: ObjectChanges(json: entry.objects).rows?.reads, now: now)
    fresh.formUnion(keeping.items.map(\.id))
  }

  /// What a downgrade does, from a clone that all downgrades of the plan share.
  private func effects(of sql: String, in schema: Schema) -> DowngradeEffects {
    do {
      let clone = try self.clone ?? EffectsClone(of: schema)
      self.clone = clone
      return try clone.effects(of: sql)
    } catch {
      clone = nil
      return DowngradeEffects(
        guessing: sql, in: schema, because: "\((error as? MigrationError)?.message ?? "\(error)")")
    }
  }

  // MARK: up

  /// What was kept when a migration went down, and what has changed since; nil where there is nothing to return.
  func revival(of migration: any Migration, digest: String) throws -> AtticRevival? {
    clone = nil
    guard try isThere else { return nil }
    let items = try catalogue.items().filter { $0.migration == migration.id && $0.state == .kept }
    guard !items.isEmpty else { return nil }
    guard items.allSatisfy({ $0.upgradeDigest == digest }) else {
      doubt(items)
      notes.append(
        "what was kept of \(migration.id) \(migration.name) stays in the attic: its upgrade is not the one it was kept for"
      )
      return nil
    }
    let look = try AtticLook(items, of: migration, fresh: fresh, on: connection, isDoubtful: isDoubtful)
    return AtticRevival(items: items, look: look)
  }

  /// What stands in these tables is not what stood there: where rows are told by what they hold, they no more are.
  private func doubt(_ items: [AtticItem]) { doubtful.formUnion(items.map { $0.table.lowercased() }) }

  private func isDoubtful(_ table: String) throws -> Bool {
    // One that has got another name since may be any.
    try doubtful.contains(table.lowercased()) || doubtful.contains { try TableFacts($0, on: connection) == nil }
  }

  /// Runs an upgrade whose rows were kept, and undoes it where it writes over rows that were only followed, not kept.
  /// - Returns: whether it stands; else those rows are to be copied first.
  func tries(_ revival: AtticRevival, log: () -> UpgradeLog, _ upgrade: () throws -> Void) throws -> Bool {
    struct Overwritten: Error {}
    do {
      try connection.savepoint("tidemark_attic_upgrade") {
        try upgrade()
        if revival.items.contains(where: { revival.isOverwritten($0, log()) }) { throw Overwritten() }
      }
      return true
    } catch is Overwritten {
      return false
    }
  }

  /// Copies the rows that an upgrade writes over.
  func copy(_ revival: AtticRevival, _ log: UpgradeLog) throws {
    for item in revival.items where revival.isOverwritten(item, log) {
      revival.full[item.id] = try AtticFull(of: item, as: .left, revival.look, on: connection)
    }
  }

  /// Returns what was kept.
  /// - Parameter schema: the schema as the upgrade made it.
  func finish(
    _ revival: AtticRevival, _ log: UpgradeLog, of migration: any Migration, in schema: Schema
  ) throws {
    let title = "\(migration.id) \(migration.name)"
    if let other = revival.items.first(where: { !Self.fits($0, schema) }) {
      notes.append("what was kept of \(title) stays in the attic: table \(other.table) is not as it was")
      doubt(revival.items)
      return try clean(revival)
    }
    let untold = try followed(revival, log)
    for item in revival.items where item.shape.kind == .values && revival.full[item.id] == nil {
      if try AtticFull.isNeeded(for: item, on: connection) {
        revival.full[item.id] = try AtticFull(of: item, as: .now, revival.look, on: connection)
      }
    }
    let results: [Int64: AtticReturning.Result]
    do {
      try connection.set(.triggers, false)
      let returning = AtticReturning(
        connection: connection, items: revival.items, look: revival.look, full: revival.full,
        moved: untold, withheld: withheld)
      results = try finally({ try connection.set(.triggers, true) }) { try returning.run() }
    } catch let impossible as AtticReturning.Impossible {
      notes.append("what was kept of \(title) stays in the attic: \(impossible.why)")
      doubt(revival.items)
      return try clean(revival)
    }
    try clean(revival)
    for var item in revival.items {
      let result = results[item.id] ?? .init()
      if item.shape.kind != .digests {
        note(item) {
          $0.returned += result.returned
          $0.conflicts += result.conflicts
          $0.deleted += result.deleted
          $0.orphaned += result.orphaned
          $0.alike += result.alike
          $0.isWithoutKey = result.isWithoutKey
        }
      }
      if result.alike > 0 || revival.look.alike.contains(item.id) { doubt([item]) }
      item.rows = result.conflicts + result.orphaned + result.alike
      if item.rows > 0, item.shape.kind == .rows { withheld.insert(item.table.lowercased()) }
      item.state = .rest
      try item.rows == 0 ? catalogue.remove(item) : catalogue.rest(item)
    }
    try mirror(Set(revival.items.map { $0.table.lowercased() }), in: schema)
  }

  /// Follows the rows through the upgrade.
  /// - Returns: items whose rows have other rowids than those that they were known by, and are told by nothing else.
  private func followed(_ revival: AtticRevival, _ log: UpgradeLog) throws -> Set<Int64> {
    var untold: Set<Int64> = []
    for item in revival.items {
      let before = item.tableAfter?.lowercased()
      let hasMoved = try revival.look.hasMoved(item, revival.full[item.id], log, on: connection)
      // What was kept a moment ago goes by the numbers of then; other rows were looked for just before the upgrade.
      let wasMoved = [before, item.table.lowercased()].contains { $0.map(moved.contains) ?? false }
      if hasMoved || wasMoved && fresh.contains(item.id) { untold.insert(item.id) }
      if hasMoved || wasMoved { moved.insert(item.table.lowercased()) }
      if let before, withheld.contains(before) { withheld.insert(item.table.lowercased()) }
    }
    // Where nothing at all has changed, all return as they were, rowids too.
    for item in revival.items where item.shape.hasLink == true && !revival.look.isQuiet {
      try AtticPairing.number(item, on: connection)
    }
    return untold
  }

  private static func fits(_ item: AtticItem, _ schema: Schema) -> Bool {
    // A table that only the downgrade made is not in the newer schema.
    guard item.shape.kind != .digests || !item.shape.loose.isEmpty else { return true }
    return schema[.table, item.table]?.fingerprint(.loose).description == item.shape.loose
  }

  /// Full-text indexes over other tables' rows are made again, as triggers did not run.
  private func mirror(_ tables: Set<String>, in schema: Schema) throws {
    for object in schema.objects where object.isVirtualTable {
      guard let facts = try TableFacts(object.name, on: connection), case .mirror(let source) = facts.content,
        tables.contains(source.lowercased())
      else { continue }
      let name = SQL.quote(facts.name)
      try connection.execute("INSERT INTO main.\(name)(\(name)) VALUES('rebuild')")
    }
  }

  /// Takes away what only served the return.
  private func clean(_ revival: AtticRevival) throws {
    for item in revival.items {
      try connection.execute("DROP TABLE IF EXISTS main.\(item.seenTable)")
      try AtticPairing.clean(item, on: connection)
      if let full = revival.full[item.id] { try connection.execute("DROP TABLE main.\(full.table)") }
    }
  }

  private func note(_ item: AtticItem, _ change: (inout AtticOutcome) -> Void) {
    let key = "\(item.migration) \(item.table.lowercased())"
    if found[key] == nil { order.append(key) }
    change(&found[key, default: AtticOutcome(migration: item.migration, table: item.table)])
  }
}

/// One migration on its way back with what was kept of it.
final class AtticRevival {
  let items: [AtticItem]
  let look: AtticLook
  var full: [Int64: AtticFull] = [:]
  /// Where the backfill stood: behind that its rows are still to be filled. Those that return are as they were then.
  var batch: String? { items.lazy.compactMap(\.shape.batch).first }

  init(items: [AtticItem], look: AtticLook) {
    self.items = items
    self.look = look
  }

  /// Whether an upgrade wrote over rows of which not everything was kept.
  func isOverwritten(_ item: AtticItem, _ log: UpgradeLog) -> Bool {
    guard item.shape.kind != .rows, !item.shape.survivors.isEmpty, look.differing[item.id] != nil else { return false }
    let lost = item.shape.kind == .values ? item.shape.columns : []
    return log.rewrites(item.table, but: lost) || item.tableAfter.map { log.rewrites($0, but: lost) } ?? false
  }
}
