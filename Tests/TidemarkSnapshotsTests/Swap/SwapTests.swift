// A prepared database takes a database's place, and the old one is kept.
import Foundation
import TestFiles
import Testing
import TidemarkSQLite
import TidemarkSnapshots

@Suite struct SwapTests {
  private let folder: SwapFolder
  private let noon = UTCStamp(seconds: 1_785_412_800)

  init() throws { folder = try SwapFolder() }

  @Test(arguments: ["delete", "wal", "truncate", "persist"], ["delete", "wal"])
  func `the new database is found, and the old one under its date`(old: String, new: String) throws {
    try makeDatabase(folder.database, says: "old", journal: old)
    try makeDatabase(folder.prepared, says: "new", journal: new)
    let report = try Swap().replace(target: folder.database, with: folder.prepared, now: noon)
    #expect(report.way == .exchanged)
    #expect(report.notes == [])
    #expect(report.previous == folder.path + "/db.previous-20260730T120000Z")
    #expect(try found(folder.database) == whole("new"))
    #expect(try found(report.previous ?? "") == whole("old"))
    #expect(try folder.names == ["db", "db.previous-20260730T120000Z"])
  }

  @Test(arguments: [
    (["exchange"], SwapReport.Way.renamed, 0), (["lease"], .exchanged, 1), (["exchange", "lease"], .renamed, 1),
    (["exchange", "lease", "renameNew"], .renamed, 1), (["lockRange"], .exchanged, 1),
  ])
  func `a file system that lacks something is used as well as it can be, and the report says so`(
    lacking: [String], way: SwapReport.Way, notes: Int
  ) throws {
    try makeDatabase(folder.database, says: "old", journal: "wal")
    try makeDatabase(folder.prepared, says: "new")
    let files = FaultyFiles(lacking: Set(lacking))
    let report = try Swap(files: files).replace(target: folder.database, with: folder.prepared, now: noon)
    #expect(report.way == way)
    #expect(report.notes.count == notes)
    #expect(try found(folder.database) == whole("new"))
    #expect(try found(report.previous ?? "") == whole("old"))
    #expect(try folder.names == ["db", "db.previous-20260730T120000Z"])
  }

