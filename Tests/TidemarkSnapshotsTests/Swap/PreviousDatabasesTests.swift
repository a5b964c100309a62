// Displaced databases are listed, and pruned by number, age and size.
import Foundation
import Testing
import TidemarkSQLite
import TidemarkSnapshots

@Suite struct PreviousDatabasesTests {
  private let folder: SwapFolder
  private let noon = UTCStamp(seconds: 1_785_412_800)

  init() throws {
    folder = try SwapFolder()
    try folder.write("db", [1])
    for (name, size) in [
      ("20260730T110000Z", 100), ("20260730T110000Z-wal", 11), ("20260730T110000Z-2", 200), ("20260729T120000Z", 300),
      ("20260601T000000Z-journal", 40), ("20260601T000000Z-10", 1), ("20260601T000000Z-9", 1),
    ] { try folder.write("db.previous-" + name, [UInt8](repeating: 1, count: size)) }
    // None of these is one.
    for name in [
      "db.previous-", "db.previous-20260730", "db.previous-20260730T110000Z-1", "db.previous-20260730T110000Z-x",
      "db.previous-20260730T110000Z.gz", "other.previous-20260730T110000Z", "db.previous-20261330T110000Z",
    ] { try folder.write(name, [1]) }
    try FileManager.default.createDirectory(
      atPath: folder.path + "/db.previous-20260101T000000Z", withIntermediateDirectories: false)
  }

  private func stamps(_ list: [PreviousDatabase]) -> [String] {
    list.map { String($0.path.split(separator: "previous-")[1]) }
  }

  @Test func `they are listed newest first, with their side files`() throws {
    let all = try PreviousDatabases.list(folder.database)
    #expect(
      stamps(all) == [
        "20260730T110000Z-2", "20260730T110000Z", "20260729T120000Z", "20260601T000000Z-10", "20260601T000000Z-9",
        "20260601T000000Z",
      ])
    #expect(all.map(\.size) == [200, 111, 300, 1, 1, 40])
    #expect(all[1].files == [all[1].path, all[1].path + "-wal"])
    #expect(all[5].files == [all[5].path + "-journal"])
    #expect(try PreviousDatabases.list(folder.path + "/none/db") == [])
  }

  @Test(arguments: [
    (PreviousRule(), 0), (PreviousRule(keepLast: 2), 2), (PreviousRule(keepLast: 0), 0),
    (PreviousRule(keepLast: 99), 6),
    (PreviousRule(maximumAge: 3600), 2), (PreviousRule(maximumAge: 86400), 3), (PreviousRule(maximumAge: 86399), 2),
    (PreviousRule(maximumSize: 311), 2), (PreviousRule(maximumSize: 310), 1), (PreviousRule(maximumSize: .max), 6),
    (PreviousRule(keepLast: 5, maximumAge: 86400, maximumSize: 611), 3),
  ])
  func `a rule spares the newest, a dry run spares all`(rule: PreviousRule, spared: Int) throws {
    let all = try PreviousDatabases.list(folder.database)
    let before = try folder.names
    let dry = try PreviousDatabases.prune(folder.database, rule: rule, dryRun: true, now: noon)
    #expect(try folder.names == before)
    let wet = try PreviousDatabases.prune(folder.database, rule: rule, now: noon)
    #expect(wet == dry)
    #expect(wet.kept == Array(all.prefix(spared)))
    #expect(try PreviousDatabases.list(folder.database) == wet.kept)
    let gone = wet.removed.flatMap(\.files).map { $0.split(separator: "/").last.map(String.init) }
    #expect(try folder.names == before.filter { !gone.contains($0) })
    #expect(wet.freed == wet.removed.map(\.size).reduce(0, +))
  }

  @Test func `while a swap is unfinished nothing goes`() throws {
    try folder.write("db.tidemark-swap", [])
    let before = try folder.names
    #expect(try PreviousDatabases.prune(folder.database, rule: PreviousRule(), now: noon).removed == [])
    #expect(try folder.names == before)
  }
}
