// The reference scheduler's own lineage, held to what every service's should be held to.
import SchedulerMigrations
import Testing
import Tidemark
import TidemarkTesting

@Suite struct TestingSchedulerTests {
  @Test func theSchedulersLineageConverges() {
    let report = expectConverges(lineage)
    #expect(report.comparisons + report.skipped.count == lineage.migrations.count * 2 + 1)
    #expect(report.unfilled == [])
  }

  @Test func everyMigrationOfTheSchedulersCanBeUndone() {
    let report = expectReversible(lineage)
    #expect(report.skipped == [])
    #expect(report.rows > lineage.migrations.count)
  }

  @Test(arguments: lineage.ids)
  func itFoldsAnywhere(_ id: MigrationID) throws {
    #expect(try BaselineFold.make(lineage: lineage, through: id).proof.unsteady == [])
  }

  @Test func theSumVouchesForEveryMigration() {
    #expect(lineage.proofs.keys.sorted() == lineage.ids)
    #expect(lineage.proofs.values.filter { !$0.isLossless }.isEmpty)
  }

  @Test(arguments: ["old-build-7", "this-build-12", "ahead-build-14"])
  func everyDowngradeLeadsBackOnTheRowsOfASnapshot(_ name: String) throws {
    let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    let report = try expectReversible(lineage, on: "\(path)/Snapshots/\(name).sqlite.lz4")
    #expect(report.rows > 0)
    #expect(report.comparisons >= lineage.ids.count)
  }
}
