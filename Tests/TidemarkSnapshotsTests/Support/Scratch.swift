// A folder that is removed with its test, and the programs that the tests run.
import Foundation
import TestProcesses
import TidemarkSQLite

/// A temporary folder.
final class Scratch {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "tidemark-snapshots-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
    try? FileManager.default.removeItem(atPath: folder)
  }

  func path(_ name: String) -> String { folder + "/" + name }
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }
  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name)))) }
  func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path(name))) }
  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
}

/// Runs a program to its end.
@discardableResult
func run(_ program: String, _ arguments: [String], input: String? = nil) throws -> Ended {
  try TestProcesses.run(program, arguments, input: input)
}

/// Numbers that a seed reproduces.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Makes a database of jobs: rows that compress, and some noise that does not.
func makeDatabase(
  _ path: String, pageSize: Int = 4096, journal: String = "wal", rows: Int = 2000, seed: UInt64 = 1
) throws {
  let connection = try Connection(path: path)
  try connection.execute("PRAGMA page_size=\(pageSize); PRAGMA journal_mode=\(journal); PRAGMA synchronous=OFF")
  try connection.execute("CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT, command TEXT, noise BLOB)")
  try connection.execute("CREATE INDEX jobs_name ON jobs(name)")
  var random = Seeded(state: seed)
  try connection.transaction {
    let insert = try connection.prepare("INSERT INTO jobs(name, command, noise) VALUES(?, ?, ?)")
    for row in 0..<rows {
      let noise = [random.next(), random.next(), random.next(), random.next(), random.next()].withUnsafeBytes(
        Array.init)
      try insert.run("job-\(row)", "/usr/bin/run --role web --number \(row) --quiet --retries 3", noise)
    }
  }
  try connection.close()
}

/// What SQLite's full check says of a file, asked with SQLite's own program.
func integrity(_ path: String) throws -> String {
  try run("sqlite3", [path, "PRAGMA integrity_check"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// All rows of the jobs as one text.
func content(_ path: String) throws -> String {
  try run("sqlite3", [path, "SELECT * FROM jobs ORDER BY id; SELECT count(*) FROM jobs"]).output
}
