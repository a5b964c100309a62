// Asks the rows that there are whether the wanted tables could hold them: NOT NULL, CHECK, UNIQUE, keys, STRICT and foreign
// keys. Only what is new, or speaks of a column that changes, is asked.
internal import TidemarkSQLite
internal import TidemarkSchema

/// The check of one table.
struct SurvivalCheck {
  /// How many rows are named.
  static let named = 5

  private let table: AlteredTable
  private let others: [AlteredTable]
  private let from: Schema
  private let to: Schema
  private let connection: Connection
  /// The wanted columns, folded, whose values or whose comparing may be others.
  private let changed: Set<String>

  init(_ table: AlteredTable, _ others: [AlteredTable], from: Schema, to: Schema, on connection: Connection) {
    self.table = table
    self.others = others
    self.from = from
    self.to = to
    self.connection = connection
    changed = Set(
      table.to.columns.filter { column in
        guard let origin = table.origins[column.key], let old = table.before(origin) else { return true }
        return old.affinity != column.affinity
          || old.collation.lowercased() != column.collation.lowercased()
          || old.generated?.expression != column.generated?.expression || table.from.isStrict != table.to.isStrict
      }.map(\.key))
  }

  /// One question to the rows.
  private struct Question {
    var rule: String
    /// The columns it speaks of, folded.
    var columns: Set<String>
    /// The condition that rows break it by; nil for a question about groups.
    var condition: String?
    var group: (terms: String, condition: String)?
  }

  /// What the table's rows break, and what of them would change for good.
  /// - Throws: `SQLiteError`.
  func run() throws -> (obstacles: [AlterObstacle], losses: [AlterLoss]) {
    var questions = questions
    let converted = table.to.columns.filter { column in
      guard let origin = table.origins[column.key], column.generated == nil, changed.contains(column.key),
        let old = table.before(origin), old.generated == nil
      else { return false }
      return old.affinity != column.affinity || table.to.isStrict && !table.from.isStrict
    }
    questions += table.to.isStrict ? table.to.columns.filter(isTypedAnew).compactMap(strictness) : []
    guard !questions.isEmpty || !converted.isEmpty else { return ([], []) }
    var columns = Set(converted.map(\.key)).union(questions.flatMap(\.columns))
    // What a column is computed from is not known here.
    if table.to.columns.contains(where: { $0.generated != nil && columns.contains($0.key) }) {
      columns = Set(table.to.columns.map(\.key))
    }
    let stage = try RowStage(
      of: table, columns: columns, changed: changed, converted: converted.filter { columns.contains($0.key) },
      on: connection)
    let obstacles = try questions.compactMap { try ask($0, of: stage) }
    let losses = try stage.converted.compactMap { try loss($0.column, was: $0.was, in: stage) }
    try stage.drop(table, on: connection)
    return (obstacles, losses)
  }

  // MARK: questions

  private var questions: [Question] {
    var questions: [Question] = []
    for column in table.to.columns {
      let old = table.origins[column.key].flatMap { table.before($0) }
      for constraint in column.constraints {
        let isNew = !(old?.constraints.contains { $0.isSame(as: constraint) } ?? false)
        if isNew || changed.contains(column.key) || speaks(constraint.sql) {
          questions += ask(constraint, of: column)
        }
      }
    }
    for constraint in table.to.constraints {
      let isNew = !table.from.constraints.contains { $0.isSame(as: constraint) }
      if isNew || speaks(constraint.sql) { questions += ask(constraint, of: nil) }
    }
    if let key = table.newKey, let column = table.to.columns.first(where: { $0.key == key }) {
      questions.append(
        Question(
          rule: "INTEGER PRIMARY KEY of column \(column.name)", columns: [key],
          condition: "typeof(\(SQL.quote(column.name))) <> 'integer'"))
    }
    for object in to.objects where object.type == .index && folded(object.table) == folded(table.to.name) {
      guard let index = Schema.Index(object), index.isUnique else { continue }
      let isNew = from[.index, object.name].map { $0.fingerprint(.exact) != object.fingerprint(.exact) } ?? true
      guard isNew || speaks(object.sql ?? "") else { continue }
      questions.append(unique("UNIQUE of index \(index.name)", index.terms, where: index.condition))
    }
    return questions
  }

