// Runs an alteration inside an open transaction, and holds what came of it against what was wanted.
internal import TidemarkSQLite
internal import TidemarkSchema

/// Which statement runs, for those who watch.
final class AlterPlace {
  private let options: Alterer.Options
  private var statement: (number: Int, total: Int, sql: String)?
  private var last = ContinuousClock.now

  init(_ options: Alterer.Options) { self.options = options }

  func begin(_ number: Int, of total: Int, _ sql: String) throws {
    statement = (number, total, sql)
    last = ContinuousClock.now
    try options.onStatement?(number, total, sql)
  }

  /// Tells again, ten times a second at the most.
  func tick() throws {
    guard let statement, ContinuousClock.now - last > .milliseconds(100) else { return }
    last = ContinuousClock.now
    try options.onStatement?(statement.number, statement.total, statement.sql)
  }
}

/// One run. Whoever called rolls back when it throws.
struct AlterRun {
  private let connection: Connection
  private let sandbox: Sandbox
  private let plan: AlterPlan
  private let schema: Schema
  private let own: OwnTablesGuard
  private let known: ForeignKeyViolations
  private let statistics: PlannerStatistics
  /// By table: its rows before, of those that are made anew and keep them.
  private let counts: [String: Int64]

  init(_ connection: Connection, sandbox: Sandbox, plan: AlterPlan, schema: Schema) throws {
    self.connection = connection
    self.sandbox = sandbox
    self.plan = plan
    self.schema = schema
    own = try OwnTablesGuard(connection)
    known = try ForeignKeyViolations(connection)
    statistics = try PlannerStatistics(connection)
    var counts: [String: Int64] = [:]
    for name in plan.rebuilt {
      let former = plan.changes.first { $0.kind == .renamed && folded($0.name) == folded(name) }?.formerName ?? name
      counts[name] = try connection.value("SELECT count(*) FROM main.\(SQL.quote(former))")
    }
    self.counts = counts
  }

  /// - Returns: what could not be checked, in words.
  func run(_ place: AlterPlace) throws -> [String] {
    var known = self.known
    for (index, statement) in plan.statements.enumerated() {
      try place.begin(index + 1, of: plan.statements.count, statement)
      do {
        // The schema may have come out of a file, so its text is held to the rules for what is stored. Switches such as
        // legacy_alter_table last from one statement to the next, so they run within one call.
        try sandbox.keeping(as: .stored) { try connection.execute(statement) }
      } catch let error as SQLiteError where ![SQLiteError.interrupted, SQLiteError.busy].contains(error.code) {
        if error.isDiskFull || [SQLiteError.io, SQLiteError.corrupt].contains(error.code) { throw error }
        let denial = error.code == SQLiteError.notAuthorized ? sandbox.denial.map { "\($0) is not allowed" } : nil
        throw AlterError.failed(sql: String(statement.prefix(500)), cause: denial ?? error.message)
      }
      try known.follow(connection)
    }
    try connection.set(.legacyAlterTable, false)
    try statistics.restore(on: connection)
    return try verify(known)
  }

  private func verify(_ known: ForeignKeyViolations) throws -> [String] {
    let found = try Schema.read(from: connection)
    var differences = SchemaDifference.between(expected: schema, found: found, kind: .exact).words
    let compilation = Compilation(connection: connection, sandbox: sandbox)
    for object in found.objects where object.type == .view || object.type == .trigger {
      if let fault = try compilation.fault(of: object, as: .stored) { differences.append(fault) }
    }
    for (name, before) in counts {
      let after: Int64 = try connection.value("SELECT count(*) FROM main.\(SQL.quote(name))") ?? 0
      if after != before { differences.append("table \(name) has \(after) rows and had \(before)") }
    }
    guard differences.isEmpty else { throw AlterError.notReached(differences) }
    try own.check()
    let violations = try ForeignKeyViolations(connection)
    let orphans = violations.new(since: known)
    guard orphans.isEmpty else { throw AlterError.foreignKeys(orphans) }
    return violations.notes
  }
}
