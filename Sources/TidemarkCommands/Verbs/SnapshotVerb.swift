// `snapshot`: takes one of a live database.

import Tidemark

enum SnapshotVerb {
  private static let output = Option(
    "output", short: "o", "FILE", .path, help: "Write this file instead of one in the store.")
  private static let level = Option(
    "level", "N", .integer(in: 1...12), default: 1, help: "How hard to compress, from 1 (fast) to 12 (small).")
  private static let check = Flag(
    "check", help: "Run SQLite's quick check first, and take no snapshot of a damaged database.")
  private static let pin = Option("pin", "WHY", .text, help: "Have 'prune' spare it, and say why.")
  private static let full = Flag("full", help: "Hold the whole database, not only what changed since the last one.")
  private static let fullEvery = Option(
    "full-every", "N", .integer(in: 1...1_000), default: 24, help: "Hold the whole database in every Nth of the store.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "snapshot", abstract: "Take a snapshot of a database, which may be in use.",
      discussion: """
        A database in WAL mode is written on meanwhile; in rollback-journal mode writers wait, and the report says how \
        long. The file appears whole and synced, or not at all. A full one is one LZ4 frame: 'lz4 -d' unpacks it. In \
        the store only every 24th is full; those between hold what changed, and 'restore' finds the rest. With \
        --output it is always full.

        With --encrypt-to it is sealed: no LZ4 frame, always full, and named .sqlite.sealed in the store.
        """,
      parameters: [output, level, check, pin, full, fullEvery] + TrustParameters.writing,
      exclusive: [[output, full], [output, fullEvery], [full, fullEvery]], needsDatabase: true,
      examples: [
        Example("tidemark snapshot --database jobs.db", "Into the store."),
        Example("tidemark snapshot --database jobs.db -o before.sqlite.lz4 --check", "Into a file, checked first."),
      ]
    ) { invocation in try snapshot(invocation, lineage) }
  }

  private static func snapshot(_ invocation: Invocation, _ lineage: Lineage) throws -> SnapshotTaken {
    let path = try invocation.existingDatabase()
    var managed = invocation.managed(path, lineage, store: invocation.snapshotStore)
    try invocation.signAndSeal(&managed)
    let report = try invocation.interruptible { [managed] in
      try managed.snapshot(
        to: invocation[output], level: invocation[level] ?? 1, check: invocation[check], pin: invocation[pin],
        full: invocation[full], fullEvery: invocation[fullEvery] ?? 24)
    }
    return SnapshotTaken(database: path, report, managed.options)
  }
}

/// What `snapshot` did.
private struct SnapshotTaken: Report {
  var database: String
  var path: String
  var time: Timestamp
  var size: Int64
  var databaseSize: Int64
  var ratio: Double?
  var seconds: Double
  var attempts: Int
  var writersWaitedSeconds: Double
  var method: Manifest.CaptureMethod
  var check: Manifest.Check
  var pinned: String?
  /// The id of the key that signed it.
  var signedBy: String?
  /// The ids of the keys that open it; none for a plain one.
  var sealedTo: [String]
  var parent: String?
  var blocks: Int
  var storedBlocks: Int

  var isNews: Bool { true }

  init(database: String, _ report: Capture.Report, _ options: ManagedDatabase.Options) {
    self.database = database
    signedBy = options.signer?.publicKey.id
    sealedTo = options.recipients.map(\.id)
    path = report.path
    time = report.manifest.time
    size = report.fileSize
    databaseSize = report.plainSize
    ratio = report.fileSize > 0 ? Double(report.plainSize) / Double(report.fileSize) : nil
    seconds = report.seconds
    attempts = report.attempts
    writersWaitedSeconds = report.writersWaited
    method = report.manifest.capture
    check = report.manifest.check
    pinned = report.manifest.pinned
    parent = report.manifest.parent
    blocks = report.blocks
    storedBlocks = report.storedBlocks
  }

  func render(on page: inout Page) {
    let ratio = ratio.map { " (\(Units.fixed($0, 2)):1)" } ?? ""
    page.line("\(path, .strong)")
    page.line(
      "  \(Units.size(databaseSize)) as \(Units.size(size))\(ratio) in \(Units.duration(seconds))")
    if let parent {
      let others = storedBlocks < blocks ? "the others are in \(parent) and before" : "it needs no other snapshot"
      page.line("  an increment: \(storedBlocks) of \(blocks) blocks, \(others)")
    }
    if writersWaitedSeconds > 0 {
      PlanWords.render(note: "writers may have waited for up to \(Units.duration(writersWaitedSeconds))", on: &page)
    }
    if method == .backup {
      PlanWords.render(
        note:
          "its WAL could not be folded into it (a long reader holds it, or it cannot be written to), so the database "
          + "was copied first, which took longer", on: &page)
    }
    if let signedBy { page.line("  signed by \(signedBy)") }
    if !sealedTo.isEmpty { page.line("  sealed to \(sealedTo.joined(separator: ", "))") }
    if let pinned { page.line("  pinned: \(pinned)") }
  }
}
