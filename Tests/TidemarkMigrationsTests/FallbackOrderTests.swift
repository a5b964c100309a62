// Which changes a fallback takes down: those applied behind the lowest unknown one, whatever their positions say.
import Testing
import TidemarkMigrations

@Suite struct FallbackOrderTests {
  private static func entry(_ migration: any Migration, position: Int64, of build: Lineage) -> Changelog.Entry {
    Changelog.Entry(
      id: migration.id, position: position, name: migration.name, revision: 0, appliedAt: "2026-01-01T00:00:00Z",
      appliedBy: "test", upgradeDigest: build.upgradeDigests[migration.id] ?? "", downgrade: migration.downgrade.sql,
      irreversible: nil, objects: "{}")
  }

  /// Builds that did not know better have counted from 1 behind a baseline.
  @Test func positionsBehindABaselineMayOverlap() throws {
    let all = tables(1, 2, 3, 4)
    let entries = { (ids: ClosedRange<Int64>) in
      ids.enumerated().map { Self.entry(table(MigrationID($1)), position: Int64($0 + 1), of: all) }
    }
    let changelog = Changelog(
      lineage: "test", entries: entries(3...4),
      folded: Changelog.Folded(id: 2, at: "2026-01-01T00:00:00Z", retired: entries(1...2)))
    let plan = try Plan.make(for: DatabaseState(changelog: changelog, hasObjects: true), lineage: tables(1, 3, 4))
    let downs = plan.fallback?.filter { $0.kind == .downgrade }.compactMap(\.id)
    #expect(downs == [4, 3, 2])
    #expect(plan.fallback?.filter { $0.kind == .upgrade }.compactMap(\.id) == [3, 4])
    #expect(plan.steps.filter { $0.kind == .downgrade }.compactMap(\.id) == [2])
  }
}
