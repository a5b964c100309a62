// Capture of a database that others use, and capture that fails half-way.
import Foundation
import Synchronization
import TestProcesses
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

/// What fails.
private enum Fault: Sendable {
  case write(after: Int64)
  /// An operation of this name.
  case operation(String)

  /// Files that do.
  var files: HookedFiles {
    switch self {
    case .write(let limit):
      HookedFiles(onWrite: { bytes, offset in
        if offset + Int64(bytes.count) > limit { throw FileError("write", "x", ENOSPC) }
      })
    case .operation(let name):
      HookedFiles(onOperation: { if $0 == name { throw FileError(name, "x", name == "allocate" ? ENOSPC : EIO) } })
    }
  }
}

@Suite struct CaptureTests {
  /// Every transaction moves money between two accounts of one of many pages: a torn copy does not add up.
  @Test(arguments: ["whole", "increments"])
  func underABusyWriterInAnotherProcessEachCaptureAddsUpAndTheWriterNeverFails(_ kind: String) throws {
    let scratch = try Scratch()
    let database = scratch.path("a.db")
    try run(
      "sqlite3",
      [
        database,
        "PRAGMA journal_mode=wal; CREATE TABLE account(id INTEGER PRIMARY KEY, n INTEGER, pad TEXT);"
          + "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<20000)"
          + "INSERT INTO account SELECT i, 100, hex(randomblob(60)) FROM c",
      ])
    let complaints = scratch.path("complaints")
    let writer = try RunningProgram("sqlite3", ["-bail", database], errors: complaints)
    // The writer reads its statements from a thread that feeds it as fast as it takes them, until told to stop.
    let stop = Mutex(false)
    let fed = Mutex(0)
    let feeder = Thread {
      let batch = ".timeout 20000\nPRAGMA synchronous=OFF;\n"
      try? writer.tell(batch)
      var random = Seeded(state: 5)
      while !stop.withLock({ $0 }) {
        var text = ""
        for _ in 0..<20 {
          let from = Int.random(in: 1...20000, using: &random)
          let to = Int.random(in: 1...20000, using: &random)
          text += "BEGIN IMMEDIATE; UPDATE account SET n=n-7 WHERE id=\(from); UPDATE account SET n=n+7 WHERE id=\(to);"
          text += "INSERT INTO account(n,pad) VALUES(0,hex(randomblob(60))); COMMIT;\n"
        }
        try? writer.tell(text)
        fed.withLock { $0 += 20 }
      }
      try? writer.endInput()
    }
    feeder.start()
    let store = SnapshotStore(scratch.path("store"))
    for round in 0..<12 {
      let report =
        kind == "whole"
        ? try Capture().run(database: database, to: scratch.path("s\(round).sqlite.lz4")) : try store.capture(database)
      #expect((report.manifest.parent != nil) == (kind == "increments" && round > 0))
      let connection = try SnapshotReader.open(report.path).openConnection()
      #expect(try connection.value("SELECT sum(n) FROM account") == 2_000_000, "\(report.manifest.capture)")
      #expect(try connection.value("PRAGMA integrity_check") == "ok")
    }
    stop.withLock { $0 = true }
    #expect(try writer.end() == 0)
    #expect(try String(contentsOfFile: complaints, encoding: .utf8) == "")
    #expect(fed.withLock { $0 } > 20)
    #expect(try integrity(database) == "ok")
  }

