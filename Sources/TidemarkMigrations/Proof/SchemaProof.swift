// Proves the upgrades of a plan before it begins: on a copy of the schema in memory, without a row, each goes up, down
// and up again.
internal import TidemarkSQLite
internal import TidemarkSchema

/// The proof of one plan's upgrades on one schema.
struct SchemaProof {
  /// How large the copy may become, in pages, and the longest value in it, in bytes: a schema has next to no rows.
  private static let pages = 25_000
  private static let length: Int32 = 64 << 20
  let lineage: Lineage
  let options: MigratorOptions

  /// What was proven, and of what: it holds for that plan on that schema only.
  struct Result {
    var planID: String
    var cookie: Int64
    var verdicts: [MigrationID: Verdict] = [:]
  }

  /// - Parameters:
  ///   - steps: the steps of a plan, in order.
  ///   - entries: the changelog's.
  ///   - schema: what the database has; asked for where something has to be tried.
  /// - Throws: `MigrationError.notReversible` where a downgrade does not lead back, `.underivable`, `.cancelled`.
  func prove(
    _ steps: [Plan.Step], entries: [Changelog.Entry], schema: () throws -> Schema
  ) throws -> [MigrationID: Verdict] {
    var verdicts: [MigrationID: Verdict] = [:]
    var open: Set<MigrationID> = []
    for step in steps where step.kind == .upgrade {
      guard let id = step.id, let migration = lineage[id], migration.downgrade.reason == nil else { continue }
      verdicts[id] = step.proof.flatMap(Verdict.init)
      if verdicts[id] == nil { open.insert(id) }
    }
    if open.isEmpty { return verdicts }
    guard options.proves else {
      for id in open { verdicts[id] = .unproven("no proof was asked for") }
      return verdicts
    }
    let found = try tryOut(steps, open, entries: entries, schema: try schema())
    return verdicts.merging(found) { $1 }
  }

  /// A trial that ends early: the migrations behind it stay unproven.
  private struct Stop: Error { var why: String }

  private func tryOut(
    _ steps: [Plan.Step], _ open: Set<MigrationID>, entries: [Changelog.Entry], schema: Schema
  ) throws -> [MigrationID: Verdict] {
    var verdicts: [MigrationID: Verdict] = [:]
    let clone = try Connection.inMemory()
    // Stored SQL that makes rows of nothing would make them in memory.
    try clone.execute("PRAGMA max_page_count = \(Self.pages)")
    try clone.limit(.length, Self.length)
    try clone.set(.foreignKeys, false)
    let sandbox = Sandbox(clone)
    let work = try WorkBound(
      clone, sandbox, bounded: options.boundsStoredSQL, least: options.storedWork, isCancelled: options.isCancelled,
      tick: {})
    try sandbox.enter()
    work.start()
    defer {
      work.stop()
      sandbox.leave()
    }
    do {
      try clone.transaction(.deferred) {
        try reach("the schema cannot be made again in memory", work) {
          for type in ObjectType.allCases {
            for object in schema.objects where object.type == type { try clone.execute(object.sql ?? "") }
          }
        }
        var trial = Trial(connection: clone, sandbox: sandbox, tracker: try SchemaTracker(clone))
        for step in steps {
          switch step.kind {
          case .baseline:
            guard let baseline = lineage.baseline else { continue }
            try reach("the baseline does not run on an empty database", work) { try trial.create(baseline) }
          case .downgrade:
            guard var entry = entries.first(where: { $0.id == step.id }) else { continue }
            entry.downgrade = step.sql
            try reach("the downgrade of \(entry.title) fails on an empty copy of the schema", work) {
              try trial.undo(entry)
            }
          case .upgrade:
            guard let id = step.id, let migration = lineage[id] else { continue }
            if open.contains(id) {
              verdicts[id] = try prove(migration, &trial, work)
            } else {
              try reach("the upgrade of \(id) fails on an empty copy of the schema", work) {
                _ = try trial.up(migration)
              }
            }
          case .unfold, .retire, .store, .correct: continue
          }
        }
      }
    } catch let stop as Stop {
      for id in open where verdicts[id] == nil { verdicts[id] = .unproven(stop.why) }
    }
    return verdicts
  }

