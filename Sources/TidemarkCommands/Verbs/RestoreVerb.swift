// `restore`: what a file holds becomes the database, at this build's schema.

import Tidemark

enum RestoreVerb {
  private static let asIs = Flag("as-is", help: "Restore it as it is, whatever its changelog and schema say.")
  private static let maxSize = Option(
    "max-size", "SIZE", .size, help: "Refuse a database larger than this: 500MB, 2GiB.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "restore", abstract: "Bring a snapshot back, at the schema of this build.",
      discussion: """
        It is decoded, verified and migrated beside the database, in one plan that undoes what this build does not know \
        and applies what is missing. Only then does it take the database's place, in one step that no crash can tear. \
        The database that was there is kept under a dated name; 'prune --previous' removes such.

        A snapshot, an LZ4 frame of a database, a plain database and an SQL dump, plain or as LZ4, are told by their \
        content.
        """,
      parameters: [
        SnapshotParameters.snapshot, SnapshotParameters.at, PlanParameters.dryRun, asIs, maxSize,
      ] + PlanParameters.running + TrustParameters.reading,
      exclusive: [
        [SnapshotParameters.snapshot, SnapshotParameters.at], [asIs, PlanParameters.forwardOnly],
        [asIs, PlanParameters.strict], [asIs, PlanParameters.strictOrder], [asIs, PlanParameters.noLimit],
        [asIs, PlanParameters.noAttic], [asIs, PlanParameters.prove], [asIs, PlanParameters.acceptLoss],
      ], needsDatabase: true,
      examples: [
        Example("tidemark restore --database jobs.db", "The newest snapshot of the store."),
        Example("tidemark restore --database jobs.db --at '2h ago' --dry-run", "What going back two hours would do."),
        Example("tidemark restore jobs.sql --database jobs.db", "An SQL dump."),
      ]
    ) { invocation in try restore(invocation, lineage) }
  }

  private static func restore(_ invocation: Invocation, _ lineage: Lineage) throws -> any Report {
    let path = try invocation.database
    if let status = try LocalFiles().status(path, followLinks: true) { try invocation.refuse(path, unlessFile: status) }
    let found = try invocation.chosenSnapshot()
    var managed = invocation.managed(path, lineage, store: try invocation.storeAtHand())
    managed.options.maxSize = invocation[maxSize]
    managed.options.trust = try invocation.trust
    if invocation[PlanParameters.dryRun] {
      return try Explanation.restoring(found.entry.path) { try preview(invocation, managed, found) }
    }
    var report = try Explanation.restoring(found.entry.path) {
      try invocation.interruptible { [managed] in try managed.restore(found.entry.path, asIs: invocation[asIs]) }
    }
    report.notes = found.notes + report.notes
    return RestoreDone(database: path, report: report)
  }

  private static func preview(
    _ invocation: Invocation, _ managed: ManagedDatabase, _ found: SnapshotStore.Found
  ) throws -> RestorePlanned {
    let source = found.entry.path
    if invocation[asIs] {
      let look = try managed.previewAsIs(source)
      return RestorePlanned(
        database: managed.path, source: source, kind: look.kind, size: look.size, replaces: try managed.exists,
        notes: found.notes)
    }
    let preview = try invocation.interruptible { try managed.preview(source) }
    var skipped = found.notes + preview.notes
    // Nothing of a dump can be read in place.
    let isDump = preview.kind == .dump || preview.kind == .lz4Dump
    if isDump, !preview.plan.undone.isEmpty {
      skipped.append("what undoing loses of a dump is told when it is restored")
    }
    let planned = PlanReport(
      subject: found.entry.id, plan: preview.plan, lineage: managed.lineage, showsSQL: true,
      effects: isDump ? nil : try PlanVerb.effects(of: preview, found.entry.manifest, managed),
      accepted: invocation[PlanParameters.acceptLoss],
      drops: isDump ? UpgradeDrops() : try PlanVerb.drops(of: preview, found.entry.manifest, managed),
      skipped: skipped)
    return RestorePlanned(
      database: managed.path, source: preview.source, kind: preview.kind, size: preview.size,
      replaces: preview.replaces, planned: planned, notes: planned.notes)
  }
}

/// What `restore --dry-run` says: what `plan` says, and what of.
private struct RestorePlanned: Report {
  var database: String
  var source: String
  var kind: SourceKind
  var size: Int64?
  var replaces: Bool
  /// The plan; nil where it is restored as it is.
  var planned: PlanReport?
  var notes: [String]

  private enum CodingKeys: String, CodingKey {
    case database, source, kind, size, plan, replaces, notes, effects, drops
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(database, forKey: .database)
    try container.encode(source, forKey: .source)
    try container.encode(kind, forKey: .kind)
    try container.encodeIfPresent(size, forKey: .size)
    try container.encode(replaces, forKey: .replaces)
    try container.encode(notes, forKey: .notes)
    try container.encodeIfPresent(planned?.plan, forKey: .plan)
    try container.encodeIfPresent(planned?.effects, forKey: .effects)
    try container.encodeIfPresent(planned?.drops, forKey: .drops)
  }

  /// As it would run, so it ends.
  var status: Outcome { planned?.status ?? .done }

  func render(on page: inout Page) {
    let size = size.map { ", \(Units.size($0))" } ?? ""
    page.line("\(database, .strong) would be restored from \(source) (\(kind.words)\(size))")
    page.line(replaces ? "  the database that is there would be kept under a dated name" : "  no database is there now")
    if let planned { return planned.render(on: &page) }
    page.line("  as it is: its changelog and schema would not be looked at")
    for note in notes { PlanWords.render(note: note, on: &page) }
  }
}

/// What `restore` did.
private struct RestoreDone: Report {
  var database: String
  var report: RestoreReport

  var isNews: Bool { true }

  func render(on page: inout Page) {
    let rate = report.seconds > 0 ? ", \(Units.rate(Double(report.size) / report.seconds))" : ""
    page.line("\(database, .strong): \("restored", .good) from \(report.source) (\(report.kind.words))")
    page.line("  \(Units.size(report.size)) in \(Units.duration(report.seconds))\(rate)")
    if let migration = report.migration {
      let place = migration.after.last.map { "\(migration.lineage) at \($0)" } ?? migration.lineage
      page.line(migration.steps.isEmpty ? "  nothing to migrate, it is \(place)" : "  migrated, it is \(place)")
      PlanWords.render(migration, on: &page)
    } else {
      PlanWords.render(note: "restored as it is: neither changelog nor schema was looked at", on: &page)
    }
    if let previous = report.previous { page.line("  the database that was there is kept as \(previous)") }
    for note in report.notes { PlanWords.render(note: note, on: &page) }
  }
}

extension SourceKind {
  /// The kind in words.
  var words: String {
    switch self {
    case .snapshot: "snapshot"
    case .lz4Database: "LZ4 frame of a database"
    case .database: "database"
    case .dump: "SQL dump"
    case .lz4Dump: "LZ4 frame of an SQL dump"
    }
  }
}
