// What a service's own tests call: two expectations on its lineage, for swift-testing.
public import Testing
public import Tidemark

/// Expects that every way through a lineage leads to the same schema.
///
/// From every prefix of it, the empty database or the baseline first, to the head, and from the head back to every
/// prefix, on databases in memory with rows in them. Where an irreversible migration stands in the way back, that way is
/// skipped and the skip is told.
///
/// ```swift
/// @Test func theLineageConverges() { expectConverges(lineage) }
/// ```
/// - Parameters:
///   - lineage: the service's own.
///   - rows: what the databases hold when a migration meets them; made up unless said.
///   - ignoringColumnOrder: whether a table whose columns stand in another order counts as the same.
///   - sourceLocation: where issues are recorded.
/// - Returns: what was found; each finding has been recorded as an issue.
@discardableResult
public func expectConverges(
  _ lineage: Lineage, rows: TrialRows = .generated(perTable: 3), ignoringColumnOrder: Bool = false,
  sourceLocation: SourceLocation = #_sourceLocation
) -> TrialReport {
  let trial = LineageTrial(lineage, rows: rows, ignoringColumnOrder: ignoringColumnOrder)
  return record(trial.convergence(), at: sourceLocation)
}

/// Expects that every downgrade takes its upgrade back: the schema, and every row that there was, with its rowid.
///
/// Each migration goes up, down and up again on a database in memory with rows in it. Irreversible ones are skipped, and
/// the skip is told with its reason.
///
/// ```swift
/// @Test func everyMigrationCanBeUndone() { expectReversible(lineage) }
/// ```
/// - Parameters:
///   - lineage: the service's own.
///   - rows: what the databases hold when a migration meets them; made up unless said.
///   - ignoringColumnOrder: whether a table whose columns stand in another order counts as the same.
///   - sourceLocation: where issues are recorded.
/// - Returns: what was found; each finding, with migration, table, row and values, has been recorded as an issue.
@discardableResult
public func expectReversible(
  _ lineage: Lineage, rows: TrialRows = .generated(perTable: 3), ignoringColumnOrder: Bool = false,
  sourceLocation: SourceLocation = #_sourceLocation
) -> TrialReport {
  let trial = LineageTrial(lineage, rows: rows, ignoringColumnOrder: ignoringColumnOrder)
  return record(trial.reversibility(), at: sourceLocation)
}

/// Expects that every downgrade takes its upgrade back on the rows of a snapshot: the schema, and every row that there was,
/// with its rowid.
///
/// What the snapshot lacks goes up, down and up again from where it stands; what it has goes down as far as downgrades
/// lead, and up and down from there. All of it happens on a copy in memory. Irreversible migrations are skipped, and the
/// skip is told with its reason.
///
/// ```swift
/// @Test func everyMigrationCanBeUndoneOnRealRows() throws {
///   try expectReversible(lineage, on: "Snapshots/20261120T153000Z.sqlite.lz4")
/// }
/// ```
/// - Parameters:
///   - lineage: the service's own.
///   - snapshot: the path of a snapshot, or of a database file.
///   - ignoringColumnOrder: whether a table whose columns stand in another order counts as the same.
///   - sourceLocation: where issues are recorded.
/// - Returns: what was found; each finding, with migration, table, row and values, has been recorded as an issue.
/// - Throws: `SnapshotError`, `FileError`, `SQLiteError` for a file that cannot be read.
@discardableResult
public func expectReversible(
  _ lineage: Lineage, on snapshot: String, ignoringColumnOrder: Bool = false,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> TrialReport {
  let trial = LineageTrial(lineage, rows: .none, ignoringColumnOrder: ignoringColumnOrder)
  guard try SourceKind.detect(snapshot) == .snapshot else {
    let connection = try Connection(path: snapshot, mode: .readOnly)
    try connection.distrustContent()
    return record(try trial.reversibility(on: connection), at: sourceLocation)
  }
  let reader = try SnapshotReader.open(snapshot)
  do {
    let connection = try reader.openConnection()
    try connection.distrustContent()
    return record(try trial.reversibility(on: connection), at: sourceLocation)
  } catch let error as SQLiteError {
    // The reader knows which block could not be read, and why.
    throw reader.lastFailure ?? error
  }
}

private func record(_ report: TrialReport, at place: SourceLocation) -> TrialReport {
  for finding in report.findings {
    Issue.record(Comment(rawValue: finding.description), sourceLocation: place)
  }
  // Told, and no failure: what an author has declared irreversible is so on purpose.
  for skip in report.skipped { print("note: \(skip)") }
  return report
}
