// What is doubtful about a migration, by its text and the schemas before and after it. A function of values: no database is
// asked, so what rows make of it a trial or a rehearsal tells.
package import TidemarkSchema

/// Looks at one migration.
package struct MigrationLint {
  let migration: any Migration
  let before: Schema
  let after: Schema
  let oldestSQLite: Int32
  let upgrades: [LintText]
  let renames: SchemaRenames
  /// The schemas without the tables that nothing about is different, which are most of them.
  private let old: Schema
  private let new: Schema

  /// - Parameters:
  ///   - before: the schema before the migration.
  ///   - after: the schema behind it.
  ///   - oldestSQLite: the oldest SQLite that stored SQL has to run on, such as 3037000.
  package init(_ migration: any Migration, before: Schema, after: Schema, oldestSQLite: Int32) {
    self.migration = migration
    self.before = before
    self.after = after
    self.oldestSQLite = oldestSQLite
    upgrades = migration.upgrade.sqlParts.map(LintText.init)
    renames = SchemaRenames(in: migration.upgrade.script, before: before, after: after)
    // A rename is tried on the whole schema: views and triggers may speak of what it touches.
    (old, new) = renames.isEmpty ? Self.different(before, after) : (before, after)
  }

  /// What was found, in the order of the texts.
  package func findings() -> [LintFinding] {
    var found = changes()
    for rename in renames.tables {
      found.append(
        at(.rename, mentioning: [rename.from, rename.to], "table \(rename.from) becomes \(rename.to)"))
    }
    for rename in renames.columns {
      found.append(
        at(
          .rename, mentioning: [rename.from, rename.to],
          "column \(rename.table.to).\(rename.from) becomes \(rename.to)"))
    }
    for change in SchemaRisks.typeChanges(from: old, to: new, renames: renames) {
      found.append(
        at(
          .typeChange, mentioning: [change.table, change.column],
          "column \(change.table).\(change.column) becomes \(Self.type(change.to)) and was \(Self.type(change.from))"))
    }
    for table in SchemaRisks.newlyStrict(from: old, to: new, renames: renames) {
      found.append(
        at(
          .typeChange, mentioning: [table],
          "table \(table) becomes STRICT, and refuses rows whose values do not fit the types of their columns"))
    }
    for key in SchemaRisks.newKeys(from: old, to: new, renames: renames) {
      let columns = key.columns.isEmpty ? "an expression" : key.columns.joined(separator: ", ")
      found.append(
        at(
          .unique, mentioning: [key.index ?? key.table],
          "rows of \(key.table) that are there may be the same in \(columns), and \(key.index.map { "index \($0)" } ?? "the table") takes only one of them"
        ))
    }
    found += emptied() + mixed() + unsteady() + stored() + positional()
    return found
  }

  /// The tables that the upgrade makes anew, as they are called before it, each with the finding to make of it.
  package func rebuilds() -> [(table: String, finding: LintFinding)] {
    new.objects.filter { $0.type == .table }.compactMap { object in
      let name = object.name.lowercased()
      guard let old = old[.table, object.name], old.sql != object.sql else { return nil }
      guard !renames.tables.contains(where: { $0.to.lowercased() == name }) else { return nil }
      for text in upgrades {
        guard let statement = text.statements.first(where: { makes(name, $0) }) else { continue }
        let message = "table \(object.name) is made anew and its rows are copied"
        return (old.name, finding(.bigRebuild, text, line: statement.place.line, message))
      }
      return nil
    }
  }

  /// Whether a statement makes a table of that name, or gives it to one.
  private func makes(_ name: String, _ statement: LintText.Statement) -> Bool {
    let words = statement.words
    if words.kind == .table, let place = words.name { return words.identifier(place).lowercased() == name }
    return words.isWord(0, "alter") && words.isWord(3, "rename") && words.isWord(4, "to")
      && words.identifier(5).lowercased() == name
  }

  private static func different(_ before: Schema, _ after: Schema) -> (Schema, Schema) {
    let (left, right) = (Set(before.objects), Set(after.objects))
    let tables = Set(left.symmetricDifference(right).map { $0.table.lowercased() })
    func touched(_ schema: Schema) -> Schema {
      Schema(objects: schema.objects.filter { tables.contains($0.table.lowercased()) })
    }
    return (touched(before), touched(after))
  }

  // MARK: what goes

  private func changes() -> [LintFinding] {
    // What cannot be altered from one to the other was done by the author's own means; the trial with rows looks at it.
    guard
      let change = try? SchemaAlteration.make(from: old, to: new, renames: renames, sqlite: oldestSQLite)
    else { return [] }
    let losses = change.losses.map { loss in
      switch loss {
      case .table(let name): at(.destructive, mentioning: [name], "\(loss.words) goes with its rows")
      case .column(let table, let column):
        at(
          .destructive,
          mentioning: [renames.tables.first { folded($0.from) == folded(table) }?.to ?? table, column],
          "\(loss.words) goes with its values")
      }
    }
    let demands = change.demands.filter { demand in !isFilled(demand.table, demand.column) }.map { demand in
      at(.notNull, mentioning: [demand.table, demand.column], demand.words)
    }
    return losses + demands
  }

  /// Whether a rebuild gives the rows a value of a column.
  private func isFilled(_ table: String, _ column: String) -> Bool {
    var names: Set<String> = [table.lowercased()]
    for statement in all where statement.words.isWord(3, "rename") && statement.words.isWord(4, "to") {
      if statement.words.identifier(5).lowercased() == table.lowercased() { names.insert(statement.altered ?? "") }
    }
    return all.contains { statement in
      statement.written.map(names.contains) == true && statement.filled?.contains(column.lowercased()) == true
    }
  }

  private func emptied() -> [LintFinding] {
    each { statement in
      guard statement.words.isWord(0, "delete"), let table = statement.written, let old = before[.table, table],
        after[.table, table] != nil,
        !statement.words.tokens.indices.contains(where: { statement.words.isWord($0, "where") })
      else { return nil }
      return (.destructive, "every row of \(old.name) goes")
    }
  }

  // MARK: rows

  private func mixed() -> [LintFinding] {
    guard all.contains(where: \.changesTables) else { return [] }
    let rebuilt = Set(rebuilds().map { $0.table.lowercased() })
    return each { statement in
      guard let table = statement.written else { return nil }
      if statement.words.isWord(0, "update") || statement.words.isWord(0, "delete"), let old = before[.table, table] {
        return (.mixed, "the rows of \(old.name) are changed in the transaction that changes the schema")
      }
      let isCopy = statement.read.isSubset(of: rebuilt) || before[.table, table] == nil && after[.table, table] == nil
      guard !isCopy, let source = statement.read.compactMap({ before[.table, $0] }).first else { return nil }
      return (.mixed, "the rows of \(source.name) are copied in the transaction that changes the schema")
    }
  }

  private func unsteady() -> [LintFinding] {
    let backfills = migration.upgrade.backfills.compactMap { if case .sql(let sql) = $0.work { sql } else { nil } }
    let lint = StoredSQLLint(oldestSQLite: .max, functions: SandboxRules.functions)
    return (upgrades + backfills.map(LintText.init)).flatMap { text in
      lint.findings(in: text.sql).filter { $0.rule == "nondeterministic" }.map { found in
        finding(.nondeterministic, text, line: found.line, found.message)
      }
    }
  }

  private func stored() -> [LintFinding] {
    guard let sql = migration.downgrade.sql else { return [] }
    let text = LintText(sql)
    let lint = StoredSQLLint(oldestSQLite: oldestSQLite, functions: SandboxRules.functions)
    return lint.findings(in: sql).compactMap { found in
      LintFinding.Rule(rawValue: found.rule).map { rule in
        var finding = finding(rule, text, line: found.line, found.message)
        finding.isDowngrade = true
        return finding
      }
    }
  }

  private func positional() -> [LintFinding] {
    let downgrade = migration.downgrade.sql.map { [LintText($0)] } ?? []
    return (upgrades.map { ($0, false) } + downgrade.map { ($0, true) }).flatMap { text, isDowngrade in
      text.statements.compactMap { statement -> LintFinding? in
        guard let table = PositionalCheck.tables(in: statement.place.text).sorted().first else { return nil }
        var finding = finding(
          .positional, text, line: statement.place.line,
          "it goes by the position of the columns of \(table), which is not the same in every database")
        finding.isDowngrade = isDowngrade
        return finding
      }
    }
  }

  // MARK: places

  private var all: [LintText.Statement] { upgrades.flatMap(\.statements) }

  private func each(_ look: (LintText.Statement) -> (LintFinding.Rule, String)?) -> [LintFinding] {
    upgrades.flatMap { text in
      text.statements.compactMap { statement in
        look(statement).map { finding($0.0, text, line: statement.place.line, $0.1) }
      }
    }
  }

  private func finding(_ rule: LintFinding.Rule, _ text: LintText, line: Int, _ message: String) -> LintFinding {
    let statement = text.statements.last { $0.place.line <= line }
    return LintFinding(
      rule: rule, sql: text.sql, line: line, statement: statement?.place.line ?? line, message: message)
  }

  /// At the statement that speaks of all these names, or of the most important one; the migration as a whole where none does.
  private func at(_ rule: LintFinding.Rule, mentioning names: [String], _ message: String) -> LintFinding {
    for wanted in [names, Array(names.prefix(1))] {
      for text in upgrades {
        let found = text.statements.filter { statement in wanted.allSatisfy(statement.mentions) }
        // A change of the table says more than a copy of its rows.
        guard let statement = found.first(where: \.changesTables) ?? found.first else { continue }
        return finding(rule, text, line: statement.place.line, message)
      }
    }
    return LintFinding(rule: rule, message: message)
  }

  private static func type(_ words: String) -> String { words.isEmpty ? "of no type" : words }
}

extension MigrationLint {
  /// The finding about a foreign key, at the statement that makes it; nil where this migration has none.
  package func reference(from table: String, to parent: String, _ message: String) -> LintFinding? {
    for text in upgrades {
      for statement in text.statements where statement.changesTables {
        // A rebuild makes the table under another name first.
        let makes = statement.words.kind == .table || statement.altered == table.lowercased()
        guard makes, statement.mentions("references"), statement.mentions(parent), after[.table, table] != nil,
          statement.mentions(table) || before[.table, table] != nil
        else { continue }
        return LintFinding(
          rule: .foreignKeyIndex, sql: text.sql, line: statement.place.line, statement: statement.place.line,
          message: message)
      }
    }
    return nil
  }
}
