// One attempt at a plan: one transaction, all steps, the changelog's rows, the checks.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Runs a plan inside an open transaction. Whoever called rolls back when it throws.
final class PlanRunner {
  private let connection: Connection
  private let lineage: Lineage
  private let options: MigratorOptions
  private let plan: Plan
  private let steps: [Plan.Step]
  private let changelog: Changelog?
  private var known: ForeignKeyViolations?
  private let verdicts: [MigrationID: Verdict]
  private let emit: MigrationListener
  private let guardian: ConnectionGuard

  private let tables: ChangelogTables
  private let recorded: RecordedChanges
  private let sandbox: Sandbox
  private var runner: StepRunner
  private var tracker: SchemaTracker
  private let attic: AtticWork
  private var ownTables: OwnTablesGuard
  private let insertion: Statement
  private let now = Clock.now()
  private var position: Int64
  /// Entries of upgrades that ran, still to be written: each change of the schema has SQLite prepare the statement
  /// anew, so those of upgrades in sequence are written together.
  private var unwritten: [Changelog.Entry] = []
  private var entries: [MigrationID: Changelog.Entry] = [:]
  private var undone: [Changelog.Entry] = []
  /// Objects that downgrades made and that the changes they undid had not removed.
  private var made: [Verification.Made] = []
  private var ran: [MigrationReport.Ran] = []
  private var notes: [String] = []
  /// Rows that the step at hand changed, Tidemark's own not counted.
  private var rows: Int64 = 0

  /// The downgrades of the entries that lack one, once it is known that there are such.
  private var stored: [MigrationID: Downgrade]?
  private var drift: DriftKeeper
  private let statistics: PlannerStatistics

  /// The attempt would leave violations, and it is not known which were there before.
  struct NeedsKnownViolations: Error {}

  init(
    _ connection: Connection, sandbox: Sandbox, guardian: ConnectionGuard, lineage: Lineage, options: MigratorOptions,
    state: DatabaseState, plan: Plan, fallingBack: Bool, known: ForeignKeyViolations?,
    verdicts: [MigrationID: Verdict], emit: @escaping MigrationListener
  ) throws {
    self.connection = connection
    self.sandbox = sandbox
    self.guardian = guardian
    self.lineage = lineage
    self.options = options
    self.plan = plan
    self.steps = fallingBack ? plan.fallback ?? plan.steps : plan.steps
    self.changelog = state.changelog
    self.known = known
    self.verdicts = verdicts
    self.emit = emit
    tables = ChangelogTables(connection)
    runner = StepRunner(connection, sandbox)
    if state.changelog == nil { try tables.create(lineage: lineage.name) }
    recorded = RecordedChanges(connection)
    let recording =
      steps.filter { $0.kind == .upgrade }.compactMap(\.id)
      + (state.changelog?.entries.filter { $0.batch != nil }.map(\.id) ?? [])
    if recording.contains(where: { lineage[$0]?.downgrade.isRecorded ?? false }) {
      try recorded.prepare()
    }
    tracker = try SchemaTracker(connection)
    drift = DriftKeeper(before: tracker.schema, changelog: state.changelog, lineage: lineage)
    statistics = try PlannerStatistics(connection)
    attic = AtticWork(connection, sandbox: sandbox, options: options, now: now)
    ownTables = try OwnTablesGuard(connection)
    _ = sandbox.takeTouch()
    insertion = try connection.prepare(ChangelogTables.insertion)
    position = try tables.nextPosition()
    for entry in state.changelog?.unfolded ?? [] { entries[entry.id] = entry }
    notes = plan.notes.map(\.words)
    runner.bound = { [guardian] in guardian.bound }
    if known != nil {
      runner.onStatement = { [unowned self] in try self.known?.follow(self.connection) }
      sandbox.onDrop = { [unowned self] table in self.known?.drop(table) }
    }
  }

