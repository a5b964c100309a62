// What a service calls at its start: the database is created, migrated, rolled back or restored, and then held so that
// nobody changes its schema while the service runs.
public import TidemarkMigrations
internal import TidemarkSQLite
public import TidemarkSnapshots

/// Keeps a database at the schema of the build, for as long as a service runs.
///
/// `start` does the work and takes the lock, `stop` lets it go. Between the two the service uses the database as it likes.
public actor RestoreService {
  /// What a start does when the database is not there.
  public enum OnMissing: String, Sendable, Hashable, CaseIterable {
    /// Creates it, but refuses when the store has snapshots: a volume that is not mounted must not look like a new service.
    case createUnlessSnapshots = "refuse"
    /// Creates it.
    case create
    /// Restores the newest good snapshot; creates it when there is none.
    case restoreNewest = "restore-newest"
  }

  /// What a start does when the database cannot be read.
  public enum OnDamage: String, Sendable, Hashable, CaseIterable {
    /// Says so, and what to do.
    case refuse
    /// Restores the newest good snapshot; the damaged database is moved aside, never deleted.
    case restore
  }

  /// What a start does, where somebody develops, with a database that no plan takes to the build's schema: an edited migration,
  /// a branch without a way back, a schema that was changed by hand. Never for data that anybody needs.
  public enum Development: Sendable, Hashable {
    /// Alters it to the schema of the build's head.
    case alter
    /// Alters it to the schema that a file of SQL makes, `Migrations/head.sql` while that is being written, at every start.
    case follow(String)
  }

  /// Where the service stands.
  private enum State {
    /// Not started, or stopped.
    case idle
    /// A start is under way.
    case starting
    /// A start is under way, and was told to stop.
    case stopping
    /// Holds the lock.
    case running(DatabaseLock)
  }

  private var state = State.idle
  private let database: ManagedDatabase
  private let onMissing: OnMissing
  private let onDamage: OnDamage
  private let development: Development?

  /// A service's database.
  /// - Parameters:
  ///   - database: the path.
  ///   - lineage: where the build keeps it.
  ///   - store: its snapshots.
  ///   - onMissing: what to do when it is not there.
  ///   - onDamage: what to do when it cannot be read.
  ///   - trust: whose snapshots are restored, and the keys that open sealed ones; nil goes by the options.
  ///   - development: what to do where no plan leads to the build's schema; nil, as in production, refuses.
  ///   - options: locks, limits, events, the build's name, and who signs the snapshots that the service takes.
  public init(
    database: String, lineage: Lineage, store: SnapshotStore? = nil, onMissing: OnMissing = .createUnlessSnapshots,
    onDamage: OnDamage = .refuse, trust: Trust? = nil, development: Development? = nil,
    options: ManagedDatabase.Options = ManagedDatabase.Options(defersBackfills: true)
  ) {
    var options = options
    if let trust { options.trust = trust }
    var store = store
    store?.trust = options.trust
    self.database = ManagedDatabase(database, lineage: lineage, store: store, options: options)
    self.onMissing = onMissing
    self.onDamage = onDamage
    self.development = development
  }

  /// Brings the database to this build's schema, whichever way that is, and holds it there.
  /// - Returns: what was done; with nothing to do, nothing was written.
  /// - Throws: `ServiceError` for a database that is gone or damaged, `MigrationError`, `LockError` when others run on it
  ///   and the plan would change something, `SnapshotError`, `SQLiteError`; for development also `AlterError`, for rows that
  ///   do not fit and for what would be lost, and `SchemaError`; `ServiceFault`. The lock is not held then.
  @discardableResult
  public func start() async throws -> StartReport {
    if case .idle = state {} else { throw ServiceFault.alreadyStarted }
    state = .starting
    do {
      let options = database.options
      let lock = try await DatabaseLock.acquire(
        database.path, .exclusiveIfFree, as: .current(build: options.build, purpose: "running"),
        timeout: options.lockTimeout, files: options.files, isCancelled: options.isCancelled)
      let start = Start(
        database: database, onMissing: onMissing, onDamage: onDamage, development: development, lock: lock)
      do {
        let report = try await Blocking.run { try start.run() }
        guard case .starting = state else { throw ServiceFault.stopped }
        state = .running(lock)
        return report
      } catch {
        lock.release()
        throw error
      }
    } catch {
      state = .idle
      throw error
    }
  }

  /// Takes a snapshot into the store while the service works.
  /// - Parameter pin: why retention must spare it.
  /// - Throws: `ServiceError.noStore`, `SnapshotError`.
  @discardableResult
  public func snapshot(pin: String? = nil) async throws -> Capture.Report {
    let database = database
    return try await Blocking.run { try database.snapshot(pin: pin) }
  }

  /// Runs what is left of backfills, slice by slice, while the service works.
  /// - Returns: the ids still unfinished.
  /// - Throws: `MigrationError`, `SQLiteError`.
  @discardableResult
  public func finishBackfills() async throws -> [MigrationID] {
    let database = database
    return try await Blocking.run { try database.backfill() }
  }

  /// Lets the database go. A start that is under way ends with `ServiceFault.stopped` when its work is done.
  public func stop() {
    switch state {
    case .running(let lock):
      lock.release()
      state = .idle
    case .starting: state = .stopping
    case .idle, .stopping: break
    }
  }
}

/// A call that does not fit where the service stands.
public enum ServiceFault: Error, Sendable, CustomStringConvertible {
  /// `start` was called on a service that starts or runs.
  case alreadyStarted

  /// `stop` was called while `start` was under way.
  case stopped

  /// In words.
  public var description: String {
    switch self {
    case .alreadyStarted: "the service has been started already"
    case .stopped: "the service was stopped while it started"
    }
  }
}
