// What counts in the digest of a Swift source, and where a type counts as declared.

import Testing
import TidemarkSchema

struct SwiftTokensTests {
  @Test(arguments: [
    ("let a = 1", "let   a\n=1 // one"),
    ("let a = 1", "/* /* nested */ */let a = /**/ 1"),
    ("let a = \"\"\"\n  x\n    y\n  \"\"\"", "let a = \"\"\"\n      x\n        y\n      \"\"\""),
  ])
  func whiteSpaceAndCommentsDoNotCount(_ one: String, _ other: String) {
    #expect(SwiftTokens.digest(of: one) == SwiftTokens.digest(of: other))
  }

  @Test(arguments: [
    ("let a = 1", "let a = 2"),
    ("let a = \"x y\"", "let a = \"x  y\""),
    ("let a = \"// no comment\"", "let a = \"\""),
    ("let a = #\"a \"// b\"#", "let a = #\"a \"// c\"#"),
    ("let a = \"\\(f(\"x // y\")) z\"", "let a = \"\\(f(\"x // z\")) z\""),
    ("let a = \"\"\"\n  x\n   y\n  \"\"\"", "let a = \"\"\"\n  x\n  y\n  \"\"\""),
    ("let ab", "let a b"),
  ])
  func everythingElseCounts(_ one: String, _ other: String) {
    #expect(SwiftTokens.digest(of: one) != SwiftTokens.digest(of: other))
  }

  @Test(arguments: [
    ("struct V1_A: Migration {}", true),
    ("public final class\n  V1_A {}", true),
    ("let q = \"\\(x(\")\"))\"\nactor V1_A {}", true),
    ("let q = #\"\\\"#; enum V1_A {}", true),
    ("struct V1_AB {}", false),
    ("// struct V1_A", false),
    ("\"struct V1_A\"", false),
    ("let V1_A = struct_V1_A", false),
    ("extension V1_A {}", false),
    ("let a = \"unterminated\nstruct V1_A {}", true),
    ("/* open struct V1_A", false),
  ])
  func aTypeIsFoundWhereItIsDeclared(_ source: String, _ found: Bool) {
    #expect(SwiftTokens.declarations(in: source).contains { $0.name == "V1_A" } == found)
  }
}
