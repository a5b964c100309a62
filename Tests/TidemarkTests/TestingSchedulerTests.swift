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
}
