// SQLite reads the text of an object in the schema table up to the end of its first statement and does not look at what
// stands behind. Tidemark makes objects again from that text, so what a forger put there would run.

extension SchemaObject {
  /// Whether the text holds nothing behind the statement that makes the object.
  var isOneStatement: Bool {
    guard let sql, sql.utf8.contains(UInt8(ascii: ";")) else { return true }
    let statement = CreateStatement(sql)
    let semicolon = UInt8(ascii: ";")
    guard statement.kind == .trigger else {
      return !statement.tokens.indices.contains { statement.isSymbol($0, semicolon) }
    }
    // Statements within a trigger end with a semicolon each, and none of them begins with END.
    let end = statement.tokens.indices.first { statement.isSymbol($0, semicolon) && statement.isWord($0 + 1, "end") }
    return end.map { $0 + 2 == statement.tokens.count } ?? false
  }
}
