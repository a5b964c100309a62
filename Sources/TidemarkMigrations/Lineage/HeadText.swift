// The schema that `head.sql` makes, read off its text: running a thousand CREATE statements takes as long as applying
// them to the database, because SQLite looks through the whole schema table at each.
internal import TidemarkSchema

/// Reads the text of a head.
///
/// The text was run when the lineage was built, and the sum beside it agrees with what it made, so nothing here has to
/// find faults. What it does not know for certain it leaves to SQLite.
enum HeadText {
  /// What SQLite would have in its schema table after this text, but for white space at an end; nil for text that has to be run to know: triggers,
  /// virtual tables, CREATE … AS, IF NOT EXISTS, names with a database, anything but CREATE.
  static func schema(of sql: String) -> Schema? {
    var tables: [String: String] = [:]
    var objects: [SchemaObject] = []
    for text in statements(of: sql) {
      guard var object = object(CreateStatement(text)) else { return nil }
      if object.type == .table { tables[folded(object.name)] = object.name }
      if object.type == .index {
        // SQLite spells the table as the table is spelled.
        guard let table = tables[folded(object.table)] else { return nil }
        object.table = table
      }
      if !Schema.isOwn(object.name) { objects.append(object) }
    }
    return Schema(objects: objects)
  }

  /// The statements of a text in which a semicolon ends one wherever it stands. In a trigger it does not: its pieces
  /// are then not understood.
  private static func statements(of sql: String) -> [String] {
    var statements: [String] = []
    let tokens = Tokenizer(sql)
    let bytes = tokens.bytes
    var start: Int?
    var end = 0
    for token in tokens {
      if token.kind == .symbol, bytes[token.range.lowerBound] == UInt8(ascii: ";") {
        if let start { statements.append(String(decoding: bytes[start..<end], as: UTF8.self)) }
        start = nil
      } else {
        start = start ?? token.range.lowerBound
        end = token.range.upperBound
      }
    }
    if let start { statements.append(String(decoding: bytes[start..<end], as: UTF8.self)) }
    return statements
  }

  /// SQLite keeps the text from the name on, and writes the words before it itself.
  private static func object(_ statement: CreateStatement) -> SchemaObject? {
    // CREATE, what, name: with a word between there is more to it.
    guard let name = statement.name, name == (statement.isUnique ? 3 : 2) else { return nil }
    let title = statement.identifier(name)
    let rest = statement.source(name..<statement.tokens.count)
    let body = statement.body
    switch statement.kind {
    case .table where !statement.isUnique:
      return SchemaObject(type: .table, name: title, table: title, sql: "CREATE TABLE \(rest)")
    case .index where statement.isWord(body, "on") && statement.isSymbol(body + 2, UInt8(ascii: "(")):
      let unique = statement.isUnique ? "UNIQUE " : ""
      return SchemaObject(
        type: .index, name: title, table: statement.identifier(body + 1), sql: "CREATE \(unique)INDEX \(rest)")
    case .view
    where !statement.isUnique && (statement.isWord(body, "as") || statement.isSymbol(body, UInt8(ascii: "("))):
      return SchemaObject(type: .view, name: title, table: title, sql: "CREATE VIEW \(rest)")
    default: return nil
    }
  }
}
