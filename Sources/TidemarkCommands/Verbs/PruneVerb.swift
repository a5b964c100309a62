// `prune`: what retention does not keep goes, from the store or from beside the database.

import Tidemark

enum PruneVerb {
  private static let counts = Converter<Int>.integer(in: 0...1_000_000)
  private static let last = Option("keep-last", "N", counts, help: "Keep the newest so many.")
  private static let hourly = Option("keep-hourly", "N", counts, help: "Keep the newest of each of so many hours.")
  private static let daily = Option("keep-daily", "N", counts, help: "Keep the newest of each of so many days.")
  private static let weekly = Option("keep-weekly", "N", counts, help: "Keep the newest of each of so many weeks.")
  private static let monthly = Option("keep-monthly", "N", counts, help: "Keep the newest of each of so many months.")
  private static let previous = Flag(
    "previous", help: "Prune the databases that restores displaced, beside --database, instead of the store.")
  private static let attic = Flag(
    "attic", help: "Empty the attic of --database: what downgrades have kept of it.")
  private static let olderThan = Option(
    "older-than", "TIME", .duration,
    help: "With --previous and --attic: remove what was displaced, or kept, longer ago than this: 7d, 4w.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "prune", abstract: "Remove snapshots that retention does not keep, or displaced databases.",
      discussion: """
        A snapshot that any rule wants is kept; hours, days, weeks and months without one do not count. The newest, \
        those that are pinned, damaged ones, increments that lack what they need and files of other names are kept in \
        any case.

        With --previous, --keep-last N says how many of the databases that restores displaced stay (0 for none), \
        --older-than TIME how long; one goes as soon as either says so.

        With --attic, what downgrades have kept in the database goes, all of it or what is older than --older-than \
        TIME. It does not return then when the upgrade does.
        """,
      parameters: [
        last, hourly, daily, weekly, monthly, previous, attic, olderThan, PlanParameters.wait, PlanParameters.dryRun,
      ],
      exclusive: [hourly, daily, weekly, monthly].flatMap { [[previous, $0], [attic, $0]] }
        + [[attic, last], [attic, previous]],
      requires: [(olderThan, [previous, attic]), (PlanParameters.wait, [attic])],
      examples: [
        Example("tidemark prune --keep-last 10 --keep-daily 7 --keep-monthly 12", "A year at a glance."),
        Example("tidemark prune --previous --keep-last 1 --database jobs.db", "All displaced databases but one."),
        Example("tidemark prune --attic --older-than 30d --database jobs.db", "What was kept over a month ago."),
      ]
    ) { invocation in
      if invocation[attic] { return try pruneAttic(invocation, lineage) }
      return try invocation[previous] ? prunePrevious(invocation) : pruneStore(invocation)
    }
  }

  private static func pruneStore(_ invocation: Invocation) throws -> PruneReport {
    let policy = RetentionPolicy(
      last: invocation[last] ?? 0, hourly: invocation[hourly] ?? 0, daily: invocation[daily] ?? 0,
      weekly: invocation[weekly] ?? 0, monthly: invocation[monthly] ?? 0)
    if policy.isEmpty { throw UsageError.other("it is not said what to keep: give --keep-last 10, say") }
    let report = try invocation.snapshotStore.prune(policy, dryRun: invocation[PlanParameters.dryRun])
    return PruneReport(
      place: invocation.store, isDryRun: report.isDryRun, noun: "snapshot",
      removed: report.removed.map { .init(path: $0.path, time: $0.time.description, size: $0.size) },
      kept: report.kept.map {
        .init(path: $0.entry.path, time: $0.entry.time.description, size: $0.entry.size, why: $0.why)
      }
    )
  }

  private static func pruneAttic(_ invocation: Invocation, _ lineage: Lineage) throws -> AtticPruned {
    let path = try invocation.existingDatabase()
    let isDryRun = invocation[PlanParameters.dryRun]
    let removed = try invocation.managed(path, lineage).pruneAttic(olderThan: invocation[olderThan], dryRun: isDryRun)
    return AtticPruned(place: path, isDryRun: isDryRun, removed: removed)
  }

  private static func prunePrevious(_ invocation: Invocation) throws -> PruneReport {
    let database = try invocation.database
    let age = invocation[olderThan].map { $0.components.seconds }
    guard invocation[last] != nil || age != nil else {
      throw UsageError.other("it is not said what stays: give --keep-last N (0 for none) or --older-than TIME")
    }
    let pruning = try PreviousDatabases.prune(
      database, rule: PreviousRule(keepLast: invocation[last], maximumAge: age),
      dryRun: invocation[PlanParameters.dryRun])
    func row(_ one: PreviousDatabase) -> PruneReport.Row {
      .init(path: one.path, time: one.time.description, size: one.size)
    }
    return PruneReport(
      place: database, isDryRun: invocation[PlanParameters.dryRun], noun: "displaced database",
      removed: pruning.removed.map(row), kept: pruning.kept.map(row))
  }
}

/// What `prune` did, or would do.
private struct PruneReport: Report {
  struct Row: Encodable, Sendable {
    var path: String
    var time: String
    var size: Int64
    var why: [String] = []
  }

  var place: String
  var isDryRun: Bool
  var noun: String
  var removed: [Row]
  var kept: [Row]

  var isNews: Bool { !isDryRun }

  private enum CodingKeys: String, CodingKey { case place, isDryRun, removed, kept, bytes }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(place, forKey: .place)
    try container.encode(isDryRun, forKey: .isDryRun)
    try container.encode(removed, forKey: .removed)
    try container.encode(kept, forKey: .kept)
    try container.encode(bytes, forKey: .bytes)
  }

  private var bytes: Int64 { removed.reduce(0) { $0 + $1.size } }

  func render(on page: inout Page) {
    var table = Table(
      Table.Column(""), Table.Column("size", .right), Table.Column("file"), Table.Column("kept for"))
    for row in removed {
      table.add(
        StyledText(isDryRun ? "would go" : "removed", .notice), StyledText(Units.size(row.size)), StyledText(row.path))
    }
    if isDryRun || page.verbose {
      for row in kept {
        table.add(
          StyledText(isDryRun ? "would stay" : "kept", .good), StyledText(Units.size(row.size)), StyledText(row.path),
          StyledText(row.why.joined(separator: ", ")))
      }
    }
    page.table(table)
    let going = Units.count(removed.count, noun)
    page.line(
      "\(isDryRun ? "would remove" : "removed") \(going) (\(Units.size(bytes))), \(isDryRun ? "keep" : "kept") \(kept.count)"
    )
  }
}
