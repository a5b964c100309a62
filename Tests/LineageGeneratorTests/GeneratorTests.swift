// The generator as the build runs it: the built program over folders of files, its messages at file and line, and what
// it writes.

import Foundation
import Testing

struct GeneratorTests {
  @Test func migrationsComeInTheOrderOfTheirIds() throws {
    let folder = try Folder()
    folder.write("V10_Ten.swift", "struct V10_Ten: Migration {}")
    folder.write("V002_Two.swift", "final class V002_Two: Migration {}")
    folder.write("Deeper/V20261120153000_Later_On.swift", "enum Other {}; public struct V20261120153000_Later_On {}")
    folder.write("Helper.swift", "struct V3 {}; enum Version2_Format {}; let v1_a = V10_Ten(); extension V002_Two {}")
    folder.write("V12.swift", "")
    let run = try folder.generate()
    #expect(run.messages == [])
    #expect(run.status == 0)
    let lines = try #require(run.output).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.filter { $0.hasSuffix("(),") } == ["V002_Two(),", "V10_Ten(),", "V20261120153000_Later_On(),"])
    #expect(lines.contains("name: \"app\","))
    #expect(lines.contains("public import Tidemark"))
    #expect(lines.contains("baseline: nil,"))
    #expect(lines.contains("head: nil,"))
  }

  @Test func aPackageWithoutFilesHasAnEmptyLineage() throws {
    let run = try Folder().generate()
    #expect(run.status == 0)
    #expect(run.output?.contains("migrations: []") == true)
    #expect(run.output?.contains("sources: [:]") == true)
  }

  @Test func aProofWhoseSealDoesNotHoldIsLeftOut() throws {
    let folder = try Folder()
    folder.write("V1_A.swift", "struct V1_A {}")
    folder.write("lineage.sum", "lineage s\n1 A \(zeros) lossless:\(zeros)\n")
    let run = try folder.generate()
    #expect(run.status == 0)
    #expect(run.output?.contains("proofs: [:]") == true)
  }

