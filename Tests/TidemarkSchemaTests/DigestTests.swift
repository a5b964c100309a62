// What counts in the digest of an SQL text and what does not, and SHA-256 itself.

import Testing
import TidemarkSchema

struct DigestTests {
  @Test func digestIsSHA256() {
    #expect(
      Digest.hex(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var digest = Digest()
    digest.update("a")
    digest.update(Array("bc".utf8))
    #expect(digest.finish() == Digest.of(Array("abc".utf8)))
  }

  @Test(arguments: [
    ("SELECT 1", "select  /* x */ 1 ;; -- end\n"),
    ("CREATE TABLE a(b)", "create table [A] (`B`)"),
    ("CREATE TABLE \"a\"\"b\"(c)", "CREATE TABLE [a\"b](c)"),
    ("a; b", "a;\n\nb;"),
    ("a;; b", "a; b"),
    ("INSERT INTO \"key\" VALUES(1)", "INSERT INTO KEY VALUES(1)"),
    ("SELECT x'AB'", "SELECT X'ab'"),
    ("a INT DEFAULT \"Text\"", "a INT DEFAULT 'Text'"),
    ("a INT DEFAULT Text", "a INT DEFAULT 'Text'"),
    ("a INT DEFAULT NULL", "a INT default null"),
    ("INSERT INTO a DEFAULT VALUES", "insert into a default values"),
    ("CREATE VIRTUAL TABLE \"f\" USING fts5(a)", "create virtual table [F] using FTS5(a)"),
    ("", " ; -- nothing"),
  ])
  func spellingDoesNotCount(_ one: String, _ other: String) {
    #expect(Digest.ofSQL(one) == Digest.ofSQL(other))
  }

  @Test(arguments: [
    ("SELECT 1", "SELECT 2"),
    ("SELECT 'a'", "SELECT 'A'"),
    ("SELECT 'a b'", "SELECT 'a  b'"),
    ("SELECT 'a'", "SELECT \"a\""),
    ("SELECT \"null\"", "SELECT null"),
    ("SELECT \"true\"", "SELECT TRUE"),
    ("SELECT \"current_date\"", "SELECT current_date"),
    ("SELECT * FROM a \"left\" JOIN b", "SELECT * FROM a LEFT JOIN b"),
    ("a DEFAULT \"Text\"", "a DEFAULT \"text\""),
    ("a DEFAULT Text", "a DEFAULT text"),
    ("a DEFAULT \"null\"", "a DEFAULT null"),
    ("a b", "ab"),
    ("a; b", "a b"),
    ("a - - b", "a -- b"),
    ("1.0", "1.00"),
    (
      "CREATE VIRTUAL TABLE f USING fts5(a, tokenize=\"Porter\")",
      "CREATE VIRTUAL TABLE f USING fts5(a, tokenize=\"porter\")"
    ),
    ("a = b", "a == b"),
    ("'a' 'b'", "'a''b'"),
  ])
  func meaningCounts(_ one: String, _ other: String) {
    #expect(Digest.ofSQL(one) != Digest.ofSQL(other))
  }

  /// Pieces put together at other places never give the bytes of one another.
  @Test func lengthsKeepTokensApart() {
    let texts = [
      "a", "ab", "a b", "a.b", "'a'", "\"a b\"", "'a b'", "[a, b]", "x'61'", "?1", ":a", "1", "a1", "(a)", ")a", "a)",
    ]
    #expect(Set(texts.map(Digest.ofSQL)).count == texts.count)
    let long = String(repeating: "a", count: 64)
    #expect(Digest.ofSQL(long) == Digest.ofSQL("\"\(long.uppercased())\""))
    #expect(Digest.ofSQL(long) != Digest.ofSQL(long + "a"))
  }
}
