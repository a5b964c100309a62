// `snapshots`: the store as a list, with what this build would do with each; only manifests are read.

import Tidemark

enum SnapshotsVerb {
  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "snapshots", abstract: "List the store, and what this build would do with each snapshot.",
      discussion: """
        Newest first. Only the last bytes of each file are read: a snapshot of any size is planned from its manifest. \
        'verify' looks at all bytes.
        """,
      parameters: PlanParameters.planning + TrustParameters.reading,
      examples: [Example("tidemark snapshots --store /backup/jobs", "What there is to go back to.")]
    ) { invocation in try list(invocation, lineage) }
  }

  private static func list(_ invocation: Invocation, _ lineage: Lineage) throws -> SnapshotList {
    let store = try invocation.trustedStore
    let managed = invocation.managed(invocation.values[CommonOptions.database] ?? "", lineage)
    let entries = try store.list()
    let broken = SnapshotStore.brokenIncrements(of: entries)
    let rows = try entries.map { entry in
      try invocation.interruption.check()
      if let lack = broken[entry.id] {
        return SnapshotRow(entry, verdict: .init(action: .damaged, code: "missing-parent", reason: "it \(lack)"))
      }
      return try SnapshotRow(entry, verdict: verdict(entry, managed))
    }
    return SnapshotList(
      store: store.folder, exists: try store.exists, snapshots: rows, now: Timestamp.now(),
      lineage: lineage.name)
  }

  private static func verdict(_ entry: SnapshotStore.Entry, _ managed: ManagedDatabase) throws -> SnapshotRow.Outlook {
    if let problem = entry.problem {
      return .init(
        action: problem.isDamage && !problem.isRefusal ? .damaged : .unknown, code: problem.code,
        reason: problem.label == nil ? problem.description : "it is sealed; --identity opens it")
    }
    do {
      guard let manifest = entry.manifest, let plan = try managed.planForSnapshot(manifest) else {
        return .init(action: .unknown, reason: "its manifest does not tell enough; 'restore --dry-run' does")
      }
      var verdict = SnapshotRow.Outlook(action: plan.isEmpty ? .nothing : .migrate)
      verdict.undo = plan.steps.filter { $0.kind == .downgrade }.compactMap(\.id)
      verdict.apply = plan.steps.filter { $0.kind == .upgrade }.compactMap(\.id)
      verdict.words = PlanWords.changes(plan)
      for step in plan.steps where step.kind == .downgrade || step.kind == .upgrade {
        guard let id = step.id, let proof = step.proof else { continue }
        verdict.proofs.append(.init(id: id, proof: proof))
      }
      return verdict
    } catch let error as MigrationError {
      return .init(action: .refuse, code: error.code, reason: error.message)
    }
  }
}

/// One snapshot of the list.
private struct SnapshotRow: Encodable, Sendable {
  /// What this build would do with it.
  struct Outlook: Encodable, Sendable {
    enum Action: String, Encodable, Sendable { case nothing, migrate, refuse, unknown, damaged }
    var action: Action
    var undo: [MigrationID] = []
    var apply: [MigrationID] = []
    var code: String?
    var reason: String?
    var words: String?
    /// What is known of the downgrades that would run or be left.
    var proofs: [Proof] = []

    /// What is known of one downgrade.
    struct Proof: Encodable, Sendable {
      var id: MigrationID
      var proof: String
    }

    /// Those that are not proven to lose nothing, in words; nil where there is none.
    var doubts: String? {
      let doubtful = proofs.filter { !Verdict(entry: $0.proof).isLossless }
      return doubtful.isEmpty
        ? nil
        : doubtful.map { doubt in
          // The reason is a sentence, and for `plan` to say.
          "\(doubt.id) \(doubt.proof.prefix { $0 != ":" })"
        }.joined(separator: ", ")
    }

    private enum CodingKeys: String, CodingKey { case action, undo, apply, code, reason, proofs }
  }

  var id: String
  var path: String
  var time: Timestamp
  var size: Int64
  var databaseSize: Int64?
  var ratio: Double?
  var lineage: String?
  var head: MigrationID?
  var fingerprint: String?
  var pinned: String?
  var parent: String?
  var verdict: Outlook

  init(_ entry: SnapshotStore.Entry, verdict: Outlook) {
    id = entry.id
    path = entry.path
    time = entry.time
    size = entry.size
    if let manifest = entry.manifest {
      let plain = manifest.pageCount * Int64(manifest.pageSize)
      databaseSize = plain
      ratio = size > 0 ? Double(plain) / Double(size) : nil
      parent = manifest.parent
      lineage = manifest.description?.lineage
      head = manifest.description?.changelog?.map { MigrationID($0.id) }.max()
      fingerprint = manifest.description?.looseFingerprint
    }
    pinned = entry.pinned
    self.verdict = verdict
  }

  /// The ratio of a full one; what an increment holds says nothing of that.
  var shape: String { parent == nil ? ratio.map { Units.fixed($0, 2) } ?? "" : "increment" }

  var schema: StyledText {
    guard let lineage else { return fingerprint == nil ? "" : StyledText("no changelog", .dim) }
    return "\(lineage)\(head.map { " \($0)" } ?? "") \(fingerprint?.prefix(8) ?? "", .dim)"
  }

  var words: StyledText {
    var text: StyledText =
      switch verdict.action {
      case .nothing: StyledText("as it is", .good)
      case .migrate: StyledText(verdict.words ?? "bookkeeping only", .good)
      case .refuse: StyledText("refused: \(firstLine)", .notice)
      case .unknown: StyledText("not known: \(firstLine)", .dim)
      case .damaged: StyledText("damaged: \(firstLine)", .bad)
      }
    if let doubts = verdict.doubts { text = text + StyledText("; \(doubts)", .notice) }
    if let pinned { text = text + StyledText("; pinned: \(pinned)", .dim) }
    return text
  }

  private var firstLine: String {
    verdict.reason?.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
  }
}

/// What `snapshots` says.
private struct SnapshotList: Report {
  var store: String
  var exists: Bool
  var snapshots: [SnapshotRow]
  var now: Timestamp
  var lineage: String

  private enum CodingKeys: String, CodingKey { case store, exists, snapshots, lineage }

  func render(on page: inout Page) {
    if snapshots.isEmpty {
      page.line(exists ? "no snapshots in \(store)" : "no snapshots: there is no folder \(store)")
      return
    }
    var table = Table(
      Table.Column("id"), Table.Column("taken"), Table.Column("size", .right), Table.Column("database", .right),
      Table.Column("ratio", .right), Table.Column("schema"), Table.Column("this build"))
    for row in snapshots {
      let age = Double(now.milliseconds - row.time.milliseconds) / 1000
      table.add(
        StyledText(row.id, .name), StyledText(Units.age(age)), StyledText(Units.size(row.size)),
        StyledText(row.databaseSize.map(Units.size) ?? ""), StyledText(row.shape), row.schema, row.words)
    }
    page.table(table)
  }
}
