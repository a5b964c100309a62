// Runs an alteration as a stored downgrade runs, on a database with rows in it, and looks at everything that there was.
import Testing
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

/// One way between two schemas, tried out.
struct AlterationTrial {
  let from: Schema
  let to: Schema
  var renames = SchemaRenames.none
  var sqlite = SQLiteLibrary.version
  /// Whether there are rows.
  var isFull = true
  /// Whether `Alterer` runs it, which refuses what rows do not fit, and whatever would be lost is given up.
  var isWhole = false

  /// The findings, a line each; none where all is well.
  func findings() throws -> [String] {
    let alteration = try SchemaAlteration.make(from: from, to: to, renames: renames, sqlite: sqlite)
    let database = try Connection.inMemory()
    for type in ObjectType.allCases {
      for object in from.objects where object.type == type { try database.execute(object.sql ?? "") }
    }
    // What demands empty tables is not run on full ones.
    if isFull, isWhole || alteration.demands.isEmpty {
      _ = try TrialRows.generated(perTable: 4).fill(database, applied: [])
    }
    try leaveMarks(on: database)
    try database.execute("ANALYZE")
    let contents = try DatabaseContents(of: database)
    let statistics = try Self.statistics(database)
    let orphans = try database.rows("PRAGMA foreign_key_check").count

    if isWhole {
      let text = try database.value("SELECT group_concat(sql) FROM sqlite_master", as: String?.self)
      do {
        try Alterer(to: to, options: Alterer.Options(acceptsAnyLoss: true)).alter(database)
      } catch let error as AlterError {
        guard case .doesNotFit(let obstacles) = error else { return ["\(error)", alteration.sql] }
        let isAsItWas =
          try DatabaseContents(of: database) == contents
          && database.value("SELECT group_concat(sql) FROM sqlite_master", as: String?.self) == text
        if !isAsItWas { return ["refused, and changed something: \(error)"] }
        return try unfounded(obstacles, alteration, on: database, contents)
      }
    } else {
      try run(alteration, on: database)
    }
    let found = try Schema.read(from: database)
    var words = SchemaDifference.between(expected: to, found: found, kind: .exact).words
    if words.isEmpty, found.fingerprint(.exact) != to.fingerprint(.exact) { words = ["the fingerprints differ"] }
    words += missing(from: contents, in: try DatabaseContents(of: database), losses: alteration.losses)
    words += try lost(statistics, on: database, rebuilt: alteration)
    if try database.value("PRAGMA integrity_check", as: String.self) != "ok" { words.append("integrity") }
    if references(from) == references(to), try database.rows("PRAGMA foreign_key_check").count > orphans {
      words.append("orphans")
    }
    for object in found.objects where object.type == .view {
      _ = try database.rows("SELECT * FROM \(SQL.quote(object.name))")
    }
    let again = try SchemaAlteration.make(from: found, to: to, sqlite: sqlite)
    if !again.isEmpty { words.append("a second run would do something: \(again.sql)") }
    return words.isEmpty ? [] : words + ["by:\n" + alteration.sql]
  }

  private func run(_ alteration: SchemaAlteration, on database: Connection) throws {
    let sandbox = Sandbox(database)
    try sandbox.enter()
    defer { sandbox.leave() }
    try database.transaction(.immediate) {
      try sandbox.run(as: .stored) { try database.execute(alteration.sql) }
    }
  }

  /// A refusal that need not have been: the statements would have run, and every row with them.
  private func unfounded(
    _ obstacles: [AlterObstacle], _ alteration: SchemaAlteration, on database: Connection, _ before: DatabaseContents
  ) throws -> [String] {
    // A row without a key would get one that somebody else's rows do not know of.
    let isOfOthers = ["REFERENCES", "INTEGER PRIMARY KEY of"]
    if obstacles.contains(where: { one in isOfOthers.contains { one.rule.contains($0) } }) { return [] }
    do {
      try run(alteration, on: database)
    } catch is SQLiteError {
      return []
    }
    let after = try DatabaseContents(of: database)
    let isWhole = before.tables.values.allSatisfy { table in
      after.tables[table.name].map { $0.rows.count == table.rows.count } ?? true
    }
    return isWhole ? ["refused without need: \(obstacles.map(\.words))", alteration.sql] : []
  }

