// What stands beside a database that is a source: it counts, it stays as it is, and it leads nowhere.
import Foundation
import TestProcesses
import Testing
import TidemarkSQLite

@testable import TidemarkSnapshots

@Suite struct SourceSidesTests {
  /// A database and the journal of a transaction that was cut short when some of it was in the file.
  private func hot() throws -> Scratch {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("live.db"), journal: "delete", rows: 3_000)
    let connection = try Connection(path: scratch.path("live.db"))
    try connection.execute("PRAGMA cache_size = 5; BEGIN; UPDATE jobs SET command = 'half'")
    try scratch.write("a.db", scratch.bytes("live.db"))
    try scratch.write("a.db-journal", scratch.bytes("live.db-journal"))
    try connection.execute("ROLLBACK")
    try connection.close()
    #expect(try scratch.bytes("a.db") != scratch.bytes("live.db"))
    return scratch
  }

  /// Has the journal end in what SQLite writes there for a transaction over several databases: the path of a file that
  /// is removed with it.
  private func name(_ path: String, inJournalIn scratch: Scratch) throws {
    var record: [UInt8] = []
    func add(_ number: Int) { record += (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    add(0x4000_0000 / 4096 + 1)
    record += Array(path.utf8)
    add(path.utf8.count)
    add(path.utf8.reduce(0) { $0 + Int($1) })
    record += [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]
    try scratch.write("a.db-journal", scratch.bytes("a.db-journal") + record)
  }

  private func contents(_ scratch: Scratch) throws -> [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: try scratch.names.map { ($0, try scratch.bytes($0)) })
  }

  @Test func aJournalThatNamesAnotherFileDeletesNothing() throws {
    let scratch = try hot()
    try scratch.write("victim", "of somebody")
    try name(scratch.path("victim"), inJournalIn: scratch)
    let before = try contents(scratch)
    let error = try #require(throws: SnapshotError.self) {
      try Unpacker().unpack(scratch.path("a.db"), to: scratch.path("out.db"))
    }
    #expect(error.code == "invalid" && "\(error)".contains("names one that would be removed"))
    #expect(throws: SQLiteError.self) { try Connection(path: scratch.path("a.db"), mode: .readWrite) }
    #expect(throws: SnapshotError.self) {
      try Capture().run(database: scratch.path("a.db"), to: scratch.path("out.sqlite.lz4"))
    }
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link.db"), withDestinationPath: scratch.path("a.db"))
    #expect(throws: SQLiteError.self) { try Connection(path: scratch.path("link.db")) }
    try FileManager.default.removeItem(atPath: scratch.path("link.db"))
    #expect(try contents(scratch) == before)
    // SQLite itself would have.
    try run("sqlite3", [scratch.path("a.db"), "SELECT count(*) FROM jobs"])
    #expect(try !scratch.names.contains("victim"))
  }

  @Test func aJournalThatGoesWhileItIsLookedAtIsNone() throws {
    let scratch = try hot()
    let journal = scratch.path("a.db-journal")
    let files = FaultyFiles(before: { name, _ in
      if name == "open" { try FileManager.default.removeItem(atPath: journal) }
    })
    #expect(try SuperJournal.name(inJournalOf: scratch.path("a.db"), files: files) == nil)
    #expect(files.log.contains("open"))
  }

  /// A service that attaches databases leaves such journals when it is killed.
  @Test func aSuperJournalOfSQLitesOwnIsSQLites() throws {
    let scratch = try hot()
    let own = scratch.path("other.db-mj1A2B3C94D")
    try scratch.write("other.db-mj1A2B3C94D", "\0")
    try name(own, inJournalIn: scratch)
    let connection = try Connection(path: scratch.path("a.db"), mode: .readWrite)
    #expect(try connection.value("SELECT count(*) FROM jobs WHERE command = 'half'") == 0)
    try connection.close()
    // As a source it is refused: where it came from, it can be rolled back.
    let again = try hot()
    try name(own, inJournalIn: again)
    #expect(throws: SnapshotError.self) { try Unpacker().unpack(again.path("a.db"), to: again.path("out.db")) }
  }

  @Test func aHotJournalCountsAndTheSourceStaysAsItIs() throws {
    let scratch = try hot()
    var before = try contents(scratch)
    try Unpacker().unpack(scratch.path("a.db"), to: scratch.path("out.db"))
    #expect(try content(scratch.path("out.db")) == content(scratch.path("live.db")))
    #expect(try integrity(scratch.path("out.db")) == "ok")
    before["out.db"] = try scratch.bytes("out.db")
    #expect(try contents(scratch) == before)
  }

  @Test func whatIsInTheWALCountsAndTheSourceStaysAsItIs() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("live.db"), rows: 300)
    let connection = try Connection(path: scratch.path("live.db"))
    try connection.execute("PRAGMA wal_autocheckpoint = 0; UPDATE jobs SET command = 'whole'")
    try scratch.write("a.db", scratch.bytes("live.db"))
    try scratch.write("a.db-wal", scratch.bytes("live.db-wal"))
    let before = try contents(scratch)
    try Unpacker().unpack(scratch.path("a.db"), to: scratch.path("out.db"))
    #expect(try content(scratch.path("out.db")).contains("whole"))
    let after = try contents(scratch)
    for name in ["a.db", "a.db-wal"] { #expect(after[name] == before[name], "\(name)") }
    try connection.close()
  }

  /// Its journal is not hot: whoever is at it would have half a transaction rolled back for nothing.
  @Test func aTransactionThatIsOpenIsWaitedFor() throws {
    let scratch = try Scratch()
    try makeDatabase(scratch.path("a.db"), journal: "delete", rows: 3_000)
    let writer = try RunningProgram("sqlite3", [scratch.path("a.db")])
    try writer.tell("PRAGMA cache_size = 5; BEGIN; UPDATE jobs SET command = 'half'; SELECT 'begun';\n")
    #expect(writer.listen(until: "begun").contains("begun"))
    let sides = try SourceSides(of: InputFile(scratch.path("a.db"), LocalFiles()))
    #expect(!sides.isHot)
    try writer.tell("ROLLBACK; SELECT 'ended';\n")
    #expect(writer.listen(until: "ended").contains("ended"))
  }
}
