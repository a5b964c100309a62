// An overlay: what is written shows, what lies under it stays as it is, and no more is written than what changed.
import Foundation
import Testing

@testable import TidemarkSQLite

/// Bytes in memory.
private final class Bytes: PageSource {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  var size: Int64 { Int64(bytes.count) }
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
    buffer.copyBytes(from: bytes[Int(offset)..<Int(offset) + buffer.count])
  }
}

/// A source that cannot be read.
private final class Broken: PageSource {
  struct Failure: Error {}
  let size: Int64 = 8192
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws { throw Failure() }
}

@Suite struct OverlayTests {
  private static func prefix(_ folder: String) -> String { folder + "/aside-" }

  private static func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  private static func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// The bytes of a database of some pages.
  private static func database(_ folder: String, pageSize: Int, mode: String) throws -> [UInt8] {
    let path = folder + "/base.db"
    let connection = try Connection(path: path)
    try connection.execute("PRAGMA page_size = \(pageSize); PRAGMA journal_mode = \(mode)")
    try connection.execute(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
      INSERT INTO t(b) WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        SELECT hex(i * 7919) || '-------------------------------------------------' FROM n;
      """)
    try connection.close()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  @Test(arguments: [512, 4096, 65536], ["wal", "delete"])
  func aDatabaseIsWrittenAsideAndReadThrough(_ pageSize: Int, _ mode: String) throws {
    try Self.withFolder { folder in
      let base = Bytes(try Self.database(folder, pageSize: pageSize, mode: mode))
      let overlay = Overlay(over: base, beside: Self.prefix(folder), files: LocalFiles())
      let connection = try Connection(over: overlay)
      try connection.execute("UPDATE t SET b = 'changed' WHERE a = 2500; CREATE INDEX byA ON t(a) WHERE a < 10")
      #expect(try connection.value("SELECT b FROM t WHERE a = 2500") == "changed")
      #expect(try connection.value("SELECT count(*) FROM t") == 5000)
      #expect(try connection.value("PRAGMA integrity_check") == "ok")
      #expect(try Self.names(folder).isEmpty)
      #expect(overlay.logLength > 0 && overlay.writtenBytes < Int64(12 * max(pageSize, 4096)))
      // Checkpoints, shrinking and growing go through the pages themselves.
      try connection.execute("DELETE FROM t WHERE a > 100; PRAGMA wal_checkpoint; VACUUM; PRAGMA wal_checkpoint")
      #expect(try connection.value("SELECT count(*) FROM t") == 100)
      try connection.execute(
        "INSERT INTO t(b) SELECT b || a FROM t; PRAGMA wal_checkpoint; PRAGMA journal_mode = DELETE")
      #expect(try connection.value("SELECT count(*) FROM t") == 200)
      #expect(try connection.value("PRAGMA integrity_check") == "ok")
      #expect(try connection.value("PRAGMA journal_mode") == "delete")
      try connection.execute("BEGIN; DELETE FROM t; ROLLBACK")
      #expect(try connection.value("SELECT count(*) FROM t") == 200)
      try connection.close()
      // A second overlay knows nothing of the first.
      let other = try Connection(over: Overlay(over: base, beside: Self.prefix(folder), files: LocalFiles()))
      #expect(try other.value("SELECT count(*) FROM t WHERE b = 'changed'") == 0)
      #expect(try other.value("SELECT count(*) FROM t") == 5000)
      try other.close()
      #expect(try Self.names(folder).isEmpty)
    }
  }

  @Test(arguments: 1...20) func itHoldsWhatAFileWouldHold(_ seed: UInt64) throws {
    var random = Seeded(state: seed)
    try Self.withFolder { folder in
      var model = (0..<Int.random(in: 0...40_000, using: &random)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let overlay = Overlay(over: Bytes(model), beside: Self.prefix(folder), files: LocalFiles())
      for step in 0..<60 {
        let offset = Int.random(in: 0...50_000, using: &random)
        let count = Int.random(in: 1...9000, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
          try overlay.truncate(to: Int64(offset))
          if offset < model.count { model.removeSubrange(offset...) }
        case 1, 2:
          let bytes = [UInt8](repeating: UInt8(step + 1), count: count)
          try bytes.withUnsafeBytes { try overlay.write($0, at: Int64(offset)) }
          if model.count < offset + count { model += repeatElement(0, count: offset + count - model.count) }
          model.replaceSubrange(offset..<offset + count, with: bytes)
        default:
          var found = [UInt8](repeating: 99, count: count)
          try found.withUnsafeMutableBytes { try overlay.read(into: $0, at: Int64(offset)) }
          let there = offset < model.count ? Array(model[offset..<min(model.count, offset + count)]) : []
          #expect(found == there + [UInt8](repeating: 0, count: count - there.count), "step \(step)")
        }
        #expect(overlay.size == Int64(model.count), "step \(step)")
      }
    }
  }

  @Test func whyItCouldNotBeReadIsKept() throws {
    try Self.withFolder { folder in
      let overlay = Overlay(over: Broken(), beside: Self.prefix(folder), files: LocalFiles())
      #expect(throws: SQLiteError.self) { try Connection(over: overlay).execute("SELECT * FROM sqlite_schema") }
      #expect(overlay.lastFailure is Broken.Failure)
    }
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    try Self.withFolder { folder in
      let base = Bytes(try Self.database(folder, pageSize: 4096, mode: "delete"))
      let overlay = Overlay(over: base, beside: folder + "/none/aside-", files: LocalFiles())
      #expect(throws: SQLiteError.self) { try Connection(over: overlay) }
      #expect((overlay.lastFailure as? FileError)?.path.hasPrefix(folder + "/none") == true)
    }
  }
}

/// A generator that gives the same each time (https://prng.di.unimi.it/splitmix64.c, by its formula).
private struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