  @Test func `without exchange and links it is refused`() throws {
    try makeDatabase(folder.database, says: "old")
    try makeDatabase(folder.prepared, says: "new")
    let before = try folder.contents
    let files = FaultyFiles(lacking: ["exchange", "link"])
    let failure = #expect(throws: SwapError.self) {
      try Swap(files: files).replace(target: folder.database, with: folder.prepared)
    }
    #expect(failure?.code == .unsupported)
    #expect(failure?.isRefusal == true)
    #expect(try folder.contents == before)
  }

  @Test func `two in one second get two names`() throws {
    for word in ["a", "b", "c"] {
      try makeDatabase(folder.prepared, says: word)
      _ = try Swap().replace(target: folder.database, with: folder.prepared, now: noon)
    }
    #expect(try folder.names == ["db", "db.previous-20260730T120000Z", "db.previous-20260730T120000Z-2"])
    #expect(try found(folder.database) == whole("c"))
    #expect(try PreviousDatabases.list(folder.database).map { try found($0.path) } == [whole("b"), whole("a")])
  }

  @Test(arguments: ["wal", "delete"])
  func `what a killed writer committed is in the old database, what it did not is not`(journal: String) throws {
    try makeDatabase(folder.database, says: "old", journal: journal)
    try makeDatabase(folder.prepared, says: "new")
    let writer = try Holder(
      """
      .open \(folder.database)
      PRAGMA cache_size=2; PRAGMA wal_autocheckpoint=0;
      INSERT INTO state VALUES(100, 'committed', zeroblob(3000));
      BEGIN; UPDATE state SET word = 'torn', filler = randomblob(3000);
      """)
    try writer.kill()
    let side = journal == "wal" ? "db-wal" : "db-journal"
    #expect(try folder.contents[side]?.isEmpty == false)
    let report = try Swap().replace(target: folder.database, with: folder.prepared)
    #expect(try found(folder.database) == whole("new"))
    #expect(try found(report.previous ?? "") == "old,committed 21 ok")
    #expect(try folder.names.count == 2)
  }

  @Test func `a link stays, and what it leads to is replaced`() throws {
    let real = folder.path + "/real"
    try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: false)
    try makeDatabase(real + "/data", says: "old")
    try FileManager.default.createSymbolicLink(atPath: folder.database, withDestinationPath: "real/data")
    let file = try RestoreFile(beside: folder.database)
    file.close()
    try makeDatabase(file.path, says: "new")
    let report = try Swap().replace(target: folder.database, with: file.path, now: noon)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.database) == "real/data")
    #expect(try found(folder.database) == whole("new"))
    #expect(report.previous?.hasSuffix("/real/data.previous-20260730T120000Z") == true)
    #expect(try PreviousDatabases.list(folder.database).count == 1)
  }

  @Test func `a missing database is made, and stale side files are never replayed into it`() throws {
    try makeDatabase(folder.database, says: "stale", journal: "wal")
    let writer = try Holder(".open \(folder.database)\nUPDATE state SET word = 'staler';")
    try writer.kill()
    try FileManager.default.removeItem(atPath: folder.database)
    try folder.write("db-journal", Array("a journal".utf8))
    let wal = try folder.contents["db-wal"]
    try makeDatabase(folder.prepared, says: "new")
    let report = try Swap().replace(target: folder.database, with: folder.prepared, now: noon)
    #expect(report.way == .created)
    #expect(report.previous == nil)
    #expect(try found(folder.database) == whole("new"))
    let aside = "db.previous-20260730T120000Z"
    #expect(try folder.names == ["db", aside + "-journal", aside + "-wal"])
    #expect(try folder.contents[aside + "-wal"] == wal)
    #expect(report.displaced.count == 2)
  }

  @Test(arguments: ["garbage", "empty"])
  func `a database that cannot be opened goes aside whole`(kind: String) throws {
    try makeDatabase(folder.prepared, says: "new")
    try folder.write("db", kind == "empty" ? [] : [UInt8](repeating: 7, count: 9000))
    try folder.write("db-wal", Array("the tail of a log".utf8))
    let before = try folder.contents
    let report = try Swap().replace(target: folder.database, with: folder.prepared, now: noon)
    let aside = "db.previous-20260730T120000Z"
    #expect(try found(folder.database) == whole("new"))
    #expect(report.notes.count == 1)
    #expect(try folder.contents[aside] == before["db"])
    #expect(try folder.contents[aside + "-wal"] == before["db-wal"])
    #expect(try folder.names == ["db", aside, aside + "-wal"])
  }

  @Test func `owner, mode and access list are kept`() throws {
    try makeDatabase(folder.database, says: "old")
    try makeDatabase(folder.prepared, says: "new")
    let files = LocalFiles()
    let isRoot = geteuid() == 0
    if isRoot { try files.setOwner(folder.database, 1234, 4321) }
    try files.setMode(folder.database, 0o640)
    // Version 2: owner rw-, user 77 r--, group r--, mask r--, other ---.
    let list: [UInt8] =
      [2, 0, 0, 0]
      + [(1, 6, nil), (2, 4, 77), (4, 4, nil), (16, 4, nil), (32, 0, nil)].flatMap {
        (tag: UInt8, bits: UInt8, id: UInt8?) in
        [tag, 0, bits, 0] + (id.map { [$0, 0, 0, 0] } ?? [255, 255, 255, 255])
      }
    try files.setAttribute("system.posix_acl_access", of: folder.database, list)
    let old = try files.status(folder.database, followLinks: false)
    _ = try Swap().replace(target: folder.database, with: folder.prepared)
    let new = try files.status(folder.database, followLinks: false)
    #expect(new?.owner == old?.owner)
    #expect(new?.group == old?.group)
    #expect(new?.mode == old?.mode)
    #expect(new?.inode != old?.inode)
    #expect(try files.attribute("system.posix_acl_access", of: folder.database) == list)
  }

  @Test(arguments: geteuid() == 0 ? ["setOwner", "setMode", "setAttribute"] : ["setMode", "setAttribute"])
  func `what cannot be kept is refused, and the database is as it was`(operation: String) throws {
    try makeDatabase(folder.database, says: "old")
    try makeDatabase(folder.prepared, says: "new")
    let local = LocalFiles()
    try local.setMode(folder.prepared, 0o600)
    if operation == "setOwner" { try local.setOwner(folder.prepared, 1234, 1234) }
    if operation == "setAttribute" {
      try local.setAttribute(
        "system.posix_acl_access", of: folder.prepared,
        [2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 77, 0, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255]
          + [16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255])
    }
    let before = try folder.contents
    let files = FaultyFiles(before: { name, _ in if name == operation { throw FileError(name, "injected", EPERM) } })
    let failure = #expect(throws: SwapError.self) {
      try Swap(files: files).replace(target: folder.database, with: folder.prepared)
    }
    #expect(failure?.code == .unkept)
    #expect(failure?.isRefusal == true)
    #expect(try folder.contents == before)
  }

  @Test(arguments: ["missing", "not SQLite", "elsewhere", "open", "side file"])
  func `a file that is not prepared is refused`(kind: String) throws {
    try makeDatabase(folder.database, says: "old")
    var prepared = folder.prepared
    var holder: Holder?
    switch kind {
    case "missing": break
    case "not SQLite": try folder.write("db.tidemark-restore-00112233445566ff", [1, 2, 3])
    case "elsewhere":
      try FileManager.default.createDirectory(atPath: folder.path + "/x", withIntermediateDirectories: false)
      prepared = folder.path + "/x/db"
      try makeDatabase(prepared, says: "new")
    case "open":
      try makeDatabase(prepared, says: "new")
      holder = try Holder(".open \(prepared)\nSELECT count(*) FROM state;")
    default:
      try makeDatabase(prepared, says: "new")
      try folder.write("db.tidemark-restore-00112233445566ff-wal", [1])
    }
    let before = try folder.contents["db"]
    let failure = #expect(throws: SwapError.self) { try Swap().replace(target: folder.database, with: prepared) }
    #expect(failure?.code == .prepared)
    #expect(try folder.contents["db"] == before)
    try holder?.kill()
  }

  @Test func `a folder, and a link to nothing, are refused`() throws {
    try makeDatabase(folder.prepared, says: "new")
    try FileManager.default.createDirectory(atPath: folder.database, withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "/nowhere/db")
    for target in ["/db", "/link"] {
      let failure = #expect(throws: SwapError.self) {
        try Swap().replace(target: folder.path + target, with: folder.prepared)
      }
      #expect(failure?.code == .target)
    }
    #expect(try Swap().recover(target: folder.path + "/link") == nil)
    #expect(try found(folder.prepared) == whole("new"))
  }
}