  @Test func aReaderThatPinsTheWALMakesItFallBackToOneBackupStep() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 100)
    let old = try Connection(path: scratch.path("a.db"))
    try old.execute("BEGIN")
    #expect(try old.value("SELECT count(*) FROM jobs") == 100)
    let writer = try Connection(path: scratch.path("a.db"))
    try writer.execute("INSERT INTO jobs(name) VALUES('new')")
    let report = try Capture(check: true).run(database: scratch.path("a.db"), to: scratch.path("s.sqlite.lz4")) {
      DatabaseDescription(lineage: "\(try $0.value("SELECT count(*) FROM jobs", as: Int.self) ?? 0)")
    }
    #expect(report.manifest.capture == .backup)
    #expect(report.manifest.journalMode == "wal")
    #expect(report.manifest.description?.lineage == "101")
    #expect(
      try SnapshotReader.open(scratch.path("s.sqlite.lz4")).openConnection().value("SELECT count(*) FROM jobs") == 101)
    try old.execute("COMMIT")
    #expect(try scratch.names.filter { $0.contains(PartFile.mark) }.isEmpty)
  }

  @Test func inRollbackModeTheReportSaysHowLongWritersCanHaveWaited() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: "delete", rows: 5000)
    let report = try Capture().run(database: scratch.path("a.db"), to: scratch.path("s.sqlite.lz4")) { _ in
      let writer = try Connection(path: scratch.path("a.db"))
      #expect(throws: SQLiteError.self) { try writer.execute("INSERT INTO jobs(name) VALUES('x')") }
      return DatabaseDescription()
    }
    #expect(report.writersWaited > 0)
    #expect(report.writersWaited <= report.seconds)
    let writer = try Connection(path: scratch.path("a.db"))
    try writer.execute("INSERT INTO jobs(name) VALUES('x')")
  }

  @Test func aMissingSourceIsSaidAndNotCreated() throws {
    let scratch = try Scratch()
    let error = try #require(throws: SnapshotError.self) {
      try Capture().run(database: scratch.path("none.db"), to: scratch.path("s.sqlite.lz4"))
    }
    #expect(error.code == "missing")
    #expect(throws: SnapshotError.self) { try SnapshotStore(scratch.path("store")).capture(scratch.path("none.db")) }
    #expect(try scratch.names.isEmpty)
  }

  @Test func whatIsEncryptedOrNoDatabaseIsRefused() throws {
    let scratch = try Scratch()
    var random = Seeded(state: 3)
    try scratch.write("a.db", (0..<8192).map { _ in UInt8.random(in: 0...255, using: &random) })
    let error = try #require(throws: SnapshotError.self) {
      try Capture().run(database: scratch.path("a.db"), to: scratch.path("s.sqlite.lz4"))
    }
    #expect(error.code == "unreadable")
    #expect(try scratch.names == ["a.db"])
  }

  @Test func aDatabaseThatFailsTheCheckIsNotCaptured() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: "delete", rows: 5000)
    var bytes = try scratch.bytes("a.db")
    for place in 40 * 4096..<41 * 4096 { bytes[place] = 0xaa }
    try scratch.write("a.db", bytes)
    let error = try #require(throws: SnapshotError.self) {
      try Capture(check: true).run(database: scratch.path("a.db"), to: scratch.path("s.sqlite.lz4"))
    }
    #expect(["check-failed", "database"].contains(error.code))
    #expect(try scratch.names == ["a.db"])
    let sound = try Scratch()
    try makeDatabase(sound.path("a.db"))
    #expect(try Capture(check: true).run(database: sound.path("a.db"), to: sound.path("s")).manifest.check == .quickOK)
  }

  static let faults: [(String, String)] = [
    ("write 0", "disk-full"), ("write 15", "disk-full"), ("write 400000", "disk-full"), ("tail", "disk-full"),
    ("sync", "file"), ("renameNew", "file"), ("syncFolder", "file"),
  ]

  @Test(arguments: faults) func whateverFailsNothingIsLeft(_ name: String, _ code: String) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 20_000)
    let whole = try Capture().run(database: scratch.path("a.db"), to: scratch.path("whole"))
    let fault: Fault =
      switch name {
      case "sync", "renameNew", "syncFolder": .operation(name)
      case "tail": .write(after: whole.fileSize - 1)
      default: .write(after: Int64(name.dropFirst(6)) ?? 0)
      }
    let error = try #require(throws: SnapshotError.self) {
      try Capture(files: fault.files).run(database: scratch.path("a.db"), to: scratch.path("s"))
    }
    #expect(error.code == code)
    #expect(try scratch.names.sorted() == ["a.db", "whole"])
    // The database is free again.
    try Connection(path: scratch.path("a.db")).execute("INSERT INTO jobs(name) VALUES('x')")
  }

  @Test(arguments: ["allocate", "write 15", "write 2000000", "sync"])
  func aRestoreThatFailsLeavesNothing(_ name: String) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 20_000)
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    let fault: Fault = name.hasPrefix("write") ? .write(after: Int64(name.dropFirst(6)) ?? 0) : .operation(name)
    #expect(throws: SnapshotError.self) {
      try Unpacker(files: fault.files).unpack(scratch.path("s"), to: scratch.path("x.db"))
    }
    #expect(try scratch.names == ["a.db", "s"])
  }

  @Test func whicheverOperationFailsNothingIsLeftAndTheDatabaseIsFree() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 5000)
    // Some of it cannot be compressed, so that it takes several pieces, and the thread that writes them.
    try Connection(path: scratch.path("a.db")).execute("CREATE TABLE noise AS SELECT randomblob(3000000) AS b")
    let counting = FaultyFiles()
    try Capture(workers: 1, files: counting).run(database: scratch.path("a.db"), to: scratch.path("whole"))
    #expect(counting.log.count { $0 == "write" } > 4)
    for place in 1...counting.count {
      let files = FaultyFiles(.error(ENOSPC), at: place)
      let output = scratch.path("s")
      do {
        try Capture(workers: 1, files: files).run(database: scratch.path("a.db"), to: output)
        // Only a hint to the disk may fail without harm.
        #expect(try Verifier().verify(output).isSound)
      } catch is SnapshotError {
        let left = try scratch.names.filter { $0.contains(PartFile.mark) }
        #expect(left.isEmpty, "operation \(place), \(files.log.suffix(3))")
      }
      if FileManager.default.fileExists(atPath: output) { try FileManager.default.removeItem(atPath: output) }
      let writer = try Connection(path: scratch.path("a.db"))
      try writer.execute("INSERT INTO jobs(name) VALUES('x')")
    }
  }

  @Test func aFolderThatIsNotThereIsSaid() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"))
    let error = try #require(throws: SnapshotError.self) {
      try Capture().run(database: scratch.path("a.db"), to: scratch.path("none/s"))
    }
    #expect(error.code == "file")
    #expect(error.description.contains("none/s"))
  }

  struct Cancelled: Error {}

  @Test(arguments: [1, 2, 5]) func whatProgressThrowsEndsTheWorkAndLeavesNothing(_ call: Int) throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), rows: 40_000)
    let calls = Mutex(0)
    let handler: ProgressHandler = { _ in
      let now = calls.withLock { value in
        value += 1
        return value
      }
      if now >= call { throw Cancelled() }
    }
    #expect(throws: Cancelled.self) {
      try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"), progress: handler)
    }
    #expect(try scratch.names == ["a.db"])
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    calls.withLock { $0 = 0 }
    #expect(throws: Cancelled.self) {
      try Unpacker().unpack(scratch.path("s"), to: scratch.path("x.db"), progress: handler)
    }
    #expect(throws: Cancelled.self) { try Verifier().verify(scratch.path("s"), progress: handler) }
    #expect(try scratch.names == ["a.db", "s"])
  }

  @Test func whatDescribeThrowsComesThrough() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"))
    #expect(throws: Cancelled.self) {
      try Capture().run(database: scratch.path("a.db"), to: scratch.path("s")) { _ in throw Cancelled() }
    }
    #expect(try scratch.names == ["a.db"])
  }

  @Test func aLockOfThisProcessOutlivesACapture() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: "delete")
    let holder = try Connection(path: scratch.path("a.db"))
    try holder.execute("BEGIN; SELECT count(*) FROM jobs")
    let statement = try holder.prepare("SELECT * FROM jobs")
    try statement.step()
    try Capture().run(database: scratch.path("a.db"), to: scratch.path("s"))
    // Another process can only write where our shared lock was lost.
    #expect(try run("sqlite3", [scratch.path("a.db"), "BEGIN EXCLUSIVE"]).errors.contains("locked"))
    statement.reset()
    try holder.execute("COMMIT")
  }
}
