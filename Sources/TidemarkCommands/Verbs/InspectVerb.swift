// `inspect`: what a snapshot says of itself, and queries on what is in it, without unpacking it.

import Tidemark

enum InspectVerb {
  private static let sql = Option("sql", "QUERY", .text, help: "Run a query on the database in it, in place.")
  private static let limit = Option(
    "limit", "N", .integer(in: 1...1_000_000), default: 10_000, help: "The most rows that a query shows.")

  static func verb(_ lineage: Lineage) -> Verb {
    Verb(
      name: "inspect", abstract: "Look into a snapshot without unpacking it.",
      discussion: """
        Shows its manifest, its changelog and its schema; with --verbose the stored downgrades too. --sql reads from \
        the database in it, decoding only the blocks that the query touches.
        """,
      parameters: [SnapshotParameters.snapshot, SnapshotParameters.at, sql, limit] + TrustParameters.reading,
      exclusive: [[SnapshotParameters.snapshot, SnapshotParameters.at]], requires: [(limit, [sql])],
      examples: [
        Example("tidemark inspect latest", "What the newest snapshot holds."),
        Example("tidemark inspect latest --sql 'SELECT count(*) FROM jobs'", "A question to it."),
      ]
    ) { invocation in try inspect(invocation) }
  }

  private static func inspect(_ invocation: Invocation) throws -> any Report {
    let found = try invocation.chosenSnapshot()
    for note in found.notes { invocation.note("\("note:", .notice) \(note)") }
    if let query = invocation[sql] { return try rows(of: query, in: found.entry.path, invocation) }
    let kind = try SourceKind.detect(found.entry.path)
    var inside = SnapshotInside(found.entry, kind: kind, notes: found.notes)
    let trust = try invocation.trust
    guard kind == .snapshot || kind == .lz4Database else {
      if trust.signers != nil {
        throw SnapshotError(.untrusted("this is no snapshot, which alone can be signed"), at: found.entry.path)
      }
      return inside
    }
    do {
      // Its tail is lost, or it never had one: the frame itself still tells something.
      let reader = try SnapshotReader.open(found.entry.path, trust: trust)
      inside.signedBy = reader.signature?.keyID
      inside.sealedTo = reader.label?.recipients.map(\.key)
      if let manifest = reader.manifest {
        // The one that was held against its signature, and against the blocks.
        inside.manifest = manifest
        return inside
      }
      inside.databaseSize = reader.plainSize
      inside.reads = reader.notes
      inside.notes += reader.notes
    } catch let error as SnapshotError {
      guard kind == .lz4Database, case .notIndexed = error.reason else { throw error }
    }
    return inside
  }

  private static func rows(of query: String, in path: String, _ invocation: Invocation) throws -> QueryRows {
    try invocation.interruptible {
      try SnapshotDatabase.reading(path, trust: invocation.trust) { connection in
        try QueryRows(query, on: connection, limit: invocation[limit] ?? 10_000, interruption: invocation.interruption)
      }
    }
  }
}

/// What `inspect` says of a snapshot.
private struct SnapshotInside: Report {
  var path: String
  var kind: SourceKind
  var size: Int64
  var databaseSize: Int64?
  var manifest: Manifest?
  /// The id of the key whose signature it bears, which agrees; nil where nobody signed it.
  var signedBy: String?
  /// The ids of the keys that open it; nil where it is not sealed.
  var sealedTo: [String]?
  var notes: [String]
  /// What was found where the frame had to be walked; nil where it was not, or cannot be.
  var reads: [String]?

  private enum CodingKeys: String, CodingKey {
    case path, kind, size, databaseSize, manifest, signedBy, sealedTo, notes
  }

  init(_ entry: SnapshotStore.Entry, kind: SourceKind, notes: [String]) {
    path = entry.path
    self.kind = kind
    size = entry.size
    manifest = entry.manifest
    databaseSize = entry.manifest.map { $0.pageCount * Int64($0.pageSize) }
    self.notes = notes
  }

  func render(on page: inout Page) {
    page.line("\(path, .strong): \(kind.words)")
    guard let manifest else {
      let plain = databaseSize.map { "\(Units.size($0)) as " } ?? ""
      page.fields([("size", StyledText(plain + Units.size(size)))], indent: 2)
      let way =
        reads == nil
        ? "only its restore can tell what is in it" : "'plan' and 'inspect --sql' read what is in it"
      page.line("  it has no manifest; \(way)")
      for note in reads ?? [] { PlanWords.render(note: note, on: &page) }
      return
    }
    page.fields(fields(manifest), indent: 2)
    let description = manifest.description
    if let changelog = description?.changelog {
      page.line()
      page.line(StyledText("changelog", .strong))
      render(changelog, on: &page)
    } else {
      page.line("  no changelog")
    }
    guard let schema = description?.schema else { return }
    page.line()
    page.line(StyledText("schema", .strong))
    for object in schema {
      if let sql = object.sql { PlanWords.render(sql: sql + ";", on: &page) }
    }
  }

  private func fields(_ manifest: Manifest) -> [(name: String, value: StyledText)] {
    let plain = databaseSize ?? 0
    let ratio = size > 0 ? " (\(Units.fixed(Double(plain) / Double(size), 2)):1)" : ""
    var fields: [(name: String, value: StyledText)] = [
      ("taken", StyledText(manifest.time.description)), ("by", StyledText(manifest.writer)),
      ("size", StyledText("\(Units.size(plain)) as \(Units.size(size))\(ratio)")),
      (
        "pages", StyledText("\(manifest.pageCount) of \(manifest.pageSize) bytes, journal mode \(manifest.journalMode)")
      ),
      ("SQLite", StyledText(manifest.sqliteVersion)),
      ("check", StyledText(manifest.check == .quickOK ? "quick check found nothing" : "none was made")),
    ]
    if let parent = manifest.parent { fields.append(("parent", StyledText(parent))) }
    if let pinned = manifest.pinned { fields.append(("pinned", StyledText(pinned))) }
    fields.append(("signed", StyledText(signedBy.map { "by \($0)" } ?? "by nobody")))
    if let sealedTo { fields.append(("sealed", StyledText("to \(sealedTo.joined(separator: ", "))"))) }
    if let lineage = manifest.description?.lineage { fields.append(("lineage", StyledText(lineage))) }
    if let fingerprint = manifest.description?.looseFingerprint {
      fields.append(("fingerprint", StyledText(fingerprint)))
    }
    return fields
  }

  private func render(_ changelog: [ChangelogRow], on page: inout Page) {
    var table = Table(
      Table.Column("id", .right), Table.Column("name"), Table.Column("applied"), Table.Column("by"),
      Table.Column("way back"))
    for row in changelog {
      let back: StyledText =
        if let why = row.irreversible {
          StyledText("none: \(why)", .notice)
        } else {
          row.downgrade == nil ? StyledText("not stored", .bad) : "stored"
        }
      table.add("\(row.id)", StyledText(row.name), StyledText(row.appliedAt), StyledText(row.appliedBy), back)
    }
    page.table(table, indent: 2)
    guard page.verbose else { return }
    for row in changelog {
      guard let sql = row.downgrade else { continue }
      page.line("  undoes \(row.id) \(StyledText(row.name, .name)):")
      PlanWords.render(sql: sql, on: &page)
    }
  }
}
