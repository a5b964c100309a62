// SQL text and the files of a lineage as bytes from outside.

@testable internal import TidemarkSchema

enum SchemaInput {
  /// Everything that reads SQL text without running it.
  static func runTokens(_ bytes: [UInt8]) throws {
    let sql = String(decoding: bytes, as: UTF8.self)
    var tokens = Tokenizer(sql)
    var end = 0
    while let token = tokens.next() {
      try FuzzFinding.unless(token.range.lowerBound >= end, "tokens overlap at byte \(token.range.lowerBound)")
      try FuzzFinding.unless(!token.range.isEmpty, "an empty token at byte \(token.range.lowerBound)")
      try FuzzFinding.unless(token.range.upperBound <= sql.utf8.count, "a token runs over the end")
      end = token.range.upperBound
    }
    try FuzzFinding.unless(Digest.ofSQL(sql) == Digest.ofSQL(" \n" + sql), "white space counts")
    _ = Tokenizer.statementCount(of: sql)
    _ = StoredSQLLint(oldestSQLite: 3_040_001, functions: ["abs"]).findings(in: sql)
    _ = SQLStatement.statements(of: sql)
    for type in ObjectType.allCases {
      let object = SchemaObject(type: type, name: "x", table: "x", sql: sql)
      _ = Schema.Table(object)
      _ = Schema.Index(object)
      _ = Schema.Trigger(object)
      let schema = Schema(objects: [object])
      _ = schema.fingerprint(.exact)
      _ = schema.fingerprint(.loose)
    }
  }

  /// The files of a lineage, and a Swift source.
  static func runSum(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let sum = LineageSum(parsing: text)
    if sum.isWhole {
      let again = LineageSum(parsing: sum.render())
      try FuzzFinding.unless(again.isWhole && again.render() == sum.render(), "a sum does not come back from its text")
    }
    _ = SwiftTokens.digest(of: text)
    _ = SwiftTokens.declarations(in: text)
    _ = try? RetiredScript.read(text)
  }
}
