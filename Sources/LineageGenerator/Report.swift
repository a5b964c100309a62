// What there is to say about the files, in the form that builds and editors understand.

/// Collects errors and warnings, each at a file and line.
final class Report {
  private(set) var lines: [String] = []
  private(set) var hasErrors = false

  /// Something that fails the build.
  func error(_ path: String, line: Int = 1, _ message: String) {
    hasErrors = true
    lines.append("\(path):\(line):1: error: \(message)")
  }

  /// Something to mend that does not fail the build.
  func warning(_ path: String, line: Int = 1, _ message: String) {
    lines.append("\(path):\(line):1: warning: \(message)")
  }

  /// Prints everything, in the order it was found.
  func show() {
    for line in lines { print(line) }
  }
}
