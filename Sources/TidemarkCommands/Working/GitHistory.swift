// What git knows of the branches that a folder is part of. Everything is asked; nothing is changed.

/// The history of a folder.
struct GitHistory: Sendable {
  let folder: String

  init(_ folder: String) { self.folder = folder }

  /// What others have.
  enum Released: Sendable {
    case commit(String)
    /// HEAD is a merge on the branch itself, and it cannot be told which of the merged commits others had: a fast-forward
    /// of the branch leaves it the second.
    case oneOf([String])
    /// Nothing can have been released, and why.
    case nothing(String)
    /// It cannot be told, and what would help.
    case unknown(String, advice: String)
  }

  /// The commit that others have: where this branch left the one it goes back to; on that one itself, the commit before, or
  /// those that it merged.
  /// - Parameter base: the branch or commit to compare with; nil for the default branch.
  func released(_ base: String?) -> Released {
    guard line("rev-parse", "--is-inside-work-tree") == "true" else {
      return .nothing("\(folder) is in no git repository")
    }
    guard let head = commit("HEAD") else { return .nothing("nothing has been committed") }
    let deeper = "fetch the history: 'git fetch --unshallow', or fetch-depth: 0 of actions/checkout"
    guard let branch = base ?? defaultBranch else {
      return .unknown("there is no branch that this one goes back to", advice: "name it with --base")
    }
    guard let other = commit(branch) else {
      return .unknown("git knows no \(branch)", advice: isShallow ? deeper : "name a branch or a commit with --base")
    }
    guard let fork = mergeBase(head, other) else {
      return .unknown(
        "HEAD and \(branch) have no commit in common", advice: isShallow ? deeper : "name another with --base")
    }
    guard fork == head else { return .commit(fork) }
    if base != nil, other != head { return .commit(fork) }
    let before = parents(of: head).compactMap { commit($0) }
    if before.count > 1 { return .oneOf(before) }
    if let before = before.first { return .commit(before) }
    return isShallow
      ? .unknown("what was before HEAD is not here", advice: deeper) : .nothing("HEAD is the first commit")
  }

  /// The branch that the others go back to: what the remote calls its HEAD, else `main` or `master`.
  var defaultBranch: String? {
    if let name = line("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD") { return name }
    let names = ["refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"]
    return names.first { commit($0) != nil }
  }

  /// The default branch, the remote's or one's own, whichever goes on from the other; the remote's where both do.
  var newestDefaultBranch: String? {
    guard let remote = defaultBranch else { return nil }
    let own = "refs/heads/\(Self.short(remote))"
    guard branch != Self.short(remote), let here = commit(own), let there = commit(remote) else { return remote }
    return mergeBase(here, there) == there ? own : remote
  }

  /// A branch's name without where it is kept.
  static func short(_ name: String) -> String {
    for prefix in ["refs/remotes/origin/", "refs/heads/"] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.utf8.count))
    }
    return name
  }

  /// What people call a commit: its branch, where it has one.
  func name(of commit: String) -> String { line("name-rev", "--name-only", "--always", commit) ?? commit }

  /// The branch that is checked out; nil where none is.
  var branch: String? { line("symbolic-ref", "--quiet", "--short", "HEAD") }

  /// The files of the working tree, new ones too, that hold a word, as paths from its top.
  func files(mentioning word: String) -> [String] {
    guard let top else { return [] }
    // Status 1 says that there is none.
    let (status, output) = GitTree.run(
      ["git", "-C", top, "grep", "-l", "-z", "-w", "-F", "--untracked", "-e", word])
    return status == 0 ? output.split(separator: "\0").map(String.init) : []
  }

  /// The commit of a branch, a tag or a commit's name; nil for what git does not know.
  func commit(_ name: String) -> String? {
    line("rev-parse", "--verify", "--quiet", "--end-of-options", "\(name)^{commit}")
  }

  /// The last commit that two have in common.
  func mergeBase(_ one: String, _ other: String) -> String? { line("merge-base", one, other) }

  /// The commits right before one; of a merge, all that it merged, that of the branch itself first.
  func parents(of commit: String) -> [String] {
    let line = line("rev-list", "--parents", "--max-count=1", commit) ?? ""
    return line.split(separator: " ").dropFirst().map(String.init)
  }

  /// The text of a file of the folder at a commit; nil where it is not there.
  func text(of file: String, at commit: String) -> String? {
    let (status, output) = GitTree.run(["git", "-C", folder, "show", "\(commit):./\(file)"])
    return status == 0 ? output : nil
  }

  /// The files of the folder, and below it, at a commit, as paths from the folder.
  func files(at commit: String) -> [String]? {
    let (status, output) = GitTree.run(["git", "-C", folder, "ls-tree", "-r", "-z", "--name-only", commit, "--", "."])
    return status == 0 ? output.split(separator: "\0").map(String.init) : nil
  }

  /// The way from the top of the working tree to the folder, with a slash at its end; empty for the top itself.
  var prefix: String? {
    let (status, output) = GitTree.run(["git", "-C", folder, "rev-parse", "--show-prefix"])
    return status == 0 ? String(output.prefix { $0 != "\n" }) : nil
  }

  /// The top of the working tree.
  var top: String? { line("rev-parse", "--show-toplevel") }

  /// Whether a part of the history is not here.
  private var isShallow: Bool { line("rev-parse", "--is-shallow-repository") == "true" }

  /// The one line that git answers; nil where it fails, or answers nothing.
  private func line(_ arguments: String...) -> String? {
    let (status, output) = GitTree.run(["git", "-C", folder] + arguments)
    let line = String(output.prefix { $0 != "\n" })
    return status == 0 && !line.isEmpty ? line : nil
  }
}
