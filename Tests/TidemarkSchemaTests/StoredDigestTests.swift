// Digests and fingerprints stand in databases, snapshots and sums for years. These values are never to change.

import Testing
import TidemarkSchema

struct StoredDigestTests {
  @Test func fingerprintsStayWhatTheyWere() throws {
    let schema = try Schema.make(
      running: """
        CREATE TABLE t(b TEXT DEFAULT 'x', a INT, CHECK(a > 0)) STRICT; CREATE UNIQUE INDEX i ON t(a);
        CREATE VIEW v AS SELECT "left" FROM t; CREATE VIRTUAL TABLE f USING fts5(a)
        """)
    #expect(
      schema.fingerprint(.loose).description == "8a6ad8fbb1c98fa241fe0400a46f45682c7154672090d68599225b88271737b1")
    #expect(
      schema.fingerprint(.exact).description == "10cd2d3642b987e81aeaaa08c69037b1892ea40b459d2de9d88e934bb246c697")
  }

  @Test func digestsStayWhatTheyWere() {
    #expect(
      Digest.ofSQL("SELECT a, \"null\", 'b', x'00', 1.5, ?1, a->>b FROM t; DELETE FROM t")
        == "5b262f2932f9da341ec9d341e419e082e52929dab8421f92fd7b8bd3bb1a5282")
    #expect(
      SwiftTokens.digest(of: "struct A { let b = \"c\" }")
        == "18e6df9ffb71082389f2451138f145f974e15773c7ed634ac438c9d8c327065f")
  }

  @Test func aFingerprintReadsBackFromItsDigits() throws {
    let fingerprint = try Schema.make(running: "CREATE TABLE a(b)").fingerprint(.exact)
    #expect(Fingerprint(hex: fingerprint.description) == fingerprint)
    #expect(Fingerprint(hex: fingerprint.description.uppercased()) == fingerprint)
    #expect(Fingerprint(hex: String(fingerprint.description.dropLast())) == nil)
    #expect(Fingerprint(hex: String(repeating: "g", count: 64)) == nil)
  }
}
