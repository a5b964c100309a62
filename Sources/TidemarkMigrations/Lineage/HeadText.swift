// The schema that `head.sql` makes, read off its text: running a thousand CREATE statements takes as long as applying
// them to the database, because SQLite looks through the whole schema table at each.
internal import TidemarkSchema

/// Reads the text of a head.
///
/// The text was run when the lineage was built, and the sum beside it agrees with what it made, so nothing here has to
/// find faults. What it does not know for certain it leaves to SQLite.
enum HeadText {
  /// What SQLite would have in its schema table after this text, but for white space at an end; nil for text that has
  /// to be run to know: virtual tables, CREATE … AS, IF NOT EXISTS, names with a database, anything but CREATE.
  static func schema(of sql: String) -> Schema? {
    var tables: [String: String] = [:]
    var objects: [SchemaObject] = []
    for text in statements(of: sql) {
      guard var object = object(CreateStatement(text)) else { return nil }
      if object.type == .table || object.type == .view { tables[folded(object.name)] = object.name }
      guard let table = tables[folded(object.table)] else { return nil }
      // SQLite spells an index's table as the table is spelled, but a trigger's as the trigger does.
      if object.type == .index { object.table = table }
      if !Schema.isOwn(object.name) { objects.append(object) }
    }
    return Schema(objects: objects)
  }

  /// The statements of a text. A semicolon ends one, but in a trigger only behind `; END`, which is how SQLite's own
  /// shell tells where one is complete.
  private static func statements(of sql: String) -> [String] {
    var statements: [String] = []
    let tokens = Tokenizer(sql)
    let bytes = tokens.bytes
    var span = 0..<0
    var count = 0
    var isTrigger = false
    /// How much of `; END` has just been seen.
    var closing = 0
    func end() {
      if count > 0 { statements.append(String(decoding: bytes[span], as: UTF8.self)) }
      (count, isTrigger, closing) = (0, false, 0)
    }
    for token in tokens {
      let isSemicolon = token.kind == .symbol && bytes[token.range.lowerBound] == UInt8(ascii: ";")
      if isSemicolon, !isTrigger || closing == 2 {
        end()
        continue
      }
      span = (count == 0 ? token.range.lowerBound : span.lowerBound)..<token.range.upperBound
      count += 1
      if count == 2, token.kind == .word { isTrigger = folded(tokens.text(of: token)) == "trigger" }
      if isSemicolon {
        closing = 1
      } else {
        closing = isTrigger && closing == 1 && folded(tokens.text(of: token)) == "end" ? 2 : 0
      }
    }
    end()
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
    case .trigger where !statement.isUnique:
      // No name can be a bare ON, so the first one stands before the table.
      guard let on = (body..<statement.tokens.count).first(where: { statement.isWord($0, "on") }),
        !statement.isSymbol(on + 2, UInt8(ascii: "."))
      else { return nil }
      return SchemaObject(
        type: .trigger, name: title, table: statement.identifier(on + 1), sql: "CREATE TRIGGER \(rest)")
    default: return nil
    }
  }
}
