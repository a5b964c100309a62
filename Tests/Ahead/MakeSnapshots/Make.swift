// Makes the snapshots in Snapshots/: of a build several migrations back, of this one, and of one two migrations ahead.
// The same seed gives the same rows. Databases are filled at the first of these schemas and brought on from there, as
// those of a service are.
import AheadLineage
import SchedulerMigrations
import Tidemark

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@main
struct Make {
  /// When the oldest was taken; the others followed a day and two days later.
  private static let start = Timestamp(milliseconds: 1_794_873_600_000)
  private static let day: Int64 = 86_400_000

  static func main() throws {
    guard let folder = CommandLine.arguments.dropFirst().first else { return print("usage: MakeSnapshots FOLDER") }
    let builds = [
      ("old-build-7", lineage.prefix(through: 7)), ("this-build-12", lineage), ("ahead-build-14", aheadLineage),
    ]
    let work = FileManager.default.temporaryDirectory.appending(path: "make-snapshots-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: work) }
    let path = work + "/scheduler.db"
    for (index, (name, lineage)) in builds.enumerated() {
      let time = start.adding(milliseconds: Int64(index) * day)
      try ManagedDatabase(path, lineage: lineage, options: .init(build: name)).migrate()
      let connection = try Connection(path: path, mode: .readWrite)
      try connection.execute("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON")
      var content = Content(connection, seed: UInt64(index + 1), until: time)
      try connection.transaction { try content.fill(generation: index) }
      // When the steps ran and how long they took is all that a seed does not decide.
      try connection.run("UPDATE tidemark_changelog SET applied_at = ? WHERE applied_by = ?", "\(time)", name)
      try connection.run(
        "UPDATE tidemark_history SET started_at = ?, seconds = 0.01 WHERE build = ?", "\(time)", name)
      try connection.close()
      let capture = Capture(level: 12, check: true, writer: name, clock: { time })
      let report = try capture.run(
        database: path, to: "\(folder)/\(name)\(SnapshotStore.suffix)",
        describe: { try DatabaseDescription(of: $0) })
      print("\(report.path): \(report.plainSize) bytes in \(report.fileSize)")
    }
  }
}
