// `verify`: every block of snapshots checked, and with `--deep` the database in them by SQLite itself.

import Tidemark

enum VerifyVerb {
  private static let sources = Argument(
    "SNAPSHOT", .path, .repeated, help: "What to verify: paths, ids, 'latest'; the whole store when left out.")
  private static let deep = Flag(
    "deep", help: "Also unpack each to a temporary file beside it and run SQLite's integrity check.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "verify", abstract: "Check every block of snapshots.",
      discussion: """
        All are looked at, whatever is found; with damage in any of them the exit status is 1. What is signed is held \
        against its signature; of what is sealed, without --identity, only that its bytes are what was written.
        """,
      parameters: [sources, deep] + TrustParameters.reading,
      examples: [
        Example("tidemark verify", "The whole store."),
        Example("tidemark verify latest --deep", "The newest snapshot, as closely as can be."),
      ]
    ) { invocation in try verify(invocation) }
  }

  private static func verify(_ invocation: Invocation) throws -> VerifyReport {
    let selectors = invocation[all: sources]
    var verifier = Verifier()
    verifier.trust = try invocation.trust
    let paths =
      try selectors.isEmpty
      ? invocation.snapshotStore.list().map(\.path) : selectors.map { try path(of: $0, invocation) }
    if paths.isEmpty { throw SnapshotError(.noSnapshot("in it"), at: invocation.store) }
    let rows = try paths.map { path in
      try invocation.interruption.check()
      return try verify(path, verifier, invocation)
    }
    return VerifyReport(snapshots: rows)
  }

  /// The path a word stands for; one that is found by nothing is verified as a path, and reported with the others.
  private static func path(of selector: String, _ invocation: Invocation) throws -> String {
    do {
      return try invocation.snapshot(selector).entry.path
    } catch let error as SnapshotError {
      switch error.reason {
      case .missing, .notAFile: return selector
      default: throw error
      }
    }
  }

  private static func verify(_ path: String, _ verifier: Verifier, _ invocation: Invocation) throws -> VerifiedRow {
    do {
      let report = try invocation.interruptible {
        try verifier.verify(path, deep: invocation[deep], progress: invocation.onProgress)
      }
      return VerifiedRow(report)
    } catch let error as SnapshotError {
      return VerifiedRow(path: path, problem: error)
    }
  }
}

/// One file that was looked at.
private struct VerifiedRow: Encodable, Sendable {
  struct Problem: Encodable, Sendable {
    var code: String
    var message: String
    var hint: String?

    init(_ error: SnapshotError) {
      code = error.code
      message = error.description
      hint = error.hint
    }
  }

  var path: String
  var isSound: Bool
  var kind: SourceKind?
  var size: Int64?
  var databaseSize: Int64?
  var blocks: Int?
  var isDeep: Bool
  /// The id of the key that signed it.
  var signedBy: String?
  /// The ids of the keys that open it, where it is sealed.
  var sealedTo: [String]?
  var notes: [String]
  var problems: [Problem]

  init(_ report: Verifier.Report) {
    path = report.path
    isSound = report.isSound
    kind = report.kind
    size = report.fileSize
    databaseSize = report.plainSize
    blocks = report.blocks
    isDeep = report.isDeep
    signedBy = report.signedBy
    sealedTo = report.sealedTo.isEmpty ? nil : report.sealedTo
    notes = report.notes
    problems = report.problems.map(Problem.init)
  }

  init(path: String, problem: SnapshotError) {
    self.path = path
    isSound = false
    isDeep = false
    notes = []
    problems = [Problem(problem)]
  }

  var state: StyledText {
    if isSound { return StyledText("sound", .good) }
    switch problems.first?.code {
    case "missing": return StyledText("missing", .bad)
    // Its own bytes are not to blame.
    case "file", "database", "disk-full", "limit", "missing-parent": return StyledText("unchecked", .bad)
    case "untrusted": return StyledText("untrusted", .bad)
    case "forged": return StyledText("forged", .bad)
    default: return StyledText("damaged", .bad)
    }
  }
}

/// What `verify` says.
private struct VerifyReport: Report {
  var snapshots: [VerifiedRow]

  private enum CodingKeys: String, CodingKey { case snapshots, damaged }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(snapshots, forKey: .snapshots)
    try container.encode(damaged, forKey: .damaged)
  }

  private var damaged: Int { snapshots.count { !$0.isSound } }

  var status: Outcome { damaged == 0 ? .done : .failed }

  func render(on page: inout Page) {
    var table = Table(
      Table.Column("state"), Table.Column("size", .right), Table.Column("blocks", .right), Table.Column("kind"),
      Table.Column("signed by"), Table.Column("file"))
    for row in snapshots {
      table.add(
        row.state,
        StyledText(row.size.map(Units.size) ?? ""), StyledText(row.blocks.map(String.init) ?? ""),
        StyledText(row.kind?.words ?? ""), StyledText(row.signedBy ?? ""), StyledText(row.path))
    }
    page.table(table)
    for row in snapshots {
      for problem in row.problems { page.line("\("problem:", .bad) \(problem.message)") }
      for hint in Set(row.problems.compactMap(\.hint)).sorted() { page.line("  next: \(hint)") }
      for note in row.notes { PlanWords.render(note: "\(row.path): \(note)", on: &page) }
    }
    if damaged > 0 { page.line(StyledText("\(damaged) of \(snapshots.count) cannot be relied on", .bad)) }
  }
}
