// What has to hold of one turn of a history: down, work by the older build, up.
import TidemarkMigrations
import TidemarkSQLite

/// The moments of a turn, held against each other.
struct HistoryCheck {
  /// The newer build's last word.
  let before: Stand
  /// What the downgrade left, and what the older build made of that.
  let left: Stand
  let worked: Stand
  /// What the upgrade makes without the attic, and what it and the attic have made.
  let alone: Stand
  let after: Stand
  let atticBefore: Stand.Attic
  let attic: Stand.Attic
  let down: MigrationReport
  let up: MigrationReport
  let migrations: [any Migration]
  let isIdle: Bool
  let connection: Connection

  /// Rows that the report says are not as they were.
  private var counted: Int64 { up.attic.reduce(0) { $0 + $1.conflicts + $1.orphaned + $1.alike } }

  /// The tables with rows that nothing tells apart and whose kept values wait, under all their names, and those that an
  /// upgrade fills from them: what it makes of such rows is then another.
  private var untold: Set<String> {
    var found = Set(up.attic.filter { $0.alike > 0 }.map(\.table))
    if found.isEmpty { return found }
    var size = 0
    while size < found.count {
      size = found.count
      for line in migrations.flatMap({ $0.upgrade.text.split(separator: ";\n") }) {
        let words = line.split { $0 == " " || $0 == "(" }.map(String.init)
        if words.prefix(2) == ["ALTER", "TABLE"], words.dropFirst(3).prefix(2) == ["RENAME", "TO"] {
          if found.contains(words[2]) || found.contains(words[5]) { found.formUnion([words[2], words[5]]) }
        } else if let into = words.firstIndex(of: "INTO"), let from = words.firstIndex(of: "FROM") {
          if found.contains(words[from + 1]) { found.insert(words[into + 1]) }
        }
      }
    }
    return found
  }

  func faults() throws -> [String] {
    var faults: [String] = []
    if !after.isSound { faults.append("the integrity check fails") }
    if after.violations > alone.violations { faults.append("\(after.violations) foreign keys are broken") }
    faults += up.notes.filter { $0.contains("attic") }
    if attic.waiting > 0 { faults.append("\(attic.waiting) tables still wait in the attic") }
    if attic.rows - atticBefore.rows != counted {
      faults.append("the attic holds \(attic.rows - atticBefore.rows) more rows, the report counts \(counted)")
    }
    return faults + idle() + newersValues() + oldersValues() + rows() + keyless() + mixed()
  }

  /// Where nothing was done all is as it was, rowids too.
  private func idle() -> [String] {
    guard isIdle else { return [] }
    let untold = untold
    let differences = after.contents.differences(from: before.contents).filter { !untold.contains($0.table) }
      .map(\.description).filter { !$0.contains("AUTOINCREMENT") }
    let fallen = after.contents.fallenMarks(from: before.contents).map(\.description)
    let told = up.attic.filter { $0.conflicts + $0.orphaned + $0.deleted > 0 && !untold.contains($0.table) }.map(
      \.words)
    return (differences + fallen + told).map { "idle: \($0)" }
  }

  /// The table that the downgrade left in place of one, by the names that its statements give.
  private func heir(of table: String) -> String? {
    var name = table
    for step in down.steps where step.step.kind == .downgrade {
      for line in (step.step.sql ?? "").split(separator: "\n") {
        let words = line.split { $0 == " " || $0 == ";" }.map(String.init)
        guard words.count == 6, words[3...4] == ["RENAME", "TO"], words[2] == name else { continue }
        name = words[5]
      }
    }
    return left.rows[name] == nil ? nil : name
  }

  /// The rows, as cells by column, of which there are fewer than there were.
  private static func missing(
    from table: DatabaseContents.Table?, of former: DatabaseContents.Table?
  ) -> Set<[String: DatabaseContents.Cell]> {
    var counts: [[String: DatabaseContents.Cell]: Int] = [:]
    for (side, number) in [(former, 1), (table, -1)] {
      guard let side else { continue }
      for cells in side.rows.values {
        counts[.init(uniqueKeysWithValues: zip(side.columns, cells)), default: 0] += number
      }
    }
    return Set(counts.filter { $0.value > 0 }.keys)
  }

