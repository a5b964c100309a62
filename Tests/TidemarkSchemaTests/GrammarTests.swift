// The tokenizer over SQLite's whole grammar, held against SQLite itself: what it takes has no illegal token, comes back to the
// letter, and means the same when its tokens are set apart, so that none was cut or joined where SQLite does not.

import Testing
import TidemarkSQLite
import TidemarkSchema

struct GrammarTests {
  private func database() throws -> Connection {
    let connection = try Connection.inMemory()
    try connection.execute(GrammarCorpus.fixture)
    return connection
  }

  /// Whether SQLite's grammar takes a text; what fails for another reason is grammar all the same.
  private func isGrammar(_ sql: String) throws -> Bool {
    do {
      try database().forEachStatement(of: sql) { _ in }
      return true
    } catch let error as SQLiteError {
      let words = ["syntax error", "unrecognized token", "incomplete input"]
      return !words.contains { error.message.contains($0) }
    }
  }

  @Test(arguments: GrammarCorpus.all) func whatSQLiteTakesIsCutAsItCutsIt(_ sql: String) throws {
    #expect(try isGrammar(sql))
    let tokenizer = Tokenizer(sql, comments: true)
    let tokens = Array(tokenizer)
    #expect(!tokens.contains { $0.kind == .illegal })
    // To the letter: tokens, and between them nothing but white space.
    var end = 0
    for token in tokens {
      let gap = String(decoding: tokenizer.bytes[end..<token.range.lowerBound], as: UTF8.self)
      #expect(gap.unicodeScalars.allSatisfy { " \t\n\r\u{C}\u{FEFF}".unicodeScalars.contains($0) })
      #expect(!token.range.isEmpty)
      end = token.range.upperBound
    }
    #expect(tokenizer.bytes[end...].allSatisfy { [0x20, 0x0A].contains($0) })
    // Set apart they mean the same, to us and to SQLite.
    let apart = tokens.filter { $0.kind != .comment }.map { tokenizer.text(of: $0) }.joined(separator: " /**/\n")
    #expect(try isGrammar(apart), "\(apart)")
    #expect(Tokenizer(apart).map(\.kind) == Tokenizer(sql).map(\.kind))
    #expect(Digest.ofSQL(apart) == Digest.ofSQL(sql))
  }

  @Test(arguments: GrammarCorpus.tables + GrammarCorpus.indexes + GrammarCorpus.views + GrammarCorpus.triggers)
  func whatIsMadeIsKeptToTheLetterAndReadAsAValue(_ sql: String) throws {
    guard sql.hasPrefix("CREATE"), !sql.contains("TEMP"), !sql.contains("AS SELECT *") else { return }
    let connection = try database()
    let before = Set(try Schema.read(from: connection).objects.map(\.title))
    try connection.execute(sql)
    let made = try Schema.read(from: connection).objects.filter { !before.contains($0.title) }
    let object = try #require(made.first)
    #expect(made.count == 1)
    switch object.type {
    case .table:
      let table = try #require(Schema.Table(object))
      let columns = try connection.rows("SELECT name, type FROM pragma_table_xinfo(?)", object.name)
      #expect(table.columns.map(\.name) == columns.map { String(sqliteValue: $0[0]) ?? "" })
      #expect(
        !(table.constraints + table.columns.flatMap(\.constraints)).contains {
          if case .other = $0.kind { true } else { false }
        })
    case .index: #expect(Schema.Index(object)?.terms.isEmpty == false)
    case .view: #expect(Schema.View(object)?.query.isEmpty == false)
    case .trigger: #expect(Schema.Trigger(object)?.body.hasSuffix(";") == true)
    }
    // The stored text makes the very same again.
    let again = try database()
    try again.execute(try #require(object.sql))
    let copy = try #require(try Schema.read(from: again).objects.first { $0.title == object.title })
    #expect(copy == object && copy.fingerprint(.exact) == object.fingerprint(.exact))
  }

  @Test(arguments: GrammarCorpus.illegal) func whatSQLiteHasNoWordForIsIllegal(_ sql: String) throws {
    #expect(try !isGrammar(sql))
    #expect(Tokenizer(sql).contains { $0.kind == .illegal })
  }
}
