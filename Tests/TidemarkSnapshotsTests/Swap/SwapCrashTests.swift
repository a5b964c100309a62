// A swap that stops at any of its operations, or in which any of them fails, leaves the old database or the new one.
import Foundation
import Testing
import TidemarkSQLite
import TidemarkSnapshots

/// What stands at the target before a swap.
enum SwapScene: String, CaseIterable, CustomTestStringConvertible {
  case rollback, wal, hotWAL, hotJournal, damaged, damagedWithLog, missing, missingWithLog
  case withoutExchange, withoutLease

  var testDescription: String { rawValue }
  var lacking: Set<String> {
    switch self {
    case .withoutExchange: ["exchange"]
    case .withoutLease: ["lease"]
    default: []
    }
  }

  /// What the plain program finds of the old database.
  var old: String {
    switch self {
    case .hotWAL: "old,late 21 ok"
    case .damaged, .damagedWithLog: "damaged"
    case .missing, .missingWithLog: "missing"
    default: whole("old")
    }
  }

  func make(in folder: SwapFolder) throws {
    switch self {
    case .missing: break
    case .wal: try makeDatabase(folder.database, says: "old", journal: "wal")
    case .hotWAL, .hotJournal:
      try makeDatabase(folder.database, says: "old", journal: self == .hotWAL ? "wal" : "delete")
      let late = self == .hotWAL ? "INSERT INTO state VALUES(100, 'late', zeroblob(3000));" : ""
      try Holder(
        """
        .open \(folder.database)
        PRAGMA cache_size=2; PRAGMA wal_autocheckpoint=0; \(late)
        BEGIN; UPDATE state SET word = 'torn', filler = randomblob(3000);
        """
      ).kill()
    case .damaged, .damagedWithLog:
      try folder.write("db", [UInt8](repeating: 7, count: 9000))
      if self == .damagedWithLog { try folder.write("db-wal", Array("the tail of a log".utf8)) }
    case .missingWithLog:
      try makeDatabase(folder.database, says: "stale", journal: "wal")
      try Holder(".open \(folder.database)\nUPDATE state SET word = 'staler';").kill()
      try FileManager.default.removeItem(atPath: folder.database)
    default: try makeDatabase(folder.database, says: "old")
    }
    try makeDatabase(folder.prepared, says: "new")
  }

  /// What the plain program finds at the target.
  func find(in folder: SwapFolder) throws -> String {
    guard FileManager.default.fileExists(atPath: folder.database) else { return "missing" }
    do { return try found(folder.database) } catch let failure as ProgramFailure {
      return failure.words.contains("not a database") ? "damaged" : failure.words
    }
  }

  /// The names a folder has when the old database is in place and nothing was left behind.
  func oldNames(_ before: [String]) -> [String] {
    before.filter { !$0.contains(".tidemark-restore-") && !$0.hasSuffix("-shm") && isKept($0) }
  }

  /// Side files that the old database's own recovery folds away.
  private func isKept(_ name: String) -> Bool {
    switch self {
    case .hotWAL, .hotJournal: !name.hasSuffix("-wal") && !name.hasSuffix("-journal")
    default: true
    }
  }
}

