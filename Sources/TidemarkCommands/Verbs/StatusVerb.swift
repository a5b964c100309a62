// `status`: the changelog against the lineage, one row a migration, and the schema against the head.

import Tidemark

enum StatusVerb {
  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "status", abstract: "Hold a database's changelog against what this build knows.",
      discussion: """
        Every migration is applied, pending (this build has it, the database does not), unknown (the other way round), \
        retired (folded into the baseline) or edited (its upgrade was changed after it had been applied).

        Where nothing is pending or unknown, the schema is held against the head too: drift is what no migration made.
        """,
      needsDatabase: true,
      examples: [
        Example("tidemark status --database jobs.db", "Where the database stands."),
        Example("tidemark status --database jobs.db --json", "The same for a program."),
      ]
    ) { invocation in try status(invocation, lineage) }
  }

  private static func status(_ invocation: Invocation, _ lineage: Lineage) throws -> StatusReport {
    let path = try invocation.existingDatabase()
    return try invocation.managed(path, lineage).reading { connection in
      let migrator = Migrator(lineage)
      let state = try migrator.state(of: connection)
      let status = MigrationStatus(state: state, lineage: lineage)
      var report = StatusReport(database: path, status: status)
      report.attic = try AtticContents(of: connection)
      report.refusal = refusal(of: state, lineage)
      let isAtHead = [.pending, .unknown, .edited].allSatisfy { status.count($0) == 0 }
      if status.databaseLineage == nil {
        report.isUnmanaged = try !Schema.read(from: connection).objects.isEmpty
      } else if isAtHead, status.databaseLineage == lineage.name {
        let found = try Schema.read(from: connection)
        let judged = Convergence(found: found, head: try lineage.headSchema())
        report.drift = judged.drift
        report.differences = judged.differences.map(\.words)
      } else {
        report.alterations = try migrator.alterations(of: connection, state: state) ?? []
      }
      return report
    }
  }

  /// Why no plan can be made; of what has a note of its own, nothing.
  private static func refusal(of state: DatabaseState, _ lineage: Lineage) -> String? {
    do {
      _ = try Plan.make(for: state, lineage: lineage)
      return nil
    } catch MigrationError.foreign, MigrationError.unmanaged {
      return nil
    } catch {
      return "migrate refuses it: \(error.message). \(error.hint)"
    }
  }
}

/// What `status` says.
private struct StatusReport: Report {
  var database: String
  var status: MigrationStatus
  /// Pending ids below one that is applied.
  var late: [MigrationID]
  var isUnmanaged = false
  var drift: [String] = []
  var differences: [String] = []
  /// What the attic holds; nil where there is none.
  var attic: AtticContents?
  /// Why `migrate` would refuse to begin.
  var refusal: String?
  /// In which ways the schema is not what the applied migrations made.
  var alterations: [String] = []

  init(database: String, status: MigrationStatus) {
    self.database = database
    self.status = status
    let highest = status.rows.filter { $0.standing == .applied || $0.standing == .edited }.map(\.id).max()
    late = status.rows.filter { row in
      row.standing == .pending && highest.map { row.id < $0 } == true
    }.map(\.id)
  }

  func render(on page: inout Page) {
    page.line("\(database, .strong): \(headline)")
    var table = Table(
      Table.Column("id", .right), Table.Column("name"), Table.Column("state"), Table.Column("applied"),
      Table.Column("by"), Table.Column("way back"),
      Table.Column("proof"))
    for row in status.rows { table.add(cells(of: row)) }
    page.table(table, indent: 2)
    if let attic { AtticWords.render(attic, on: &page) }
    for note in notes { PlanWords.render(note: note, on: &page) }
  }

  private var headline: StyledText {
    if status.rows.isEmpty, !isUnmanaged { return "lineage \(status.lineage), no migrations" }
    let parts: [(MigrationStatus.Standing, Style)] = [
      (.retired, .dim), (.applied, .good), (.pending, .notice), (.unknown, .bad), (.edited, .bad),
    ]
    var text: StyledText = "lineage \(status.lineage)"
    for (standing, style) in parts where status.count(standing) > 0 {
      text = text + ", " + StyledText("\(status.count(standing)) \(standing.rawValue)", style)
    }
    return text
  }

  private func cells(of row: MigrationStatus.Row) -> [StyledText] {
    let state: StyledText =
      switch row.standing {
      case .applied: StyledText(row.isUnfinished ? "applied, backfill unfinished" : "applied", .good)
      case .pending: StyledText(late.contains(row.id) ? "pending, late" : "pending", .notice)
      case .unknown: StyledText("unknown", .bad)
      case .retired: StyledText("retired", .dim)
      case .edited: StyledText("edited", .bad)
      }
    let back: StyledText =
      if let why = row.irreversible {
        StyledText("none: \(why)", .notice)
      } else if row.standing == .pending {
        ""
      } else {
        row.hasDowngrade ? "stored" : StyledText("not stored", .bad)
      }
    return [
      "\(row.id)", StyledText(row.name), state, StyledText(row.appliedAt ?? ""), StyledText(row.appliedBy ?? ""), back,
      row.irreversible == nil && row.standing != .pending ? PlanWords.proof(row.proof ?? "") : "",
    ]
  }

  private var notes: [String] {
    var notes: [String] = []
    if let other = status.databaseLineage, other != status.lineage {
      notes.append("the database belongs to the lineage \(other): this build refuses it")
    }
    if let refusal { notes.append(refusal) }
    if isUnmanaged { notes.append("the database has tables but no changelog, so what was applied to it is not known") }
    if status.databaseLineage == nil, !isUnmanaged { notes.append("the database is empty") }
    if !late.isEmpty {
      notes.append("\(late.list) would be applied below ids that are applied already (merged branches)")
    }
    if !drift.isEmpty { notes.append("no migration made: \(drift.joined(separator: ", "))") }
    notes += differences.map { "not as the head has it: \($0)" }
    notes += alterations.map { "not as the applied migrations made it: \($0)" }
    return notes
  }
}
