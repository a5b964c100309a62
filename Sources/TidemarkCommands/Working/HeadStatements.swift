// What a head may hold: the statements that make the schema. Any other would run, be forgotten, and look as if it were kept.

import Tidemark

/// A statement that a head is not to have.
struct HeadStatement {
  /// Its line in the file, counted from 1.
  var line: Int
  /// What it is, and why it has no place there.
  var words: String

  /// Those of a text, in order.
  static func strangers(in text: String) -> [HeadStatement] {
    SQLStatement.statements(of: text).compactMap { statement in
      why(CreateStatement(statement.text)).map { HeadStatement(line: statement.line, words: $0) }
    }
  }

  private static func why(_ statement: CreateStatement) -> String? {
    guard statement.isWord(0, "create") else {
      // ALTER and DROP are part of how it comes to be; a transaction around it changes nothing.
      let isHarmless =
        statement.isWord(0, "alter") || statement.isWord(0, "drop") || statement.isWord(0, "begin")
        || statement.isWord(0, "commit") || statement.isWord(0, "end")
      return isHarmless ? nil : "\(statement.identifier(0).uppercased()) is no part of a schema"
    }
    guard let name = statement.name else { return nil }
    let isTemporary = statement.isWord(1, "temp") || statement.isWord(1, "temporary")
    let isElsewhere =
      name > 1 && statement.isSymbol(name - 1, UInt8(ascii: "."))
      && statement.identifier(name - 2).lowercased() != "main"
    if isTemporary || isElsewhere { return "\(statement.identifier(name)) is temporary, and no part of the schema" }
    return Schema.isTidemarks(statement.identifier(name))
      ? "the name \(statement.identifier(name)) is kept for Tidemark's own tables" : nil
  }
}
