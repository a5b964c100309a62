// Runs the SQL or the code of one step in its sandbox, and says where it failed.
internal import TidemarkSQLite

/// Runs steps on a connection. Without policy: what runs, and in which order, the plan has decided.
struct StepRunner {
  private let connection: Connection
  private let sandbox: Sandbox
  /// Called before each statement of a text runs.
  var onStatement: (() throws -> Void)?
  /// How large the database may grow, in bytes; nil where only the disk bounds it.
  var bound: (() -> Int64?)?

  init(_ connection: Connection, _ sandbox: Sandbox) {
    self.connection = connection
    self.sandbox = sandbox
  }

  /// Runs `schema.sql` on an empty database.
  func create(_ baseline: Baseline) throws {
    let place = StepFailure(direction: .baseline, id: baseline.id, name: "schema.sql", cause: "")
    try sandbox.run(as: .compiled) { try execute(baseline.schema, at: place) }
  }

  /// Runs an upgrade but for its backfills, or with them, whole.
  func apply(_ migration: any Migration, backfilling: Bool = false) throws {
    let place = StepFailure(direction: .upgrade, id: migration.id, name: migration.name, cause: "")
    for part in migration.upgrade.parts {
      switch part {
      case .sql(let sql): try sandbox.run(as: .compiled) { try execute(sql, at: place) }
      case .run(let body): try sandbox.run(as: .compiled) { try call(at: place) { try body(connection) } }
      case .batched(let backfill) where backfilling:
        var walk = BackfillWalk(backfill, migration: migration)
        while try walk.slice(on: connection, sandbox) != nil {}
      case .batched: break
      }
    }
  }

  /// Runs a stored downgrade.
  func undo(_ entry: Changelog.Entry) throws {
    guard let sql = entry.downgrade else {
      throw MigrationError.noWayBack([.init(id: entry.id, name: entry.name, why: entry.irreversible)])
    }
    let place = StepFailure(direction: .downgrade, id: entry.id, name: entry.name, cause: "")
    try sandbox.run(as: .stored) { try execute(sql, at: place) }
  }

  /// Makes an operator's object again that a rebuild dropped with its table.
  /// - Throws: `MigrationError.inTheWay` where the object is at fault, `.stepFailed` where it is not.
  func replay(_ sql: String, title: String) throws {
    let place = StepFailure(direction: .replay, id: nil, name: "making \(title) again", cause: "")
    do {
      try sandbox.run(as: .stored) { try connection.execute(sql) }
    } catch let error as SQLiteError {
      var failure = place
      explain(&failure, by: error)
      let isAtFault = [SQLiteError.error, SQLiteError.constraint, SQLiteError.notAuthorized].contains(error.code)
      if isAtFault { throw MigrationError.inTheWay(object: title, failure) }
      failure.sql = Self.cut(sql)
      throw MigrationError.stepFailed(failure)
    }
  }

  /// Runs a text and names the statement that fails.
  func execute(_ sql: String, at place: StepFailure) throws {
    var number = 0
    var range = 0..<0
    do {
      try connection.execute(sql) { reached, bytes in
        number = reached
        range = bytes
        try sandbox.aside { try onStatement?() }
      }
    } catch let error as SQLiteError {
      throw MigrationError.stepFailed(failure(error, in: sql, number: number, range: range, at: place))
    }
  }

  /// Runs code and names the migration when it fails.
  func call(at place: StepFailure, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as MigrationError {
      throw error
    } catch {
      var failure = place
      explain(&failure, by: error)
      if let error = error as? SQLiteError { failure.sql = error.sql.map(Self.cut) }
      throw MigrationError.stepFailed(failure)
    }
    guard !connection.isAutocommit else {
      var failure = place
      failure.cause = "its code ended Tidemark's transaction"
      throw MigrationError.stepFailed(failure)
    }
  }

  private func failure(
    _ error: SQLiteError, in sql: String, number: Int, range: Range<Int>, at place: StepFailure
  ) -> StepFailure {
    var failure = place
    // A statement that does not prepare has not been counted yet.
    let failedToPrepare = (error.offset ?? 0) >= range.upperBound && range.upperBound > 0 || number == 0
    failure.statement = failedToPrepare ? number + 1 : number
    failure.line = error.line
    explain(&failure, by: error)
    let start = failedToPrepare ? range.upperBound : range.lowerBound
    let bytes = sql.utf8.dropFirst(start).drop { $0 == UInt8(ascii: ";") || $0 <= UInt8(ascii: " ") }
    failure.sql = Self.cut(String(decoding: failedToPrepare ? bytes : bytes.prefix(range.count), as: UTF8.self))
    return failure
  }

  /// Whether the disk has no room either, so that it is not the bound that is met.
  private var isDiskFull: Bool {
    guard let room = try? LocalFiles().freeSpace(parentFolder(of: connection.path)) else { return false }
    return room < 1 << 20
  }

  private func explain(_ failure: inout StepFailure, by error: any Error) {
    guard let error = error as? SQLiteError else {
      failure.cause = String(describing: error)
      return
    }
    if error.code == SQLiteError.notAuthorized, let denial = sandbox.denial {
      failure.cause = "\(denial) is not allowed in a migration's SQL"
      return
    }
    failure.cause = error.message + (error.limit.map { ": \($0.reason)" } ?? "")
    if let limit = error.limit {
      failure.remedy = limit.hint
    } else if error.code == SQLiteError.full, let bound = bound?(), !isDiskFull {
      failure.cause +=
        ": it may grow to \(bound >> 20) MiB while SQL may run that is not of this build but out of the database"
      failure.remedy =
        "Lift the bound (--no-limit) where the database is to be trusted; or free some room, should the disk be full."
    } else if error.isDiskFull {
      failure.remedy = "Free some room on the disk, and start again."
    } else if error.code == SQLiteError.io || error.code == SQLiteError.cannotOpen {
      failure.remedy = "Look at the disk and the system's log, and start again."
    }
  }

  /// The beginning of a statement, in one line.
  private static func cut(_ sql: String) -> String {
    let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.utf8.count > 300 ? String(line.prefix(300)) + "…" : line
  }
}
