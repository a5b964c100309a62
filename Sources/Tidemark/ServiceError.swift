// What a database's life beside its migrations can run into: it is gone, damaged, or not what a snapshot said.

/// A start or a restore that was refused, or could not be.
public enum ServiceError: Error, Sendable {
  /// The database is not there, or an empty file alone, though the store has snapshots: to create one would lose what was.
  case missing(database: String, store: String, newest: String)
  /// The database is not there, and nobody said to create it.
  case absent(database: String)
  /// The database cannot be read.
  case damaged(database: String, why: String, newest: String?)
  /// What a restore is to take the place of is no database, and never was one.
  case otherFile(database: String, what: String)
  /// None of the store's snapshots could be restored.
  case noGoodSnapshot(store: String, tried: [String])
  /// The snapshot's manifest says another thing than the database in it.
  case manifestMismatch(snapshot: String, what: String)
  /// What is asked for needs a store, and there is none.
  case noStore

  /// A stable name for programs.
  public var code: String {
    switch self {
    case .missing: "missing"
    case .absent: "absent"
    case .damaged: "damaged"
    case .otherFile: "other-file"
    case .noGoodSnapshot: "no-good-snapshot"
    case .manifestMismatch: "manifest-mismatch"
    case .noStore: "no-store"
    }
  }

  /// Whether it is a refusal for safety, and not a failure.
  public var isRefusal: Bool {
    switch self {
    case .missing, .damaged, .manifestMismatch, .otherFile: true
    case .absent, .noGoodSnapshot, .noStore: false
    }
  }

  /// What failed, and why.
  public var message: String {
    switch self {
    case .missing(let database, let store, let newest):
      "\(database) is not there, or empty, but \(store) has snapshots, the newest \(newest)"
    case .absent(let database): "\(database) is not there"
    case .damaged(let database, let why, _): "\(database) cannot be read: \(why)"
    case .otherFile(let database, let what): "\(database) is no database but \(what)"
    case .noGoodSnapshot(let store, let tried):
      "no snapshot in \(store) could be restored" + tried.map { "\n  " + $0 }.joined()
    case .manifestMismatch(let snapshot, let what):
      "the manifest of \(snapshot) does not tell the truth about its database: \(what)"
    case .noStore: "there is no snapshot store"
    }
  }

  /// What is as it was before.
  public var untouched: String {
    switch self {
    case .absent, .missing, .noStore: "nothing was made"
    case .damaged, .noGoodSnapshot, .manifestMismatch: "the database is as it was"
    case .otherFile: "the file is as it was"
    }
  }

  /// What the ways out are called where the error is read: parameters, options, or commands.
  public struct Ways: Sendable, Hashable {
    /// Restores the newest snapshot where there is no database.
    public var restoreMissing: String
    /// Makes a new database though there are snapshots.
    public var startAnew: String
    /// Restores a snapshot in the place of what cannot be read.
    public var restoreDamaged: String
    /// Makes a database where none was.
    public var create: String

    /// All of them.
    public init(restoreMissing: String, startAnew: String, restoreDamaged: String, create: String) {
      self.restoreMissing = restoreMissing
      self.startAnew = startAnew
      self.restoreDamaged = restoreDamaged
      self.create = create
    }

    /// What a service's author writes.
    public static let library = Ways(
      restoreMissing: "onMissing: .restoreNewest", startAnew: "onMissing: .create",
      restoreDamaged: "onDamage: .restore", create: "ManagedDatabase.migrate()")
  }

  /// What to do next, for a service's author.
  public var hint: String { hint(.library) }

  /// What to do next, in the words of whoever shows it.
  public func hint(_ ways: Ways) -> String {
    switch self {
    case .missing:
      "If its volume is not mounted, mount it. Else restore (`\(ways.restoreMissing)`) or start anew (`\(ways.startAnew)`)."
    case .absent: "Check the path, or have it created: `\(ways.create)`."
    case .damaged(_, _, let newest):
      newest.map { "Restore \($0) (`\(ways.restoreDamaged)`): the damaged file is moved aside, never deleted." }
        ?? "There is no snapshot to restore. Keep the file and its -wal, and try SQLite's `.recover`."
    case .otherFile: "Name the database to restore, or move that file away if it is really to become one."
    case .noGoodSnapshot: "Verify the snapshots (`tidemark verify`), or name another store."
    case .manifestMismatch: "Do not use this snapshot; `restore --as-is` restores its pages without looking at either."
    case .noStore: "Name one."
    }
  }
}

extension ServiceError: CustomStringConvertible {
  /// Message and hint.
  public var description: String { "\(message)\n\(hint)" }
}
