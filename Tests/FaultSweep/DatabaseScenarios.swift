// The scenarios in which work goes on beyond one plan: backfills slice by slice, and what downgrades kept.
import Foundation
import Tidemark

extension Scenario {
  private static let slice = 20
  private static let owner = Change(
    2, "AddOwner",
    up: [
      "ALTER TABLE jobs ADD COLUMN owner TEXT",
      .batched(
        table: "jobs", key: "id", size: slice,
        "UPDATE jobs SET owner = 'owner of ' || id WHERE id BETWEEN :first AND :last"),
    ], down: "ALTER TABLE jobs DROP COLUMN owner")
  private static let owned = lineage(first, owner)

  /// A backfill at once behind its plan, and one that goes on later.
  static func backfills(_ mode: String) -> [Scenario] {
    func filling(
      _ name: String, make: @escaping @Sendable (Bench) throws -> Void,
      attempt: @escaping @Sendable (Bench) throws -> Void
    ) -> Scenario {
      var scenario = Scenario(
        name: "\(name)-\(mode)",
        make: make, attempt: attempt, start: { try $0.start(owned) }, look: { try progress($0) })
      scenario.isGradual = true
      scenario.tell = { found, old, new in
        // Whether cursor and rows agree is seen in looking.
        found == new ? .new : found == old ? .old : isBetween(found, new) ? .between : nil
      }
      return scenario
    }
    return [
      filling("migrate-backfill", make: { try lay($0, early, mode) }, attempt: { try $0.managed(owned).migrate() }),
      filling(
        "backfill",
        make: { bench in
          try lay(bench, early, mode)
          try bench.managed(owned, defersBackfills: true).migrate()
        }, attempt: { _ = try $0.managed(owned).backfill() }),
    ]
  }

  /// The database, and how far it is; what the backfill has done and what its cursor says have to be the same.
  private static func progress(_ bench: Bench) throws -> String {
    let found = try Look.database(bench.database)
    let connection = try Connection(path: bench.database, vfs: "unix")
    guard try connection.value("SELECT count(*) FROM tidemark_changelog WHERE id = 2", as: Int.self) == 1 else {
      try connection.close()
      return found
    }
    let done = try connection.value("SELECT count(*) FROM jobs WHERE owner = 'owner of ' || id", as: Int.self) ?? 0
    let isFirst = try connection.value(
      "SELECT count(*) FROM jobs WHERE owner IS NULL AND id <= (SELECT max(id) FROM jobs WHERE owner IS NOT NULL)",
      as: Int.self)
    let told = try connection.value(
      "SELECT CASE WHEN batch IS NULL THEN -1 ELSE coalesce(json_extract(batch, '$.slices'), 0) END "
        + "FROM tidemark_changelog WHERE id = 2", as: Int.self)
    try connection.close()
    guard isFirst == 0, told == -1 ? done == 60 : told == done / slice else {
      throw Unsound("the backfill has done \(done) rows, its cursor tells of \(told ?? -2) slices")
    }
    return found
  }

  /// The new but for rows that are still to come, and where the cursor is.
  private static func isBetween(_ found: String, _ new: String) -> Bool {
    let rest = { (text: String) in
      text.split(separator: "\n").filter { !$0.hasPrefix("jobs: ") && !$0.hasPrefix("tidemark_changelog: ") }
    }
    return rest(found) == rest(new)
  }

  /// What a rollback kept returns, or goes for good.
  static func attics(_ mode: String) -> [Scenario] {
    let make: @Sendable (Bench) throws -> Void = { bench in
      try lay(bench, late, mode)
      try bench.execute("UPDATE jobs SET tier = 'mine ' || id WHERE id % 5 = 0")
      try bench.managed(early).migrate()
    }
    var back = Scenario(
      name: "return-\(mode)", make: make, attempt: { try $0.managed(late).migrate() }, start: { try $0.start(late) },
      look: { try Look.database($0.database) })
    back.check = { bench, _, _ in
      // Whatever happened, the next start has what was kept.
      guard try Look.database(bench.database).contains("mine 55") else { throw Unsound("what was kept is gone") }
    }
    return [
      back,
      Scenario(
        name: "prune-attic-\(mode)", make: make, attempt: { _ = try $0.managed(early).pruneAttic() },
        start: { try $0.start(early) }, look: { try Look.database($0.database) }),
    ]
  }
}
