// The errors of the floors below as failures of a command: one place that gives each its code, its exit status and
// what is untouched. What failed and what to do next the errors say themselves.

import Tidemark

/// Puts errors of the floors below into words.
enum Explanation {
  private static let asItWas = "the database is as it was"

  /// The failure an error stands for; nil for one that is not known here.
  static func of(_ error: any Error) -> Failure? {
    switch error {
    case let error as MigrationError: migration(error)
    case let error as AlterError: alter(error)
    case let error as SnapshotError: snapshot(error)
    case let error as ServiceError: service(error)
    case let error as SwapError: swap(error)
    case let error as LockError: lock(error)
    case let error as SQLiteError: sqlite(error)
    case let error as SchemaError:
      Failure(
        code: "schema.\(error.code.rawValue)", error.message, untouched: asItWas, hint: error.hint,
        details: error.line.map { ["line": .integer(Int64($0))] } ?? [:])
    case let error as FileError: file(error)
    case let error as KeyError:
      Failure(
        code: "key.\(error.code)", error.description, untouched: "nothing was written", hint: error.hint,
        details: error.path.map { ["path": .string($0)] } ?? [:], status: error.isRefusal ? .refused : .failed)
    default: nil
    }
  }

  /// The same of what brings a file to this build's schema aside: what is wrong is said of the file, and not of the database
  /// that it is to replace.
  static func of(_ error: any Error, restoring source: String) -> Failure? {
    guard var failure = of(error), let error = error as? MigrationError else { return of(error) }
    failure.message = error.message(of: source)
    failure.hint = error.hintOnRestoring
    return failure
  }

  /// Runs what tries a plan aside, and says what is then untouched.
  /// - Parameter source: the file that is brought to this build's schema; nil for the database itself.
  static func restoring<T>(_ source: String?, untouched: String = asItWas, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as MigrationError {
      guard var failure = source.map({ of(error, restoring: $0) }) ?? of(error) else { throw error }
      failure.untouched = untouched
      throw failure
    }
  }

  private static func service(_ error: ServiceError) -> Failure {
    let ways = ServiceError.Ways(
      restoreMissing: "tidemark restore", startAnew: "tidemark migrate --create", restoreDamaged: "tidemark restore",
      create: "tidemark migrate --create")
    return Failure(
      code: "service.\(error.code)", error.message, untouched: error.untouched, hint: error.hint(ways),
      status: error.isRefusal ? .refused : .failed)
  }

  private static func alter(_ error: AlterError) -> Failure {
    var details: [String: JSONValue] = [:]
    switch error {
    case .doesNotFit(let obstacles):
      details["obstacles"] = .array(
        obstacles.map { obstacle in
          .object([
            "table": .string(obstacle.table), "rule": .string(obstacle.rule), "count": .integer(obstacle.count),
            "rows": .array(obstacle.rows.map { .string($0) }),
          ])
        })
    case .wouldLose(let plan, let losses, let doubts):
      details = [
        "plan": .string(plan), "losses": .array(losses.map { .string($0.words) }),
        "doubts": .array(doubts.map { .string($0) }),
      ]
    case .managed(let lineage): details["lineage"] = .string(lineage)
    case .failed(let sql, let cause): details = ["sql": .string(sql), "cause": .string(cause)]
    case .notReached(let lines): details["differences"] = .array(lines.map { .string($0) })
    case .foreignKeys(let lines): details["violations"] = .array(lines.map { .string($0) })
    case .readOnly, .busy, .cancelled: break
    }
    return Failure(
      code: "alter.\(error.code)", error.message, untouched: error.untouched, hint: error.hint, details: details,
      status: error.isRefusal ? .refused : .failed)
  }

  private static func migration(_ error: MigrationError) -> Failure {
    return Failure(
      code: "migration.\(error.code)", error.message, untouched: error.untouched, hint: error.hint,
      details: details(of: error), status: error.isRefusal ? .refused : .failed)
  }

  private static func details(of error: MigrationError) -> [String: JSONValue] {
    func ids(_ ids: [MigrationID]) -> JSONValue { .array(ids.map { .integer($0.rawValue) }) }
    func named(_ entries: [MigrationError.Named]) -> [String: JSONValue] { ["ids": ids(entries.map(\.id))] }
    func lines(_ lines: [String]) -> JSONValue { .array(lines.map { .string($0) }) }
    switch error {
    case .foreign(let database, let build): return ["database": .string(database), "build": .string(build)]
    case .tooOld(let missing): return ["ids": ids(missing)]
    case .noWayBack(let entries), .edited(let entries), .outOfOrder(let entries), .forwardOnly(let entries):
      return named(entries)
    case .notPlaced(let place, _, let differences, let others):
      return ["place": .string(place), "differences": lines(differences), "others": lines(others)]
    case .ambiguousPlace(let places, let others): return ["places": lines(places), "others": lines(others)]
    case .halfApplied(let tool, let what): return ["tool": .string(tool), "cause": .string(what)]
    case .altered(let differences), .notConverged(let differences), .foldDiffers(_, let differences):
      return ["differences": lines(differences)]
    case .drift(let objects): return ["objects": lines(objects)]
    case .positional(let id, _, let table): return ["ids": ids([id]), "table": .string(table)]
    case .unknownTarget(let id, let known): return ["ids": ids([id]), "known": ids(known)]
    case .unfit(let migration, let findings):
      return named([migration]).merging(["findings": lines(findings)]) { $1 }
    case .notRecorded(let migration): return named([migration])
    case .stepFailed(let failure): return details(of: failure)
    case .inTheWay(let object, let failure):
      return details(of: failure).merging(["objects": lines([object])]) { $1 }
    case .leftBehind(let entries, let differences):
      return named(entries).merging(["differences": lines(differences)]) { $1 }
    case .rowsNotProven(let findings): return ["findings": lines(findings)]
    case .wouldLose(let plan, let losses): return ["plan": .string(plan), "losses": lines(losses)]
    case .foreignKeys(let violations): return ["violations": lines(violations)]
    case .backfillStopped(let entry, let cause): return details(of: cause).merging(named([entry])) { $1 }
    default: return [:]
    }
  }

