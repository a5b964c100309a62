// Many processes at once: `Scripts/crowd-test`, in its short form; and a reader that stays while others restore.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct CrowdTests {
  @Test func manyAtOnceEndInTimeNothingIsAppliedTwiceAndADeadHoldersLockIsFree() throws {
    let ended = try Scratch().shell("TIDEMARK=$(command -v tidemark) '\(Scratch.root)/Scripts/crowd-test' 24 1")
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
    #expect(ended.output.contains("the next one has it after the holder's death"))
  }

  @Test(arguments: ["WAL", "DELETE"])
  func aLongReaderKeepsItsDatabaseAndIsNamed(mode: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said("sqlite3 jobs.db 'PRAGMA journal_mode = \(mode)'")
    let reader = try RunningProgram("sqlite3", ["-batch", scratch.path("jobs.db")])
    try reader.tell("BEGIN; SELECT 'tasks', count(*) FROM tasks;\n")
    let first = reader.listen(until: "\n")
    let refused = try scratch.shell(
      "tidemark restore $SNAPSHOTS/ahead-build-14.sqlite.lz4 --database jobs.db --wait 100ms --json")
    #expect(refused.status == 2)
    let error = try #require(try refused.json()["error"] as? [String: Any])
    #expect((error["message"] as? String)?.contains("sqlite3, process \(reader.pid)") == true, "\(error)")
    #expect(try scratch.names().allSatisfy { !$0.contains(".tidemark-") && !$0.contains("previous") })
    // It reads on in the same transaction; when it ends, whoever waits goes on.
    try reader.tell("SELECT 'tasks', count(*) FROM tasks; COMMIT;\n")
    #expect(reader.listen(until: "\n") == first)
    let waiting = try RunningProgram(
      Scratch.programs + "/tidemark",
      ["restore", Scratch.root + "/Snapshots/ahead-build-14.sqlite.lz4", "--database", "jobs.db", "--wait", "60s"],
      folder: scratch.folder)
    try reader.endInput()
    try reader.end()
    #expect(try waiting.end() == 0)
    #expect(try scratch.said("sqlite3 jobs.db 'PRAGMA integrity_check'") == "ok")
  }
}
