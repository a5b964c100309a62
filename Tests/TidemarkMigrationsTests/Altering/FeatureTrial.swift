// One way between two schemas of the corpus, gone by `Alterer` on rows whose types are often not the columns', and everything
// looked at that there was.
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

/// One way, tried.
struct FeatureTrial {
  enum Ending: Hashable { case altered, refused }

  let from: Feature
  let to: Feature
  var salt = 0

  /// How it ended, and what is wrong with that: nothing where all is well.
  func run() throws -> (ending: Ending, findings: [String]) {
    let database = try Connection.inMemory()
    try database.execute(from.sql)
    try from.fill(database, salt: salt)
    let before = try FeatureState(database)
    let wanted = try Schema.make(running: to.sql)
    let alterer = Alterer(to: wanted, options: Alterer.Options(acceptsAnyLoss: true))
    let plan: AlterPlan
    do {
      plan = try alterer.alter(database).plan
    } catch AlterError.doesNotFit(let obstacles) {
      if try FeatureState(database) != before { return (.refused, ["refused, and changed something"]) }
      return (.refused, try unfounded(obstacles, wanted, on: database, before))
    } catch let error as AlterError {
      return (.refused, ["not refused beforehand: \(error)"])
    }
    var words: [String] = []
    let found = try Schema.read(from: database)
    if found.fingerprint(.exact) != wanted.fingerprint(.exact) { words.append("the fingerprints differ") }
    let after = try FeatureState(database)
    words += try rows(before, after, on: database) + values(before, after, plan, on: database)
    words += kept(before, after, found)
    let again = try alterer.plan(database)
    if !again.isEmpty { words.append("a second run would do: \(again.statements)") }
    words += try working(on: database, before)
    return (.altered, words.isEmpty ? [] : words + plan.statements)
  }

  /// Every row, with its rowid.
  private func rows(_ before: FeatureState, _ after: FeatureState, on database: Connection) throws -> [String] {
    var words: [String] = []
    for name in ["log", "kid"] where after.contents.tables[name] != before.contents.tables[name] {
      words.append("rows of \(name)")
    }
    if Set(before.rows.keys) != Set(after.rows.keys) {
      return words + ["rows of t: \(after.rows.keys.sorted()), were \(before.rows.keys.sorted())"]
    }
    let declared = try database.rows("PRAGMA table_info(t)").first { $0["name"] == .text("id") }
    let isAlias = declared?["type"] == .text("INTEGER") && !to.table.contains("KEY DESC")
    for (id, rowid) in before.rowids where !after.rowids.isEmpty {
      let expected = isAlias ? Int64(id).map(Value.integer) : rowid
      let found = after.rowids[id] ?? .null
      if found != expected { words.append("rowid of \(id): \(found), was \(rowid)") }
    }
    return words
  }

  /// Every value; what goes or is another one has been told, and so has how often.
  private func values(
    _ before: FeatureState, _ after: FeatureState, _ plan: AlterPlan, on database: Connection
  ) throws -> [String] {
    let settable = Set(try database.rows("SELECT name FROM pragma_table_info('t')").map { $0[0] })
    let stored = Set(try Schema.make(running: from.sql)[.table, "t"]?.storedColumns ?? [])
    var changed: [String: Int64] = [:]
    var gone: [String: Int64] = [:]
    for (id, row) in before.rows {
      for (column, value) in row where value != .null {
        guard let new = after.rows[id]?[column], settable.contains(.text(column)) else {
          gone[column, default: 0] += 1
          continue
        }
        if new != value, try !isSame(value, new, on: database) { changed[column, default: 0] += 1 }
      }
    }
    var words: [String] = []
    for (column, count) in changed
    where !plan.losses.contains(where: { $0.what.hasPrefix("values of column t.\(column) ") && $0.count >= count }) {
      words.append("\(count) values of \(column) are others, told were \(plan.losses)")
    }
    for (column, count) in gone where stored.contains(column) {
      if !plan.losses.contains(where: { $0.what == "column t.\(column)" && $0.count == count }) {
        words.append("\(count) values of \(column) are gone, told were \(plan.losses)")
      }
    }
    return words
  }

