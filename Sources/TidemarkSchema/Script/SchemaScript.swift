// A database as a script: what schema.sql and head.sql hold. The same schema and rows give the same bytes, in an order
// that runs on an empty database and leaves the same schema and rows there.

public import TidemarkSQLite

/// Writes a database's schema, and its rows when asked, as SQL.
public enum SchemaScript {
  /// The script of `connection`'s main database, without Tidemark's own tables.
  ///
  /// It runs with foreign keys off; parents come before their children, so where tables do not refer to each other in
  /// a circle it runs with them on, too. Call it inside a transaction when others may write meanwhile.
  /// - Parameter includeData: whether rows come too: exact to the bit, with their rowids and AUTOINCREMENT marks.
  /// - Throws: `SQLiteError`.
  public static func write(from connection: Connection, includeData: Bool = false) throws -> String {
    let schema = try Schema.read(from: connection)
    let objects = schema.objects.filter { !Schema.isOwn($0.table) || $0.type == .view }
    let tables = ordered(objects.filter { $0.type == .table && !$0.isVirtualTable }, by: referencedTables)
    let virtual = ordered(objects.filter { $0.type == .table && $0.isVirtualTable }, by: { _ in [] })
    let others = [ObjectType.index, .view, .trigger].map { type in
      ordered(objects.filter { $0.type == type }, by: type == .view ? namesInBody : { _ in [] })
    }
    var paragraphs = tables.map(statement)
    if includeData {
      let data = DataScript(connection)
      paragraphs += try tables.map { try data.rows(of: $0) }
      paragraphs.append(try data.sequences(of: tables))
      paragraphs += virtual.map(statement)
      paragraphs += try virtual.map { try data.rows(ofVirtual: $0) }
      paragraphs += others[0].map(statement) + others[1].map(statement)
      // An index over other tables' or views' rows is built once those are there.
      paragraphs += try virtual.map { try data.rebuilding($0) }
      paragraphs += others[2].map(statement)
    } else {
      paragraphs += virtual.map(statement) + others.flatMap { $0.map(statement) }
    }
    let written = paragraphs.filter { !$0.isEmpty }
    return written.isEmpty ? "" : written.joined(separator: "\n\n") + "\n"
  }

  /// The text that makes an object, with its semicolon, laid out for reading. Its tokens are the author's.
  static func statement(_ object: SchemaObject) -> String {
    guard let sql = object.sql else { return "" }
    let statement = CreateStatement(sql)
    let text = statement.source(0..<statement.tokens.count)
    let hasComments = Tokenizer(text, comments: true).contains { $0.kind == .comment }
    guard statement.kind == .table, !text.utf8.contains(0x0A), !hasComments,
      text.utf8.count > 80 || statement.items.count > 4
    else { return text + ";" }
    var lines = statement.source(0..<statement.body) + " ("
    for (index, item) in statement.items.enumerated() {
      // SQLite lets the comma between table constraints go missing, and then it stays missing.
      let comma = index > 0 && statement.isSymbol(item.tokens.lowerBound - 1, UInt8(ascii: ","))
      lines += (comma ? ",\n  " : "\n  ") + statement.source(item.tokens)
    }
    lines += "\n)"
    if let first = statement.options.first {
      lines += " " + statement.source(first.lowerBound..<statement.tokens.count)
    }
    return lines + ";"
  }

  /// The objects by name, each behind those that it depends on. Of a circle, the first by name comes first.
  private static func ordered(
    _ objects: [SchemaObject], by dependencies: (CreateStatement) -> Set<String>
  ) -> [SchemaObject] {
    let byName = Dictionary(objects.map { (folded($0.name), $0) }, uniquingKeysWith: { $1 })
    var result: [SchemaObject] = []
    var seen: Set<String> = []
    // A stack of our own: a chain of a thousand tables is no reason to run out of the program's.
    for name in byName.keys.sorted() {
      var stack = [(name, false)]
      while let (name, isDone) = stack.popLast() {
        guard let object = byName[name] else { continue }
        if isDone {
          result.append(object)
        } else if seen.insert(name).inserted {
          stack.append((name, true))
          let needed = dependencies(CreateStatement(object.sql ?? "")).filter { byName[$0] != nil }
          stack += needed.sorted(by: >).map { ($0, false) }
        }
      }
    }
    return result
  }

  private static func referencedTables(_ statement: CreateStatement) -> Set<String> {
    var names: Set<String> = []
    for index in statement.tokens.indices.dropFirst() where statement.isWord(index - 1, "references") {
      names.insert(folded(statement.identifier(index)))
    }
    return names
  }

  private static func namesInBody(_ statement: CreateStatement) -> Set<String> {
    var names: Set<String> = []
    for index in statement.body..<max(statement.body, statement.tokens.count) {
      let kind = statement.tokens[index].kind
      if kind == .word || kind == .quoted { names.insert(folded(statement.identifier(index))) }
    }
    return names
  }
}
