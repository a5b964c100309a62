// The snapshots of this repository, each restored onto this build: the older is upgraded, the one from ahead rolled back
// by SQL that this build has never seen, the one of this build left as it is.
import AheadLineage
import Foundation
import SchedulerMigrations
import Testing
import Tidemark

@Suite struct SnapshotsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var undone: [MigrationID]
    var applied: [MigrationID]
    var jobs: Int
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "old-build-7", undone: [], applied: [8, 9, 10, 11, 12], jobs: 10),
    Case(name: "this-build-12", undone: [], applied: [], jobs: 15),
    Case(name: "ahead-build-14", undone: [14, 13], applied: [], jobs: 20),
  ]

  @Test(arguments: cases)
  func restoringOntoThisBuildConverges(test: Case) throws {
    let scratch = try Scratch()
    let snapshot = Repository.path("Snapshots/\(test.name).sqlite.lz4")
    #expect(try #require(try LocalFiles().status(snapshot, followLinks: false)).size < 100_000)
    let report = try ManagedDatabase(scratch.database, lineage: lineage).restore(snapshot)
    let steps = try #require(report.migration).steps.map(\.step)
    #expect(steps.filter { $0.kind == .downgrade }.compactMap(\.id) == test.undone)
    #expect(steps.filter { $0.kind == .upgrade }.compactMap(\.id) == test.applied)
    #expect(steps.count == test.undone.count + test.applied.count)
    #expect(
      try Schema.read(from: Connection(path: scratch.database, mode: .readOnly)).fingerprint(.loose)
        == lineage.headSchema().fingerprint(.loose))
    #expect(try scratch.value("SELECT count(*) FROM jobs", as: Int.self) == test.jobs)
    #expect(try scratch.value("SELECT count(*) FROM pragma_foreign_key_check", as: Int.self) == 0)
    #expect(try scratch.value("SELECT count(*) FROM tasks WHERE role IS NULL", as: Int.self) == 0)
    #expect(try scratch.value("SELECT count(*) FROM jobs WHERE length(command_hash) <> 16", as: Int.self) == 0)
    #expect(try scratch.value("SELECT count(*) FROM quotas WHERE role = 'maintenance'", as: Int.self) == 0)
  }

  @Test(arguments: [("old-build-7", 7), ("this-build-12", 12), ("ahead-build-14", 14)])
  func eachIsOfItsBuildAndInWALMode(name: String, last: Int64) throws {
    let manifest = try SnapshotReader.readManifest(Repository.path("Snapshots/\(name).sqlite.lz4"))
    let changelog = try #require(manifest.description?.changelog)
    #expect(changelog.map(\.id) == Array(1...last))
    #expect(changelog.allSatisfy { $0.downgrade != nil })
    #expect(manifest.journalMode == "wal")
    #expect(manifest.description?.lineage == "scheduler")
  }

  @Test func thereAndBackLosesNothingThatThisSchemaHolds() throws {
    let scratch = try Scratch()
    try ManagedDatabase(scratch.database, lineage: lineage).restore(
      Repository.path("Snapshots/this-build-12.sqlite.lz4"))
    let before = try scratch.dump()
    try ManagedDatabase(scratch.database, lineage: aheadLineage).migrate()
    #expect(try scratch.dump() != before)
    try ManagedDatabase(scratch.database, lineage: lineage).migrate()
    #expect(try scratch.dump() == before)
  }
}
