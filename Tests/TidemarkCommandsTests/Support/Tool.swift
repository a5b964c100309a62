// Runs the built `tidemark` as a process of its own, for what only a process can show: streams that are closed,
// readers that go, signals.

import Foundation
import TestProcesses
import Testing

enum Tool {
  /// The tool, built beside the tests.
  static var path: String {
    get throws {
      let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") } + [.main]
      let folders = bundles.flatMap { [$0.bundleURL, $0.bundleURL.deletingLastPathComponent()] }
      let candidates = folders.map { $0.appending(path: "tidemark").path }
      return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0) })
    }
  }

  /// What `sh -c` makes of a script in which `$TIDEMARK` is the tool.
  static func shell(_ script: String) async throws -> Ended {
    let ended = try TestProcesses.run(
      "/bin/sh", ["-c", script], environment: ["TIDEMARK": try path, "PATH": "/usr/bin:/bin"])
    return Ended(status: ended.status, output: ended.output, error: ended.errors)
  }
}
