// Whether what others have is as it was: the migrations that the branch to merge into lists, against the files.

import Tidemark

/// Looks at what was released.
struct ReleaseChecks {
  let project: ProjectFiles
  let lineage: Lineage
  /// The branch or commit that others have; nil for the one that git knows.
  let base: String?

  /// What was found, and what could not be looked at.
  struct Result {
    var findings: [CheckFinding] = []
    var skipped: [String] = []
  }

  func result() throws -> Result {
    let git = GitHistory(project.folder)
    let commit: String
    switch git.released(base) {
    case .commit(let found): commit = found
    case .nothing(let why): return Result(skipped: ["released migrations: \(why)"])
    case .unknown(let why, let advice):
      // A guard that is not there when it is needed is worse than none.
      return Result(findings: [CheckFinding(.released, project.sum, why, advice: advice)])
    }
    guard let text = git.text(of: "lineage.sum", at: commit) else {
      return Result(skipped: ["released migrations: there is no lineage.sum at \(commit.prefix(12))"])
    }
    return Result(findings: try compare(LineageSum(parsing: text), at: String(commit.prefix(12))))
  }

  private func compare(_ released: LineageSum, at commit: String) throws -> [CheckFinding] {
    let retired = lineage.baseline?.retiredIDs ?? []
    return try released.entries.compactMap { entry in
      let id = MigrationID(entry.id)
      if retired.contains(id) { return nil }
      guard let file = project.migrations.first(where: { $0.id == id }) else {
        return CheckFinding(
          .released, project.sum,
          "\(id) \(entry.name) is gone, and \(commit) has it: databases that have it could not be told",
          advice: "bring its file back; 'tidemark baseline' folds migrations away")
      }
      let source = MigrationSource(try SourceFile.read(file.path), type: file.type)
      let allowances = Allowances(source, at: file.path)
      guard file.name == entry.name else {
        return allowances.applied(
          to: CheckFinding(
            .released, file.path, line: source.typeLine, "\(id) is \(entry.name) in \(commit)",
            advice: "'tidemark rebase' moves migrations of this branch behind those of another"))
      }
      guard try file.digest() != entry.digest else { return nil }
      return allowances.applied(
        to: CheckFinding(
          .released, file.path, line: source.typeLine,
          "\(id) \(entry.name) was edited since \(commit): databases that have it refuse the other"))
    }
  }
}
