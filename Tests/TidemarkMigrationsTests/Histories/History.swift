// One history: two builds take turns on a database, and nothing that either wrote is missing but for what the report
// counts.
//
// The method: values bear numbers. Before each downgrade the database is read whole (A), after it (B), after the older
// build's work (C); a copy without the attic is upgraded to see what the upgrade makes by itself (D), then the database
// is (E). What was in A is in E, or in the attic and counted, or the older build took it away. What the older build wrote
// and D has is in E. Rows that did not change between B and C are in E as they were in A, but for those counted.
import TidemarkMigrations
import TidemarkSQLite

/// A history that follows from its seed.
struct History {
  let seed: UInt64
  private(set) var log: [String] = []

  init(seed: UInt64) { self.seed = seed }

  /// Plays it.
  /// - Returns: what is not as it should be; empty when all is well.
  mutating func play() throws -> [String] {
    var dice = Dice(seed: seed)
    var model = Model()
    var work = HistoryWork()
    model.begin(&dice)
    let older = model
    for _ in 0...dice.below(3) { model.grow(&dice) }
    log = model.migrations.flatMap { ["-- \($0.id)", $0.upgrade.text, "-- back:", $0.downgrade.sql ?? ""] }
    let connection = try Connection.inMemory()
    try migrate(connection, older)
    try work.run(older.tables, dice.below(12), &dice, on: connection)
    try migrate(connection, model)
    for round in 0..<(1 + dice.below(2)) {
      try work.run(model.tables, dice.below(20), &dice, on: connection)
      // Now and then not all the way.
      var target = older
      if model.migrations.count > 2, dice.chance(30) {
        target = older.through(1 + dice.below(2), of: model, seed: seed)
      }
      let before = try Stand(of: connection)
      let attic = try Stand.attic(of: connection)
      let down = try migrate(connection, target)
      let left = try Stand(of: connection)
      let isIdle = dice.chance(25)
      if !isIdle { try work.run(target.tables, 1 + dice.below(15), &dice, on: connection, isOlder: true) }
      let worked = try Stand(of: connection)
      let alone = try Self.copyWithoutAttic(of: connection)
      try migrate(alone, model)
      let expected = try Stand(of: alone)
      let up = try migrate(connection, model)
      let after = try Stand(of: connection)
      log += ["== the newer build's last word"] + before.words + ["== left by the downgrade"] + left.words
      log += ["== the older build's work"] + worked.words + ["== the upgrade alone"] + expected.words
      log += ["== with the attic"] + after.words + up.attic.map(\.words)
      let found = try HistoryCheck(
        before: before, left: left, worked: worked, alone: expected, after: after, atticBefore: attic,
        attic: Stand.attic(of: connection), down: down, up: up,
        migrations: model.migrations, isIdle: isIdle, connection: connection
      ).faults()
      if !found.isEmpty { return found.map { "round \(round + 1): \($0)" } }
    }
    return []
  }

  @discardableResult
  private func migrate(_ connection: Connection, _ model: Model) throws -> MigrationReport {
    let options = MigratorOptions(trustsVerification: false, build: "history", proves: false)
    return try Migrator(Lineage(name: "history", migrations: model.migrations), options: options).migrate(connection)
  }

  private static func copyWithoutAttic(of connection: Connection) throws -> Connection {
    let copy = try Connection.inMemory()
    let backup = try Backup(from: connection, to: copy)
    try backup.step()
    try backup.finish()
    for row in try copy.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'tidemark_attic%'") {
      try copy.execute("DROP TABLE \(try row.get(0, as: String.self))")
    }
    return copy
  }
}

extension Model {
  /// The model as it was after some more of another's migrations.
  func through(_ count: Int, of other: Model, seed: UInt64) -> Model {
    var dice = Dice(seed: seed)
    var again = Model()
    again.begin(&dice)
    _ = dice.below(3)
    while again.migrations.count < min(other.migrations.count - 1, 1 + count) { again.grow(&dice) }
    return again
  }
}
