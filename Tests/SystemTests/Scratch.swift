// A folder of one test's own, and shell scripts run in it with the built programs and the real `sqlite3` and `lz4` at hand.
import Foundation
import TestProcesses
import Testing

extension Ended {
  /// Standard output as the one JSON object that it has to be.
  func json() throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], "\(output)\(errors)")
  }
}

/// A folder that goes with the test.
final class Scratch: Sendable {
  let folder: String

  /// Makes it; every user may look into it.
  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-system-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The folder of the built programs, beside the tests.
  static var programs: String {
    get throws {
      let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") } + [.main]
      let folders = bundles.flatMap { [$0.bundleURL, $0.bundleURL.deletingLastPathComponent()] }.map(\.path)
      return try #require(folders.first { FileManager.default.isExecutableFile(atPath: $0 + "/tidemark") })
    }
  }

  /// The top of the repository.
  static var root: String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  }

  /// Whether this user may mount and become another one.
  static var isRoot: Bool { getuid() == 0 }

  /// Whether a process of another user can run the tool from here.
  static var runsAsNobody: Bool {
    guard isRoot, let scratch = try? Scratch() else { return false }
    return (try? scratch.shell("$NOBODY tidemark --version").status) == 0
  }

  /// Whether a file system of one's own can be mounted.
  static var mounts: Bool {
    guard isRoot, let scratch = try? Scratch() else { return false }
    return (try? scratch.shell("mkdir m && unshare -m mount -t tmpfs -o size=100k none m").status) == 0
  }

  /// What `bash` makes of a script in this folder. `$SNAPSHOTS` is the repository's folder of them; `$NOBODY COMMAND` runs
  /// it as a user without rights.
  @discardableResult
  func shell(_ script: String) throws -> Ended {
    let environment = [
      "PATH": "\(try Self.programs):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
      "SNAPSHOTS": Self.root + "/Snapshots",
      "TIDEMARK_STORE": "store", "NOBODY": "setpriv --reuid=65534 --regid=65534 --clear-groups --",
    ]
    return try run("/bin/bash", ["-c", script], environment: environment, folder: folder)
  }

  /// The same, for a script that has to succeed: its output, without the last line's end.
  @discardableResult
  func said(_ script: String) throws -> String {
    let ended = try shell(script)
    try #require(ended.status == 0, "\(script)\n\(ended.output)\(ended.errors)")
    return ended.output.hasSuffix("\n") ? String(ended.output.dropLast()) : ended.output
  }

  func path(_ name: String) -> String { folder + "/" + name }
  func names(_ name: String = ".") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }
  func write(_ bytes: Data, _ name: String) throws { try bytes.write(to: URL(filePath: path(name))) }

  /// All of a database but Tidemark's own tables, in which there are times.
  func content(_ name: String) throws -> String { try said("sqlite3 '\(name)' .dump | grep -v tidemark_") }

  /// A script that makes what a command for retention is about; nothing for other commands.
  static func retained(_ command: String, database: String, store: String) -> String {
    guard command.hasPrefix("prune") else { return "" }
    return command.contains("--previous")
      ? "tidemark restore $SNAPSHOTS/old-build-7.sqlite.lz4 --database \(database) --quiet"
      : "for n in 1 2 3; do tidemark snapshot --full --database \(database) --store \(store) --quiet; done"
  }

  /// `jobs.db` at this build's schema, in rollback-journal mode.
  func database() throws {
    try said(
      """
      tidemark restore $SNAPSHOTS/old-build-7.sqlite.lz4 --database jobs.db --quiet
      sqlite3 jobs.db 'PRAGMA journal_mode = DELETE'
      """)
  }
}
