// Notes about renames: where they stand, when they hold, and what is no note.

import Testing
import TidemarkSchema

struct RenameNoteTests {
  private func renames(_ from: String, _ to: String) throws -> [String] {
    let (one, other) = (try Schema.make(running: from), try Schema.make(running: to))
    let found = try SchemaRenames.annotated(from: one, to: other, text: to)
    return found.tables.map { "\($0.from) > \($0.to)" }
      + found.columns.map { "\($0.table.from).\($0.from) > \($0.table.to).\($0.to)" }
  }

  @Test(arguments: [
    "CREATE TABLE t(a,\n b TEXT, -- tidemark: renamed from x\n c)",
    "CREATE TABLE t(a,\n -- tidemark: renamed from x\n b TEXT, c)",
    "CREATE TABLE t(a, b -- tidemark: renamed from x\n, c)",
    "CREATE TABLE t(c, a, b /* tidemark: renamed from \"X\" */)",
    "CREATE TABLE t(a, c, b\n -- tidemark: Renamed From x\n TEXT)",
    "CREATE TABLE t(a, c,\n b TEXT -- tidemark: renamed from x\n)",
  ]) func aNoteAtAColumn(_ to: String) throws {
    #expect(try renames("CREATE TABLE t(a, x TEXT, c)", to) == ["t.x > t.b"])
  }

  @Test(arguments: [
    "-- tidemark: renamed from old\nCREATE TABLE new(a)",
    "CREATE TABLE new( -- tidemark: renamed from old\n a)",
    "CREATE TABLE new(a); -- tidemark: renamed from old\nCREATE TABLE other(b)",
    "CREATE TABLE other(b); -- here\n-- tidemark: renamed from old\nCREATE TABLE new(a)",
  ]) func aNoteAtATable(_ to: String) throws {
    #expect(try renames("CREATE TABLE old(a); CREATE TABLE other(b)", to) == ["old > new"])
  }

  @Test func bothAtOnceAndInACircle() throws {
    #expect(
      try renames(
        "CREATE TABLE old(a, b)",
        "CREATE TABLE new( -- tidemark: renamed from old\n c, -- tidemark: renamed from a\n b)")
        == ["old > new", "old.a > new.c"])
    #expect(
      try renames(
        "CREATE TABLE t(a, b)", "CREATE TABLE t(b, -- tidemark: renamed from a\n a -- tidemark: renamed from b\n)")
        == ["t.a > t.b", "t.b > t.a"])
  }

  @Test func aNoteOfWhatHasBeenDoneSaysNothing() throws {
    let to = "CREATE TABLE t(a, b -- tidemark: renamed from x\n)"
    #expect(try renames("CREATE TABLE t(a, b)", to) == [])
    #expect(try renames("CREATE TABLE t(a, x, b)", to) == [])
    #expect(try renames("", to) == [])
  }

  @Test func whatIsMarkedAsNewIsNoWayBack() throws {
    let from = "CREATE TABLE t(a, b -- tidemark: renamed from x\n)"
    #expect(try renames(from, "CREATE TABLE t(a, x)") == ["t.b > t.x"])
    #expect(try renames(from, "CREATE TABLE t(a, x -- tidemark: new\n)") == [])
  }

  @Test func aNoteHoldsOnTheWayBack() throws {
    let new = try Schema.make(running: "CREATE TABLE t(a, b -- tidemark: renamed from x\n)")
    let old = try Schema.make(running: "CREATE TABLE t(a, x)")
    let found = try SchemaRenames.annotated(from: new, to: old)
    #expect(found.columns.map { "\($0.from) > \($0.to)" } == ["b > x"])
    let sql = try SchemaAlteration.make(from: new, to: old, renames: found, sqlite: 3_040_000).statements
    #expect(sql == ["ALTER TABLE \"t\" RENAME COLUMN \"b\" TO \"x\""])
  }

  @Test(arguments: [
    ("CREATE TABLE t(a,\n b -- tidemark: renamed form x\n)", 2), ("-- tidemark: renamed from\nCREATE TABLE t(a)", 1),
    ("CREATE TABLE t(a, b -- tidemark: renamed from x, y\n)", 1),
    ("CREATE TABLE t(a,\n-- tidemark: renamed from x\n CHECK (a > 0))", 2),
    ("CREATE TABLE t(a\n-- tidemark: renamed from x\n)", 2),
    ("CREATE VIEW v AS\n-- tidemark: renamed from x\nSELECT 1", 2),
    ("CREATE TABLE t(a);\n\n-- tidemark: renamed from x\n", 3),
  ]) func whatIsNoNoteIsRefusedWithItsLine(_ to: String, _ line: Int) throws {
    #expect {
      _ = try SchemaRenames.annotated(from: Schema(), to: Schema(), text: to)
    } throws: { error in
      let error = error as? SchemaError
      return error?.code == .malformedNote && error?.line == line
    }
  }

  @Test func otherNotesAreLeftAlone() throws {
    #expect(try renames("", "-- tidemark: version 12\nCREATE TABLE t(a -- tidemark: allow x\n)") == [])
  }

  @Test func whatMayBeOneIsSaid() throws {
    let from = try Schema.make(running: "CREATE TABLE t(a, x TEXT, n INT); CREATE TABLE old(a, b)")
    let to = try Schema.make(running: "CREATE TABLE t(a, y TEXT, m BLOB); CREATE TABLE new(a, b)")
    let doubts = try UnmarkedRename.pairs(
      from: from, to: to, renames: .none, annotations: SchemaAnnotations(in: ""))
    #expect(Set(doubts.map { "\($0.table ?? "") \($0.from) \($0.to)" }) == ["t x y", " old new"])
  }

  @Test func aTextOfMoreThanOneStatementIsRefused() throws {
    var object = try #require(try Schema.make(running: "CREATE TABLE t(a)")["t"])
    object.sql = "CREATE TABLE t(a); DROP TABLE users"
    let crafted = Schema(objects: [object])
    #expect(throws: SchemaError.self) {
      try SchemaAlteration.make(from: Schema(), to: crafted, sqlite: 3_040_000)
    }
  }
}