  private func ask(_ constraint: Schema.Constraint, of column: Schema.Column?) -> [Question] {
    let own = column.map { [Schema.Constraint.Term(expression: $0.name, collation: nil, isDescending: false)] } ?? []
    let place = column.map { " of column \($0.name)" } ?? ""
    switch constraint.kind {
    case .notNull:
      guard let column, table.origins[column.key] != nil || column.generated != nil else { return [] }
      return [Question(rule: "NOT NULL\(place)", columns: [column.key], condition: "\(SQL.quote(column.name)) IS NULL")]
    case .check(let expression, _):
      return [Question(rule: constraint.sql, columns: names(in: expression), condition: "NOT (\(expression))")]
    case .unique(let terms, _):
      return [unique("\(constraint.sql)\(place)", terms.isEmpty ? own : terms)]
    case .primaryKey(let terms, _, _, _):
      let terms = terms.isEmpty ? own : terms
      // Rows get a key of their own where the column is new and is the rowid.
      if terms.contains(where: { term in
        table.to[term.expression].map { table.origins[$0.key] == nil && $0.generated == nil } ?? false
      }) {
        return []
      }
      var questions = [unique("\(constraint.sql)\(place)", terms)]
      let needed = neverNull(terms)
      if !needed.isEmpty {
        let list = needed.map { "\(SQL.quote($0)) IS NULL" }.joined(separator: " OR ")
        questions.append(
          Question(rule: "NOT NULL of the primary key", columns: Set(needed.map { folded($0) }), condition: list))
      }
      return questions
    case .foreignKey(let columns, let reference):
      return orphans(column.map { [$0.name] } ?? columns, reference, constraint.sql)
    case .null, .defaultValue, .collate, .generated, .other: return []
    }
  }

  /// The columns of a key that may not be NULL without saying so, which they may have been: see
  /// https://sqlite.org/withoutrowid.html and https://sqlite.org/stricttables.html.
  private func neverNull(_ terms: [Schema.Constraint.Term]) -> [String] {
    guard table.to.isWithoutRowid || table.to.isStrict else { return [] }
    let isKept = table.from.isWithoutRowid || table.from.isStrict
    let before = Set(isKept ? table.from.primaryKey.map { folded($0.expression) } : [])
    return terms.map(\.expression).filter { name in
      // The rowid is given, and asked about by itself.
      guard let column = table.to[name],
        table.to.isWithoutRowid || column.type.lowercased() != "integer" || terms.count > 1
      else { return false }
      return !(table.origins[column.key].map { before.contains(folded($0)) } ?? false)
    }
  }

  private func unique(_ rule: String, _ terms: [Schema.Constraint.Term], where condition: String? = nil) -> Question {
    let keys = terms.map { term in
      let isColumn = table.to[term.expression] != nil
      let key = isColumn ? SQL.quote(term.expression) : "(\(term.expression))"
      return key + (term.collation.map { " COLLATE \(SQL.quote($0))" } ?? "")
    }
    var conditions = keys.map { "\($0) IS NOT NULL" }
    if let condition { conditions.append("(\(condition))") }
    let columns = terms.reduce(into: names(in: condition ?? "")) { $0.formUnion(names(in: $1.expression)) }
    return Question(
      rule: rule, columns: columns.union(terms.map { folded($0.expression) }.filter { table.to[$0] != nil }),
      group: (keys.joined(separator: ", "), conditions.joined(separator: " AND ")))
  }

  /// Whether a column of a STRICT table takes other types than before.
  private func isTypedAnew(_ column: Schema.Column) -> Bool {
    guard table.from.isStrict, !changed.contains(column.key), let origin = table.origins[column.key],
      let old = table.before(origin)
    else { return true }
    return folded(old.type) != folded(column.type)
  }

  private func strictness(_ column: Schema.Column) -> Question? {
    let types: [String: String] = [
      "int": "integer", "integer": "integer", "real": "real", "text": "text", "blob": "blob",
    ]
    guard let type = types[column.type.lowercased()] else { return nil }
    return Question(
      rule: "STRICT: \(column.type.uppercased()) of column \(column.name)", columns: [column.key],
      condition: "typeof(\(SQL.quote(column.name))) NOT IN ('\(type)', 'null')")
  }

  /// Rows whose parents are missing. Where that cannot be told beforehand, the check at the end does.
  private func orphans(_ columns: [String], _ reference: Schema.Constraint.Reference, _ rule: String) -> [Question] {
    let isKnown = table.from.references.contains { old in
      folded(old.1.table) == folded(reference.table)
        && old.1.columns.map { folded($0) } == reference.columns.map { folded($0) }
        && old.0.map { folded($0) } == columns.map { table.origins[folded($0)].map { folded($0) } ?? "" }
    }
    guard !isKnown, let object = to[.table, reference.table], let parent = Schema.Table(object) else { return [] }
    let keys = reference.columns.isEmpty ? parent.primaryKey.map(\.expression) : reference.columns
    guard keys.count == columns.count, columns.allSatisfy({ table.to[$0] != nil }) else { return [] }
    let present = columns.map { "\(SQL.quote($0)) IS NOT NULL" }
    let altered = others.first { folded($0.to.name) == folded(parent.name) }
    let name = altered?.name ?? from[.table, parent.name]?.name
    var conditions = present
    if let name {
      var pairs: [String] = []
      for (key, column) in zip(keys, columns) {
        guard let origin = altered.map({ $0.origins[folded(key)] }) ?? key else { return [] }
        pairs.append("tidemark_parent.\(SQL.quote(origin)) = \(SQL.quote(table.to.name)).\(SQL.quote(column))")
      }
      conditions.append(
        "NOT EXISTS (SELECT 1 FROM main.\(SQL.quote(name)) AS tidemark_parent WHERE \(pairs.joined(separator: " AND ")))"
      )
    }
    return [
      Question(
        rule: rule, columns: Set(columns.map { folded($0) }), condition: conditions.joined(separator: " AND "))
    ]
  }

