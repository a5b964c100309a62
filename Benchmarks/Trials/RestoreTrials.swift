// Restore against copying, decompressing and Litestream, and onto a database that hardly differs.
import Tidemark

enum RestoreTrials {
  static var all: [Trial] { [full, delta] }

  private static let full = Trial(
    rows: [
      Row(
        name: "restore-cp", work: "restore, verified, synced, swapped in", against: "cp of the database, synced",
        limit: 0.65, measured: "restore", peer: "cp"),
      Row(
        name: "restore-lz4", work: "restore, verified, synced, swapped in", against: "lz4 -d, synced", limit: 0.30,
        measured: "restore", peer: "lz4 -d"),
      Row(
        name: "restore-litestream", work: "restore, verified, synced, swapped in", against: "litestream restore",
        limit: 0.55, measured: "restore", peer: "litestream"),
    ],
    contenders: { bench in
      [
        try restore(bench, "restore", target: "restored.db"), try copy(bench), try decompress(bench),
        try litestream(bench),
      ]
    })

  /// Restores in a process of its own over the database that the time before left, which is kept and cleared away
  /// when the time has been taken.
  static func restore(_ bench: Workbench, _ name: String, target: String) throws -> Contender {
    let snapshot = try bench.snapshot()
    let target = bench.path(target)
    return Contender(
      name: name,
      prepare: { try removePrevious(of: target) },
      run: { try bench.operation("restore", snapshot, target) })
  }

  static func removePrevious(of target: String) throws {
    let folder = parentFolder(of: target)
    let prefix = lastComponent(of: target) + ".previous-"
    for name in try LocalFiles().list(folder) where name.hasPrefix(prefix) { try Paths.remove(join(folder, name)) }
  }

  private static func copy(_ bench: Workbench) throws -> Contender {
    let database = try bench.database()
    let output = bench.path("copied.db")
    return Contender(
      name: "cp", prepare: { try Paths.remove(output) },
      run: { try bench.shell(#"cp "$1" "$2" && sync "$2""#, database, output) })
  }

  private static func decompress(_ bench: Workbench) throws -> Contender {
    let packed = try bench.packed()
    let output = bench.path("decompressed.db")
    let program = try bench.needed("lz4")
    return Contender(
      name: "lz4 -d", prepare: { try Paths.remove(output) },
      run: { try bench.shell(#""$1" -d -f -q "$2" "$3" && sync "$3""#, program, packed, output) })
  }

  private static func litestream(_ bench: Workbench) throws -> Contender {
    guard let program = ChildProcess.find("litestream") else {
      return .missing("litestream", because: "not installed")
    }
    let replica = bench.kept("litestream-\(bench.size / 1_000_000)")
    if try !Paths.exists(replica) {
      // It keeps notes beside the database and holds it in WAL mode: it gets a copy.
      let copy = bench.path("replicated.db")
      try bench.shell(#"cp "$1" "$2""#, try bench.database(), copy)
      try bench.run([program, "replicate", "-exec", "sleep 30", copy, "file://" + replica])
    }
    let output = bench.path("litestream.db")
    return Contender(
      name: "litestream", prepare: { try Paths.remove(output) },
      run: { try bench.shell(#""$1" restore -o "$3" "$2" && sync "$3""#, program, "file://" + replica, output) })
  }

  // MARK: onto a database that hardly differs

  private static let delta = Trial(
    rows: [
      Row(
        name: "restore-delta", work: "restore onto a database of which less than 1% differs", against: "a full restore",
        limit: 1, measured: "restore onto", peer: "restore full"),
      Row(
        name: "restore-delta-shared", work: "the same, where the file system shares blocks", against: "a full restore",
        limit: 0.15, measured: "restore sharing", peer: "restore full"),
    ],
    contenders: { bench in
      let snapshot = try bench.snapshot()
      let onto = bench.path("onto.db")
      let fresh = bench.path("fresh.db")
      try Paths.removeDatabase(onto)
      let shares = try canShareBlocks(bench)
      return [
        Contender(
          name: shares ? "restore sharing" : "restore onto",
          prepare: {
            try removePrevious(of: onto)
            if try !Paths.exists(onto) { try bench.operation("restore", snapshot, onto) }
            try change(onto)
            // A restore leaves nothing in the page cache; a service that has been at work does.
            try bench.run(["/bin/cat", onto])
          },
          run: { try bench.operation("restore", snapshot, onto) }),
        shares
          ? .missing("restore onto", because: "this file system shares blocks, see restore-delta-shared")
          : .missing("restore sharing", because: "this file system shares no blocks; with --scratch on XFS or Btrfs"),
        Contender(
          name: "restore full", prepare: { try Paths.removeDatabase(fresh) },
          run: { try bench.operation("restore", snapshot, fresh) }),
      ]
    })

  /// Changes 0.3% of a database, in one place.
  private static func change(_ path: String) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.execute(
      """
      UPDATE task_events SET at = at + 1
      WHERE id BETWEEN (SELECT max(id) / 2 FROM task_events) AND (SELECT max(id) / 2 + max(id) / 333 FROM task_events)
      """)
    try connection.checkpoint(.truncate)
    try connection.close()
  }

  /// Whether the file system can make a copy that shares blocks with the original.
  private static func canShareBlocks(_ bench: Workbench) throws -> Bool {
    let copy = bench.path("reflink")
    try Paths.remove(copy)
    // Cleared after the trial otherwise; and a copy that fails is the answer no.
    defer { try? Paths.remove(copy) }
    return (try? bench.run([try bench.needed("cp"), "--reflink=always", try bench.snapshot(), copy])) != nil
  }
}
