// What a restore would do is told without unpacking a snapshot, also where its manifest does not tell.
import Foundation
import Synchronization
import Testing
import Tidemark

@Suite struct PreviewTests {
  @Test(arguments: ["described", "undescribed", "cut"])
  func aSnapshotIsPlannedWhereItIs(_ kind: String) throws {
    let shop = try Workshop()
    let source = try shop.snapshot(of: tables(1, 2, 3), mode: "WAL")
    switch kind {
    case "undescribed":
      // Taken by the library alone, which knows nothing of changelogs.
      try shop.run("lz4 -d -q '\(source)' plain.db && rm '\(source)'")
      try Capture().run(database: shop.folder + "/plain.db", to: source)
    case "cut":
      let bytes = try Data(contentsOf: URL(fileURLWithPath: source))
      try bytes.dropLast(40).write(to: URL(fileURLWithPath: source))
    default: break
    }
    let phases = Mutex<[String]>([])
    var database = shop.database(tables(1, 2))
    database.options.onProgress = { progress in phases.withLock { $0.append(progress.phase) } }
    let preview = try database.preview(source)
    #expect(preview.plan.undone.map(\.id) == [3])
    #expect(preview.notes.isEmpty == (kind != "cut"))
    // Nothing was decoded beside it.
    #expect(phases.withLock { $0 }.isEmpty)
    #expect(try shop.litter().isEmpty)
    // The same that the restore does.
    #expect(try database.restore(source).migration?.after == preview.plan.after)
  }
}
