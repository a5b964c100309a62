// The scenarios of retention: in a store, and of the databases that restores displaced.
import Foundation
import Tidemark

extension Scenario {
  static let retention = [prune, pruneChain, pruneDependent, prunePrevious, prunePreviousDamaged]

  /// Retention in a store of two chains.
  private static let prune: Scenario = {
    var scenario = Scenario(
      name: "prune",
      make: { bench in
        try lay(bench, early, "wal")
        for number in 0..<6 {
          try fill(bench, "round \(number)", 5)
          try bench.managed(early, store: bench.store).snapshot(full: number == 3)
        }
      },
      attempt: { _ = try $0.store.prune(RetentionPolicy(last: 2)) }, start: { try $0.start(early) },
      look: { bench in
        // Each that is there can be restored.
        try Look.store(bench).map { id in
          _ = try Look.snapshot(bench.storeFolder + "/" + id + SnapshotStore.suffix, in: bench)
          return id
        }.joined(separator: "\n")
      })
    scenario.isGradual = true
    scenario.sparesUnreadable = true
    scenario.tell = { found, old, new in
      let (now, before, after) = (lines(found), lines(old), lines(new))
      if now == after { return .new }
      if now == before { return .old }
      return now.isSubset(of: before) && now.isSuperset(of: after) ? .between : nil
    }
    return scenario
  }()

  /// Retention that takes increments out of the middle: what stays needs the first, and not those between.
  private static let pruneChain: Scenario = {
    var scenario = prune
    scenario.name = "prune-chain"
    scenario.isLarge = true
    scenario.make = { bench in
      try lay(bench, early, "delete")
      try pad(bench, 6)
      for number in 0..<5 {
        try fill(bench, "round \(number)", 5)
        try bench.managed(early, store: bench.store).snapshot()
      }
    }
    scenario.attempt = { _ = try $0.store.prune(RetentionPolicy(last: 1)) }
    return scenario
  }()

  /// Retention that removes increments together with what they need.
  private static let pruneDependent: Scenario = {
    var scenario = prune
    scenario.name = "prune-dependent"
    scenario.isLarge = true
    scenario.make = { bench in
      try lay(bench, early, "delete")
      try pad(bench, 6)
      for number in 0..<6 {
        try fill(bench, "round \(number)", 5)
        try bench.managed(early, store: bench.store).snapshot(full: number == 3)
      }
      let needed = try SnapshotStore(bench.storeFolder).list().map { $0.manifest?.increment?.needs.count ?? 0 }
      guard needed.suffix(3) == [1, 1, 0] else { throw Unsound("the increments need others: \(needed)") }
    }
    return scenario
  }()

  /// Removal of the databases that restores displaced.
  private static let prunePrevious: Scenario = {
    var scenario = Scenario(
      name: "prune-previous",
      make: { bench in
        try source(bench, late, "delete")
        try lay(bench, late, "delete")
        for _ in 0..<3 { try bench.managed(late).restore(bench.root + "/source.sqlite.lz4") }
      },
      attempt: { bench in
        _ = try PreviousDatabases.prune(bench.database, rule: PreviousRule(keepLast: 1), files: bench.files)
      },
      start: { try $0.start(late) },
      look: { bench in
        try PreviousDatabases.list(bench.database).map { one in
          _ = try Look.database(one.path)
          return lastComponent(of: one.path)
        }.sorted().joined(separator: "\n")
      })
    scenario.tell = prune.tell
    scenario.isGradual = true
    return scenario
  }()

  /// The same of databases that could not be opened, each with its WAL: without that it must not stay.
  private static let prunePreviousDamaged: Scenario = {
    var scenario = prunePrevious
    scenario.name = "prune-previous-damaged"
    scenario.keepsSides = true
    scenario.make = { bench in
      try source(bench, late, "delete")
      for _ in 0..<3 {
        try damage(bench)
        try bench.managed(late).restore(bench.root + "/source.sqlite.lz4")
      }
    }
    scenario.look = { bench in
      let previous = try PreviousDatabases.list(bench.database)
      for one in previous where FileManager.default.fileExists(atPath: one.path) {
        guard try isDamage(one.path, 7), try isDamage(one.path + "-wal", 9) else {
          throw Unsound("a displaced database is not whole: \(try bench.names())")
        }
      }
      return previous.flatMap(\.files).map(lastComponent).sorted().joined(separator: "\n")
    }
    return scenario
  }()

  private static func lines(_ text: String) -> Set<Substring> { Set(text.split(separator: "\n")) }
}
