// One run of `check`: everything is looked at, and one fault does not hide another.

import Tidemark

/// Looks at a project.
struct CheckRun {
  let project: ProjectFiles
  let lineage: Lineage
  /// The branch or commit that others have.
  let base: String?
  /// The store whose snapshots are to be brought to this build; nil for none.
  let store: SnapshotStore?
  /// What a given snapshot has.
  let size: SnapshotSize?
  /// Tries a snapshot that is too large for memory where it lies.
  let tryInPlace: (SnapshotStore.Entry) throws -> Void
  /// Says what is being looked at, and throws once a stop has been asked for.
  let progress: (String) throws -> Void

  /// The greatest database that is tried in memory, in bytes.
  static var largest: Int64 { ManagedDatabase.provenSize }

  /// What came out.
  struct Result {
    var findings: [CheckFinding] = []
    var skipped: [String] = []
    var snapshots = 0
  }

  func result() throws -> Result {
    var result = Result()
    try progress("what was released")
    let released = try ReleaseChecks(project: project, lineage: lineage, base: base).result()
    result.findings += released.findings
    result.skipped += released.skipped
    try progress("migrations")
    let schemas: [Schema]
    do {
      schemas = try lineage.schemas()
    } catch let error as MigrationError {
      // Nothing else can be told of migrations that do not run.
      result.findings.append(try place(error))
      return result
    }
    var texts: ProjectTexts?
    var fault: CheckFinding?
    do {
      texts = try project.texts(of: lineage, listing: project.migrations, baseline: lineage.baseline?.schema)
    } catch let error as MigrationError {
      fault = try place(error)
    }
    if let texts {
      result.findings += try FileChecks(project: project, lineage: lineage, texts: texts, schemas: schemas).findings()
    }
    result.findings += try MigrationChecks(
      project: project, lineage: lineage, verdicts: texts?.verdicts ?? [:], schemas: schemas, size: size
    ).findings()
    // The lint says it with the line, where it knows what is wrong with a downgrade.
    if let fault {
      if !result.findings.contains(where: { $0.path == fault.path && !$0.rule.isAllowable }) {
        result.findings.append(fault)
      }
      return result
    }
    try progress("ways")
    if lineage.migrations.isEmpty {
      result.skipped.append("ways between schemas: there is no migration")
    } else {
      let trial = LineageTrial(lineage).ends()
      result.findings += try trial.findings.map { try diverging($0) }
      result.skipped += trial.skipped.map(\.description)
    }
    try snapshots(&result)
    return result
  }

  // MARK: snapshots

  private func snapshots(_ result: inout Result) throws {
    for entry in try store?.list() ?? [] {
      try progress(entry.id)
      if let problem = entry.problem {
        result.findings.append(CheckFinding(.snapshot, entry.path, problem.description, advice: problem.hint))
        continue
      }
      let size = entry.manifest.map { $0.pageCount * Int64($0.pageSize) } ?? entry.size
      // Without a manifest it has no index to be read by.
      guard size <= Self.largest || entry.manifest != nil else {
        result.skipped.append("\(entry.id), of \(Units.size(size)): 'tidemark rehearse \(entry.id)' tries it")
        continue
      }
      result.snapshots += 1
      do {
        if size > Self.largest {
          try tryInPlace(entry)
        } else {
          try SnapshotDatabase.reading(entry.path, trust: store?.trust ?? .anyone) { try lineage.tryOut(on: $0) }
        }
      } catch let error {
        guard let failure = Explanation.of(error, restoring: entry.id) else { throw error }
        result.findings.append(CheckFinding(.snapshot, entry.path, failure.message, advice: failure.hint))
      }
    }
  }

  // MARK: places

  /// A trial names the migration in its subject: "from 12 AddTaskTier to the head".
  private func diverging(_ finding: TrialReport.Finding) throws -> CheckFinding {
    let id = finding.subject.split(separator: " ").lazy.compactMap { MigrationID(String($0)) }.first
    let file = project.migrations.first { $0.id == id }
    let line = try file.map { MigrationSource(try SourceFile.read($0.path), type: $0.type).typeLine } ?? 1
    return CheckFinding(.diverges, file?.path ?? project.head, line: line, finding.description)
  }

  private func place(_ error: MigrationError) throws -> CheckFinding {
    let message = Explanation.of(error)?.message ?? error.message
    let culprit: MigrationID? =
      switch error {
      case .unfit(let named, _), .notRecorded(let named), .notReversible(let named, _): named.id
      case .underivable(let id, _, _), .positional(let id, _, _): id
      default: nil
      }
    if let file = project.migrations.first(where: { $0.id == culprit }) {
      let source = MigrationSource(try SourceFile.read(file.path), type: file.type)
      return CheckFinding(.fails, file.path, line: source.line(of: "downgrade"), message, advice: error.hint)
    }
    guard case .stepFailed(let failure) = error else { return CheckFinding(.fails, project.sum, message) }
    guard let file = project.migrations.first(where: { $0.id == failure.id }) else {
      return CheckFinding(.fails, project.schema, line: failure.line ?? 1, message)
    }
    let source = MigrationSource(try SourceFile.read(file.path), type: file.type)
    let literals = source.literals["upgrade"] ?? []
    // Of several texts, the one that has the statement.
    let literal = literals.count == 1 ? literals[0] : literals.first { $0.text?.contains(failure.sql ?? "\0") ?? false }
    let line = failure.line.flatMap { line in literal.map { $0.sourceLine(line) } }
    return CheckFinding(.fails, file.path, line: line ?? source.line(of: "upgrade"), message)
  }
}
