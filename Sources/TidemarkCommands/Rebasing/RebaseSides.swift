// The two sides of a rebase as git has them: what this branch alone has, and what it goes behind.

import Tidemark

/// Which migrations are whose.
struct RebaseSides: Sendable {
  /// The commit that this branch's migrations go behind.
  let onto: String
  /// How it was named.
  let name: String
  /// The migrations that only this branch has.
  let own: [MigrationFile]
  /// The migrations of the other.
  let others: [MigrationFile]
  /// What is written in the sums of all sides, the working tree's first.
  let sums: [LineageSum]

  /// Asks git.
  /// - Parameter onto: the branch to go behind; nil for the one of a merge that is under way, or the default branch.
  /// - Throws: `Failure`, a refusal, where it cannot be told, or the other's migrations are not here.
  init(_ project: ProjectFiles, onto: String?, retired: Set<MigrationID>) throws {
    let git = GitHistory(project.folder)
    let (name, commit) = try Self.side(git, onto)
    guard let head = git.commit("HEAD"), let paths = git.files(at: commit) else {
      throw Self.refused("git cannot list the migrations of \(name)", hint: "look at 'git status'")
    }
    self.name = name
    self.onto = commit
    others = paths.compactMap { MigrationFile(join(project.folder, $0)) }.sorted { ($0.id, $0.path) < ($1.id, $1.path) }
    let theirs = Set(others.map(\.identity))
    let shared = git.mergeBase(head, commit).flatMap { git.files(at: $0) } ?? []
    let common = Set(shared.compactMap { MigrationFile(join(project.folder, $0))?.identity })
    own = project.migrations.filter { !theirs.contains($0.identity) && !common.contains($0.identity) }
    let present = Set(project.migrations.map(\.identity))
    let missing = others.filter { !present.contains($0.identity) && !retired.contains($0.id) }
    guard missing.isEmpty else {
      throw Self.refused(
        "\(name) has migrations that are not here",
        reason: missing.map { "\($0.id) \($0.name)" }.joined(separator: "\n"),
        hint: "merge first, 'git merge \(name)', and run this again; conflicts in lineage.sum and head.sql may stay")
    }
    let texts =
      [SourceFile.exists(project.sum) ? try SourceFile.readRepaired(project.sum) : nil]
      + [commit, head, git.commit("MERGE_HEAD")].map { $0.flatMap { git.text(of: "lineage.sum", at: $0) } }
    sums = texts.compactMap(\.self).map { LineageSum(parsing: $0) }
  }

  /// The side to go behind.
  private static func side(_ git: GitHistory, _ onto: String?) throws -> (name: String, commit: String) {
    if let onto {
      if let commit = git.commit(onto) { return (onto, commit) }
      throw refused("git knows no \(onto)", hint: "name a branch or a commit with --onto")
    }
    if let merged = git.commit("MERGE_HEAD") {
      // On the default branch itself it is what comes in that goes behind.
      let isDefault = git.branch.map { git.defaultBranch?.hasSuffix("/\($0)") ?? false } ?? false
      return isDefault ? (git.branch ?? "HEAD", git.commit("HEAD") ?? merged) : (git.name(of: merged), merged)
    }
    guard let name = git.newestDefaultBranch, let commit = git.commit(name) else {
      throw refused("there is no branch that this one goes back to", hint: "name it with --onto")
    }
    return (GitHistory.short(name), commit)
  }

  static func refused(_ message: String, reason: String? = nil, hint: String) -> Failure {
    Failure(
      code: "rebase.refused", message, reason: reason, untouched: "no file was written or moved", hint: hint,
      status: .refused)
  }
}

extension MigrationFile {
  /// What makes two files one migration.
  fileprivate var identity: String { "\(id) \(name)" }
}