  private func reach(_ what: String, _ work: WorkBound, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      if case MigrationError.cancelled = work.explain(error) { throw MigrationError.cancelled }
      throw Stop(why: "\(what) (\(Self.cause(of: error)))")
    }
  }

  private func prove(_ migration: any Migration, _ trial: inout Trial, _ work: WorkBound) throws -> Verdict {
    let title = "\(migration.id) \(migration.name)"
    let before = trial.tracker.schema
    var proof: StepProof?
    var downgrade = migration.downgrade
    // Without rows code may well miss what it looks for; the plan itself will tell.
    var derivation: MigrationError?
    try reach("the upgrade of \(title) fails on an empty copy of the schema", work) {
      let watch = UpgradeWatch(
        migration, in: trial.sandbox, before: before, oldestSQLite: lineage.oldestSQLite, always: true)
      defer { watch.end() }
      let changes = try trial.up(migration)
      do {
        downgrade = try watch.downgrade(
          after: trial.tracker.schema, changes: changes, on: trial.connection, isDrift: { _ in false })
      } catch let error as MigrationError {
        derivation = error
      }
      if let recording = trial.recording { downgrade = Downgrade(recording.schemaSQL) }
      proof = StepProof(
        migration: migration, before: before, after: trial.tracker.schema, log: watch.log,
        oldestSQLite: lineage.oldestSQLite)
    }
    if let derivation { throw derivation }
    guard var proof else { return .unproven("it was not tried") }
    var words: [String]
    do {
      var log = WriteLog()
      if migration.downgrade.sql != nil { trial.sandbox.observer = { log.note($0) } }
      defer { trial.sandbox.observer = nil }
      try trial.undo(sql: downgrade.sql ?? "", of: migration)
      proof.undone = Self.changedRows(undoing: migration, from: proof.after, to: trial.tracker.schema, log)
      words = Self.differences(from: before, to: trial.tracker.schema).map { "after it, \($0)" }
      if words.isEmpty {
        _ = try trial.up(migration)
        words = Self.differences(from: proof.after, to: trial.tracker.schema).map { "up again, \($0)" }
      }
    } catch {
      let explained = work.explain(error)
      if case MigrationError.cancelled = explained { throw explained }
      words = [Self.cause(of: explained)]
    }
    guard words.isEmpty else {
      throw MigrationError.notReversible(.init(id: migration.id, name: migration.name), words)
    }
    return proof.verdict(withRows: false)
  }

  /// What a stated downgrade does to rows that are there before and after it, in words: as if it were an upgrade.
  private static func changedRows(
    undoing migration: any Migration, from before: Schema, to after: Schema, _ log: WriteLog
  ) -> [String] {
    guard let sql = migration.downgrade.sql else { return [] }
    let undoing = DerivedDowngrade(
      migration: Undoing(id: migration.id, name: migration.name, upgrade: Upgrade(sql)), before: before, after: after,
      log: log, oldestSQLite: Lineage.leastSQLite)
    return undoing.changedRows(undoing.renames)
  }

  /// A downgrade as a migration.
  private struct Undoing: Migration {
    var id: MigrationID
    var name: String
    var upgrade: Upgrade
  }

  private static func differences(from expected: Schema, to found: Schema) -> [String] {
    SchemaDifference.between(expected: expected, found: found, kind: .exact).words
  }

  private static func cause(of error: any Error) -> String {
    switch error {
    case MigrationError.stepFailed(let failure): failure.cause
    case let error as MigrationError: error.message
    case let error as SQLiteError: error.message
    default: String(describing: error)
    }
  }

  /// The copy on which the steps run.
  private struct Trial {
    let connection: Connection
    let sandbox: Sandbox
    var tracker: SchemaTracker
    /// What takes back the last upgrade, where its rows are recorded.
    var recording: Recorder.Recording?

    private var runner: StepRunner { StepRunner(connection, sandbox) }

    mutating func create(_ baseline: Baseline) throws {
      try runner.create(baseline)
      _ = try tracker.advance(sandbox.takeTouch())
    }

    mutating func up(_ migration: any Migration) throws -> ObjectChanges {
      recording = nil
      if migration.downgrade.isRecorded {
        recording = try Recorder.record(migration, on: connection, sandbox, from: tracker.schema) {
          try runner.apply(migration)
        }.recording
      } else {
        try runner.apply(migration)
      }
      return try tracker.advance(sandbox.takeTouch())
    }

    mutating func undo(_ entry: Changelog.Entry) throws {
      try runner.undo(entry)
      _ = try tracker.advance(sandbox.takeTouch())
    }

    mutating func undo(sql: String, of migration: any Migration) throws {
      let place = StepFailure(direction: .downgrade, id: migration.id, name: migration.name, cause: "")
      if let recording { _ = try recording.undo(on: connection, sandbox) }
      try sandbox.run(as: .stored) { try runner.execute(sql, at: place) }
      _ = try tracker.advance(sandbox.takeTouch())
    }
  }
}
