// A database that somebody has open is not replaced, however little they do with it.
import Foundation
import Synchronization
import TestProcesses
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct SwapHeldTests {
  private let folder: SwapFolder

  init() throws { folder = try SwapFolder() }

  @Test(arguments: ["delete", "wal", "persist"], ["never read", "idle", "reading", "writing"])
  func `a database held open by another program is refused, untouched`(journal: String, activity: String) throws {
    try refuse(journal, activity, hasLeases: true)
  }

  @Test(arguments: ["delete", "wal", "persist"], ["never read", "idle", "reading", "writing"])
  func `one held open on a file system without leases is refused as well`(journal: String, activity: String) throws {
    try refuse(journal, activity, hasLeases: false)
  }

  private func refuse(_ journal: String, _ activity: String, hasLeases: Bool) throws {
    try makeDatabase(folder.database, says: "old", journal: journal)
    try makeDatabase(folder.prepared, says: "new")
    let commands =
      switch activity {
      case "never read": ""
      case "idle": "SELECT count(*) FROM state;"
      case "reading": "BEGIN; SELECT count(*) FROM state;"
      default: "INSERT INTO state VALUES(50, 'more', 0); BEGIN IMMEDIATE; INSERT INTO state VALUES(51, 'more', 0);"
      }
    let holder = try Holder(".open \(folder.database)\n\(commands)")
    #expect(FileHolder.others(of: folder.database).map(\.pid).contains(holder.program.pid))
    let before = try folder.contents
    let files = FaultyFiles(lacking: hasLeases ? [] : ["lease"])
    let failure = #expect(throws: SwapError.self) {
      try Swap(files: files).replace(target: folder.database, with: folder.prepared)
    }
    #expect(failure?.code == .busy)
    #expect(failure?.isRefusal == true)
    #expect(failure?.holders.contains(FileHolder(pid: holder.program.pid, command: "sqlite3")) == true)
    #expect("\(failure as Any)".contains("sqlite3, process \(holder.program.pid)"))
    #expect(try folder.contents == before)
    // They go on as if nothing had been tried.
    let answer = try holder.tell("SELECT DISTINCT word FROM state WHERE id < 50;")
    #expect(answer.contains("old"))
    try holder.kill()
    _ = try Swap().replace(target: folder.database, with: folder.prepared)
    #expect(try found(folder.database) == whole("new"))
  }

  @Test func `a database that this process has open is refused before it is touched`() throws {
    try makeDatabase(folder.database, says: "old")
    try makeDatabase(folder.prepared, says: "new")
    let connection = try Connection(path: folder.database)
    try connection.execute("BEGIN EXCLUSIVE")
    let failure = #expect(throws: SwapError.self) {
      try Swap().replace(target: folder.database, with: folder.prepared)
    }
    #expect(failure?.code == .busy)
    // Its lock still stands: another program is kept out.
    #expect(throws: ProgramFailure.self) { try sqlite3(folder.database, "INSERT INTO state VALUES(70, 'x', 0)") }
    try connection.execute("ROLLBACK")
    try connection.close()
    _ = try Swap().replace(target: folder.database, with: folder.prepared)
    #expect(try found(folder.database) == whole("new"))
  }

  /// Starts programs that open the target, each just before one operation, and waits until they wait for a lease.
  private final class Openers: Sendable {
    let started = Mutex<[RunningProgram]>([])
    private let target: String
    private let moments: Set<String>
    private let seen = Mutex<Set<String>>([])
    private let exchanges = Mutex(0)

    init(_ target: String, at moments: Set<String>) {
      self.target = target
      self.moments = moments
    }

    func before(_ operation: String, _ files: FaultyFiles) throws {
      var moment = operation
      if operation == "exchange" {
        moment += exchanges.withLock {
          $0 += 1; return "\($0)"
        }
      }
      if operation == "syncFolder", exchanges.withLock({ $0 }) > 0 { moment = "synced" }
      guard moments.contains(moment), seen.withLock({ $0.insert(moment).inserted }) else { return }
      let waitedFor = files.waitedFor
      // Read-only, the program opens the file once; else it has a look at it first.
      let program = try RunningProgram(
        "sqlite3", ["-batch", "-readonly", target, "SELECT DISTINCT word FROM state;"])
      started.withLock { $0.append(program) }
      while files.waitedFor == waitedFor { sched_yield() }
    }

    /// What each printed, once it ended.
    func answers() -> [String] {
      started.withLock { $0 }.map { $0.listenToTheEnd().trimmingCharacters(in: .whitespacesAndNewlines) }
    }
  }

  @Test(arguments: [
    // Somebody opens the old one just before the exchange: back, and they get the old one.
    (["exchange1"], "old", ["old"]),
    // Somebody opens the new one, just after: they wait until it is on the disk, and get it.
    (["synced"], "new", ["new"]),
    // Both: back; the first gets the old one, and the second must not get a file that is about to go.
    (["exchange1", "exchange2"], "old", ["old", "not a database"]),
  ])
  func `somebody who opens it in the midst of the swap gets the database that stays`(
    moments: [String], word: String, answers: [String]
  ) throws {
    try makeDatabase(folder.database, says: "old")
    try makeDatabase(folder.prepared, says: "new")
    let openers = Openers(folder.database, at: Set(moments))
    let files = FaultyFiles(before: { try openers.before($0, $1) })
    let outcome = Result { try Swap(files: files).replace(target: folder.database, with: folder.prepared) }
    let heard = openers.answers()
    #expect(heard.count == answers.count)
    for (one, expected) in zip(heard, answers) { #expect(one.contains(expected)) }
    #expect(try found(folder.database) == whole(word))
    switch outcome {
    case .success: #expect(word == "new")
    case .failure(let failure):
      #expect(word == "old")
      #expect((failure as? SwapError)?.code == .busy)
      #expect(try folder.names.filter { !$0.hasPrefix("db.tidemark-restore-") } == ["db"])
    }
  }
}
