// Limits that the system sets a process: on the size of files, and on how many may be open.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct LimitTests {
  static let commands = [
    "restore $SNAPSHOTS/ahead-build-14.sqlite.lz4", "migrate --to 2", "redo", "snapshot --output x.lz4", "snapshot",
    "prune --keep-last 1", "prune --previous --keep-last 0",
  ]

  /// Runs a command under a limit, and then without: what a failure leaves has to be the old, and to be in nobody's way.
  private func run(_ command: String, limit: String, in mode: String) throws -> Ended {
    let scratch = try Scratch()
    try scratch.database()
    // Those that are there already, and stay.
    let displaced = command.contains("--previous") ? "" : "-e previous-"
    let ended = try scratch.shell(
      """
      sqlite3 jobs.db 'PRAGMA journal_mode = \(mode)' > /dev/null
      \(Scratch.retained(command, database: "jobs.db", store: "store"))
      dump() { sqlite3 jobs.db .dump | grep -v 'INSERT INTO tidemark_history'; }
      dump > before
      # What is said goes through a pipe: files are limited, too.
      (ulimit \(limit); timeout -s KILL 60 tidemark \(command) --database jobs.db; echo "status $?") 2>&1 | cat > said
      if ! grep -q '^status 0' said; then
        dump > after; cmp before after >&2
        ls -A . store 2> /dev/null | grep -e restore- -e part- -e swap \(displaced) -e '^x.lz4' >&2
      fi
      rm -f x.lz4
      tidemark \(command) --database jobs.db > again 2>&1 || cat again >&2
      ls -A . store 2> /dev/null | grep -e restore- -e part- -e swap -e '-journal$' -e '-wal$' >&2
      sqlite3 jobs.db 'PRAGMA integrity_check' | grep -v -x ok >&2
      cat said
      """)
    #expect(ended.errors == "", "\(ended.output)")
    return ended
  }

  @Test(arguments: commands, ["DELETE", "WAL"])
  func aFileThatMayNotGrowIsAnErrorThatSaysSo(command: String, mode: String) throws {
    for size in [0, 1, 5, 40] {
      let said = try run(command, limit: "-f \(size)", in: mode).output
      if said.contains("status 0") { continue }
      #expect(said.contains("status 1") && said.contains("File too large"), "\(size) KiB: \(said)")
      #expect(said.contains("untouched: ") && said.contains("(ulimit -f)"), "\(size) KiB: \(said)")
    }
  }

  @Test(arguments: commands, ["DELETE", "WAL"])
  func tooFewOpenFilesAreAnErrorThatSaysSo(command: String, mode: String) throws {
    var failures = 0
    for count in [5, 6, 8, 10, 13] {
      let said = try run(command, limit: "-n \(count)", in: mode).output
      if said.contains("status 0") { continue }
      failures += 1
      #expect(said.contains("status 1") && said.contains("Too many open files"), "\(count) files: \(said)")
      #expect(said.contains("untouched: ") && said.contains("(ulimit -n)"), "\(count) files: \(said)")
    }
    // A capture in rollback-journal mode makes do with five, and so does what only removes.
    #expect(failures > 0 || command.hasPrefix("snapshot --output") || command.hasPrefix("prune"))
  }
}
