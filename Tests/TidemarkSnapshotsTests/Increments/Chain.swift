// A store and a database that changes between captures, for the tests of increments.
import Foundation
import TidemarkSQLite

@testable import TidemarkSnapshots

/// A database of some thirty blocks, and a store of its snapshots an hour apart.
final class Chain {
  let scratch: Scratch
  let store: SnapshotStore
  var database: String { scratch.path("a.db") }
  private var random: Seeded
  private var hour: Int64 = 0

  init(seed: UInt64 = 3, rows: Int = 40_000, journal: String = "wal", pageSize: Int = 4096) throws {
    scratch = try Scratch()
    store = SnapshotStore(scratch.path("store"))
    random = Seeded(state: seed)
    try makeDatabase(database, pageSize: pageSize, journal: journal, rows: rows, seed: seed)
  }

  /// The way of capturing of the next hour.
  func capture(every: Int = 24, full: Bool = false, pin: String? = nil, hours: Int64 = 1) -> Capture {
    hour += hours
    let time = Timestamp(milliseconds: 1_577_836_800_000 + hour * 3_600_000)
    var capture = Capture(pin: pin, clock: { time })
    capture.fullEvery = every
    capture.full = full
    return capture
  }

  @discardableResult
  func take(every: Int = 24, full: Bool = false, pin: String? = nil, hours: Int64 = 1) throws -> Capture.Report {
    try store.capture(database, with: capture(every: every, full: full, pin: pin, hours: hours))
  }

  /// Runs some SQL.
  func change(_ sql: String) throws {
    let connection = try Connection(path: database)
    try connection.execute("PRAGMA synchronous=OFF")
    try connection.execute(sql)
    try connection.close()
  }

  /// Changes a few rows at random: updates, deletions and new ones.
  func write(_ times: Int) throws {
    var sql = "BEGIN;"
    for _ in 0..<times {
      let row = Int.random(in: 1...40_000, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: sql += "DELETE FROM jobs WHERE id BETWEEN \(row) AND \(row + 60);"
      case 1: sql += "INSERT INTO jobs(name, command, noise) SELECT name, command, randomblob(900) FROM jobs LIMIT 40;"
      default: sql += "UPDATE jobs SET noise = randomblob(40), command = 'changed \(row)' WHERE id = \(row);"
      }
    }
    try change(sql + "COMMIT")
  }

  /// The bytes that a whole snapshot of the database as it is now restores to.
  func wholeBytes() throws -> [UInt8] {
    try Capture().run(database: database, to: scratch.path("whole.sqlite.lz4"))
    defer { try? FileManager.default.removeItem(atPath: scratch.path("whole.sqlite.lz4")) }
    return try bytes(of: scratch.path("whole.sqlite.lz4"))
  }

  /// The bytes that a snapshot restores to.
  func bytes(of snapshot: String) throws -> [UInt8] {
    defer { try? FileManager.default.removeItem(atPath: scratch.path("out.db")) }
    try Unpacker().unpack(snapshot, to: scratch.path("out.db"))
    return try scratch.bytes("out.db")
  }

  /// Flips one bit in a file.
  func flip(_ path: String, at place: Int) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[place] ^= 0x10
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
