// What a database and a store hold, in words that are the same whenever they hold the same.
import Foundation
import Tidemark

/// Something that must never be.
struct Unsound: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Ways to look at what is there.
enum Look {
  /// All that a database holds but its history and times; "missing" when it is not there.
  /// - Throws: when plain SQLite cannot read it, or finds it unsound.
  static func database(_ path: String) throws -> String {
    guard FileManager.default.fileExists(atPath: path) else { return "missing" }
    let connection = try Connection(path: path, mode: .readWrite, vfs: "unix")
    let check = try connection.rows("PRAGMA integrity_check").map { try $0.get(0, as: String.self) }
    guard check == ["ok"] else { throw Unsound("integrity_check of \(path): \(check.joined(separator: "; "))") }
    var lines: [String] = []
    let objects = try connection.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    for object in objects {
      lines.append(object.values.map { "\($0)" }.joined(separator: " "))
      guard try object.get(0, as: String.self) == "table" else { continue }
      let name = try object.get(1, as: String.self)
      if name == "tidemark_history" || name == "sqlite_sequence" { continue }
      let isOwn = name.hasPrefix("tidemark_")
      let rows = try connection.rows("SELECT * FROM \(SQL.quote(name))")
        .filter { !(name == "tidemark_meta" && $0["key"] == .text("verified")) }
        .map { row in row.values.map { "\($0)" }.joined(separator: " ") }
      lines += (isOwn ? rows.map(withoutTimes) : rows).sorted().map { "\(name): \($0)" }
    }
    try connection.close()
    return lines.joined(separator: "\n")
  }

  /// The ids of a store's snapshots, each of which is verified.
  /// - Throws: when one is damaged.
  static func store(_ bench: Bench) throws -> [String] {
    try bench.store.list().map { entry in
      if let problem = entry.problem { throw Unsound("snapshot \(entry.id): \(problem)") }
      var verifier = Verifier()
      verifier.trust = bench.trust
      let report = try verifier.verify(entry.path)
      guard report.isSound else { throw Unsound("snapshot \(entry.id): \(report)") }
      return entry.id
    }.sorted()
  }

  /// What a snapshot's database holds.
  static func snapshot(_ path: String, in bench: Bench) throws -> String {
    let output = bench.root + "/unpacked.db"
    defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(output + suffix) } }
    var unpacker = Unpacker()
    unpacker.trust = bench.trust
    try unpacker.unpack(path, to: output)
    return try database(output)
  }

  /// Moments in RFC 3339 as one word.
  static func withoutTimes(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if let end = time(in: bytes, at: index) {
        result += Array("TIME".utf8)
        index = end
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Where a moment ends that begins at a place.
  private static func time(in bytes: [UInt8], at start: Int) -> Int? {
    let shape = Array("0000-00-00T00:00:00".utf8)
    guard start + shape.count < bytes.count else { return nil }
    for (byte, wanted) in zip(bytes[start...], shape) {
      guard wanted == UInt8(ascii: "0") ? (48...57).contains(byte) : byte == wanted else { return nil }
    }
    var end = start + shape.count
    while end < bytes.count, bytes[end] == UInt8(ascii: ".") || (48...57).contains(bytes[end]) { end += 1 }
    return end < bytes.count && bytes[end] == UInt8(ascii: "Z") ? end + 1 : nil
  }
}
