// How the service starts on whatever it finds, and what it leaves at its end.
import AheadLineage
import Foundation
import SchedulerMigrations
import Testing
import Tidemark

@Suite struct StartTests {
  /// Runs a scheduler until it is ready, and ends it.
  private func runOnce(_ scratch: Scratch, _ options: [String] = []) async throws -> RunningScheduler {
    let running = try RunningScheduler(scratch, options)
    try await running.line(with: "ready")
    #expect(await running.stop() == 0)
    return running
  }

  @Test func aStopTakesASnapshotThatRestores() async throws {
    let scratch = try Scratch()
    let running = try RunningScheduler(scratch)
    try await running.line(with: "ready")
    try scheduler(scratch, "submit", "web/test/a", "sleep 1000")
    try await running.line(with: "test/a: running")
    #expect(await running.stop() == 0)
    try await running.line(with: "test/a: killed (signal 15)")
    try await running.line(with: "snapshot")
    #expect(running.lines.last == "stopped")
    let entries = try scratch.store.list()
    #expect(entries.count == 1)
    let copy = scratch.path("copy.db")
    try ManagedDatabase(copy, lineage: lineage).restore(try #require(entries.first).path)
    #expect(try scratch.dump(copy) == scratch.dump())
    #expect(try scratch.value("SELECT state FROM tasks", as: String.self) == "killed")
  }

  @Test func snapshotsAreTakenWhileItRuns() async throws {
    let scratch = try Scratch()
    let running = try RunningScheduler(scratch, ["--snapshot-every", "1s"])
    try await running.line(with: "snapshot")
    #expect(await running.stop() == 0)
    #expect(try scratch.store.list().count >= 2)
  }

  @Test(arguments: [(7, "upgrade 12"), (14, "downgrade 14")])
  func anotherBuildsDatabaseIsBroughtHere(last: Int64, step: String) async throws {
    let scratch = try Scratch()
    let snapshot = last < 12 ? "old-build-7" : "ahead-build-14"
    let other = last < 12 ? lineage.prefix(through: MigrationID(last)) : aheadLineage
    try ManagedDatabase(scratch.database, lineage: other).restore(Repository.path("Snapshots/\(snapshot).sqlite.lz4"))
    let tasks = try #require(try scratch.value("SELECT count(*) FROM tasks", as: Int.self))
    let refused = try scheduler(scratch, "list")
    #expect(refused.status == 2 && refused.errors.contains("not at this build's schema"))
    let running = try RunningScheduler(scratch)
    try await running.line(with: step)
    try await running.line(with: "ready")
    #expect(try scheduler(scratch, "list").status == 0)
    #expect(await running.stop() == 0)
    // Where the minute turned meanwhile, cron lines have added tasks of their own.
    let withRole = try #require(try scratch.value("SELECT count(*) FROM tasks WHERE role IS NOT NULL", as: Int.self))
    #expect(withRole >= tasks)
    // Before a rollback a pinned snapshot was taken.
    let pinned = try scratch.store.list().filter { $0.manifest?.pinned != nil }
    #expect(pinned.count == (last > 12 ? 1 : 0))
  }

  @Test func anotherBuildsStartIsRefusedWhileThisOneRuns() async throws {
    let scratch = try Scratch()
    let running = try RunningScheduler(scratch)
    try await running.line(with: "ready")
    let ahead = RestoreService(
      database: scratch.database, lineage: aheadLineage, options: .init(lockTimeout: .milliseconds(50)))
    await #expect(throws: LockError.self) { try await ahead.start() }
    #expect(await running.stop() == 0)
    #expect(try scratch.value("SELECT max(id) FROM tidemark_changelog", as: Int.self) == 12)
  }

  @Test func aSecondSchedulerIsRefusedAndTheFirstKeepsItsTasks() async throws {
    let scratch = try Scratch()
    let first = try RunningScheduler(scratch)
    try await first.line(with: "ready")
    try scheduler(scratch, "submit", "web/test/a", "sleep 1000")
    try await first.line(with: "test/a: running")
    let second = try RunningScheduler(scratch)
    #expect(await second.end() == 2)
    #expect(second.complaints.contains("another scheduler runs on \(scratch.database): process \(first.pid) on "))
    #expect(try scratch.value("SELECT state FROM tasks", as: String.self) == "running")
    #expect(await first.stop() == 0)
    // And the lock ends with its holder.
    let third = try RunningScheduler(scratch)
    try await third.line(with: "ready")
    #expect(await third.stop() == 0)
  }

  @Test func aMissingDatabaseWithSnapshotsIsRefusedUntilToldWhatToDo() async throws {
    let scratch = try Scratch()
    _ = try await runOnce(scratch)
    try FileManager.default.removeItem(atPath: scratch.database)
    let refused = try RunningScheduler(scratch)
    #expect(await refused.end() == 2)
    #expect(refused.complaints.contains("is not there, or empty, but"))
    #expect(refused.complaints.contains("(`--on-missing restore-newest`)"))
    #expect(!FileManager.default.fileExists(atPath: scratch.database))

    let restored = try await runOnce(scratch, ["--on-missing", "restore-newest"])
    #expect(restored.lines.contains { $0.hasPrefix("restored \(scratch.store.folder)/") })

    try FileManager.default.removeItem(atPath: scratch.database)
    let created = try await runOnce(scratch, ["--on-missing", "create"])
    #expect(created.lines.contains { $0.hasSuffix("database created, at 1–12") })
  }

  @Test func theNewestGoodSnapshotIsRestoredPastADamagedOne() async throws {
    let scratch = try Scratch()
    _ = try await runOnce(scratch)
    let good = try #require(try scratch.store.list().first)
    let bad = scratch.store.folder + "/29990101T000000.000Z-00000000" + SnapshotStore.suffix
    var bytes = try Data(contentsOf: URL(filePath: good.path))
    // A run of bytes and not one bit: a bit of a match's offset within zeros can decode to the very same pages.
    for place in bytes.count / 3..<bytes.count / 3 + 64 { bytes[place] ^= 0xff }
    try bytes.write(to: URL(filePath: bad))
    try FileManager.default.removeItem(atPath: scratch.database)
    let running = try await runOnce(scratch, ["--on-missing", "restore-newest"])
    #expect(running.lines.contains("restored \(good.path)"))
    #expect(running.lines.contains { $0.contains("skipped 29990101T000000.000Z-00000000") })
  }

  @Test func aDamagedDatabaseIsRefusedOrMovedAsideAndRestored() async throws {
    let scratch = try Scratch()
    _ = try await runOnce(scratch)
    let noise = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })
    try noise.write(to: URL(filePath: scratch.database))
    let refused = try RunningScheduler(scratch)
    #expect(await refused.end() == 2)
    #expect(refused.complaints.contains("cannot be read"))
    #expect(refused.complaints.contains("(`--on-damage restore`)"))
    #expect(try Data(contentsOf: URL(filePath: scratch.database)) == noise)

    let running = try await runOnce(scratch, ["--on-damage", "restore"])
    let line = try #require(running.lines.first { $0.hasPrefix("the database that was there is kept as ") })
    let previous = String(line.dropFirst("the database that was there is kept as ".count))
    let path = previous.contains("/") ? previous : scratch.path(previous)
    #expect(try Data(contentsOf: URL(filePath: path)) == noise)
  }
}
