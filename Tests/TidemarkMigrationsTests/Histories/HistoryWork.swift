// What a build does to its tables between two migrations. Each value that it writes bears a number of its own.
import TidemarkMigrations
import TidemarkSQLite

/// Inserts, updates and deletes at random; what a constraint forbids does not happen.
struct HistoryWork {
  /// The number for the next value: seven digits, which no key and no constant has.
  var tag = 1_000_000

  /// - Parameter isOlder: whether rows without a key come in other places, too.
  mutating func run(
    _ tables: [ModelTable], _ amount: Int, _ dice: inout Dice, on connection: Connection, isOlder: Bool = false
  ) throws {
    try connection.execute("PRAGMA foreign_keys = ON")
    for _ in 0..<amount {
      let table = dice.one(of: tables)
      if isOlder, dice.chance(8) {
        // SQLite attaches what it writes anew, which a database in memory does not allow otherwise.
        try connection.limit(.attached, 1)
        try connection.execute("VACUUM")
        try connection.limit(.attached, 0)
        continue
      }
      if isOlder, table.key == .none, dice.chance(20) {
        try? connection.execute(again(table, &dice))
        continue
      }
      let sql =
        switch dice.below(10) {
        case 0..<5: insert(table, &dice)
        case 5..<8: update(table, &dice)
        default: delete(table, &dice)
        }
      do {
        try connection.execute(sql)
      } catch let error as SQLiteError where error.code == SQLiteError.constraint || error.code == 20 {
        continue
      }
    }
    try connection.execute("PRAGMA foreign_keys = OFF")
  }

  private mutating func value(_ column: ModelTable.Column, _ isStrict: Bool, _ dice: inout Dice) -> String {
    tag += 1
    if dice.chance(10) { return "NULL" }
    let any = ["'v\(tag)'", "\(tag)", "\(tag).5", "CAST('v\(tag)' AS BLOB)"]
    guard isStrict else { return dice.one(of: any) }
    switch column.type {
    case "INTEGER": return any[1]
    case "TEXT": return any[0]
    case "BLOB": return any[3]
    default: return dice.one(of: any)
    }
  }

  private func key(_ name: String, _ dice: inout Dice) -> String {
    switch name {
    case "k": dice.one(of: ["'a'", "'b'", "'A'", "'seed'", "'k1'", "'k2'"])
    case "l": dice.one(of: ["1", "2", "'x'", "1.5"])
    default: "\(dice.below(12) - 2)"
    }
  }

  private mutating func insert(_ table: ModelTable, _ dice: inout Dice) -> String {
    var columns = table.keyColumns.filter { $0 != "id" || dice.chance(60) }
    var values = columns.map { name in name == "k" && table.key == .text && dice.chance(8) ? "NULL" : key(name, &dice) }
    if table.key == .none, dice.chance(30) {
      columns.append("rowid")
      values.append("\(dice.below(30) - 5)")
    }
    for column in table.columns where dice.chance(80) {
      columns.append(column.name)
      values.append(value(column, table.isStrict, &dice))
    }
    if let parent = table.parent, dice.chance(80) {
      columns.append("parent")
      values.append("(SELECT id FROM \(parent) ORDER BY id LIMIT 1 OFFSET \(dice.below(3)))")
    }
    if columns.isEmpty { return "INSERT INTO \(table.name) DEFAULT VALUES" }
    let conflict = dice.chance(15) ? "OR REPLACE " : ""
    return "INSERT \(conflict)INTO \(table.name)(\(columns.joined(separator: ", "))) "
      + "VALUES (\(values.joined(separator: ", ")))"
  }

  private func condition(_ table: ModelTable, _ dice: inout Dice) -> String {
    let key = table.hasRowid ? "rowid" : "k"
    return "\(key) IN (SELECT \(key) FROM \(table.name) ORDER BY \(key) LIMIT 1 OFFSET \(dice.below(4)))"
  }

  private mutating func update(_ table: ModelTable, _ dice: inout Dice) -> String {
    var sets = table.columns.filter { _ in dice.chance(50) }.map { column in
      column.isFixed && column.name.hasPrefix("s") && dice.chance(70)
        ? "\(column.name) = 's' || \(dice.below(8))" : "\(column.name) = \(value(column, table.isStrict, &dice))"
    }
    if dice.chance(10), let key = table.keyColumns.first { sets.append("\(key) = \(self.key(key, &dice))") }
    guard !sets.isEmpty else { return delete(table, &dice) }
    let scope = dice.chance(8) ? "" : " WHERE \(condition(table, &dice))"
    return "UPDATE OR IGNORE \(table.name) SET \(sets.joined(separator: ", "))\(scope)"
  }

  /// Takes a row out and puts it in again: a row of the same content, in another place or in the same one.
  private func again(_ table: ModelTable, _ dice: inout Dice) -> String {
    let which = condition(table, &dice)
    let names = table.allColumns.joined(separator: ", ")
    let old = "CREATE TEMP TABLE again AS SELECT \(names) FROM \(table.name) WHERE \(which)"
    let insert = "INSERT INTO \(table.name)(\(names)) SELECT * FROM temp.again"
    // Now and then beside it instead.
    let out = dice.chance(70) ? "DELETE FROM \(table.name) WHERE \(which);" : ""
    return "DROP TABLE IF EXISTS temp.again; \(old); \(out) \(insert); DROP TABLE temp.again"
  }

  private func delete(_ table: ModelTable, _ dice: inout Dice) -> String {
    "DELETE FROM \(table.name) WHERE \(condition(table, &dice))"
  }
}
