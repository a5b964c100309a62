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
    let commits: [String]
    switch git.released(base) {
    case .commit(let found): commits = [found]
    case .oneOf(let found): commits = found
    case .nothing(let why): return Result(skipped: ["released migrations: \(why)"])
    case .unknown(let why, let advice):
      // A guard that is not there when it is needed is worse than none.
      return Result(findings: [CheckFinding(.released, project.sum, why, advice: advice)])
    }
    let sums = commits.compactMap { commit in
      git.text(of: "lineage.sum", at: commit).map { (sum: LineageSum(parsing: $0), commit: String(commit.prefix(12))) }
    }
    guard let first = sums.first else {
      return Result(skipped: ["released migrations: there is no lineage.sum at \(commits[0].prefix(12))"])
    }
    // A fast-forward onto a merge that was rebased: what the others have is whole, and this side's stands behind it.
    // Without a migration of its own that side has given this one nothing to stand behind.
    func names(_ sum: LineageSum) -> Set<String> { Set(sum.entries.map { "\($0.id) \($0.name)" }) }
    let isRebased = try sums.dropFirst().contains { other in
      try !names(other.sum).isSubset(of: names(first.sum)) && compare(other.sum, at: other.commit).isEmpty
    }
    return Result(findings: try compare(first.sum, at: first.commit, mayHaveMoved: isRebased))
  }

  /// - Parameter mayHaveMoved: whether a migration may stand behind where it stood.
  private func compare(
    _ released: LineageSum, at commit: String, mayHaveMoved: Bool = false
  ) throws -> [CheckFinding] {
    let retired = lineage.baseline?.retiredIDs ?? []
    return try released.entries.compactMap { entry in
      let id = MigrationID(entry.id)
      if retired.contains(id) { return nil }
      if mayHaveMoved, project.migrations.contains(where: { $0.name == entry.name && $0.id > id }) { return nil }
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