  /// All of it but COMMIT.
  func run(head: Schema, tick: (Plan.Step, ContinuousClock.Instant) -> Void) throws -> MigrationReport {
    let before = tracker.schema
    let holding = try drift.holding(Compilation(connection: connection, sandbox: sandbox))
    var upgrading = false
    for (index, step) in steps.enumerated() {
      try emit(.willRun(step, number: index + 1, of: steps.count))
      let start = ContinuousClock.now
      rows = 0
      tick(step, start)
      if step.kind == .upgrade, !upgrading {
        upgrading = true
        sandbox.hasStrangers = try hasStrangers(head)
        try guardian.boundGrowth(sandbox.hasStrangers && options.boundsStoredSQL)
      }
      do {
        try perform(step)
      } catch {
        throw try drift.explain(error, in: tracker.schema)
      }
      try known?.follow(connection)
      let seconds = Clock.seconds(since: start)
      var done = step
      if step.kind == .upgrade { done.proof = step.id.flatMap { verdicts[$0]?.description } }
      ran.append(MigrationReport.Ran(step: done, seconds: seconds, rows: rows))
      try emit(.didRun(step, seconds: seconds, rows: rows))
    }
    try writeEntries()
    try ownTables.check()
    for object in try drift.lost(in: tracker.schema, head: head) {
      try runner.replay(object.sql ?? "", title: "\(object.title) on \(object.table)")
      notes.append(
        "\(object.title) on \(object.table), which no migration made, was made again after its table was rebuilt")
    }
    _ = try tracker.advance(sandbox.takeTouch())
    let verified = try Verification(connection, sandbox, options).verify(
      found: tracker.schema, head: head, before: before, undone: undone, made: made, holding: holding)
    try checkForeignKeys()
    try statistics.restore(on: connection)
    try markVerified()
    try guardian.boundGrowth(false)
    return report(verified)
  }

  /// Whether a trigger could fire that is not of this build: when it is looked at in the end it has fired already.
  private func hasStrangers(_ head: Schema) throws -> Bool {
    // What is in a new database, this plan has made.
    guard changelog != nil else { return false }
    let triggers = tracker.schema.objects.filter { $0.type == .trigger }
    if Set(triggers).isSubset(of: head.objects) { return false }
    // One that a pending upgrade changes or drops is still as the applied ones have made it.
    guard let last = entries.keys.max() else { return true }
    return try !Set(triggers).isSubset(of: head.objects + lineage.prefix(through: last).headSchema().objects)
  }

  private func writeEntries() throws {
    for entry in unwritten { try tables.insert(entry, with: insertion) }
    unwritten.removeAll()
  }

  private func perform(_ step: Plan.Step) throws {
    if step.kind != .upgrade { try writeEntries() }
    switch step.kind {
    case .baseline: try createBaseline()
    case .unfold: try unfold()
    case .retire: try retire()
    case .downgrade: try downgrade(step)
    case .upgrade: try upgrade(step)
    case .store, .correct: try store(step)
    }
  }

  private func counting(_ body: () throws -> Void) throws {
    let before = connection.totalChanges
    try body()
    rows = connection.totalChanges - before
  }

  private func createBaseline() throws {
    guard let baseline = lineage.baseline else { return }
    try counting { try runner.create(baseline) }
    _ = try tracker.advance(sandbox.takeTouch())
    guard let id = baseline.id else { return }
    let retired = baseline.retired.enumerated().map { index, folded in
      Changelog.Entry(
        id: folded.id, position: Int64(index + 1), name: folded.name, revision: folded.revision, appliedAt: now,
        appliedBy: options.build, upgradeDigest: folded.upgradeDigest, downgrade: folded.downgrade,
        irreversible: folded.irreversible, objects: folded.objects, proof: folded.proof)
    }
    position = Int64(retired.count + 1)
    try tables.setFolded(Changelog.Folded(id: id, at: now, retired: retired))
  }

  /// Puts the entries that a baseline stands for back into the table.
  private func unfold() throws {
    guard let folded = changelog?.folded else { return }
    try tables.unfold(folded.retired)
    try tables.setFolded(nil)
    position = try tables.nextPosition()
  }

  /// Takes the entries that this build's baseline folded out of the table, whole.
  private func retire() throws {
    guard let baseline = lineage.baseline, let id = baseline.id else { return }
    let retired = baseline.retired.compactMap { entries[$0.id] }.sorted { $0.position < $1.position }
    for entry in retired { try tables.remove(entry.id) }
    try tables.setFolded(Changelog.Folded(id: id, at: now, retired: retired))
  }

