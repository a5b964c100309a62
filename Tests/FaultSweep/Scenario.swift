// One thing that Tidemark does to a disk, and what may be found there when it was interrupted.
import Foundation
import Tidemark

/// A scenario.
struct Scenario: Sendable {
  /// What was found.
  enum Finding: Sendable { case old, new, between }

  var name: String
  /// Lays out what is there before.
  var make: @Sendable (Bench) throws -> Void
  /// Brings each run's own folder to where the work begins, where that is told by which files they are.
  var prepare: @Sendable (Bench) throws -> Void = { _ in }
  /// The work that faults fall into.
  var attempt: @Sendable (Bench) throws -> Void
  /// The next start after it.
  var start: @Sendable (Bench) throws -> Void
  /// What counts, in words; on a copy that is thrown away.
  var look: @Sendable (Bench) throws -> String
  /// Whether it goes on by steps that each stand for themselves: then a failure leaves those done.
  var isGradual = false
  /// Whether it spares what cannot be read at the moment, so that it may succeed with less.
  var sparesUnreadable = false
  /// Whether a failure that leaves the new one says that it is unfinished.
  var saysUnfinished = false
  /// Whether the file system can neither exchange names nor rename only to a free one.
  var cannotExchange = false
  /// Whether a run takes a second and not a tenth: not part of a fast sweep.
  var isLarge = false
  /// Whether side files stay with a database: those of one that cannot be opened.
  var keepsSides = false
  /// Which of the two it is; nil when it is neither, and nothing that may be between them.
  var tell: @Sendable (_ found: String, _ old: String, _ new: String) -> Finding? = { found, old, new in
    found == new ? .new : found == old ? .old : nil
  }
  /// What else has to hold after the next start, when the new or the old was found before it.
  var check: @Sendable (Bench, _ found: Finding, _ old: String) throws -> Void = { _, _, _ in }

  /// Files that are nobody's any more. After a start those of captures are not among them, which go with the next capture, nor
  /// a journal that takes nothing back, which SQLite removes with its next write: a start that has nothing to do writes nothing.
  func litter(_ names: [String], afterStart: Bool = false) -> [String] {
    names.filter { name in
      if afterStart, name == "jobs.db-journal" || name.contains(".tidemark-part-") { return false }
      switch name {
      case "jobs.db", "jobs.db-tidemark.lock", "Snapshots/.tidemark-store.lock", "taken.sqlite.lz4": return false
      case "jobs.db-wal", "jobs.db-shm": return !keepsSides
      default:
        if name.hasPrefix("source.") { return false }
        let suffixes = [SnapshotStore.suffix, SnapshotStore.sealedSuffix]
        if name.hasPrefix("Snapshots/"), suffixes.contains(where: name.hasSuffix) { return false }
        guard name.hasPrefix("jobs.db.previous-") else { return true }
        let rest = name.dropFirst("jobs.db.previous-".count)
        return !keepsSides && (rest.contains("-w") || rest.contains("-s") || rest.contains("-j"))
      }
    }
  }
}

extension Scenario {
  static let first = Change(
    1, "CreateJobs",
    up: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT); CREATE INDEX by_name ON jobs(name)",
    down: "DROP TABLE jobs")
  static let second = Change(
    2, "AddTier", up: "ALTER TABLE jobs ADD COLUMN tier TEXT; UPDATE jobs SET tier = 'tier ' || id % 3",
    down: "ALTER TABLE jobs DROP COLUMN tier")
  static let third = Change(
    3, "CreateNotes",
    up: "CREATE TABLE notes(job INTEGER, words TEXT); INSERT INTO notes SELECT id, name FROM jobs WHERE id % 2 = 0",
    down: "DROP TABLE notes")

  static func lineage(_ migrations: Change...) -> Lineage { Lineage(name: "sweep", migrations: migrations) }
  static let early = lineage(first)
  static let late = lineage(first, second, third)

  /// A database with rows at a lineage.
  static func lay(_ bench: Bench, _ lineage: Lineage, _ mode: String, says word: String = "job") throws {
    let connection = try Connection(path: bench.database)
    try connection.execute("PRAGMA page_size = 1024; PRAGMA journal_mode = \(mode)")
    try connection.close()
    try bench.managed(lineage).migrate()
    try fill(bench, word)
  }

  static func fill(_ bench: Bench, _ word: String, _ count: Int = 60) throws {
    try bench.execute(
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
      INSERT INTO jobs(name, state) SELECT '\(word) ' || i, hex(randomblob(40)) FROM n
      """)
  }

  static let modes = ["wal", "delete"]
  static let all: [Scenario] = modes.flatMap(inMode) + retention + renaming + sources + [create]

  private static func inMode(_ mode: String) -> [Scenario] {
    let changing = [databases, attics].flatMap { $0(mode) }.map { scenario in
      var scenario = scenario
      scenario.saysUnfinished = true
      return scenario
    }
    return changing + [backfills, snapshots, damaged, mendings].flatMap { $0(mode) }
  }

  /// Those that change the database in place.
  static func databases(_ mode: String) -> [Scenario] {
    let look: @Sendable (Bench) throws -> String = { bench in
      _ = try Look.store(bench)
      return try Look.database(bench.database)
    }
    let folded = Lineage(
      name: "sweep", migrations: [third],
      baseline: Baseline(
        schema: """
          CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT, tier TEXT);
          CREATE INDEX by_name ON jobs(name);
          """,
        retired: [first, second].map { change in
          RetiredMigration(
            id: change.id, name: change.name, revision: 0,
            upgradeDigest: late.upgradeDigests[change.id] ?? "", downgrade: change.downgrade.sql, irreversible: nil,
            objects: change.id == 1
              ? #"{"added":["table jobs","index by_name"],"changed":[],"removed":[]}"#
              : #"{"added":[],"changed":["table jobs"],"removed":[]}"#)
        }), head: nil, sources: [:])
    func changing(_ name: String, from old: Lineage, to new: Lineage) -> Scenario {
      Scenario(
        name: "\(name)-\(mode)", make: { try lay($0, old, mode) },
        attempt: { try $0.managed(new, store: $0.store).migrate() }, start: { try $0.start(new) }, look: look)
    }
    var rollback = changing("rollback", from: late, to: early)
    rollback.check = { bench, found, old in
      // Whenever the database is the new one, the old one can be had back.
      guard found == .new else { return }
      let pinned = try SnapshotStore(bench.storeFolder).list().filter { $0.manifest?.pinned != nil }
      guard try pinned.contains(where: { try Look.snapshot($0.path, in: bench) == old }) else {
        throw Unsound("the changes are undone, and there is no snapshot from before")
      }
    }
    return [
      changing("migrate", from: early, to: late), rollback,
      changing("baseline", from: lineage(first, second), to: folded),
    ]
  }
}
