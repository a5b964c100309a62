// From what was typed to the face of the library: the database, the store, the options, and progress as it is drawn.

import Synchronization
import Tidemark

extension Invocation {
  /// The database that was named, made sure to be a file: a folder or a missing file is told before anything opens it.
  func existingDatabase() throws -> String {
    let path = try database
    guard let status = try LocalFiles().status(path, followLinks: true) else {
      throw ServiceError.absent(database: path)
    }
    try refuse(path, unlessFile: status)
    return path
  }

  /// Throws where a database's name stands for something that is no file.
  func refuse(_ path: String, unlessFile status: FileStatus) throws {
    guard status.kind != .file else { return }
    throw Failure(
      code: "database.not-a-file", "\(path) is \(status.kind == .folder ? "a folder" : "not a file"), not a database",
      untouched: "nothing was touched", hint: "name the database file with --database")
  }

  /// The store, where there is one: it was named, or its folder is there.
  func storeAtHand() throws -> SnapshotStore? {
    let store = snapshotStore
    return try values.wasTyped(CommonOptions.store) || environment["TIDEMARK_STORE"] != nil || store.exists
      ? store : nil
  }

  /// What is to be said before a plan undoes something without a snapshot of what there was.
  func wordsOnStore(for plan: Plan) throws -> [String] {
    guard !plan.undone.isEmpty, try storeAtHand() == nil else { return [] }
    return ["no snapshot would be taken beforehand: there is no store at \(store); --store DIR names one"]
  }

  /// The store that was named, or the default one.
  var snapshotStore: SnapshotStore { SnapshotStore(store) }

  /// The database under the lineage, with everything that the command line says.
  func managed(_ path: String, _ lineage: Lineage, store: SnapshotStore? = nil) -> ManagedDatabase {
    ManagedDatabase(path, lineage: lineage, store: store, options: managedOptions)
  }

  private var managedOptions: ManagedDatabase.Options {
    ManagedDatabase.Options(
      build: TidemarkCommand.build,
      plan: PlanOptions(
        strictOrder: self[PlanParameters.strictOrder], forwardOnly: self[PlanParameters.forwardOnly],
        requiresLossless: self[PlanParameters.require] != nil),
      strict: self[PlanParameters.strict], boundsStoredSQL: !self[PlanParameters.noLimit],
      provesWithRows: self[PlanParameters.prove],
      attic: self[PlanParameters.noAttic] ? .off : .keep, acceptedLoss: self[PlanParameters.acceptLoss],
      lockTimeout: self[PlanParameters.wait] ?? .seconds(10),
      isCancelled: { [interruption] in interruption.isRaised }, onEvent: StepProgress(self).listener,
      onProgress: onProgress)
  }

  /// Draws the progress of bytes, and throws once a stop has been asked for.
  var onProgress: ProgressHandler {
    { [progress, interruption] done in
      try interruption.check()
      progress.update(done.phase, done: done.done, total: done.total)
    }
  }

  /// Runs work that a signal cancels; being cancelled by one is then said as that.
  func interruptible<T>(_ work: () throws -> T) throws -> T {
    do {
      return try work()
    } catch MigrationError.backfillStopped(let entry, .cancelled) where interruption.isRaised {
      throw stopped(MigrationError.backfillStopped(entry, cause: .cancelled))
    } catch {
      if interruption.isRaised, Self.isCancellation(error) { try interruption.check() }
      throw error
    }
  }

  /// A command that a signal stopped, with something of it committed.
  private func stopped(_ error: MigrationError) -> any Error {
    guard var failure = Explanation.of(error) else { return error }
    do {
      try interruption.check()
    } catch {
      failure.exitStatus = Failure.interrupted(error).exitStatus
      failure.details["signal"] = .integer(Int64(error.signal))
    }
    return failure
  }

  private static func isCancellation(_ error: any Error) -> Bool {
    switch error {
    case MigrationError.cancelled, AlterError.cancelled: true
    case let error as LockError: error.code == .cancelled
    case let error as SQLiteError: error.code == SQLiteError.interrupted
    case let error as SnapshotError: error.cause.map(isCancellation) ?? false
    default: false
    }
  }
}

extension Lineage {
  /// The lineage through an id that this build knows; all of it for nil.
  /// - Throws: `MigrationError.unknownTarget`.
  func through(_ id: MigrationID?) throws -> Lineage {
    guard let id else { return self }
    guard self[id] != nil || baseline?.id == id else { throw MigrationError.unknownTarget(id, known: ids) }
    return prefix(through: id)
  }
}

/// Turns the events of a run into a line of progress and, with `--verbose`, a line a step.
private final class StepProgress: Sendable {
  private let invocation: Invocation
  private let place = Mutex((done: 0, total: 0))

  init(_ invocation: Invocation) { self.invocation = invocation }

  var listener: MigrationListener { { event in try self.hear(event) } }

  private func hear(_ event: MigrationEvent) throws {
    switch event {
    case .planned, .done, .failed: break
    case .fallingBack(let error):
      invocation.detail("trying another order of steps, because \(Explanation.of(error)?.message ?? "\(error)")")
    case .willRun(let step, let number, let total):
      try invocation.interruption.check()
      place.withLock { $0 = (number - 1, total) }
      draw(step)
    case .progress(let step, _): draw(step)
    case .didRun(let step, let seconds, let rows):
      place.withLock { $0.done += 1 }
      draw(step)
      invocation.detail("\(PlanWords.past(step)) in \(Units.duration(seconds)), \(Units.count(Int(rows), "row"))")
    case .backfilled(let id, let slices):
      try invocation.interruption.check()
      invocation.progress.update("backfill \(id)", done: Int64(slices), total: nil, unit: .steps)
    }
  }

  private func draw(_ step: Plan.Step) {
    let (done, total) = place.withLock { $0 }
    invocation.progress.update(PlanWords.present(step), done: Int64(done), total: Int64(total), unit: .steps)
  }
}
