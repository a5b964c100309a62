// Differences of schemas in words.

import Testing
import TidemarkSchema

struct SchemaDifferenceTests {
  @Test(
    arguments: [
      ("CREATE TABLE t(a)", "create table T (\"a\")", []),
      ("CREATE TABLE jobs(a, tier)", "CREATE TABLE jobs(a)", ["table jobs: column tier is missing"]),
      ("CREATE TABLE jobs(a)", "CREATE TABLE jobs(a, tier)", ["table jobs: column tier is not expected"]),
      (
        "CREATE TABLE t(x TEXT)", "CREATE TABLE t(x text not null)",
        ["table t: column x is text not null, expected TEXT"]
      ),
      ("CREATE TABLE t(x)", "CREATE TABLE t(x VARCHAR(20))", ["table t: column x is VARCHAR(20), expected untyped"]),
      ("CREATE TABLE t(a, CHECK (a > 0))", "CREATE TABLE t(a)", ["table t: constraint CHECK (a > 0) is missing"]),
      ("CREATE TABLE t(a)", "CREATE TABLE t(a, UNIQUE(a))", ["table t: constraint UNIQUE(a) is not expected"]),
      ("CREATE TABLE t(a INT) STRICT", "CREATE TABLE t(a INT)", ["table t: has no options, expected STRICT"]),
      ("CREATE TABLE t(a); CREATE INDEX i ON t(a)", "CREATE TABLE t(a)", ["index i is missing"]),
      ("CREATE TABLE t(a)", "CREATE TABLE t(a); CREATE VIEW v AS SELECT 1", ["view v is not expected"]),
      (
        "CREATE TABLE t(a); CREATE INDEX i ON t(a)", "CREATE TABLE t(a); CREATE UNIQUE INDEX i ON t(a)",
        ["index i: is UNIQUE, which is not expected"]
      ),
      (
        "CREATE TABLE t(a); CREATE TABLE u(a); CREATE INDEX i ON t(a)",
        "CREATE TABLE t(a); CREATE TABLE u(a); CREATE INDEX i ON u(a)",
        ["index i: is on table u, expected t"]
      ),
      (
        "CREATE TABLE t(a); CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "CREATE TABLE t(a); CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t WHERE a = 1; END",
        ["trigger r: differs at 'FROM t WHERE a = 1; END', expected 'FROM t; END'"]
      ),
      (
        "CREATE TABLE f(a)", "CREATE VIRTUAL TABLE f USING fts5(a)",
        ["table f: is a virtual table, expected no virtual table"]
      ),
    ] as [(String, String, [String])])
  func differencesAreSaidInWords(_ expected: String, _ found: String, _ words: [String]) throws {
    let difference = try SchemaDifference.between(
      expected: Schema.make(running: expected), found: Schema.make(running: found), kind: .loose)
    #expect(difference.words == words)
    #expect(difference.isEmpty == words.isEmpty)
  }

  @Test func theOrderOfColumnsDiffersOnlyExactly() throws {
    let (one, other) = (
      try Schema.make(running: "CREATE TABLE t(a, b)"), try Schema.make(running: "CREATE TABLE t(b, a)")
    )
    #expect(SchemaDifference.between(expected: one, found: other, kind: .loose).isEmpty)
    #expect(
      SchemaDifference.between(expected: one, found: other, kind: .exact).words == [
        "table t: columns in another order: b, a, expected a, b"
      ])
  }
}