  /// What refers to what: a new reference finds rows that never had a parent.
  private func references(_ schema: Schema) -> Set<String> {
    Set(
      schema.objects.filter { $0.type == .table }.flatMap { table in
        (table.sql ?? "").split(separator: ",").filter { $0.contains("REFERENCES") }
          .map { "\(table.name): \($0.split(whereSeparator: { $0 == " " || $0 == ")" }).joined(separator: " "))" }
      })
  }

  /// AUTOINCREMENT marks above every row, and a gap in the rowids.
  private func leaveMarks(on database: Connection) throws {
    for object in from.objects where object.type == .table {
      let table = SQL.quote(object.name)
      let hasRowid = (try? database.rows("SELECT rowid FROM \(table) LIMIT 1")) != nil
      if hasRowid { try database.execute("DELETE FROM \(table) WHERE rowid = 2") }
      if object.sql?.lowercased().contains("autoincrement") ?? false {
        try database.execute("UPDATE sqlite_sequence SET seq = 777 WHERE name = \(SQL.literal(object.name))")
      }
    }
  }

  /// Rows, rowids and values of tables and columns that are in both.
  private func missing(
    from before: DatabaseContents, in after: DatabaseContents, losses: [SchemaAlteration.Loss]
  ) -> [String] {
    var words: [String] = []
    let names = Dictionary(renames.tables.map { ($0.from, $0.to) }, uniquingKeysWith: { $1 })
    for table in before.tables.values {
      let isOthers = from[.table, table.name]?.indexesOthersRows ?? false
      guard !losses.contains(.table(table.name)), !isOthers || to[.table, table.name] != nil else { continue }
      guard
        let found = after.tables.first(where: { $0.key.lowercased() == (names[table.name] ?? table.name).lowercased() }
        )?.value
      else {
        words.append("table \(table.name) is gone")
        continue
      }
      if Set(found.rows.keys) != Set(table.rows.keys), isSameKey(table.name) {
        words.append("rows of \(table.name): \(found.rows.keys.sorted()), were \(table.rows.keys.sorted())")
        continue
      }
      for (key, row) in table.rows {
        for (column, cell) in zip(table.columns, row) {
          let new = renames.columns.first { $0.table.from == table.name && $0.from == column }?.to ?? column
          guard !losses.contains(.column(table: table.name, column: column)),
            let place = found.columns.firstIndex(where: { $0.lowercased() == new.lowercased() }),
            let other = found.rows[key]?[place], isSameColumn(column, of: table.name)
          else { continue }
          if other != cell { words.append("\(table.name).\(column) of \(key): \(other.value), was \(cell.value)") }
        }
      }
      if let mark = before.marks[table.name], isAutoincrement(to, found.name), after.marks[found.name] != mark {
        words.append("mark of \(table.name): \(String(describing: after.marks[found.name])), was \(mark)")
      }
    }
    return words
  }

  private func isAutoincrement(_ schema: Schema, _ table: String) -> Bool {
    schema[.table, table]?.sql?.lowercased().contains("autoincrement") ?? false
  }

  /// A column whose declaration changed may hold other values; one that did not may not.
  private func isSameColumn(_ column: String, of table: String) -> Bool {
    guard let old = from[.table, table], let new = to[.table, table] else { return true }
    return !SchemaDifference.between(expected: Schema(objects: [old]), found: Schema(objects: [new]), kind: .exact)
      .words.contains { $0.contains("column \(column) is") }
  }

  /// Rows are told apart by the rowid, or by the key: where that changes, their names do.
  private func isSameKey(_ table: String) -> Bool {
    let keys = [from, to].map { schema -> [String] in
      guard let table = schema[.table, table].flatMap(Schema.Table.init), table.isWithoutRowid else { return [] }
      return table.primaryKey.map { $0.expression.lowercased() }
    }
    return keys[0] == keys[1]
  }

  private static func statistics(_ database: Connection) throws -> Set<String> {
    Set(
      try database.rows("SELECT tbl, coalesce(idx, ''), stat FROM sqlite_stat1").map { row in
        row.values.map { String(sqliteValue: $0) ?? "" }.joined(separator: "|")
      })
  }

  /// The planner's rows of tables and indexes that are in both.
  private func lost(_ before: Set<String>, on database: Connection, rebuilt: SchemaAlteration) throws -> [String] {
    let after = try Self.statistics(database)
    // Bare statements drop a table that has to be copied; who runs them puts its statistics back.
    let copied = isWhole ? [] : rebuilt.statements.filter { $0.contains("_before\"(c0") }
    return before.subtracting(after).sorted().compactMap { line in
      let words = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      guard let table = to[.table, words[0]], from[.table, words[0]] != nil, renames.isEmpty,
        !AlterationTrial.isVirtual(table), !copied.contains(where: { $0.contains("\"\(words[0])_before\"") })
      else { return nil }
      // An index that changes, or that a constraint makes, goes with its statistics.
      if !words[1].isEmpty, from[.index, words[1]] == nil || from[.index, words[1]]?.sql != to[.index, words[1]]?.sql {
        return nil
      }
      return "statistics \(line)"
    }
  }

  private static func isVirtual(_ object: SchemaObject) -> Bool { object.sql?.hasPrefix("CREATE VIRTUAL") ?? false }
}
