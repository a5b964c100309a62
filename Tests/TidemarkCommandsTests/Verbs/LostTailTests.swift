// A snapshot of which only the end was lost: every verb says so, and those that can go on without it do.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

@Suite struct LostTailTests {
  /// How the end is lost: the file was cut within its tail, or a bit in its manifest is another.
  enum Loss: String, CaseIterable { case cut, flipped }

  private func bench(_ loss: Loss) async throws -> (bench: Workbench, path: String) {
    let bench = try await Workbench().migrated(by: Builds.newer)
    try bench.execute("INSERT INTO jobs(name) VALUES ('kept')")
    #expect(await bench.tool("snapshot").status == 0)
    let store = bench.store
    let name = try #require(try LocalFiles().list(store).first { $0.hasSuffix(SnapshotStore.suffix) })
    let path = store + "/" + name
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    switch loss {
    case .cut: bytes.removeLast(40)
    case .flipped: bytes[bytes.count - 200] ^= 1
    }
    try bytes.write(to: URL(fileURLWithPath: path))
    return (bench, path)
  }

  @Test(arguments: Loss.allCases) func everyVerbSaysSoAndWhatCanGoOnDoes(_ loss: Loss) async throws {
    let (bench, path) = try await bench(loss)
    let words = "its tail is damaged"

    let verified = await bench.tool("verify", path)
    #expect(verified.status == 1)
    #expect(verified.output.contains(words))
    #expect(verified.output.contains("are sound: it can be restored"))

    let plan = await bench.tool("plan", path, "--sql")
    #expect(plan.status == 0, "\(plan.error)")
    #expect(plan.output.contains("ALTER TABLE jobs DROP COLUMN tier"))
    #expect(plan.output.contains(words))

    let preview = await bench.tool("restore", path, "--dry-run")
    #expect(preview.status == 0, "\(preview.error)")
    #expect(preview.output.contains("ALTER TABLE jobs DROP COLUMN tier"))
    #expect(preview.output.contains(words))

    let inside = await bench.tool("inspect", path)
    #expect(inside.status == 0, "\(inside.error)")
    #expect(inside.output.contains(words))
    let rows = await bench.tool("inspect", path, "--sql", "SELECT name FROM jobs")
    #expect(rows.output.contains("kept"))

    #expect(await bench.tool("snapshots").output.contains("damaged"))
    let latest = await bench.tool("restore", "latest", "--json")
    #expect(try latest.errorCode() == "snapshot.no-snapshot")

    let restored = await bench.tool("restore", path)
    #expect(restored.status == 0, "\(restored.error)")
    #expect(restored.output.contains(words))
    #expect(try bench.value("SELECT group_concat(name) FROM jobs") == "kept")
  }
}