@Suite struct SwapCrashTests {
  /// Runs a swap with a fault at an operation; whether the operation was reached.
  private func run(
    _ scene: SwapScene, _ template: SwapFolder, _ fault: FaultyFiles.Fault, at place: Int,
    attempts: Int = 20, _ check: (SwapFolder, [String], Bool) throws -> Void
  ) throws -> Bool {
    let folder = try SwapFolder(copying: template)
    let before = try folder.names
    let files = FaultyFiles(fault, at: place, lacking: scene.lacking)
    var isDone = false
    do {
      _ = try Swap(files: files).replace(target: folder.database, with: folder.prepared)
      isDone = true
    } catch let failure as SwapError where [.busy, .prepared].contains(failure.code) && !files.isMet && attempts > 0 {
      // A program that another test starts just now shares the descriptors until it runs: then there is no lease to be had.
      files.die()
      return try run(scene, template, fault, at: place, attempts: attempts - 1, check)
    } catch let failure as SwapError {
      if case .error = fault { #expect(failure.code != .unfinished, "\(failure)") }
      #expect(files.isMet, "\(failure)")
    }
    files.die()
    try check(folder, before, isDone)
    return files.isMet
  }

  @Test(arguments: SwapScene.allCases)
  func `a crash at any operation leaves the old database or the new one, and the next start tidies up`(
    scene: SwapScene
  ) throws {
    let template = try SwapFolder()
    try scene.make(in: template)
    var place = 0
    var finds: Set<String> = []
    var isMet = true
    while isMet {
      place += 1
      isMet = try run(scene, template, .crash, at: place) { (folder, before, _) throws in
        let first = try scene.find(in: folder)
        finds.insert(first)
        #expect(first == scene.old || first == whole("new"), "operation \(place)")
        try mend(folder)
        let second = try scene.find(in: folder)
        #expect(second == first, "operation \(place)")
        if second == whole("new") {
          let kept = try PreviousDatabases.list(folder.database)
          #expect(kept.count == (scene == .missing ? 0 : 1), "operation \(place)")
          if scene.old.hasSuffix("ok") { #expect(try kept.map { try found($0.path) } == [scene.old]) }
          #expect(try folder.names.allSatisfy { $0 == "db" || $0.hasPrefix("db.previous-") }, "operation \(place)")
        } else if scene != .missingWithLog {
          #expect(try scene.oldNames(folder.names) == scene.oldNames(before), "operation \(place)")
        }
      }
    }
    // It began with the old and ended with the new, and had many places to stop at.
    #expect(finds == [scene.old, whole("new")])
    #expect(place > 15)
  }

  @Test(arguments: SwapScene.allCases)
  func `any operation may fail: the database is as it was, or the swap is done`(scene: SwapScene) throws {
    let template = try SwapFolder()
    try scene.make(in: template)
    var place = 0
    var isMet = true
    while isMet {
      place += 1
      isMet = try run(scene, template, .error(place.isMultiple(of: 2) ? EIO : ENOSPC), at: place) {
        (folder, before, isDone) throws in
        #expect(try scene.find(in: folder) == (isDone ? whole("new") : scene.old), "operation \(place)")
        if !isDone {
          #expect(try found(folder.prepared) == whole("new"), "operation \(place)")
          #expect(try scene.oldNames(folder.names) == scene.oldNames(before), "operation \(place)")
        }
      }
    }
    #expect(place > 15)
  }

  @Test(arguments: [SwapScene.rollback, .hotWAL, .damagedWithLog, .withoutExchange])
  func `a start that mends may itself stop anywhere`(scene: SwapScene) throws {
    // Every place at which a note is left behind.
    let template = try SwapFolder()
    try scene.make(in: template)
    var place = 0
    var notes = 0
    var attempts = 200
    var isMet = true
    while isMet {
      place += 1
      let folder = try SwapFolder(copying: template)
      let files = FaultyFiles(at: place, lacking: scene.lacking)
      let ended = Result { try Swap(files: files).replace(target: folder.database, with: folder.prepared) }
      files.die()
      if !files.isMet, case .failure(let error as SwapError) = ended, [.busy, .prepared].contains(error.code) {
        // A program that another test starts just now has the file for a moment: the same place again.
        attempts -= 1
        try #require(attempts > 0, "\(error)")
        place -= 1
        continue
      }
      isMet = files.isMet
      guard try folder.names.contains("db.tidemark-swap") else { continue }
      notes += 1
      let saved = try scene.find(in: folder)
      var mendPlace = 0
      while true {
        mendPlace += 1
        let mending = FaultyFiles(at: mendPlace, lacking: scene.lacking)
        _ = try? Swap(files: mending).recover(target: folder.database)
        mending.die()
        #expect(try scene.find(in: folder) == saved, "operation \(place), mending \(mendPlace)")
        if !mending.isMet { break }
      }
      #expect(try !folder.names.contains("db.tidemark-swap"))
    }
    #expect(notes > 5)
  }

  @Test func `a note that is damaged, of a later version, or points elsewhere is refused`() throws {
    let folder = try SwapFolder()
    try makeDatabase(folder.database, says: "old")
    for text in [
      "tidemark swap 2\nend\n", "tidemark swap 1\nprepared x y\nend\n",
      "tidemark swap 1\nprepared 1 ../x\nold 1 2 3.0\nprevious db.previous-1\nend\n",
      "tidemark swap 1\nprepared 1 db.x\nold 1 2 3.0\nprevious other\nend\n",
      "tidemark swap 1\nprepared 1 db.x\nold 1 2 3.0\nprevious db.previous-1\nside -rm\nend\n",
    ] {
      try folder.write("db.tidemark-swap", Array(text.utf8))
      let before = try folder.contents
      let failure = #expect(throws: SwapError.self, "\(text)") { try Swap().recover(target: folder.database) }
      #expect(failure?.code == .intent)
      #expect(try folder.contents == before)
    }
    try folder.write("db.tidemark-swap", Array("tidemark swap 1\nprepa".utf8))
    #expect(try Swap().recover(target: folder.database)?.outcome == .undone)
    #expect(try folder.names == ["db"])
    #expect(try Swap().recover(target: folder.database) == nil)
  }

  @Test func `when the files are not those of the note, every one is kept`() throws {
    let folder = try SwapFolder()
    try makeDatabase(folder.database, says: "third")
    try makeDatabase(folder.prepared, says: "some")
    let note =
      "tidemark swap 1\nprepared 1 db.tidemark-restore-00112233445566ff\nold 2 2 3.0\nprevious db.previous-1\nend\n"
    try folder.write("db.tidemark-swap", Array(note.utf8))
    let report = try Swap().recover(target: folder.database)
    #expect(report?.outcome == .kept)
    #expect(try PreviousDatabases.list(folder.database).map { try found($0.path) } == [whole("some")])
    #expect(try found(folder.database) == whole("third"))
  }

  @Test func `a start without anything to mend looks for one file`() throws {
    let folder = try SwapFolder()
    try makeDatabase(folder.database, says: "old")
    let files = FaultyFiles()
    #expect(try Swap(files: files).recover(target: folder.database) == nil)
    #expect(files.log == ["status", "status", "status"])
  }

  /// What every start does.
  private func mend(_ folder: SwapFolder) throws {
    _ = try Swap().recover(target: folder.database)
    try RestoreFile.clearLeftovers(beside: folder.database)
  }
}