  private func newersValues() -> [String] {
    var missing = before.tags.subtracting(after.tags).subtracting(attic.tags)
    // What the older build saw and took away.
    missing.subtract(left.tags.subtracting(worked.tags))
    if missing.isEmpty { return [] }
    for (table, rows) in before.rows {
      guard let heir = heir(of: table) else { continue }
      let gone = Self.missing(from: worked.contents.tables[heir], of: left.contents.tables[heir])
      let columns = Set(left.contents.tables[heir]?.columns ?? [])
      for (key, row) in rows {
        // One without a key may have come in another place: it is told by what the older build saw of it.
        if key.hasPrefix("at "), gone.contains(row.filter { columns.contains($0.key) }) {
          for cell in row.values { missing.subtract(Stand.tags(in: cell.value)) }
        }
        guard let old = left.rows[heir]?[key] else { continue }
        guard key.hasPrefix("at ") ? gone.contains(old) : worked.rows[heir]?[key] == nil else { continue }
        for cell in row.values { missing.subtract(Stand.tags(in: cell.value)) }
      }
      // A row may be known by its place, and one with its key have come in another.
      let places = Set(left.contents.tables[heir]?.rows.keys.map(\.self) ?? [])
        .subtracting(worked.contents.tables[heir]?.rows.keys.map(\.self) ?? [])
      for (place, cells) in before.contents.tables[table]?.rows ?? [:] where places.contains(place) {
        for cell in cells { missing.subtract(Stand.tags(in: cell.value)) }
      }
    }
    for (table, rows) in before.rows {
      // A downgrade may have changed what the older build saw of it: then it is one of those that it took or changed.
      let heir = heir(of: table)
      let taken = Self.surplus(of: Self.keyless(heir, in: left), over: Self.keyless(heir, in: worked))
      let tags = rows.filter { $0.key.hasPrefix("at ") }.map { $0.value.values.map { Stand.tags(in: $0.value) } }
        .map { $0.reduce(into: Set<Int>()) { $0.formUnion($1) } }.filter { !$0.isDisjoint(with: missing) }
      if tags.count <= taken { for row in tags { missing.subtract(row) } }
    }
    return missing.isEmpty ? [] : ["the newer build's \(missing.sorted()) are gone"]
  }

  private func oldersValues() -> [String] {
    let missing = worked.tags.subtracting(left.tags).intersection(alone.tags).subtracting(after.tags)
    return missing.isEmpty ? [] : ["the older build's \(missing.sorted()) are gone"]
  }

  /// Row by row: those that nobody touched, and those that the older build changed or made.
  private func rows() -> [String] {
    var faults: [String] = []
    var missed: [String] = []
    for (table, rows) in before.rows.sorted(by: { $0.key < $1.key }) {
      let heir = heir(of: table)
      let old = heir.flatMap { left.rows[$0] } ?? [:]
      let new = heir.flatMap { worked.rows[$0] } ?? [:]
      let (oldPlaces, newPlaces) = (left.places[heir ?? ""] ?? [:], worked.places[heir ?? ""] ?? [:])
      for (key, row) in rows where new[key] == old[key] && after.rows[table]?[key] != row {
        // Those without a key are held against what they hold, not against their place.
        if key.hasPrefix("at ") { continue }
        // One that came in another place is not the one that was there.
        if oldPlaces[key] != newPlaces[key] { continue }
        missed.append("\(table) \(key)")
      }
      guard heir != nil else { continue }
      // The older build may have changed what the upgrade drops: then the newer build's values are back.
      for (key, row) in new where old[key] != row {
        let (found, made) = (after.rows[table]?[key], alone.rows[table]?[key])
        if found == made { continue }
        if key.hasPrefix("at ") { continue }
        guard let found, let made else {
          faults.append("\(table): the older build's \(key) is not as the upgrade makes it")
          continue
        }
        for (column, cell) in found where cell != made[column] && cell != rows[key]?[column] {
          // Made of the rowid, which is another one where rows with a key of their own are back in their places.
          if column.hasPrefix("s"), let place = after.places[table]?[key], cell.value == .text("s\(place)") { continue }
          faults.append("\(table): the older build's \(key) has \(cell) in \(column), which nobody wrote")
        }
      }
    }
    if missed.count > counted { faults.append("\(missed.sorted()) are not as they were, \(counted) are counted") }
    return faults
  }

