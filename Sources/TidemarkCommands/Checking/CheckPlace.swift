// Paths as the services that show findings want them: from the top of the working tree.

import Tidemark

/// Where the tool was run, in its repository.
struct CheckPlace: Sendable {
  private let top: String?
  private let prefix: String

  /// Asks git about the folder of the migrations, and about the one that the tool was run in.
  init(_ folder: String) {
    top = GitHistory(folder).top
    prefix = GitHistory(".").prefix ?? ""
  }

  /// A path from the top of the working tree; as it is where it is not below that.
  func path(_ path: String) -> String {
    if path.hasPrefix("/") {
      guard let top, path.hasPrefix(top + "/") else { return path }
      return String(path.dropFirst(top.utf8.count + 1))
    }
    return prefix + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
  }
}