  /// The files of a case, and the messages with their folder left out.
  @Test(arguments: [
    Case(
      "an id twice", ["V1_A.swift": "struct V1_A {}", "V01_B.swift": "struct V01_B {}"],
      fails: ["V1_A.swift:1:1: error: id 1 is taken twice: also by V01_B.swift"]),
    Case(
      "no such type", ["V1_A.swift": "struct V1_B {}"],
      fails: ["V1_A.swift:1:1: error: the file's name promises a type V1_A, but the file declares none"]),
    Case(
      "the type only in comments and strings",
      [
        "V1_A.swift": "// struct V1_A {}\n/* /* struct V1_A */ */ let s = \"struct V1_A\", t = #\"\"struct V1_A \"#\n"
          + "let u = \"\"\"\n  struct V1_A \\(\"struct V1_A\")\n  \"\"\""
      ],
      fails: ["V1_A.swift:1:1: error: the file's name promises a type V1_A, but the file declares none"]),
    Case(
      "a migration in a file of another name", ["Other.swift": "import Tidemark\n\nstruct V006_B: Migration {}"],
      fails: ["Other.swift:3:1: error: V006_B \(leftOut), V006_B.swift, \(oneAFile)"]),
    Case(
      "two migrations in one file", ["V006_A.swift": "struct V006_A {}\n/* \n */ struct V007_B: Migration {}"],
      fails: ["V006_A.swift:3:1: error: V007_B \(leftOut), V007_B.swift, \(oneAFile)"]),
    Case(
      "a migration's type in lower case", ["Other.swift": "struct v006_b: Migration {}"],
      fails: ["Other.swift:1:1: error: v006_b \(leftOut), V006_b.swift, \(oneAFile)"]),
    Case(
      "a migration's file in lower case", ["v006_b.swift": "struct V006_b: Migration {}"],
      fails: ["v006_b.swift:1:1: error: a migration's file and its type begin with a capital V: V006_b.swift"]),
    Case(
      "id zero", ["V0_A.swift": "struct V0_A {}"],
      fails: ["V0_A.swift:1:1: error: 0 is no id: ids go from 1 to 9223372036854775807"]),
    Case(
      "an id too great", ["V9223372036854775808_A.swift": "struct V9223372036854775808_A {}"],
      fails: [
        "V9223372036854775808_A.swift:1:1: error: 9223372036854775808 is no id: ids go from 1 to 9223372036854775807"
      ]),
    Case(
      "a listed file that is gone", ["lineage.sum": "lineage s\n3 Gone \(zeros)\n"],
      fails: [
        "lineage.sum:2:1: error: the file of 3 Gone is gone; bring it back, or take the line out if it was never released"
      ]),
    Case(
      "a broken schema.sql", ["schema.sql": "CREATE TABLE a(b);\n\nCREATE TABL c(d);"],
      fails: ["schema.sql:3:1: error: schema.sql does not run: near \"TABL\": syntax error"]),
    Case(
      "a conflict in schema.sql", ["schema.sql": "CREATE TABLE a(b);\n<<<<<<< HEAD\n=======\n>>>>>>> x\n"],
      fails: ["schema.sql:2:1: error: a merge conflict is to be resolved first"]),
    Case(
      "retired without schema", ["retired.sql": ""],
      fails: ["retired.sql:1:1: error: there are retired migrations but no schema.sql that holds what they made"]),
    Case(
      "a broken retired.sql", ["schema.sql": "", "retired.sql": "\nINSERT INTO tidemark_retired(nr) VALUES(1)"],
      fails: ["retired.sql:2:1: error: table tidemark_retired has no column named nr; \(retiredHint)"]),
    Case(
      "retired.sql that does something else", ["schema.sql": "", "retired.sql": "\n\nDELETE FROM tidemark_retired"],
      fails: ["retired.sql:3:1: error: not authorized; \(retiredHint)"]),
    Case(
      "retired and still there",
      [
        "schema.sql": "", "V1_A.swift": "struct V1_A {}",
        "retired.sql": "INSERT INTO tidemark_retired VALUES(1, 'A', 0, 'd', NULL, NULL, '{}')",
      ],
      fails: ["V1_A.swift:1:1: error: id 1 is retired in retired.sql: the file or the row has to go"]),
    Case(
      "a file that is no text", ["V1_A.swift": "\u{1}BINARY"],
      fails: ["V1_A.swift:2:1: error: V1_A.swift is not UTF-8"]),
    Case(
      "a sum that lags",
      [
        "V1_A.swift": "struct V1_A {}", "V2_B.swift": "struct V2_B {}", "V3_C.swift": "struct V3_C {}",
        "lineage.sum": "lineage s\n1 A \(zeros)\n2 Other \(zeros)\n",
      ],
      warns: [
        "lineage.sum:2:1: warning: 1 A was edited since this line was written; \(mend)",
        "lineage.sum:3:1: warning: 2 is Other here and B by its file; \(mend)",
        "lineage.sum:1:1: warning: 3 C is not listed; \(mend)",
      ]),
    Case(
      "a conflict in the sum",
      [
        "lineage.sum": "lineage s\n<<<<<<< HEAD\n1 A \(zeros)\n=======\n1 B \(zeros)\n>>>>>>> other\n",
        "head.sql": "CREATE TABLE a(b);",
      ],
      warns: ["lineage.sum:2:1: warning: the sum holds a merge conflict and is left out of account"]),
    Case(
      "a sum that cannot be read", ["lineage.sum": "lineage s\n1 A\nhead x y\n"],
      warns: [
        "lineage.sum:2:1: warning: a line is 'ID NAME DIGEST' or 'ID NAME DIGEST VERDICT:SEAL', digest and seal of 64 hexadecimal digits; the sum is left out of account; \(mend)",
        "lineage.sum:3:1: warning: a head line is 'head LOOSE EXACT', each of 64 hexadecimal digits; the sum is left out of account; \(mend)",
      ]),
    Case(
      "a sum that is no text", ["V1_A.swift": "struct V1_A {}", "lineage.sum": "\u{1}BINARY"],
      warns: [
        "lineage.sum:1:1: warning: a line is 'ID NAME DIGEST' or 'ID NAME DIGEST VERDICT:SEAL', digest and seal of 64 hexadecimal digits; the sum is left out of account; \(mend)",
        "lineage.sum:2:1: warning: it is not UTF-8; the sum is left out of account; \(mend)",
        "lineage.sum:1:1: warning: the first line is to be 'lineage NAME'; the sum is left out of account; \(mend)",
        "lineage.sum:1:1: warning: until it says 'lineage NAME', the lineage is named app, like the package",
        "lineage.sum:1:1: warning: 1 A is not listed; \(mend)",
      ]),
    Case(
      "a head that is no text", ["head.sql": "\u{1}BINARY", "lineage.sum": "lineage s\n"],
      warns: [
        "head.sql:2:1: warning: head.sql is not UTF-8; it is left out of account until it is saved as UTF-8"
      ]),
    Case(
      "a head that nothing vouches for", ["head.sql": "CREATE TABLE a(b);"],
      warns: ["head.sql:1:1: warning: there is no lineage.sum that vouches for it; it is left out of account"]),
    Case(
      "a head that lags", ["head.sql": "CREATE TABLE a(b);", "lineage.sum": "lineage s\nhead \(zeros) \(zeros)\n"],
      warns: ["lineage.sum:2:1: warning: its head is not what head.sql makes, which is left out of account; \(mend)"]),
    Case(
      "a head line without a head", ["lineage.sum": "lineage s\nhead \(zeros) \(zeros)\n"],
      warns: ["lineage.sum:2:1: warning: there is a head line but no head.sql; \(mend)"]),
    Case(
      "a conflict in the head", ["head.sql": "<<<<<<< HEAD\n", "lineage.sum": "lineage s\n"],
      warns: ["head.sql:1:1: warning: the head holds a merge conflict and is left out of account"]),
    Case(
      "a broken head", ["head.sql": "\nCREATE", "lineage.sum": "lineage s\n"],
      warns: ["head.sql:2:1: warning: head.sql does not run and is left out of account: incomplete input"]),
    Case(
      "a sum that lists a retired one",
      [
        "schema.sql": "", "retired.sql": "INSERT INTO tidemark_retired VALUES(1, 'A', 0, 'd', NULL, NULL, '{}')",
        "lineage.sum": "lineage s\n1 A \(zeros)\n",
      ],
      warns: ["lineage.sum:2:1: warning: 1 A is retired; \(mend)"]),
  ])
  func whatIsWrongIsSaidAtItsLine(_ example: Case) throws {
    let folder = try Folder()
    for (name, text) in example.files {
      if text == "\u{1}BINARY" { folder.write(name, Data([0x61, 0x0A, 0xFF, 0x0A])) } else { folder.write(name, text) }
    }
    let run = try folder.generate()
    #expect(run.messages == example.messages)
    #expect(run.status == (example.isFailure ? 1 : 0))
    #expect((run.output == nil) == example.isFailure)
    if !example.isFailure { #expect(run.output?.contains("head: nil") == true) }
  }

  @Test func theSumStatesTheNameAndVouchesForTheHead() throws {
    let folder = try Folder()
    folder.write("head.sql", "CREATE TABLE a(b);\n")
    folder.write("lineage.sum", "lineage scheduler\nhead \(known) \(known)\n")
    let run = try folder.generate()
    #expect(run.messages == [])
    #expect(run.output?.contains("name: \"scheduler\"") == true)
    #expect(run.output?.contains("head: #\"\"\"\nCREATE TABLE a(b);\n\n\"\"\"#") == true)
  }

  @Test func aConflictedSumStillNamesTheLineage() throws {
    let folder = try Folder()
    folder.write("lineage.sum", "lineage scheduler\n<<<<<<< a\n1 A \(zeros)\n=======\n>>>>>>> b\n")
    #expect(try folder.generate().output?.contains("name: \"scheduler\"") == true)
  }

  @Test func baselineCarriesSchemaAndRetired() throws {
    let folder = try Folder()
    folder.write("schema.sql", "CREATE TABLE a(b);\nINSERT INTO a VALUES('\"\"\"# \\(x)');\n")
    folder.write(
      "retired.sql",
      "INSERT INTO tidemark_retired VALUES(2, 'B', 1, 'd', NULL, 'it''s gone', '{\"added\":[]}'), (1, 'A', 0, 'c', 'DROP', NULL, '')"
    )
    let output = try #require(try folder.generate().output)
    #expect(
      output.contains(
        "Baseline(schema: ##\"\"\"\nCREATE TABLE a(b);\nINSERT INTO a VALUES('\"\"\"# \\(x)');\n\n\"\"\"##"))
    let first =
      "RetiredMigration(id: 1, name: \"A\", revision: 0, upgradeDigest: \"c\", downgrade: \"DROP\", irreversible: nil, objects: \"\")"
    let second =
      "RetiredMigration(id: 2, name: \"B\", revision: 1, upgradeDigest: \"d\", downgrade: nil, irreversible: \"it's gone\", objects: #\"{\"added\":[]}\"#)"
    let places = (output.range(of: first)?.lowerBound, output.range(of: second)?.lowerBound)
    #expect(places.0 != nil && places.1 != nil && places.0.map { first in places.1.map { first < $0 } == true } == true)
  }

