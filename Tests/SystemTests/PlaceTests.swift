// Where the database is: no room, no rights, no folder, a link, another's file.
import Foundation
import TestProcesses
import Testing

@Suite(.ownThreads) struct PlaceTests {
  static let restore = "restore $SNAPSHOTS/ahead-build-14.sqlite.lz4 --database"

  @Test(
    .enabled(if: Scratch.mounts, "a file system to fill can only be mounted by root"),
    arguments: [
      ("restore $SNAPSHOTS/ahead-build-14.sqlite.lz4", 0), ("restore $SNAPSHOTS/ahead-build-14.sqlite.lz4", 40),
      ("restore $SNAPSHOTS/ahead-build-14.sqlite.lz4", 160), ("migrate --to 2", 0), ("migrate --to 2", 8),
      ("migrate --to 2", 20), ("snapshot --output full/x.lz4", 0), ("snapshot --output full/x.lz4", 8),
      ("snapshot --store full/store", 0), ("snapshot --store full/store", 12), ("new Thing --migrations full", 0),
    ], ["DELETE", "WAL"])
  func aFullDiskIsSaidAndLeavesEverything(command: (String, Int), mode: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    // The mount is seen by this script alone and ends with it.
    let ended = try scratch.shell(
      """
      mkdir full; sqlite3 jobs.db 'PRAGMA journal_mode = \(mode)' > /dev/null
      cat > inside <<'END'
      mount -t tmpfs -o size=600k none full && cp jobs.db full/ && mkdir full/store
      : > full/jobs.db-tidemark.lock; : > full/store/.tidemark-store.lock
      dd if=/dev/zero of=full/fill bs=4k count=1000 2> /dev/null
      left=$(( $(stat -c %s full/fill) / 1024 - \(command.1) ))
      truncate -s ${left}k full/fill
      tidemark \(command.0) --database full/jobs.db > said 2> complaints
      status=$?
      rm full/fill
      # A failure may leave a row in the history, and nothing else.
      for file in jobs.db full/jobs.db; do sqlite3 $file .dump | grep -v 'INSERT INTO tidemark_history' | cksum; done |
        uniq | tail -n +2 >&2
      # SQLite's own side files, empty of content, go with the next command that opens it.
      [ ! -s full/jobs.db-wal ] || echo 'a WAL stayed' >&2
      ls full | grep -v -x -e jobs.db -e jobs.db-tidemark.lock -e store -e jobs.db-wal -e jobs.db-shm >&2
      ls -A full/store | grep -v -x .tidemark-store.lock >&2
      cat said complaints
      tidemark migrate --to 12 --database full/jobs.db > /dev/null || echo 'migrate failed afterwards' >&2
      ls full | grep -v -x -e jobs.db -e jobs.db-tidemark.lock -e store >&2
      exit $status
      END
      unshare -m bash inside
      """)
    #expect(ended.status == 1, "\(ended.output)")
    #expect(ended.errors == "")
    #expect(ended.output.contains("untouched: "))
    #expect(ended.output.contains("next: ") && ended.output.lowercased().contains("free some room"), "\(ended.output)")
  }

  /// What is in the WAL cannot be folded where there is no room, and is in the snapshot all the same.
  @Test(.enabled(if: Scratch.mounts, "a file system to fill can only be mounted by root"))
  func aSnapshotOfAFullDiskGoesElsewhere() throws {
    let scratch = try Scratch()
    try scratch.database()
    let ended = try scratch.shell(
      """
      mkdir full; mkfifo in
      cat > inside <<'END'
      mount -t tmpfs -o size=600k none full && cp jobs.db full/ || exit 9
      sqlite3 full/jobs.db < in > out & writer=$!
      exec 9> in
      echo "PRAGMA journal_mode = WAL; CREATE TABLE late(a); INSERT INTO late VALUES(zeroblob(90000)), ('kept');" >&9
      echo ".shell touch ready" >&9
      until [ -e ready ]; do kill -0 $writer || exit 8; done
      kill -9 $writer
      : > full/jobs.db-tidemark.lock
      dd if=/dev/zero of=full/fill bs=4k count=1000 2> /dev/null
      tidemark snapshot --database full/jobs.db --output elsewhere.lz4 || exit 7
      tidemark verify full/jobs.db --deep
      END
      unshare -m bash inside
      tidemark inspect elsewhere.lz4 --sql "SELECT a FROM late WHERE typeof(a) = 'text'"
      """)
    #expect(ended.output.contains("copied first") && ended.output.contains("kept"), "\(ended)")
    // Where it cannot be looked at, that is no damage.
    #expect(ended.output.contains("unchecked") && !ended.output.contains("damaged"), "\(ended)")
  }