  // MARK: rows without a key

  private typealias Row = [String: DatabaseContents.Cell]

  /// How often each content stands in the rows of a table that have no key.
  private static func keyless(_ table: String?, in stand: Stand) -> [Row: Int] {
    guard let table else { return [:] }
    var counts: [Row: Int] = [:]
    for (key, row) in stand.rows[table] ?? [:] where key.hasPrefix("at ") { counts[row, default: 0] += 1 }
    return counts
  }

  /// How many rows there are of which the other has none.
  private static func surplus(of rows: [Row: Int], over others: [Row: Int]) -> Int64 {
    Int64(rows.reduce(0) { $0 + max(0, $1.value - (others[$1.key] ?? 0)) })
  }

  /// By what they hold, wherever they stand: one that is no more as it was is one that the older build took or changed, or
  /// is counted; one that nobody had is one that the older build made or changed, or is counted; and none comes or goes.
  private func keyless() -> [String] {
    var faults: [String] = []
    let waiting = untold
    for table in before.rows.keys.sorted() where !waiting.contains(table) {
      let heir = heir(of: table)
      let (was, now) = (Self.keyless(table, in: before), Self.keyless(table, in: after))
      let (old, new) = (Self.keyless(heir, in: left), Self.keyless(heir, in: worked))
      let (taken, made) = (Self.surplus(of: old, over: new), Self.surplus(of: new, over: old))
      let untold = up.attic.filter { $0.table == table }.reduce(0) { $0 + $1.conflicts + $1.orphaned + $1.alike }
      let (gone, come) = (Self.surplus(of: was, over: now), Self.surplus(of: now, over: was))
      if gone > taken + untold {
        faults.append(
          "\(gone) rows of \(table) are not as they were, \(taken) were taken or changed, \(untold) are counted")
      }
      guard heir != nil else { continue }
      if come > made + untold {
        faults.append(
          "\(come) rows of \(table) are not as they were, \(made) are new or changed, \(untold) are counted")
      }
      let (all, there) = (now.values.reduce(0, +), Self.keyless(table, in: alone).values.reduce(0, +))
      if all != there { faults.append("\(all) rows of \(table) have no key, the upgrade alone makes \(there)") }
    }
    return faults
  }

  /// No row has the values of two: what comes back comes back to the row that had it.
  private func mixed() -> [String] {
    var faults: [String] = []
    for (table, rows) in after.contents.tables.sorted(by: { $0.key < $1.key }) {
      let former = (before.contents.tables[table]?.rows.values).map { $0.map(Self.tags) } ?? []
      let known = former.reduce(into: Set<Int>()) { $0.formUnion($1) }
      for (place, cells) in rows.rows.sorted(by: { $0.key < $1.key }) {
        let tags = Self.tags(in: cells)
        let back = tags.subtracting(worked.tags).subtracting(alone.tags)
        guard !back.isEmpty else { continue }
        let own = tags.intersection(known)
        // What is of no row here came by way of an upgrade, out of another table.
        if !own.isEmpty, !former.contains(where: own.isSubset) {
          faults.append("\(table) \(place) has \(own.sorted()), which no one row had")
        }
      }
    }
    return faults
  }

  private static func tags(in cells: [DatabaseContents.Cell]) -> Set<Int> {
    cells.reduce(into: []) { $0.formUnion(Stand.tags(in: $1.value)) }
  }
}