  private static func details(of failure: StepFailure) -> [String: JSONValue] {
    var details: [String: JSONValue] = [
      "direction": .string(failure.direction.rawValue), "name": .string(failure.name), "cause": .string(failure.cause),
    ]
    if let id = failure.id { details["ids"] = .array([.integer(id.rawValue)]) }
    if let statement = failure.statement { details["statement"] = .integer(Int64(statement)) }
    if let line = failure.line { details["line"] = .integer(Int64(line)) }
    if let sql = failure.sql { details["sql"] = .string(sql) }
    return details
  }

  private static func snapshot(_ error: SnapshotError) -> Failure {
    Failure(
      code: "snapshot.\(error.code)", error.description, untouched: asItWas, hint: error.hint,
      details: ["path": .string(error.path)], status: error.isRefusal ? .refused : .failed)
  }

  private static func swap(_ error: SwapError) -> Failure {
    let untouched = error.code == .unfinished ? "both databases are whole, under the names the message says" : asItWas
    return Failure(
      code: "swap.\(error.code.rawValue)", error.description, untouched: untouched, hint: error.hint,
      details: [
        "path": .string(error.target), "processes": .array(error.holders.map { .integer(Int64($0.pid)) }),
      ], status: error.isRefusal ? .refused : .failed)
  }

  private static func lock(_ error: LockError) -> Failure {
    let hint = error.code == .held ? "\(error.hint) (--wait)" : error.hint
    return Failure(
      code: "lock.\(error.code.rawValue)", error.description, untouched: asItWas, hint: hint,
      details: [
        "path": .string(error.path), "holders": .array(error.holders.map { .string($0.description) }),
      ], status: error.isRefusal ? .refused : .failed)
  }

  private static func sqlite(_ error: SQLiteError) -> Failure {
    let (name, hint): (String, String?) =
      switch error.code {
      case _ where error.limit != nil: ("limit", error.limit?.hint)
      case _ where error.isDiskFull: ("full", "free some room on the disk")
      case SQLiteError.busy, SQLiteError.locked:
        ("busy", "another program writes to the database; run it again when that is done")
      case _ where error.folderHint != nil: ("read-only", error.folderHint)
      case _ where error.extendedCode == SQLiteError.hotJournal:
        (
          "hot-journal",
          "a transaction was cut short, and has to be rolled back first: restore the file, or open it with 'sqlite3'"
        )
      case SQLiteError.readOnly, SQLiteError.permission: ("read-only", "check the rights of the file and its folder")
      case SQLiteError.io: ("io", "look at the disk and the system's log; a snapshot can be restored elsewhere")
      case SQLiteError.corrupt: ("corrupt", "restore a snapshot: the damaged file is kept under another name")
      case SQLiteError.cannotOpen: ("cannot-open", "check the path, and the rights of the file and its folder")
      case SQLiteError.notADatabase:
        (
          "not-a-database",
          "check the path; 'tidemark inspect' shows snapshots; an encrypted database looks like this too"
        )
      case SQLiteError.notAuthorized: ("not-authorized", nil)
      default: ("error", nil)
      }
    var details: [String: JSONValue] = ["sqlite": .integer(Int64(error.extendedCode))]
    if let sql = error.sql { details["sql"] = .string(String(sql.prefix(2000))) }
    if let line = error.line { details["line"] = .integer(Int64(line)) }
    return Failure(
      code: "sqlite.\(error.isUnfinished ? "unfinished" : name)", error.description, untouched: error.untouched,
      hint: hint, details: details)
  }

  private static func file(_ error: FileError) -> Failure {
    let hint: String? =
      if let limit = error.limit {
        limit.hint
      } else if error.isFull {
        "free some room, or write to another disk"
      } else if error.isForbidden {
        "check the rights of the file and its folder"
      } else if error.isMissing {
        "check the path"
      } else {
        nil
      }
    return Failure(
      code: error.isFull ? "file.full" : "file.failed", "cannot \(error.operation) \(error.path)",
      reason: error.reason, untouched: asItWas, hint: hint,
      details: ["path": .string(error.path), "errno": .integer(Int64(error.number))])
  }
}