  /// In WAL mode SQLite needs to write beside a database even to read it; a restore from a backup must not.
  @Test(
    .enabled(if: Scratch.mounts, "a file system that is read-only can only be mounted by root"),
    arguments: [true, false])
  func aSourceInAReadOnlyPlaceIsRestored(hasLog: Bool) throws {
    let scratch = try Scratch()
    try scratch.database()
    let ended = try scratch.shell(
      """
      mkdir ro; mkfifo in
      sqlite3 jobs.db < in > out & writer=$!
      exec 9> in
      echo "PRAGMA journal_mode = WAL; CREATE TABLE late(a); INSERT INTO late VALUES('kept');" >&9; echo ".shell touch ready" >&9
      until [ -e ready ]; do kill -0 $writer || exit 8; done
      \(hasLog ? "kill -9 $writer" : "exec 9>&-"); wait $writer
      cat > inside <<'END'
      mount -t tmpfs -o size=4m none ro && cp jobs.db ro/ || exit 9
      \(hasLog ? "cp jobs.db-wal ro/ || exit 8" : "")
      mount -o remount,ro ro || exit 7
      tidemark restore ro/jobs.db --as-is --database new.db || exit 6
      ls ro
      END
      unshare -m bash inside
      status=$?
      sqlite3 new.db 'SELECT a FROM late; PRAGMA integrity_check'
      exit $status
      """)
    #expect(ended.status == 0 && ended.output.hasSuffix("kept\nok\n"), "\(ended)")
    #expect(try scratch.names().filter { $0.hasPrefix("new.db") } == ["new.db", "new.db-tidemark.lock"])
  }

  @Test(arguments: ["-wal", "-journal", "-shm"]) func aNameOfAnotherDatabasesFileIsRefused(suffix: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    for command in [
      "restore $SNAPSHOTS/old-build-7.sqlite.lz4 --database jobs.db\(suffix)",
      "migrate --create --database jobs.db\(suffix)",
      "snapshot --database jobs.db --output jobs.db\(suffix)",
    ] {
      let ended = try scratch.shell("tidemark \(command)")
      #expect(ended.status == 2 && ended.errors.contains("belongs to the database jobs.db"), "\(ended)")
    }
    #expect(try scratch.names().filter { $0.hasPrefix("jobs.db\(suffix)") }.isEmpty)
  }