  @Test func aRetiredEntryKeepsItsVerdict() throws {
    let folder = try Folder()
    folder.write("schema.sql", "CREATE TABLE a(b);\n")
    folder.write(
      "retired.sql", "INSERT INTO tidemark_retired VALUES(1, 'A', 0, 'c', 'DROP', NULL, '', 'lossless with attic')")
    #expect(try folder.generate().output?.contains("objects: \"\", proof: \"lossless with attic\")") == true)
  }

  @Test func theResultIsLeftAloneWhenItSaysTheSame() throws {
    let folder = try Folder()
    folder.write("V1_A.swift", "struct V1_A {}")
    _ = try folder.generate()
    let before = try folder.outputStamp()
    folder.write("V1_A.swift", "// a comment\nstruct  V1_A  {\n}\n")
    #expect(try folder.generate().status == 0)
    #expect(try folder.outputStamp() == before)
    folder.write("V1_A.swift", "struct V1_A { let a = 1 }")
    _ = try folder.generate()
    #expect(try folder.outputStamp() != before)
  }

  @Test func aSchemaAboveIsUsedAndTurnsTheStampAtEachRun() throws {
    let folder = try Folder()
    #expect(try folder.generate(above: true).output?.contains("baseline: nil") == true)
    #expect(folder.stamp == nil)
    folder.write("schema.sql", "CREATE TABLE a(b);")
    let run = try folder.generate(above: true)
    #expect(run.status == 0 && run.messages.isEmpty)
    #expect(run.output?.contains("Baseline(schema: \"CREATE TABLE a(b);\"") == true)
    let first = folder.stamp
    _ = try folder.generate(above: true)
    #expect(first != nil && folder.stamp != nil && folder.stamp != first)
  }

  @Test func aBrokenSchemaAboveFailsAndStillTurnsTheStamp() throws {
    let folder = try Folder()
    folder.write("schema.sql", "CREATE TABL a(b);")
    let run = try folder.generate(above: true)
    #expect(run.status == 1 && run.messages.first?.hasPrefix("schema.sql:1:1: error: schema.sql does not run") == true)
    #expect(folder.stamp != nil)
  }
}

private let zeros = String(repeating: "0", count: 64)
private let mend = "'tidemark schema --write' brings it up to date"
private let leftOut =
  "is named like a migration and would be left out of the lineage: a migration stands in a file of its name"
private let oneAFile = "one a file; another type needs another name"
private let retiredHint = "it holds INSERT statements into tidemark_retired and nothing else"
/// The fingerprint of `CREATE TABLE a(b)`, of either kind.
private let known = "d61124902a1d64b7e81a99a219464d17c4853193759c3f08278b8192916094d7"

/// Files and the messages they are to give.
struct Case: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let files: [String: String]
  let messages: [String]
  let isFailure: Bool

  init(_ name: String, _ files: [String: String], fails: [String] = [], warns: [String] = []) {
    testDescription = name
    self.files = files
    messages = fails + warns
    isFailure = !fails.isEmpty
  }
}
