// Takes over a database that has no changelog: finds the migration that it stands at by its schema, and writes the entries
// that it would have had this build made it.
internal import TidemarkSchema
public import TidemarkSQLite

extension Migrator {
  /// Places a database by its schema and gives it a changelog, in one transaction.
  ///
  /// No row and no object of the database changes. The entries are those that the lineage leaves in a new database, with
  /// downgrades and verdicts; what was to be recorded while an upgrade ran is not there, and so has no way back.
  /// - Parameters:
  ///   - id: where it stands, where its author knows; its schema must still be that one. nil to find it.
  ///   - registries: databases beside it in which another tool keeps its record, each with its name.
  ///   - isDry: nothing is written.
  /// - Throws: `MigrationError`: `.managed`, `.nothingToAdopt`, `.halfApplied`, `.notPlaced`, `.ambiguousPlace`,
  ///   `.unknownTarget`, `.readOnly`, `.busy`; `SQLiteError`. The database is then as it was.
  @discardableResult
  public func adopt(
    _ connection: Connection, at id: MigrationID? = nil, registries: [(name: String, database: Connection)] = [],
    isDry: Bool = false
  ) throws -> Adoption {
    let start = ContinuousClock.now
    let startedAt = Clock.now()
    try connection.waitForLocks(milliseconds: options.lockTimeout)
    if let id, lineage[id] == nil, lineage.baseline?.id != id {
      throw MigrationError.unknownTarget(id, known: (lineage.baseline?.id.map { [$0] } ?? []) + lineage.ids)
    }
    let adopting = try Adopting(
      lineage: lineage, options: options, asked: id,
      registries: try registries.flatMap { try ForeignChangelogReader($0.database, place: $0.name + ":").read() })
    // Looked at before others are kept out: to run the lineage takes its time.
    var first = try connection.transaction(.deferred) { try adopting.find(in: connection) }
    let changelog = try adopting.changelog(through: first.place.id)
    let entries = changelog.unfolded.map {
      Adoption.Entry(id: $0.id, name: $0.name, proof: $0.proof, irreversible: $0.irreversible)
    }
    guard !isDry else {
      first.adoption.entries = entries
      return first.adoption
    }
    if connection.isReadOnly { throw MigrationError.readOnly }
    return try refusingBusy {
      try connection.transaction(.immediate) {
        // Somebody may have been here meanwhile.
        var found = try adopting.find(in: connection)
        guard found.place.id == first.place.id else {
          throw MigrationError.busy(.writing, waited: Double(options.lockTimeout) / 1000)
        }
        let tables = ChangelogTables(connection)
        try tables.create(lineage: lineage.name)
        for entry in changelog.entries { try tables.insert(entry) }
        if let folded = changelog.folded { try tables.setFolded(folded) }
        found.adoption.isWritten = true
        found.adoption.entries = entries
        try tables.addHistory(
          HistoryRow(
            startedAt: startedAt, build: options.build, before: "", after: changelog.unfolded.map(\.id).list,
            seconds: Clock.seconds(since: start), outcome: "done",
            detail: (["adopted at \(found.place.title)"] + found.adoption.others.map(\.words)).joined(separator: "; ")))
        return found.adoption
      }
    }
  }
}

/// The finding, without a hand on the database.
private struct Adopting {
  let lineage: Lineage
  let options: MigratorOptions
  let asked: MigrationID?
  let registries: [ForeignChangelog]
  private let places: LineagePlaces

  init(lineage: Lineage, options: MigratorOptions, asked: MigrationID?, registries: [ForeignChangelog]) throws {
    self.lineage = lineage
    self.options = options
    self.asked = asked
    self.registries = registries
    places = try LineagePlaces(lineage, isCancelled: options.isCancelled)
  }