  /// Whether a value is the same in another type.
  private func isSame(_ old: Value, _ new: Value, on database: Connection) throws -> Bool {
    try database.rows("SELECT CAST(?1 AS TEXT) IS CAST(?2 AS TEXT) OR ?1 = ?2", old, new)[0][0] == .integer(1)
  }

  /// The AUTOINCREMENT mark and the planner's statistics.
  private func kept(_ before: FeatureState, _ after: FeatureState, _ found: Schema) -> [String] {
    var words: [String] = []
    if let mark = before.contents.marks["t"], to.table.contains("AUTOINCREMENT"), after.contents.marks["t"] != mark {
      words.append("the mark is \(after.contents.marks["t"] ?? 0), was \(mark)")
    }
    for line in before.statistics.subtracting(after.statistics) {
      // An index that is another one now, or that a rule of the table makes, has no use for what is known of the old one.
      let texts = [before, after].map { state in state.schema.first { $0[1] == line[1] }?[2] ?? .null }
      if line[1] != .null, texts[0] != texts[1] || texts[1] == .null { continue }
      if found[.table, String(sqliteValue: line[0]) ?? ""] != nil { words.append("statistics \(line)") }
    }
    return words
  }

  /// Whether foreign keys, triggers, views and the full-text index do what they are there for.
  private func working(on database: Connection, _ before: FeatureState) throws -> [String] {
    var words: [String] = []
    if try database.value("PRAGMA integrity_check", as: String.self) != "ok" { words.append("integrity") }
    if to.isKeyed, from.isKeyed, try database.rows("PRAGMA foreign_key_check").count > before.orphans {
      words.append("orphans")
    }
    for view in ["all_t", "over"] { _ = try database.rows("SELECT * FROM \(view)") }
    if to.isIndexed {
      do {
        try database.execute("INSERT INTO f(f, rank) VALUES ('integrity-check', 1)")
      } catch {
        words.append("the full-text index: \(error)")
      }
    }
    try database.execute("PRAGMA foreign_keys = ON; INSERT INTO all_t(note) VALUES ('through the view')")
    if try count("log WHERE text = 'through the view'", database) != 1 { words.append("the view's trigger") }
    guard before.rows["9"] != nil else { return words }
    try database.execute("INSERT INTO kid VALUES (50, (SELECT id FROM t WHERE CAST(id AS TEXT) = '9'), 'new')")
    if try count("log WHERE text = 'kid of 9'", database) != 2 { words.append("the child's trigger") }
    try database.execute("DELETE FROM t WHERE CAST(id AS TEXT) = '9'")
    if try count("log WHERE text = 'gone 9'", database) != 1 { words.append("the table's trigger") }
    if to.isKeyed, try count("kid WHERE id IN (2, 50)", database) != 0 { words.append("the cascade") }
    return words
  }

  private func count(_ rows: String, _ database: Connection) throws -> Int64 {
    try database.value("SELECT count(*) FROM \(rows)") ?? -1
  }

  /// A refusal that need not have been: the statements would have run, and every row with them.
  private func unfounded(
    _ obstacles: [AlterObstacle], _ wanted: Schema, on database: Connection, _ before: FeatureState
  ) throws -> [String] {
    if obstacles.contains(where: { $0.rule.contains("REFERENCES") }) { return [] }
    let alteration = try SchemaAlteration.make(
      from: try Schema.read(from: database), to: wanted, sqlite: SQLiteLibrary.version)
    do {
      try database.execute("BEGIN; \(alteration.sql); COMMIT")
    } catch is SQLiteError {
      return []
    }
    let isWhole = try count("t", database) == Int64(before.rows.count)
    return isWhole ? ["refused without need: \(obstacles.map(\.words))"] + alteration.statements : []
  }
}
