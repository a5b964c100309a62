// `CREATE VIEW` and `CREATE TRIGGER` take almost anything: only using them shows that they hold. So every view is
// prepared and, for every trigger, a statement that would fire it.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Prepares what SQLite has only stored.
struct Compilation {
  let connection: Connection
  let sandbox: Sandbox

  /// Prepares a view, or what fires a trigger.
  /// - Parameter mode: whose rules hold for it; text out of a database is held to those for stored SQL.
  /// - Returns: what does not compile, in words; nil where all does.
  func fault(of object: SchemaObject, as mode: Sandbox.Mode) throws -> String? {
    let statements: [String]
    switch object.type {
    case .view: statements = ["SELECT * FROM \(SQL.quote(object.name))"]
    case .trigger: statements = try firing(object)
    default: return nil
    }
    for statement in statements {
      do {
        _ = try sandbox.run(as: mode) { try connection.prepare("EXPLAIN " + statement) }
      } catch let error as SQLiteError {
        let why = error.code == SQLiteError.notAuthorized ? sandbox.denial.map { $0 + " is not allowed" } : nil
        return "\(object.title) does not compile: \(why ?? error.message)"
      }
    }
    return nil
  }

  /// Statements of which at least one fires the trigger. All three kinds are tried, as which one it is stands in
  /// tokens that WHEN and OF clauses make tedious to find, and the others do no harm.
  private func firing(_ trigger: SchemaObject) throws -> [String] {
    let table = SQL.quote(trigger.table)
    let columns = try connection.rows("SELECT name, hidden FROM pragma_table_xinfo(?)", trigger.table)
      .filter { $0[1] == .integer(0) }.compactMap { String(sqliteValue: $0[0]) }.map(SQL.quote)
    guard let first = columns.first else { return ["DELETE FROM \(table)"] }
    let isInsteadOf = try isView(trigger.table)
    // A view only takes the statements that it has a trigger for.
    let kinds = isInsteadOf ? [Self.kind(of: trigger)] : ["INSERT", "UPDATE", "DELETE"]
    return kinds.map { kind in
      switch kind {
      case "INSERT": "INSERT INTO \(table)(\(first)) VALUES(NULL)"
      case "UPDATE": "UPDATE \(table) SET " + columns.map { "\($0) = \($0)" }.joined(separator: ", ")
      default: "DELETE FROM \(table)"
      }
    }
  }

  private func isView(_ name: String) throws -> Bool {
    try connection.value(
      "SELECT 1 FROM sqlite_schema WHERE type = 'view' AND lower(name) = lower(?)", name, as: Int.self) != nil
  }

  /// The first of the three words in the trigger's text behind INSTEAD OF.
  private static func kind(of trigger: SchemaObject) -> String {
    var tokens = Tokenizer(trigger.sql ?? "")
    var seenInstead = false
    while let token = tokens.next() {
      let word = tokens.text(of: token).uppercased()
      if word == "INSTEAD" { seenInstead = true }
      if seenInstead, ["INSERT", "UPDATE", "DELETE"].contains(word) { return word }
    }
    return "DELETE"
  }
}
