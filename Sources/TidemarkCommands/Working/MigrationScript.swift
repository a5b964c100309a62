// Migrations as one SQL script. Pure: from a lineage or a plan to text and warnings.

import Tidemark

/// A script of migrations that the `sqlite3` program can run.
struct MigrationScript {
  /// The script.
  private(set) var text = ""
  /// What it does not do.
  private(set) var warnings: [String] = []

  /// The migrations above the lower id, up to the higher one and with it, in either direction.
  /// - Throws: `MigrationError.unknownTarget`, and a refusal for a way back through what has none.
  init(from start: MigrationID, to end: MigrationID, isWayBack: Bool, lineage: Lineage) throws {
    let baseline = lineage.baseline?.id
    for id in [start, end] where id != 0 && id != baseline && lineage[id] == nil {
      throw MigrationError.unknownTarget(id, known: lineage.ids)
    }
    let (lower, upper) = (min(start, end), max(start, end))
    let range = lineage.migrations.filter { $0.id > lower && $0.id <= upper }
    if isWayBack {
      try refuseIrreversible(range)
      let downgrades = try lineage.downgrades(of: Set(range.map(\.id)))
      begin("the way back from \(upper) to \(lower == 0 ? baseline ?? 0 : lower) of the lineage \(lineage.name)")
      for migration in range.reversed() {
        add("undo \(migration.id) \(migration.name)", downgrades[migration.id]?.sql ?? "")
      }
    } else {
      begin("\(lower == 0 ? "an empty database" : "\(lower)") to \(upper) of the lineage \(lineage.name)")
      if lower == 0, let schema = lineage.baseline?.schema { add("the baseline, schema.sql", schema) }
      for migration in range { add(migration) }
    }
    finish(isEmpty: range.isEmpty && (lower > 0 || lineage.baseline == nil))
  }

  /// The steps of a plan.
  /// - Throws: nothing of its own.
  init(_ plan: Plan, lineage: Lineage) throws {
    begin("a plan\(PlanWords.changes(plan).map { ": \($0)" } ?? ""), of the lineage \(lineage.name)")
    for step in plan.steps {
      switch step.kind {
      case .baseline: add("the baseline, schema.sql", step.sql ?? "")
      case .downgrade: add("undo \(PlanWords.subject(step)), by the SQL stored in the database", step.sql ?? "")
      case .upgrade: if let migration = step.id.flatMap({ lineage[$0] }) { add(migration) }
      case .unfold, .retire, .store, .correct: comment("\(PlanWords.present(step)): the changelog's, and left out here")
      }
    }
    finish(isEmpty: PlanWords.changes(plan) == nil)
  }

  private func refuseIrreversible(_ migrations: [any Migration]) throws {
    let stuck = migrations.filter { $0.downgrade.reason != nil }
    guard !stuck.isEmpty else { return }
    let words = stuck.map { migration in
      let why = migration.downgrade.isRecorded ? "recorded in each database that has it" : migration.downgrade.reason
      return "\(migration.id) \(migration.name) (\(why ?? ""))"
    }
    throw Failure(
      code: "migration.no-way-back", "no way back from \(words.joined(separator: ", "))",
      untouched: "nothing was touched", hint: "choose a range without them",
      details: ["ids": .array(stuck.map { .integer($0.id.rawValue) })],
      status: .refused)
  }

  // MARK: parts

  private mutating func begin(_ what: String) {
    comment("Tidemark: \(what)")
    comment("It writes no changelog: 'tidemark migrate' does. For reading, and for databases without one.")
    // Without this, sqlite3 goes on after an error, and commits the half of it.
    text += ".bail on\n"
    // Inside a transaction the pragma does nothing, and a rebuilt parent table would take its children along.
    text += "PRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\n"
  }

  private mutating func finish(isEmpty: Bool) {
    if isEmpty { comment("Nothing to do.") }
    text += "\nCOMMIT;\nPRAGMA foreign_key_check;\n"
  }

  private mutating func comment(_ words: String) {
    for line in words.split(whereSeparator: \.isNewline) { text += "-- \(line)\n" }
  }

  private mutating func add(_ title: String, _ sql: String) {
    text += "\n"
    comment(title)
    text += Self.terminated(sql)
  }

  private mutating func add(_ migration: any Migration) {
    let title = "\(migration.id) \(migration.name)"
    text += "\n"
    comment("apply \(title)")
    for part in migration.upgrade.parts {
      switch part {
      case .sql(let sql): text += Self.terminated(sql)
      case .run: warn("\(title) runs code of the build here, which a script cannot")
      case .batched(let backfill): add(backfill, of: title)
      }
    }
  }

  private mutating func add(_ backfill: Backfill, of title: String) {
    guard case .sql(let sql) = backfill.work else {
      return warn("\(title) fills \(backfill.table) by code of the build, which a script cannot")
    }
    comment("a backfill of \(backfill.table), all rows in one go")
    let key = backfill.key == "rowid" ? "rowid" : SQL.quote(backfill.key)
    let table = SQL.quote(backfill.table)
    text += Self.terminated(
      Self.replacing(
        [":first": "(SELECT min(\(key)) FROM \(table))", ":last": "(SELECT max(\(key)) FROM \(table))"], in: sql))
  }

  private mutating func warn(_ words: String) {
    warnings.append(words)
    comment("WARNING: \(words).")
  }

  // MARK: SQL text

  /// The text with a semicolon and a line end behind its last statement.
  private static func terminated(_ sql: String) -> String {
    let tokenizer = Tokenizer(sql, comments: true)
    let tokens = Array(tokenizer)
    guard let last = tokens.last(where: { $0.kind != .comment }) else { return sql.isEmpty ? "" : sql + "\n" }
    let ended = tokenizer.text(of: last) == ";"
    // A comment to the end of the line would swallow what is put behind it.
    let isBehindComment = tokens.last?.kind == .comment
    return sql + (ended ? "" : isBehindComment ? "\n;" : ";") + "\n"
  }

  /// The text with parameters replaced by expressions.
  private static func replacing(_ parameters: [String: String], in sql: String) -> String {
    let tokenizer = Tokenizer(sql)
    var bytes: [UInt8] = []
    var end = 0
    for token in tokenizer where token.kind == .variable {
      guard let expression = parameters[tokenizer.text(of: token)] else { continue }
      bytes += tokenizer.bytes[end..<token.range.lowerBound] + Array(expression.utf8)
      end = token.range.upperBound
    }
    bytes += tokenizer.bytes[end...]
    return String(decoding: bytes, as: UTF8.self)
  }
}
