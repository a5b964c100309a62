// Reading and writing lineage.sum and retired.sql.

import Testing
import TidemarkSchema

struct SumTests {
  private let digest = String(repeating: "ab", count: 32)

  @Test func aSumReadsBackAsItWasWritten() throws {
    let schema = try Schema.make(running: "CREATE TABLE t(a, b)")
    let sum = LineageSum(
      name: "scheduler", entries: [.init(id: 20, name: "B", digest: digest), .init(id: 3, name: "A", digest: digest)],
      head: .init(of: schema))
    let text = sum.render()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.prefix(3) == ["lineage scheduler", "3 A \(digest)", "20 B \(digest)"])
    #expect(lines.last == "")
    let read = LineageSum(parsing: text)
    #expect(read.isWhole)
    #expect(read.name == "scheduler")
    #expect(read.entries.map(\.line) == [2, 3])
    #expect(read.head?.line == 4)
    #expect(read.head?.loose == schema.fingerprint(.loose) && read.head?.exact == schema.fingerprint(.exact))
    #expect(read.render() == text)
    #expect(LineageSum(parsing: text.replacing("\n", with: "\r\n")).render() == text)
  }

  @Test(arguments: [("3.40.1", 3_040_001), ("3.37.0", 3_037_000), ("3.45", 3_045_000)] as [(String, Int32)])
  func theOldestSQLiteIsStatedOnALineOfItsOwn(_ text: String, _ version: Int32) {
    let sum = LineageSum(parsing: "lineage s\nsqlite \(text)\n1 A \(digest)\n")
    #expect(sum.isWhole && sum.oldestSQLite == version)
    #expect(LineageSum(parsing: sum.render()).oldestSQLite == version)
  }

  @Test(arguments: ["3", "4.0.0", "3.36.0", "3.x.0", "3.40.1.2", "", "3.40.1\nsqlite 3.41.0"])
  func aVersionThatIsNoneIsAProblemAtItsLine(_ text: String) {
    let sum = LineageSum(parsing: "lineage s\nsqlite \(text)\n1 A \(digest)\n")
    #expect(!sum.isWhole && sum.problems.first?.line ?? 0 >= 2)
  }

  @Test func aProofStandsBehindTheDigest() throws {
    let text = """
      lineage s
      1 A \(digest) lossless:\(digest)
      2 B \(digest)
      3 C \(digest) lossless-with-attic:\(digest)

      """
    let sum = LineageSum(parsing: text)
    #expect(sum.isWhole)
    #expect(sum.entries.map(\.proof?.verdict) == ["lossless", nil, "lossless with attic"])
    #expect(sum.render() == text)
  }

  @Test(arguments: ["lossless", "lossless:", ":DD", "lossless:xyz", "loss less:DD", "LOSSLESS:DD", "a:b:DD"])
  func aProofOfAnotherFormIsAProblem(_ field: String) {
    let sum = LineageSum(parsing: "lineage s\n1 A \(digest) \(field.replacing("DD", with: digest))\n")
    #expect(sum.problems.map(\.line) == [2])
  }

  @Test func aSealHoldsForAllThatItRestsOn() {
    func seal(_ baseline: String?, _ sources: [String], _ verdict: String) -> String {
      var seal = ProofSeal(baseline: baseline)
      for source in sources { seal.add(source) }
      return seal.seal(verdict)
    }
    let all = [
      seal(nil, ["a", "b"], "lossless"), seal("CREATE TABLE t(a)", ["a", "b"], "lossless"),
      seal(nil, ["b", "a"], "lossless"), seal(nil, ["ab"], "lossless"), seal(nil, ["a", "b", "c"], "lossless"),
      seal(nil, ["a", "b"], "lossless with attic"),
    ]
    #expect(Set(all).count == all.count)
    #expect(seal("CREATE TABLE t(a) -- same", ["a", "b"], "lossless") == all[1])
    // That of a Tidemark which asked less of a proof.
    let asked = "4981a4e11fcb6048c7a452b481a5ce84f3fbb3938b0a401368b5d3f0ff3d5261"
    #expect(seal(nil, ["a"], "lossless") != asked)
  }

  @Test func aConflictIsSeenAndBothSidesAreKept() {
    let text = """
      lineage s
      1 A \(digest)
      <<<<<<< HEAD
      2 B \(digest)
      head \(digest) \(digest)
      ||||||| base
      head \(digest) \(digest)
      =======
      2 C \(digest)
      head \(digest) \(digest)
      >>>>>>> other
      """
    let sum = LineageSum(parsing: text)
    #expect(sum.conflictLines == [3, 6, 8, 11])
    #expect(sum.entries.map(\.name) == ["A", "B", "C"])
    #expect(sum.problems.isEmpty && !sum.isWhole)
  }

  @Test(arguments: [
    ("", [1]), ("1 A D", [1, 1]), ("lineage a\n0 A D", [2]), ("lineage a\nlineage b", [1]), ("lineage a b", [1, 1]),
    ("lineage a\nhead x", [2]), ("lineage a\nx", [2]),
  ])
  func whatCannotBeReadHasItsLine(_ text: String, _ lines: [Int]) {
    let found = LineageSum(parsing: text).problems.map { $0.line ?? 0 }
    #expect(found.sorted() == lines)
  }

  @Test func anIdStandsOnOneLineOnly() {
    let sum = LineageSum(parsing: "lineage a\n1 A \(digest)\n1 B \(digest)\n")
    #expect(sum.entries.count == 1)
    #expect(sum.problems.map(\.line) == [3])
  }

  @Test func retiredRowsReadBackAsTheyWereWritten() throws {
    let rows = [
      RetiredRow(
        id: 1, name: "It's", revision: 0, upgradeDigest: "d", downgrade: "DROP TABLE a;\nDROP TABLE \"b\"; -- 'x'\r\n",
        irreversible: nil, objects: "{\"added\":[\"table a\"]}", proof: "lossless"),
      RetiredRow(
        id: 2, name: "NUL\0", revision: 3, upgradeDigest: "e", downgrade: nil, irreversible: "why; not", objects: ""),
    ]
    #expect(try RetiredScript.read(RetiredScript.render(rows.reversed())) == rows)
    #expect(try RetiredScript.read(RetiredScript.render([])) == [])
  }

  @Test(arguments: [
    ("CREATE TABLE a(b)", 1), ("\nINSERT INTO other VALUES(1)", 2), ("INSERT INTO tidemark_retired DEFAULT VALUES", 1),
    ("\n\nATTACH 'x' AS y", 3), ("INSERT INTO tidemark_retired SELECT 1,'a',0,'d',load_extension('x'),'',''", 1),
    ("PRAGMA user_version = 3", 1), ("UPDATE tidemark_retired SET id = 1", 1),
  ])
  func nothingButInsertsOfRetiredRowsRuns(_ text: String, _ line: Int) {
    let error = #expect(throws: SchemaError.self) { try RetiredScript.read(text) }
    #expect(error?.code == .malformedRetired)
    #expect((error?.line ?? 1) == line)
  }
}