  private func downgrade(_ step: Plan.Step) throws {
    guard let id = step.id, let entry = entries[id] else { return }
    try guardian.boundGrowth(false)
    let keeping = try ownTables.allowing {
      try attic.keep(entry, rowsChangedIn: recorded.tables(of: id), in: tracker.schema)
    }
    try guardian.boundGrowth(options.boundsStoredSQL)
    try PositionalCheck.check(entry, head: lineage.headSchema(), on: connection)
    try counting {
      // The rows first, while the tables are still those that they were recorded in.
      if let left = try recorded.undo(entry, sandbox, schema: tracker.schema), left > 0 {
        notes.append("\(entry.title): \(left) rows that were changed since it was applied stay as they are")
      }
      try runner.undo(entry)
    }
    let changes = try tracker.advance(sandbox.takeTouch())
    if let fault = ViewGrowth.fault(in: tracker.schema) { throw MigrationError.altered([fault]) }
    let removed = Set(ObjectChanges(json: entry.objects).removed.map(ObjectChanges.key))
    for title in changes.added where !removed.contains(ObjectChanges.key(title)) {
      made.append(Verification.Made(by: entry, title: title))
    }
    if let keeping { try ownTables.allowing { try attic.finish(keeping, of: entry) } }
    try recorded.remove(id)
    try tables.remove(id)
    entries[id] = nil
    undone.append(entry)
  }

  private func upgrade(_ step: Plan.Step) throws {
    guard let id = step.id, let migration = lineage[id], let digest = lineage.upgradeDigests[id] else { return }
    try finishBackfills()
    if changelog != nil {
      try PositionalCheck.check(
        migration, after: { lineage.prefix(through: MigrationID(id.rawValue - 1)) }, on: connection)
    }
    let watch = UpgradeWatch(
      migration, in: sandbox, before: tracker.schema, oldestSQLite: lineage.oldestSQLite)
    let (changes, revived, recording) = try apply(migration, digest: digest)
    let place = StepFailure(direction: .upgrade, id: id, name: migration.name, cause: "")
    for backfill in migration.upgrade.backfills {
      let walk = BackfillWalk(backfill, migration: migration)
      try runner.call(at: place) { try walk.refuseMissingKeys(on: connection, in: .upgrade) }
    }
    var downgrade = try watch.downgrade(after: tracker.schema, changes: changes, on: connection) { try isDrift($0) }
    if let recording {
      rows = Int64(recording.changes)
      try recorded.write(recording, for: id)
      downgrade = Downgrade(recording.schemaSQL)
    }
    try lineage.checkFitness(of: downgrade, migration)
    let entry = Changelog.Entry(
      id: id, position: position, name: migration.name, revision: migration.revision, appliedAt: now,
      appliedBy: options.build, upgradeDigest: digest, downgrade: downgrade.sql,
      irreversible: downgrade.reason, objects: try changes.json, proof: verdicts[id]?.description,
      batch: migration.upgrade.backfills.isEmpty ? nil : try revived.map(\.batch) ?? BackfillCursor().json)
    unwritten.append(entry)
    position += 1
    entries[id] = entry
    // What is put back was not undone.
    undone.removeAll { $0.id == id }
  }

  private func isDrift(_ object: SchemaObject) throws -> Bool { try drift.isDrift(object) }

  /// What came of an upgrade: what it changed, what came back with it after its backfills had run, and its rows where they are
  /// recorded.
  private typealias Applied = (changes: ObjectChanges, revived: AtticRevival?, recording: Recorder.Recording?)

