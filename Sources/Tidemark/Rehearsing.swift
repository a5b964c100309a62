// A rehearsal: the whole plan on a copy, timed, proven with the rows that there are, and thrown away.
internal import TidemarkMigrations
internal import TidemarkSQLite
internal import TidemarkSchema
internal import TidemarkSnapshots

extension ManagedDatabase {
  /// The greatest database whose rows are followed through the proof, which holds them in memory, in bytes.
  public static let provenSize: Int64 = 256 << 20

  /// Runs the plan from end to end, on a copy of the database or over what a file to restore holds, and throws away what
  /// it did.
  ///
  /// A snapshot is read in place: what the plan writes goes to a file without a name beside the database, and nothing is
  /// unpacked; blocks that the plan does not need are not looked at. A live database is copied there, sharing its room on
  /// disk where the file system can. So is what has no index to read it by: a dump, or a frame of another layout.
  /// - Parameters:
  ///   - source: the file to restore; nil for the database as it is.
  ///   - id: the last migration to keep; nil for the head.
  ///   - scratch: a folder in which one of its own is made for what is written, readable by nobody else; nil for beside the
  ///     database, which then need not be there.
  ///   - proves: whether each upgrade of the plan goes up, down and up again with the rows that there are; left out, and
  ///     noted, for a database of more than ``provenSize``.
  /// - Throws: as `restore` and `migrate`: what they would have thrown.
  public func rehearse(
    _ source: String? = nil, to id: MigrationID? = nil, scratch: String? = nil, proves: Bool = true
  ) throws -> Rehearsal {
    let target = try id.map { id in
      guard lineage[id] != nil || lineage.baseline?.id == id else {
        throw MigrationError.unknownTarget(id, known: lineage.ids)
      }
      return lineage.prefix(through: id)
    }
    if source == nil {
      try refuseAbsent()
      try refuseLostContent()
    }
    let start = ContinuousClock().now
    let folder = try scratch.map { try ScratchFolder(in: $0) }
    defer { folder?.remove() }
    let ground = try RehearsalGround.prepare(
      source, for: self, beside: folder.map { join($0.path, "database") } ?? path)
    // Whoever restores next clears what cannot be removed now.
    defer { try? ground.discard() }
    let copySeconds = Seconds.since(start)
    return try ground.explaining {
      var rehearsal = try finishing(ground.connection) { connection in
        if let told = ground.description, let source { try Self.compare(told, with: connection, of: source) }
        return try Rehearsing(
          lineage: target ?? lineage, options: migratorOptions(holding: nil), ground: ground
        )
        .run(proves: proves, onEvent: options.onEvent)
      }
      rehearsal.subject = source ?? path
      rehearsal.copySeconds = copySeconds
      rehearsal.notes = ground.notes + rehearsal.notes
      // A restore works aside, so it needs room for all of it.
      if source != nil { rehearsal.needs.bytes += rehearsal.bytesBefore }
      return rehearsal
    }
  }
}

/// The run of a plan on a copy.
private struct Rehearsing {
  let lineage: Lineage
  var options: MigratorOptions
  let ground: RehearsalGround

  func run(proves: Bool, onEvent: MigrationListener?) throws -> Rehearsal {
    let copy = ground.connection
    var options = options
    options.trustsVerification = false
    options.defersBackfills = false
    // It tells what the proof finds, and does not stop at it.
    options.provesWithRows = false
    let before = try size(of: copy)
    let plan = try Migrator(lineage, options: options).plan(copy)
    let effects = plan.undone.isEmpty ? nil : try PlanEffects(of: plan, on: copy, attic: options.attic)
    var notes: [String] = []
    let drops = try UpgradeDrops { try UpgradeDrop.all(of: plan, lineage: lineage, on: copy) }
    if let note = drops.note { notes.append(note) }
    let isProvable = proves && plan.steps.contains { $0.kind == .upgrade }
    let proof = try isProvable ? proof(of: plan, on: copy, size: before) : nil
    let report = try Migrator(lineage, options: options, onEvent: onEvent).migrate(copy)
    let written = try ground.written()
    let after = try size(of: copy)
    let verdicts = try verdicts(on: copy)
    let steps = report.steps.map { ran in
      Rehearsal.Step(
        step: ran.step, seconds: ran.seconds, statements: statements(of: ran.step), rows: ran.rows,
        verdict: ran.step.kind == .upgrade ? ran.step.id.flatMap { verdicts[$0] } : ran.step.proof)
    }
    if isProvable, proof == nil {
      notes.append("not proven with its rows, which are held in memory for that: the database is too large")
    }
    return Rehearsal(
      subject: "", plan: plan, steps: steps, effects: effects, drops: drops.drops, report: report, bytesBefore: before,
      bytesAfter: after,
      bytesWritten: written, way: ground.way, scratchBytes: try ground.scratch(), copySeconds: 0,
      needs: Rehearsal.Needs(seconds: report.seconds, bytes: max(0, after - before) + written), proof: proof,
      notes: notes)
  }

  private func size(of connection: Connection) throws -> Int64 {
    try connection.value("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size") ?? 0
  }

  /// The SQL of a step, counted.
  private func statements(of step: Plan.Step) -> Int? {
    if step.kind == .upgrade, let id = step.id, let upgrade = lineage[id]?.upgrade, upgrade.hasCode { return nil }
    return step.sql.map(Tokenizer.statementCount)
  }

  private func verdicts(on connection: Connection) throws -> [MigrationID: String] {
    let entries = try Migrator(lineage).state(of: connection).changelog?.entries ?? []
    return Dictionary(entries.map { ($0.id, Verdict(entry: $0.proof).description) }, uniquingKeysWith: { $1 })
  }

  private func proof(of plan: Plan, on copy: Connection, size: Int64) throws -> TrialReport? {
    let ids = Set(plan.steps.filter { $0.kind == .upgrade }.compactMap(\.id))
    guard size <= ManagedDatabase.provenSize else { return nil }
    // The order of columns is as it is here, and no finding.
    return try LineageTrial(lineage, rows: .none, ignoringColumnOrder: true).reversibility(on: copy, of: ids)
  }
}
