// Every kind of word of SQLite's grammar, cut as SQLite cuts it.

import Testing
import TidemarkSQLite
import TidemarkSchema

struct TokenizerTests {
  @Test(
    arguments: [
      ("", []),
      (" \t\r\n\u{0C}", []),
      ("\u{FEFF}SELECT 1", ["word SELECT", "number 1"]),
      ("a\u{FEFF} b", ["word a\u{FEFF}", "word b"]),
      ("-- to the end\nx -- again", ["word x"]),
      ("a/* one\n * two */b", ["word a", "word b"]),
      ("a /* open", ["word a"]),
      ("a /* open *", ["word a"]),
      ("a /*", ["word a", "symbol /", "symbol *"]),
      ("a /**/ b", ["word a", "word b"]),
      ("a - -b", ["word a", "symbol -", "symbol -", "word b"]),
      ("'it''s' ''", ["string 'it''s'", "string ''"]),
      ("'open", ["illegal 'open"]),
      ("'open''", ["illegal 'open''"]),
      ("\"a\"\"b\" `c``d` [e\"f]", ["quoted \"a\"\"b\"", "quoted `c``d`", "quoted [e\"f]"]),
      ("\"open", ["illegal \"open"]),
      ("[open", ["illegal [open"]),
      ("x'00fF' X'' xy x'0' x'0g'", ["blob x'00fF'", "blob X''", "word xy", "illegal x'0'", "illegal x'0g'"]),
      ("1 1.5 .5 1. 1e5 1E+5 1.5e-10", ["1", "1.5", ".5", "1.", "1e5", "1E+5", "1.5e-10"].map { "number " + $0 }),
      ("0x1F 0XaB 1_000 1_0.0_1e1_0 0x1_F", ["0x1F", "0XaB", "1_000", "1_0.0_1e1_0", "0x1_F"].map { "number " + $0 }),
      ("1a 1e 0x 1__0 1_", ["1a", "1e", "0x", "1__0", "1_"].map { "illegal " + $0 }),
      ("1.a", ["illegal 1.a"]),
      ("a.b t.1", ["word a", "symbol .", "word b", "word t", "number .1"]),
      (
        "? ?12 :a @b2 $c $d::e(f g) $h::i(j)",
        [
          "? ?12 :a @b2 $c".split(separator: " ").map { "variable " + $0 }, ["illegal $d::e(f", "word g", "symbol )"],
          ["variable $h::i(j)"],
        ].flatMap { $0 }
      ),
      (": @ $", ["illegal :", "illegal @", "illegal $"]),
      (
        "-> ->> || << >> <> != == <= >= = < > | & ~ + * / % ( ) , ; .",
        "-> ->> || << >> <> != == <= >= = < > | & ~ + * / % ( ) , ; .".split(separator: " ").map { "symbol " + $0 }
      ),
      ("a->>'b'", ["word a", "symbol ->>", "string 'b'"]),
      ("! ^ { \\ \u{0B}", ["illegal !", "illegal ^", "illegal {", "illegal \\", "illegal \u{0B}"]),
      ("Größe _a$1 日本", ["word Größe", "word _a$1", "word 日本"]),
    ] as [(String, [String])])
  func cutsLikeSQLite(_ text: String, _ expected: [String]) {
    let tokenizer = Tokenizer(text)
    #expect(tokenizer.map { "\($0.kind) \(tokenizer.text(of: $0))" } == expected)
  }

  @Test func commentsComeWhenAskedFor() {
    let tokenizer = Tokenizer("a -- tidemark: renamed from b\n/* c */", comments: true)
    #expect(tokenizer.map { tokenizer.text(of: $0) } == ["a", "-- tidemark: renamed from b", "/* c */"])
  }

  /// What SQLite refuses to read as one word is not taken for one here either.
  @Test(arguments: ["x'00'", "0x1F", "1.5e-3", ".5", "1.", "'it''s'", "1e5", "X''"])
  func aLiteralIsOneTokenAndAValueToSQLite(_ literal: String) throws {
    #expect(Array(Tokenizer(literal)).count == 1)
    let connection = try Connection.inMemory()
    #expect(try connection.rows("SELECT \(literal)").count == 1)
  }
}