  /// Runs an upgrade, and returns what was kept when it was undone: after its backfills, which would write over it.
  private func apply(_ migration: any Migration, digest: String) throws -> Applied {
    var log = UpgradeLog()
    let revival =
      changelog == nil
      ? nil : try ownTables.allowing { try attic.revival(of: migration, digest: digest) }
    let run = {
      try UpgradeLog.listening(in: self.sandbox) { heard in
        log = heard
        try self.counting { try self.runner.apply(migration, backfilling: revival != nil) }
      }
    }
    let settle = {
      var changes = try self.tracker.advance(self.sandbox.takeTouch())
      changes.rows = log.rows(in: self.tracker.schema)
      changes.attic = migration.attic == .off ? .off : nil
      return changes
    }
    guard let revival else {
      guard migration.downgrade.isRecorded else {
        try run()
        return (try settle(), nil, nil)
      }
      let recording = try Recorder.record(migration, on: connection, sandbox, from: tracker.schema, run).recording
      return (try settle(), nil, recording)
    }
    let revive = {
      if try !self.attic.tries(revival, log: { log }, run) {
        try self.ownTables.allowing { try self.attic.copy(revival, log) }
        try run()
      }
      let changes = try settle()
      try self.ownTables.allowing { try self.attic.finish(revival, log, of: migration, in: self.tracker.schema) }
      return changes
    }
    guard migration.downgrade.isRecorded else { return (try revive(), revival, nil) }
    // What returns is part of the record, so that the next downgrade finds the rows as it expects them.
    let recorded = try Recorder.record(
      migration, on: connection, sandbox, from: tracker.schema, rehearsing: run, revive)
    return (recorded.result, revival, recorded.recording)
  }

  /// A later migration may build on rows that a backfill has not reached: finish it first.
  private func finishBackfills() throws {
    for entry in entries.values.filter({ $0.batch != nil }).sorted(by: { $0.position < $1.position }) {
      guard let migration = lineage[entry.id] else { continue }
      try writeEntries()
      var run = try BackfillRun(migration, batch: entry.batch)
      while try BackfillRecord.slice(&run, of: migration, on: connection, sandbox) {}
      try tables.setBatch(nil, for: entry.id)
      entries[entry.id]?.batch = nil
    }
  }

  private func store(_ step: Plan.Step) throws {
    guard let id = step.id, let migration = lineage[id], let digest = lineage.upgradeDigests[id] else { return }
    // All at once: deriving one runs the migrations before it.
    let known =
      try stored
      ?? lineage.downgrades(
        of: Set(steps.filter { $0.kind == .store || $0.kind == .correct }.compactMap(\.id)))
    stored = known
    var downgrade = known[id] ?? migration.downgrade
    if downgrade.isRecorded {
      // What was recorded when it ran is still its way back; where nothing was, it is too late for it.
      if step.kind == .correct {
        entries[id]?.revision = migration.revision
        entries[id]?.upgradeDigest = digest
        return try tables.correct(revision: migration.revision, digest: digest, for: id)
      }
      downgrade = .irreversible("it was applied without a record of the rows that it changed")
    }
    try lineage.checkFitness(of: downgrade, migration)
    try recorded.remove(id)
    let verdict = lineage.knownVerdict(of: migration) ?? .unproven("it was stored for an upgrade that had run before")
    let proof = downgrade.reason == nil ? verdict.description : nil
    try tables.store(downgrade, revision: migration.revision, digest: digest, proof: proof, for: id)
    // This plan may still undo it.
    entries[id]?.correct(downgrade, revision: migration.revision, digest: digest, proof: proof)
  }

  private func checkForeignKeys() throws {
    guard steps.contains(where: { $0.sql != nil }) else { return }
    let violations = try ForeignKeyViolations(connection)
    if violations.isEmpty { return }
    guard let known else { throw NeedsKnownViolations() }
    let new = violations.new(since: known)
    if !new.isEmpty { throw MigrationError.foreignKeys(new) }
    notes += violations.notes
  }

  /// Lets the next start pass over all this when nothing has changed since.
  private func markVerified() throws {
    try tables.setMeta("verified", VerifiedMark(of: lineage, cookie: connection.schemaCookie()).description)
  }

  private func report(_ verified: Verification.Result) -> MigrationReport {
    MigrationReport(
      outcome: changelog == nil ? .created : .migrated, lineage: lineage.name, planID: plan.id, steps: ran,
      before: plan.before, after: plan.after, fellBack: steps != plan.steps,
      notes: notes + attic.notes + verified.notes,
      drift: verified.drift, unfinished: entries.values.filter { $0.batch != nil }.map(\.id).sorted(), seconds: 0,
      attic: attic.outcomes)
  }
}