  func find(in connection: Connection) throws -> (place: LineagePlaces.Place, adoption: Adoption) {
    let state = try ChangelogTables(connection).state()
    if let changelog = state.changelog { throw MigrationError.managed(changelog.lineage) }
    let schema = try Schema.read(from: connection)
    let others = try registries + others(in: connection)
    for other in others {
      if let unfinished = other.unfinished { throw MigrationError.halfApplied(tool: other.tool.rawValue, unfinished) }
    }
    let theirs = Set(others.flatMap(\.tables).map { $0.lowercased() })
    let own = Schema(objects: schema.objects.filter { !theirs.contains($0.table.lowercased()) })
    guard !own.objects.isEmpty else { throw MigrationError.nothingToAdopt(others.map(\.words)) }
    let fits = places.fits(own)
    let (fit, notes) = try choose(fits, others)
    let beside = schema.objects.filter { theirs.contains($0.table.lowercased()) && $0.sql != nil }.map(\.title)
    var adoption = Adoption(
      lineage: lineage.name, at: fit.place.id, place: fit.place.title, isExact: fit.isExact, entries: [],
      pending: lineage.ids.filter { id in fit.place.id.map { id > $0 } ?? true }, others: others,
      drift: fit.drift + beside, notes: notes, isWritten: false)
    if !fit.isExact { adoption.notes.append("columns stand in another order than this build makes them") }
    let batched = lineage.migrations.filter { migration in
      !migration.upgrade.backfills.isEmpty && fit.place.id.map { migration.id <= $0 } ?? false
    }
    if !batched.isEmpty {
      adoption.notes.append("taken for done, which no schema shows: the backfills of \(batched.map(\.id).list)")
    }
    return (fit.place, adoption)
  }

  private func others(in connection: Connection) throws -> [ForeignChangelog] {
    let own = Set(places.places.flatMap(\.schema.objects).filter { $0.type == .table }.map { $0.name.lowercased() })
    // A table that migrations make is this build's, whatever its name.
    return try ForeignChangelogReader(connection).read().filter { other in
      !other.tables.contains { own.contains($0.lowercased()) }
    }
  }

  // MARK: where

  private func choose(
    _ fits: [LineagePlaces.Fit], _ others: [ForeignChangelog]
  ) throws -> (LineagePlaces.Fit, [String]) {
    if let asked {
      guard let fit = fits.first(where: { $0.place.id == asked }) else {
        throw MigrationError.unknownTarget(asked, known: lineage.ids)
      }
      guard fit.differences.isEmpty else {
        throw MigrationError.notPlaced(
          at: fit.place.title, isNearest: false, fit.differences, others: others.map(\.words))
      }
      return (fit, said(others, otherThan: fit.place.id))
    }
    let candidates = fits.filter(\.differences.isEmpty)
    guard let only = candidates.first else {
      // Of equals the later: what is missing is more often the newest.
      guard let nearest = fits.reversed().min(by: { $0.differences.count < $1.differences.count }) else {
        throw MigrationError.nothingToAdopt(others.map(\.words))
      }
      throw MigrationError.notPlaced(
        at: nearest.place.title, isNearest: true, nearest.differences, others: others.map(\.words))
    }
    if candidates.count == 1 { return (only, said(others, otherThan: only.place.id)) }
    // Migrations of rows alone leave no trace in the schema. Another tool may know.
    let last = Set(others.compactMap { $0.named(in: named).max() })
    if last.count == 1, let fit = candidates.first(where: { $0.place.id == last.first }) {
      return (fit, ["the schema is the same at \(titles(candidates)); it was told by the other tool's record"])
    }
    throw MigrationError.ambiguousPlace(candidates.map(\.place.title), others: others.map(\.words))
  }

  private func titles(_ fits: [LineagePlaces.Fit]) -> String {
    fits.map(\.place.title).joined(separator: " and ")
  }

  private var named: [(id: MigrationID, name: String)] {
    (lineage.baseline?.retired.map { ($0.id, $0.name) } ?? []) + lineage.migrations.map { ($0.id, $0.name) }
  }

  /// Where another tool means another place by the same numbers, the schema decides, and it is said.
  private func said(_ others: [ForeignChangelog], otherThan id: MigrationID?) -> [String] {
    others.compactMap { other in
      guard let theirs = other.named(in: named).max(), theirs != id else { return nil }
      return "\(other.tool.rawValue)'s record speaks of \(theirs); the schema decides"
    }
  }

  // MARK: what is written

  /// The changelog that this build leaves in a new database taken there.
  func changelog(through id: MigrationID?) throws -> Changelog {
    let target = lineage.prefix(through: id ?? 0)
    let database = try Connection.inMemory()
    var settings = options
    settings.trustsVerification = false
    settings.defersBackfills = false
    settings.plan = PlanOptions()
    settings.beforeChanging = nil
    try Migrator(target, options: settings).migrate(database)
    guard var changelog = try ChangelogTables(database).state().changelog else {
      throw MigrationError.damagedChangelog("a new database has none")
    }
    for index in changelog.entries.indices where lineage[changelog.entries[index].id]?.downgrade.isRecorded ?? false {
      changelog.entries[index].downgrade = nil
      changelog.entries[index].irreversible = "it was applied without a record of the rows that it changed"
      changelog.entries[index].proof = nil
    }
    return changelog
  }
}
