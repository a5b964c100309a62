// What the tests of the swap share: a folder, the real sqlite3 program, and databases that say what they are.
import Foundation
import TestProcesses
import TidemarkSQLite
import TidemarkSnapshots

/// A folder that goes away with its owner.
final class SwapFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("swap-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// With copies of another's files, but for shared memory.
  convenience init(copying other: SwapFolder) throws {
    try self.init()
    for (name, bytes) in try other.contents { try write(name, Array(bytes)) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var database: String { path + "/db" }
  var prepared: String { path + "/db.tidemark-restore-00112233445566ff" }
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  /// Name and bytes of every file but shared memory.
  var contents: [String: Data] {
    get throws {
      var result: [String: Data] = [:]
      for name in try names where try !name.hasSuffix("-shm") && isFile(name) {
        // `Data` would not wait where a program that is just being started still shares a lease.
        let descriptor = try LocalFiles().open(path + "/" + name, .read)
        result[name] = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).readToEnd() ?? Data()
      }
      return result
    }
  }

  private func isFile(_ name: String) throws -> Bool {
    try LocalFiles().status(path + "/" + name, followLinks: true)?.kind == .file
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
  }
}

struct ProgramFailure: Error { var words: String }

/// Runs the sqlite3 program on a database; its output, or its error as a failure.
@discardableResult
func sqlite3(_ database: String, _ sql: String) throws -> String {
  let ended = try run("sqlite3", ["-batch", "-bail", database, sql])
  guard ended.status == 0 else { throw ProgramFailure(words: ended.errors) }
  return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
}

/// Makes a database of many pages that says a word on each.
func makeDatabase(_ path: String, says word: String, journal: String = "delete") throws {
  try sqlite3(
    path,
    """
    PRAGMA journal_mode=\(journal);
    CREATE TABLE state(id INTEGER PRIMARY KEY, word TEXT, filler BLOB);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
    INSERT INTO state SELECT i, '\(word)', zeroblob(3000) FROM n;
    """)
}

/// What the sqlite3 program finds: the one word that all rows say, when the database is whole.
func found(_ path: String) throws -> String {
  try sqlite3(path, "SELECT group_concat(DISTINCT word) || ' ' || count(*) FROM state; PRAGMA integrity_check")
    .replacingOccurrences(of: "\n", with: " ")
}

/// What `found` answers for a whole database that says a word.
func whole(_ word: String) -> String { "\(word) 20 ok" }

/// The sqlite3 program, kept running with a database open.
final class Holder {
  let program: RunningProgram

  /// Starts it and waits until it has done what it was told.
  init(_ commands: String) throws {
    program = try RunningProgram("sqlite3", ["-batch", ":memory:"])
    _ = try tell(commands)
  }

  /// Gives it commands and waits for their end; what it printed.
  @discardableResult
  func tell(_ commands: String) throws -> String {
    try program.tell(commands + "\n.print READY\n")
    let text = program.listen(until: "READY\n")
    guard text.contains("READY\n") else { throw ProgramFailure(words: text) }
    return text
  }

  /// Ends it at once, as a crash would.
  func kill() throws {
    program.send(SIGKILL)
    try program.end()
  }
}