  /// Whether a text speaks of a column that changes.
  private func speaks(_ sql: String) -> Bool { !names(in: sql).isDisjoint(with: changed) }

  /// The wanted columns that a text speaks of, folded.
  private func names(in sql: String) -> Set<String> {
    let statement = CreateStatement(sql)
    let words = Set(statement.tokens.indices.map { folded(statement.identifier($0)) })
    return Set(table.to.columns.map(\.key)).intersection(words)
  }

  // MARK: answers

  private func ask(_ question: Question, of stage: RowStage) throws -> AlterObstacle? {
    if let group = question.group { return try ask(question.rule, group, of: stage) }
    let condition = question.condition ?? "0"
    let count: Int64 =
      try connection.value("SELECT count(*) FROM \(stage.source) WHERE \(condition)") ?? 0
    guard count > 0 else { return nil }
    var rows: [String] = []
    if let row = stage.row {
      rows = try connection.rows("SELECT \(row) FROM \(stage.source) WHERE \(condition) LIMIT \(Self.named)")
        .map { words($0[0]) }
    }
    return AlterObstacle(
      table: table.name, rule: question.rule, count: count, rows: rows, hasMore: count > Int64(rows.count))
  }

  private func ask(
    _ rule: String, _ group: (terms: String, condition: String), of stage: RowStage
  ) throws -> AlterObstacle? {
    let row = stage.row ?? "NULL"
    let groups =
      "SELECT count(*) AS n, min(\(row)) AS a, max(\(row)) AS b FROM \(stage.source) WHERE \(group.condition) "
      + "GROUP BY \(group.terms) HAVING count(*) > 1"
    let count: Int64? = try connection.value("SELECT sum(n) FROM (\(groups))", as: Int64?.self).flatMap { $0 }
    guard let count, count > 0 else { return nil }
    let rows = try connection.rows("SELECT a, b, n FROM (\(groups)) LIMIT \(Self.named)")
    let pairs = stage.row == nil ? [] : rows.map { "\(words($0[0])) and \(words($0[1]))" }
    let told: Int64 = rows.reduce(0) { $0 + (Int64(sqliteValue: $1[2]) == 2 ? 2 : 0) }
    return AlterObstacle(table: table.name, rule: rule, count: count, rows: pairs, hasMore: told < count)
  }

  private func words(_ value: Value) -> String {
    let text = String(sqliteValue: value) ?? Int64(sqliteValue: value).map { "\($0)" } ?? "?"
    return (table.rowid == nil ? "" : "rowid ") + text
  }

  /// Values that come back as others when the column becomes again what it is.
  private func loss(_ column: Schema.Column, was: String, in stage: RowStage) throws -> AlterLoss? {
    let name = SQL.quote(column.name)
    let back =
      "CASE typeof(\(was)) WHEN 'text' THEN CAST(\(name) AS TEXT) WHEN 'integer' THEN CAST(\(name) AS INTEGER) "
      + "WHEN 'real' THEN CAST(\(name) AS REAL) ELSE \(name) END"
    let count: Int64 =
      try connection.value("SELECT count(*) FROM \(stage.source) WHERE quote(\(was)) IS NOT quote(\(back))") ?? 0
    guard count > 0 else { return nil }
    return AlterLoss(what: "values of column \(table.name).\(column.name) change with its type", count: count)
  }
}

extension AlteredTable {
  /// A column as it is, by its name in the database.
  fileprivate func before(_ origin: String) -> Schema.Column? {
    // Renames that ALTER does have been done in `from`.
    from[origin] ?? origins.first { folded($0.value) == folded(origin) }.flatMap { from[$0.key] }
  }
}

extension Schema.Table {
  /// The foreign keys: columns, and what they refer to.
  fileprivate var references: [([String], Schema.Constraint.Reference)] {
    var found: [([String], Schema.Constraint.Reference)] = []
    for column in columns {
      for case .foreignKey(_, let reference) in column.constraints.map(\.kind) {
        found.append(([column.name], reference))
      }
    }
    for case .foreignKey(let columns, let reference) in constraints.map(\.kind) { found.append((columns, reference)) }
    return found
  }
}
