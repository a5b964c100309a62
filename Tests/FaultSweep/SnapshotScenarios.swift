// The scenarios around snapshots: taking them, restoring them and exchanging databases.
import Foundation
import Tidemark

extension Scenario {
  static func snapshots(_ mode: String) -> [Scenario] {
    [
      captureFirst(mode), capture(mode), captureFile(mode), capturePieces(mode), restore(mode), restoreNewer(mode),
      restoreMissing(mode), restorePieces(mode), swap(mode),
    ]
  }

  /// Into a store whose folder has to be made.
  private static func captureFirst(_ mode: String) -> Scenario {
    var scenario = capture(mode)
    scenario.name = "capture-first-\(mode)"
    scenario.make = { try lay($0, early, mode) }
    return scenario
  }

  /// Into a store that has one, so that it is an increment.
  static func capture(_ mode: String) -> Scenario {
    Scenario(
      name: "capture-\(mode)",
      make: { bench in
        try lay(bench, early, mode)
        try bench.managed(early, store: bench.store).snapshot()
        try fill(bench, "later", 20)
      },
      attempt: { try $0.managed(early, store: $0.store).snapshot() }, start: { try $0.start(early) },
      look: { bench in
        let now = try Look.database(bench.database)
        _ = try Look.store(bench)
        return try bench.store.list().map { try Look.snapshot($0.path, in: bench) == now ? "same" : "other" }
          .joined(separator: " ") + "\n" + now
      })
  }

  /// To a file of its own.
  private static func captureFile(_ mode: String) -> Scenario {
    Scenario(
      name: "capture-file-\(mode)", make: { try lay($0, early, mode) },
      attempt: { bench in
        // Again is onto the same name.
        let output = bench.root + "/taken.sqlite.lz4"
        if bench.isAgain { unlink(output) }
        try bench.managed(early).snapshot(to: output)
      }, start: { try $0.start(early) },
      look: { bench in
        let output = bench.root + "/taken.sqlite.lz4"
        let now = try Look.database(bench.database)
        guard FileManager.default.fileExists(atPath: output) else { return "none\n" + now }
        return try (Look.snapshot(output, in: bench) == now ? "same\n" : "other\n") + now
      })
  }

  /// Of a database of several pieces, which are packed at once by several threads; an increment after a whole one.
  private static func capturePieces(_ mode: String) -> Scenario {
    var scenario = capture(mode)
    scenario.name = "capture-pieces-\(mode)"
    scenario.isLarge = true
    scenario.make = { bench in
      try lay(bench, early, mode)
      try pad(bench, 12)
      try bench.managed(early, store: bench.store).snapshot()
      try bench.execute("UPDATE pad SET words = hex(randomblob(30000)) WHERE id = 5")
    }
    return scenario
  }

  /// Rows that take several pieces of a snapshot, few of them, so that there are not thousands of operations.
  static func pad(_ bench: Bench, _ count: Int) throws {
    try bench.execute(
      """
      CREATE TABLE pad(id INTEGER PRIMARY KEY, words TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
      INSERT INTO pad SELECT i, hex(randomblob(30000)) FROM n
      """)
  }

  /// Of a snapshot of several pieces, which are unpacked at once by several threads.
  private static func restorePieces(_ mode: String) -> Scenario {
    var scenario = restoring("restore-pieces-\(mode)") { bench in
      try lay(bench, early, mode, says: "snapshot")
      try pad(bench, 12)
      try bench.managed(early).snapshot(to: bench.root + "/source.sqlite.lz4")
      for suffix in ["", "-tidemark.lock"] { try LocalFiles().unlink(bench.database + suffix) }
      try lay(bench, late, mode)
    }
    scenario.isLarge = true
    return scenario
  }

  static func restoring(_ name: String, _ lay: @escaping @Sendable (Bench) throws -> Void) -> Scenario {
    var scenario = Scenario(
      name: name, make: lay,
      attempt: { try $0.managed(late, store: $0.store).restore($0.root + "/source.sqlite.lz4") },
      start: { try $0.start(late) }, look: { try Look.database($0.database) })
    scenario.saysUnfinished = true
    scenario.check = { bench, found, old in
      guard found == .new, old != "missing" else { return }
      let previous = try PreviousDatabases.list(bench.database)
      guard try previous.contains(where: { try Look.database($0.path) == old }) else {
        throw Unsound("the database is the new one, and the old one is not kept")
      }
    }
    return scenario
  }

  /// Lays out a database beside a snapshot of another lineage.
  static func source(_ bench: Bench, _ lineage: Lineage, _ mode: String) throws {
    try lay(bench, lineage, mode, says: "snapshot")
    try bench.managed(lineage).snapshot(to: bench.root + "/source.sqlite.lz4")
    for suffix in ["", "-tidemark.lock"] { try LocalFiles().unlink(bench.database + suffix) }
  }

  static func restore(_ mode: String) -> Scenario {
    restoring("restore-\(mode)") { bench in
      try source(bench, early, mode)
      try lay(bench, late, mode)
    }
  }

  /// Of a snapshot whose changes have to be undone.
  private static func restoreNewer(_ mode: String) -> Scenario {
    let fourth = Change(
      4, "AddOwner", up: "ALTER TABLE jobs ADD COLUMN owner TEXT", down: "ALTER TABLE jobs DROP COLUMN owner")
    return restoring("restore-newer-\(mode)") { bench in
      try source(bench, lineage(first, second, third, fourth), mode)
      try lay(bench, late, mode)
    }
  }

  /// Restores and exchanges where a file system has but plain names.
  static let renaming: [Scenario] =
    ([swap("wal"), swap("delete"), restoreMissing("delete"), damaged("delete")[0]].map { scenario in
      var scenario = scenario
      scenario.name += "-renaming"
      scenario.cannotExchange = true
      // Of the exchange alone, one in the fast form.
      scenario.isLarge = scenario.name != "swap-delete-renaming"
      return scenario
    }) + [false, true].map { mending(.noted, "delete", ofDamaged: $0, cannotExchange: true) }

  /// Where no database is.
  private static func restoreMissing(_ mode: String) -> Scenario {
    restoring("restore-missing-\(mode)") { try source($0, early, mode) }
  }

  /// The exchange alone.
  private static func swap(_ mode: String) -> Scenario {
    let prepared = "jobs.db.tidemark-restore-00112233445566ff"
    let prepare: @Sendable (Bench) throws -> Void = { bench in
      let path = bench.root + "/" + prepared
      guard !FileManager.default.fileExists(atPath: path) else { return }
      try Unpacker().unpack(bench.root + "/source.sqlite.lz4", to: path)
    }
    var scenario = restoring("swap-\(mode)") { bench in
      try source(bench, late, mode)
      try lay(bench, late, mode)
      try prepare(bench)
    }
    scenario.attempt = { bench in
      if bench.isAgain { try prepare(bench) }
      _ = try Swap(files: bench.files).replace(target: bench.database, with: bench.root + "/" + prepared)
    }
    return scenario
  }

  /// A new database.
  static let create = Scenario(
    name: "create", make: { _ in }, attempt: { try $0.managed(late).migrate() }, start: { try $0.start(late) },
    look: { bench in
      let found = try Look.database(bench.database)
      return found.isEmpty ? "missing" : found
    })
}
