// Several processes on one database: starts at once, a service that runs, a writer that never pauses.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct TogetherTests {
  /// A database, and what two `migrate` do with it at once.
  struct AtOnce: CustomTestStringConvertible {
    var testDescription: String
    var prepare: String
    var options = ""
    var changes: Int
  }

  static let starts = [
    AtOnce(testDescription: "a new database", prepare: ":", options: "--create", changes: 12),
    AtOnce(
      testDescription: "a newer database",
      prepare: "tidemark restore $SNAPSHOTS/ahead-build-14.sqlite.lz4 --as-is --database jobs.db --quiet", changes: 2),
    AtOnce(
      testDescription: "an older database",
      prepare: "tidemark restore $SNAPSHOTS/old-build-7.sqlite.lz4 --as-is --database jobs.db --quiet", changes: 5),
  ]

  @Test(arguments: starts)
  func twoMigrationsAtOnceAreOne(_ start: AtOnce) throws {
    for _ in 1...4 {
      let scratch = try Scratch()
      try scratch.said(start.prepare)
      let rows = "SELECT count(*) FROM tidemark_history"
      let before = Int(try scratch.shell("[ ! -e jobs.db ] || sqlite3 jobs.db '\(rows)'").output.dropLast()) ?? 0
      let migrate = "tidemark migrate --database jobs.db --json \(start.options)"
      let ended = try scratch.shell(
        """
        \(migrate) > first 2> errors-1 & one=$!
        \(migrate) > second 2> errors-2 & two=$!
        wait $one || cat first errors-1; wait $two || cat second errors-2
        """)
      #expect(ended.output == "")
      #expect(try scratch.said("sqlite3 jobs.db '\(rows)'") == "\(before + 1)")
      #expect(
        try scratch.said("sqlite3 jobs.db 'SELECT group_concat(id) FROM tidemark_changelog ORDER BY id'")
          == (1...12).map(String.init).joined(separator: ","))
      let steps = try ["first", "second"].map { name in
        let object = try #require(try JSONSerialization.jsonObject(with: scratch.bytes(name)) as? [String: Any])
        let report = try #require(object["report"] as? [String: Any])
        return try #require(report["steps"] as? [Any]).count
      }
      #expect(steps.sorted() == [0, start.changes])
      #expect(try scratch.said("sqlite3 jobs.db 'PRAGMA integrity_check'") == "ok")
    }
  }

  @Test func aMigrationThatWaitsForARestoreIsNotInItsWay() throws {
    for _ in 1...4 {
      let scratch = try Scratch()
      try scratch.said("tidemark migrate --database jobs.db --create --quiet")
      let ended = try scratch.shell(
        """
        tidemark restore $SNAPSHOTS/old-build-7.sqlite.lz4 --database jobs.db --wait 20s > first 2>&1 & one=$!
        tidemark migrate --database jobs.db --to 5 --wait 60s > second 2>&1 & two=$!
        wait $one || cat first; wait $two || cat second
        """)
      #expect(ended.output == "")
      #expect(try scratch.said("sqlite3 jobs.db 'PRAGMA integrity_check'") == "ok")
    }
  }

  @Test(arguments: [
    "restore $SNAPSHOTS/old-build-7.sqlite.lz4", "restore --as-is $SNAPSHOTS/old-build-7.sqlite.lz4", "migrate --to 9",
    "redo",
  ])
  func nobodyChangesTheDatabaseOfARunningService(command: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    let ended = try scratch.shell(
      """
      mkfifo lines
      scheduler run --database jobs.db > lines 2> errors & service=$!
      exec 3< lines
      while read -r line <&3; do case $line in ready:*) break ;; esac; done
      look() { sqlite3 jobs.db 'SELECT * FROM tidemark_changelog; SELECT * FROM tidemark_history; SELECT sql FROM sqlite_schema'
        ls -i jobs.db*; }
      look > before
      tidemark \(command) --database jobs.db --json --wait 50ms > said 2> complaints
      status=$?
      look > after
      cmp before after
      echo "service $service" >&2
      kill -TERM $service
      while read -r line <&3; do :; done
      wait $service || cat errors
      cat said complaints
      exit $status
      """)
    #expect(ended.status == 2, "\(ended.output)")
    let error = try #require(try ended.json()["error"] as? [String: Any])
    #expect(error["code"] as? String == "lock.held")
    let pid = try #require(ended.errors.split(separator: "service ").last?.split(separator: "\n").first)
    #expect((error["message"] as? String)?.contains("in use by scheduler, process \(pid) ") == true)
    #expect(
      try scratch.said("tidemark \(command) --database jobs.db && sqlite3 jobs.db 'PRAGMA quick_check'")
        .hasSuffix("\nok"))
  }

  @Test(arguments: ["WAL", "DELETE"])
  func aSnapshotUnderAWriterIsConsistentAndTheWriterGoesOn(mode: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said(
      """
      sqlite3 jobs.db "PRAGMA journal_mode = \(mode); CREATE TABLE pair(n); INSERT INTO pair VALUES (0), (0);"
      mkfifo in
      sqlite3 -bail -cmd '.timeout 30000' -cmd 'PRAGMA synchronous = OFF' jobs.db < in > /dev/null 2> writer & writer=$!
      (while echo 'BEGIN IMMEDIATE; UPDATE pair SET n = n + 1; COMMIT;'; do :; done 2> /dev/null) > in &
      for i in 1 2 3 4 5 6; do tidemark snapshot --database jobs.db --output $i.lz4 --quiet || exit 1; done
      for i in 1 2 3; do tidemark snapshot --database jobs.db --quiet || exit 1; done
      kill -0 $writer || { cat writer; exit 1; }
      kill $writer
      """)
    #expect(try scratch.bytes("writer").isEmpty)
    var last = 0
    for number in 1...6 {
      let words = try scratch.said(
        "lz4 -dq \(number).lz4 \(number).db && sqlite3 \(number).db 'PRAGMA integrity_check; SELECT n FROM pair'")
      let lines = words.split(separator: "\n").map(String.init)
      #expect(lines.count == 3 && lines[0] == "ok" && lines[1] == lines[2], "\(words)")
      let count = try #require(lines.last.flatMap { Int($0) })
      #expect(count >= last)
      last = count
    }
    let stored = try scratch.names("store").filter { $0.hasSuffix(".sqlite.lz4") }
    #expect(stored.count == 3)
    for name in stored {
      let words = try scratch.said(
        """
        tidemark restore store/\(name) --as-is --database restored.db --quiet
        sqlite3 restored.db 'PRAGMA integrity_check; SELECT count(DISTINCT n) FROM pair'
        """)
      #expect(words == "ok\n1")
    }
  }
}