  /// Left by a program that was killed in a transaction: whoever may write rolls it back, as SQLite does.
  @Test func aHotJournalIsNoObstacle() throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said(
      """
      sqlite3 jobs.db "PRAGMA journal_mode = DELETE; CREATE TABLE pad(a);
        INSERT INTO pad SELECT hex(zeroblob(500)) FROM generate_series(1, 300)" > /dev/null
      mkfifo in; sqlite3 jobs.db < in > out & writer=$!
      exec 9> in
      echo "PRAGMA cache_size = 5; BEGIN; UPDATE pad SET a = 'half';" >&9; echo ".shell touch ready" >&9
      until [ -e ready ]; do kill -0 $writer || exit 8; done
      kill -9 $writer; wait $writer || true
      [ -s jobs.db-journal ] && cp jobs.db hot.db && cp jobs.db-journal hot.db-journal
      """)
    let inside = try scratch.shell("tidemark inspect hot.db --sql 'SELECT 1'")
    #expect(inside.status == 1 && inside.errors.contains("cut short"), "\(inside)")
    for command in ["rehearse --database hot.db", "verify hot.db --deep", "restore hot.db --as-is --database new.db"] {
      let ended = try scratch.shell("cp jobs.db hot.db && cp jobs.db-journal hot.db-journal; tidemark \(command)")
      #expect(ended.status == 0, "\(command): \(ended)")
    }
    #expect(try scratch.said("sqlite3 new.db \"SELECT count(*) FROM pad WHERE a = 'half'\"") == "0")
  }

  static let retention = ["prune --keep-last 1", "prune --previous --keep-last 0"]

  @Test(.enabled(if: Scratch.mounts, "a file system to fill can only be mounted by root"), arguments: retention)
  func onAFullDiskThereCanBeMadeRoom(command: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    let ended = try scratch.shell(
      """
      mkdir full
      cat > inside <<'END'
      mount -t tmpfs -o size=2m none full && cp jobs.db full/ && mkdir full/store || exit 9
      \(Scratch.retained(command, database: "full/jobs.db", store: "full/store"))
      dd if=/dev/zero of=full/fill bs=4k count=1000 2> /dev/null
      tidemark \(command) --database full/jobs.db --store full/store
      status=$?
      sqlite3 full/jobs.db 'PRAGMA integrity_check' | grep -v -x ok >&2
      exit $status
      END
      unshare -m bash inside
      """)
    #expect(ended.status == 0 && ended.errors == "", "\(ended)")
    #expect(ended.output.contains("\nremoved "))
  }

  @Test(
    .enabled(if: Scratch.mounts, "a file system can only be mounted by root"),
    arguments: [
      "restore $SNAPSHOTS/ahead-build-14.sqlite.lz4", "migrate --to 2", "redo", "snapshot",
      "snapshot --output ro/x.lz4",
    ] + retention, ["DELETE", "WAL"])
  func aReadOnlyMountIsSaidAndLeavesEverything(command: String, mode: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    let ended = try scratch.shell(
      """
      mkdir ro; sqlite3 jobs.db 'PRAGMA journal_mode = \(mode)' > /dev/null
      cat > inside <<'END'
      mount -t tmpfs -o size=4m none ro && cp jobs.db ro/ && mkdir ro/store || exit 9
      \(Scratch.retained(command, database: "ro/jobs.db", store: "ro/store"))
      mount -o remount,ro ro || exit 9
      sums() { find ro -type f | sort | xargs cksum; }
      sums > before
      tidemark \(command) --database ro/jobs.db --store ro/store
      status=$?
      sums | cmp - before >&2
      exit $status
      END
      unshare -m bash inside
      """)
    #expect(ended.status == 1, "\(ended)")
    #expect(!ended.errors.contains("differ") && ended.output == "", "\(ended)")
    #expect(ended.errors.contains("untouched: ") && ended.errors.contains("next: "), "\(ended.errors)")
    #expect(!ended.errors.contains("history"), "a row cannot have been written: \(ended.errors)")
  }

  @Test(
    .enabled(if: Scratch.runsAsNobody, "only root can become another user"),
    arguments: [
      "restore $SNAPSHOTS/ahead-build-14.sqlite.lz4", "migrate --to 2", "redo", "snapshot --output theirs/x.lz4",
      "snapshot --store theirs/store",
    ])
  func aReadOnlyFolderIsSaidAndLeavesEverything(command: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said("mkdir theirs; mv jobs.db theirs/; chown -R 65534 theirs; chmod 555 theirs")
    let before = try scratch.bytes("theirs/jobs.db")
    let ended = try scratch.shell("$NOBODY tidemark \(command) --database theirs/jobs.db")
    #expect(ended.status == 1, "\(ended.output)")
    #expect(ended.output == "")
    #expect(ended.errors.contains("untouched: ") && ended.errors.contains("next: "), "\(ended.errors)")
    #expect(!ended.errors.contains("history"), "a row cannot have been written: \(ended.errors)")
    #expect(ended.errors.contains("theirs/"), "the message does not say where: \(ended.errors)")
    #expect(try scratch.bytes("theirs/jobs.db") == before)
    #expect(try scratch.names("theirs") == ["jobs.db"])
  }

  @Test(
    .enabled(if: Scratch.runsAsNobody, "only root can become another user"),
    arguments: ["status", "plan", "schema", "migrate", "snapshot --output x.lz4"])
  func aWALThatCannotBeUsedInAReadOnlyFolderIsSaid(command: String) throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said(
      """
      sqlite3 jobs.db 'PRAGMA journal_mode = WAL'
      mkdir theirs; mv jobs.db* theirs/; chown -R 65534 theirs; chmod 555 theirs; chmod 777 .
      """)
    let before = try scratch.bytes("theirs/jobs.db")
    let ended = try scratch.shell("$NOBODY tidemark \(command) --database theirs/jobs.db")
    #expect(ended.status == 1)
    #expect(ended.errors.contains("the database's folder cannot be written to"), "\(ended.errors)")
    #expect(ended.errors.contains("next: use an account that may write the folder"), "\(ended.errors)")
    #expect(try scratch.bytes("theirs/jobs.db") == before)
  }

  @Test(.enabled(if: Scratch.runsAsNobody, "only root can become another user"))
  func aLockFileThatCannotBeWrittenIsNamed() throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said("chown 65534 jobs.db .; chown 0 jobs.db-tidemark.lock; chmod 600 jobs.db-tidemark.lock")
    let ended = try scratch.shell("$NOBODY tidemark migrate --to 9 --database jobs.db")
    #expect(ended.status == 1)
    #expect(ended.errors.contains("the lock file jobs.db-tidemark.lock cannot be written: Permission denied"))
    #expect(ended.errors.contains("next: make the folder and the lock file writable for this user"))
  }

  @Test(arguments: ["022", "027", "077"])
  func whatIsNewGetsTheProcessesUmask(umask: String) throws {
    let scratch = try Scratch()
    try scratch.said(
      """
      umask \(umask)
      tidemark migrate --create --database jobs.db --quiet
      tidemark snapshot --database jobs.db --quiet; tidemark snapshot --database jobs.db --output x.lz4 --quiet
      tidemark restore x.lz4 --database new.db --quiet
      """)
    let mode = String(0o644 & ~(try #require(Int(umask, radix: 8))), radix: 8)
    for line in try scratch.said("stat -c '%a %n' jobs.db new.db x.lz4 store/*.lz4").split(separator: "\n") {
      #expect(line.hasPrefix(mode + " "))
    }
  }

  @Test(arguments: [restore + " nowhere/jobs.db", "migrate --create --database nowhere/jobs.db"])
  func aMissingFolderIsNamedAndNotMade(command: String) throws {
    let scratch = try Scratch()
    let ended = try scratch.shell("tidemark \(command)")
    #expect(ended.status == 1)
    #expect(ended.errors.contains("nowhere/jobs.db"), "\(ended.errors)")
    #expect(try scratch.names() == [])
  }

  @Test func aLinkStaysAndWhatItLeadsToIsReplaced() throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said("mkdir real; mv jobs.db real/; rm jobs.db-tidemark.lock; ln -s real/jobs.db jobs.db")
    try scratch.said("tidemark \(Self.restore) jobs.db --quiet && rm real/jobs.db.previous-*")
    #expect(try scratch.said("readlink jobs.db") == "real/jobs.db")
    #expect(try scratch.names() == ["jobs.db", "real"])
    #expect(try scratch.names("real") == ["jobs.db", "jobs.db-tidemark.lock"])
    #expect(try scratch.said("sqlite3 jobs.db 'PRAGMA integrity_check'") == "ok")
  }

  @Test func aLinkToNothingIsSaid() throws {
    let scratch = try Scratch()
    try scratch.said("ln -s volume/jobs.db jobs.db")
    let ended = try scratch.shell("tidemark \(Self.restore) jobs.db")
    #expect(ended.status == 1)
    #expect(ended.errors.contains("the link leads to nothing"))
    #expect(try scratch.names() == ["jobs.db"])
  }

  @Test func theModeIsKept() throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said("chmod 640 jobs.db; tidemark \(Self.restore) jobs.db --quiet")
    #expect(try scratch.said("stat -c %a jobs.db jobs.db.previous-*") == "640\n640")
  }

  @Test(.enabled(if: Scratch.isRoot, "only root can give a file away"))
  func theOwnerIsKept() throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said("chown 65534:65534 jobs.db; tidemark \(Self.restore) jobs.db --quiet")
    #expect(try scratch.said("stat -c %u:%g jobs.db jobs.db.previous-*") == "65534:65534\n65534:65534")
  }

  @Test(.enabled(if: Scratch.runsAsNobody, "only root can become another user"))
  func anOwnerThatCannotBeKeptIsRefused() throws {
    let scratch = try Scratch()
    try scratch.database()
    try scratch.said("chmod 666 jobs.db jobs.db-tidemark.lock; chmod 777 .")
    let before = try scratch.bytes("jobs.db")
    let ended = try scratch.shell("$NOBODY tidemark \(Self.restore) jobs.db")
    #expect(ended.status == 2)
    #expect(ended.errors.contains("cannot be kept"))
    #expect(try scratch.bytes("jobs.db") == before)
    #expect(try scratch.names() == ["jobs.db", "jobs.db-tidemark.lock"])
  }

  @Test func anUnreadableTargetGoesAsideWhole() throws {
    let scratch = try Scratch()
    try scratch.said("head -c 20000 /dev/urandom > jobs.db; head -c 9000 /dev/urandom > jobs.db-wal")
    let (damaged, wal) = (try scratch.bytes("jobs.db"), try scratch.bytes("jobs.db-wal"))
    try scratch.said("tidemark \(Self.restore) jobs.db --quiet && mv jobs.db.previous-*Z aside && mv *-wal aside-wal")
    #expect(try scratch.bytes("aside") == damaged)
    #expect(try scratch.bytes("aside-wal") == wal)
    #expect(try scratch.said("sqlite3 jobs.db 'PRAGMA integrity_check'") == "ok")
  }

  @Test(arguments: ["restore --database new.db", "inspect", "plan --database new.db", "verify"], ["thing", "pipe"])
  func aFolderOrAPipeOfThatNameIsNoSnapshot(command: String, name: String) throws {
    let scratch = try Scratch()
    try scratch.said("mkdir thing; mkfifo pipe; tidemark migrate --create --database jobs.db -q")
    let words = command.split(separator: " ", maxSplits: 1)
    let rest = words.count > 1 ? words[1] : ""
    let ended = try scratch.shell("tidemark \(words[0]) \(name) \(rest)")
    #expect(ended.status == 1)
    #expect((ended.output + ended.errors).contains("\(name): it is not a regular file"), "\(ended)")
    #expect((ended.output + ended.errors).contains("next: name a file"), "\(ended)")
    #expect(try scratch.names() == ["jobs.db", "jobs.db-tidemark.lock", "pipe", "thing"])
  }

  @Test(.enabled(if: Scratch.runsAsNobody, "only root can become another user"))
  func aDeepCheckWithoutRoomForItsCopyIsNoDamage() throws {
    let scratch = try Scratch()
    try scratch.said("mkdir store; cp $SNAPSHOTS/old-build-7.sqlite.lz4 store/; chmod 555 store; chmod 444 store/*")
    let ended = try scratch.shell("$NOBODY tidemark verify --deep --json")
    #expect(ended.status == 1)
    let row = try #require((try ended.json()["snapshots"] as? [[String: Any]])?.first)
    let problem = try #require((row["problems"] as? [[String: Any]])?.first)
    #expect(problem["code"] as? String == "file")
    #expect(problem["hint"] as? String == "check the rights of the file and its folder")
    let words = try scratch.shell("$NOBODY tidemark verify --deep")
    #expect(words.output.contains("unchecked") && !words.output.contains("damaged"), "\(words.output)")
    #expect(try scratch.names("store") == ["old-build-7.sqlite.lz4"])
    #expect(try scratch.shell("$NOBODY tidemark verify").status == 0)
  }
}
