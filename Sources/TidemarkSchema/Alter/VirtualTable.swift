// A virtual table by its statement: whether its rows are its own, and how they are read again.

internal import TidemarkSQLite

/// A virtual table by its CREATE statement.
package struct VirtualTable {
  let name: String
  /// The module, folded.
  package let module: String
  /// The arguments as written, one each.
  let arguments: [String]

  /// Reads a virtual table; nil for any other object.
  package init?(_ object: SchemaObject) {
    guard object.type == .table, let sql = object.sql, Self.mayBeVirtual(sql) else { return nil }
    let statement = CreateStatement(sql)
    guard statement.kind == .virtualTable else { return nil }
    name = object.name
    module = folded(statement.identifier(statement.body + 1))
    var list: [String] = []
    var depth = 0
    var start = statement.body + 3
    for index in (statement.body + 2)..<max(statement.body + 2, statement.tokens.count) {
      if statement.isSymbol(index, UInt8(ascii: "(")) { depth += 1 }
      if statement.isSymbol(index, UInt8(ascii: ")")) { depth -= 1 }
      let ends = depth == 0 || depth == 1 && statement.isSymbol(index, UInt8(ascii: ","))
      if ends, start <= index {
        list.append(statement.line(start..<index))
        start = index + 1
      }
    }
    arguments = list
  }

  /// Asked of every table, so the words are looked for before the text is cut into tokens.
  private static func mayBeVirtual(_ sql: String) -> Bool {
    sql.utf8.dropFirst(6).first { $0 > 0x20 }.map { $0 | 0x20 } == UInt8(ascii: "v")
  }

  /// The value of an option such as `content = 'jobs'`, without quotes; nil where it is not given.
  func option(_ key: String) -> String? {
    for argument in arguments {
      let statement = CreateStatement(argument)
      guard statement.isSymbol(1, UInt8(ascii: "=")), folded(statement.identifier(0)) == key else { continue }
      return statement.identifier(2)
    }
    return nil
  }

  /// Whether it is a full-text index.
  package var isFullText: Bool { ["fts5", "fts4", "fts3"].contains(module) }

  /// Whether it indexes rows that another table keeps, and can read them again.
  var isDerived: Bool { content != nil }

  /// The table whose rows it indexes; nil where it keeps its own.
  package var content: String? {
    guard isFullText, let table = option("content"), !table.isEmpty else { return nil }
    return table
  }

  /// Whether its rows cannot be read back: an index without content.
  package var isContentless: Bool { isFullText && option("content") == "" }

  /// The statement that reads its rows again, from the table that keeps them.
  var filling: String? {
    isDerived ? "INSERT INTO \(SQL.quote(name))(\(SQL.quote(name))) VALUES('rebuild')" : nil
  }

  /// Its columns, as far as they are known from the arguments.
  var columns: [String]? {
    switch module {
    case "fts5", "fts4", "fts3":
      return arguments.compactMap { argument in
        let statement = CreateStatement(argument)
        return statement.isSymbol(1, UInt8(ascii: "=")) ? nil : statement.identifier(0)
      }
    case "rtree", "rtree_i32":
      return arguments.map { argument in
        let statement = CreateStatement(argument)
        return statement.identifier(statement.isSymbol(0, UInt8(ascii: "+")) ? 1 : 0)
      }
    default: return nil
    }
  }

  /// The statements that put this table aside, make another and fill it; nil where the rows cannot be read.
  func replacement(with other: VirtualTable, create: String, aside: String) -> [String]? {
    guard !isContentless, !other.isContentless, let mine = columns, let theirs = other.columns else { return nil }
    let known = Set(mine.map { folded($0) })
    var shared = theirs.filter { known.contains(folded($0)) }.map(SQL.quote)
    if isFullText { shared.insert("rowid", at: 0) }
    let list = shared.joined(separator: ", ")
    let (table, old) = (SQL.quote(other.name), SQL.quote(aside))
    return [
      "ALTER TABLE \(SQL.quote(name)) RENAME TO \(old)", create,
      "INSERT INTO \(table)(\(list)) SELECT \(list) FROM \(old)", "DROP TABLE \(old)",
    ]
  }
}
