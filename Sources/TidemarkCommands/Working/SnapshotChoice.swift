// Which snapshot is meant: a path, an id or the beginning of one, `latest`, or the last one before a time.

import Tidemark

/// The parameters that choose a snapshot.
enum SnapshotParameters {
  static let snapshot = Argument(
    "SNAPSHOT", .path, .optional, default: "latest",
    help: "A path, the id of a snapshot in the store or the beginning of one, or 'latest'.")
  static let at = Option(
    "at", "TIME", .time,
    help: "The newest snapshot of that time or before: 2026-11-20T15:30:00Z, 2026-11-20, '2h ago'.")
}

extension Invocation {
  /// The snapshot that the command line chooses.
  /// - Throws: `SnapshotError`.
  func chosenSnapshot() throws -> SnapshotStore.Found {
    if let time = self[SnapshotParameters.at] {
      let now = Double(Timestamp.now().milliseconds) / 1000
      let milliseconds = time.seconds(now: now) * 1000
      return try trustedStore.at(Timestamp(milliseconds: Int64(max(-9e15, min(9e15, milliseconds)))))
    }
    return try snapshot(self[SnapshotParameters.snapshot] ?? "latest")
  }

  /// The snapshot that a word chooses.
  /// - Throws: `SnapshotError`.
  func snapshot(_ selector: String) throws -> SnapshotStore.Found {
    // What can only be a path is told what is wrong with that path.
    if selector.contains("/") {
      guard let status = try LocalFiles().status(selector, followLinks: true) else {
        throw SnapshotError(.missing, at: selector)
      }
      guard status.kind == .file else { throw SnapshotError(.notAFile, at: selector) }
    }
    do {
      return try trustedStore.find(selector)
    } catch let error as SnapshotError {
      // A folder or a pipe of that name is what was meant.
      guard case .noSnapshot = error.reason, selector != "latest",
        try LocalFiles().status(selector, followLinks: true) != nil
      else { throw error }
      throw SnapshotError(.notAFile, at: selector)
    }
  }
}

extension SnapshotStore.Found {
  /// What is to be said of damaged ones that were passed over.
  var notes: [String] {
    skipped.map { "passed over \($0.id): \($0.problem.map(\.description) ?? "damaged")" }
  }
}
