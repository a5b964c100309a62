// Edits of head.sql that no migration leads to: in the file as it lies, or in what a side has committed. A rebase, which
// writes the file anew, would lose them.

import Tidemark

/// Looks for such edits.
struct HeadEdits {
  let project: ProjectFiles
  let sides: RebaseSides
  /// What the migrations make once they stand one behind the other.
  let made: Schema

  /// How many merges of merges are looked through.
  private static let deepest = 8

  /// - Throws: `Failure`, a refusal that says what would be lost.
  func refuseIfAny() throws {
    guard SourceFile.exists(project.head) else { return }
    guard let text = try SourceFile.readIfText(project.head) else {
      throw refused("\(project.head) is not UTF-8", reason: nil, hint: "save it as UTF-8")
    }
    let git = GitHistory(project.folder)
    let commits = [("HEAD", "HEAD"), (sides.name, sides.onto), ("the branch that is merged", "MERGE_HEAD")]
      .compactMap { name, commit in git.commit(commit).map { (name: name, commit: $0) } }
    guard conflictMarkerLines(in: text).isEmpty else {
      // Neither side's words are kept, so both have to be said by migrations.
      for side in commits where !isSaid(at: side.commit, git) {
        guard let committed = git.text(of: "head.sql", at: side.commit), let found = Self.schema(of: committed),
          !isKnown(found)
        else { continue }
        throw edited("\(project.head) of \(side.name) says what no migration leads to", found)
      }
      return
    }
    guard let found = Self.schema(of: text), !isKnown(found) else { return }
    // What git put together of two heads that their migrations make is nobody's edit.
    if commits.contains(where: { git.text(of: "head.sql", at: $0.commit) == text && isSaid(at: $0.commit, git) }) {
      return
    }
    throw edited("\(project.head) says what no migration leads to", found)
  }

  /// Whether the migrations make it, or a sum of a side vouches for it.
  private func isKnown(_ schema: Schema) -> Bool {
    let exact = schema.fingerprint(.exact)
    return exact == made.fingerprint(.exact) || sides.sums.contains { $0.head?.exact == exact }
  }

  /// Whether a commit's own sum vouches for its head; of a merge, whether those of all that it merged do.
  private func isSaid(at commit: String, _ git: GitHistory, depth: Int = 0) -> Bool {
    guard let text = git.text(of: "head.sql", at: commit), conflictMarkerLines(in: text).isEmpty else { return true }
    guard let found = Self.schema(of: text) else { return false }
    let sum = git.text(of: "lineage.sum", at: commit).map { LineageSum(parsing: $0) }
    if let sum, sum.isWhole, sum.head?.exact == found.fingerprint(.exact) { return true }
    let parents = git.parents(of: commit)
    return parents.count > 1 && depth < Self.deepest && parents.allSatisfy { isSaid(at: $0, git, depth: depth + 1) }
  }

  private static func schema(of text: String) -> Schema? {
    try? Schema.make(running: SchemaAnnotations.withoutSpent(text))
  }

  private func edited(_ message: String, _ found: Schema) -> Failure {
    let words = SchemaDifference.between(expected: made, found: found, kind: .exact).words
    return refused(
      message, reason: words.joined(separator: "\n"), hint: "put the edits aside and make them again afterwards")
  }

  private func refused(_ message: String, reason: String?, hint: String) -> Failure {
    Failure(
      code: "rebase.head-edited", message, reason: reason, untouched: "no file was written or moved",
      hint: "\(hint); --force writes what the migrations make", details: ["path": .string(project.head)],
      status: .refused)
  }
}
