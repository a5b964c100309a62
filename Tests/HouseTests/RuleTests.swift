// The rules themselves: each finds what it is for, at its line, and leaves alone what only looks like it.
import Testing

@Suite struct RuleTests {
  static let opening = "// What this file is for, in a sentence.\n"
  static let long = (0..<60).map { "  line(\($0))\n" }.joined()

  /// The rule, a text, and the lines that break it.
  static let samples: [(Rule, String, [Int])] = [
    (.comment, "import Glibc\n", [1]), (.comment, "// x\n", [1]), (.comment, opening, []),
    (.length, String(repeating: "a\n", count: 400), [1]), (.length, String(repeating: "a\n", count: 399), []),
    (.functions, "func long() {\n\(long)}\nfunc short() {\n}\n", [1]),
    (.functions, "  public init(\n    a: Int\n  ) {\n\(long)}\n", [1]),
    (.functions, "protocol P {\n  func a(_ b: Int)\n  func c() -> Int\n}\nstruct S {\n\(long)}\n", []),
    (.functions, "func a(b: () -> Void = {}) {\n  \"}\"\n}\n\(long)", []),
    (.forbidden, "let a = try! b()\n", [1]), (.forbidden, "fatalError(\"a\")\n", [1]),
    (.forbidden, "let a = b as! C\n", [1]),
    (.forbidden, "// try! is not allowed\nlet a = \"try! and fatalError(\"\nlet b = c as? D\n", []),
    (.forbidden, "let a = \"\\(try! b())\"\nlet c = try! d()\n", [2]),
    (
      .forbidden, "let a = #\"a \"try!\" b\"#\n/* as! */ let b = \"\"\"\n  as! \"quoted\" \\(\"x\")\n  \"\"\"\nas! C\n",
      [5]
    ),
    (.unchecked, "\nstruct A: @unchecked Sendable {}\n", [2]),
    (.unchecked, "// one thread at a time\nstruct A: @unchecked Sendable {}\n", []),
    (.unchecked, "\nnonisolated(unsafe) var a = 1  // set before threads start\n", []),
    (.marks, "// TO" + "DO: later\n", [1]), (.marks, "// to do\n", []),
    (.machine, "let a = \"/ho" + "me/somebody/x\"\n", [1]), (.machine, "let a = \"/usr/bin/env\"\n", []),
    (.machine, "let a = \"\\(root)/wo" + "rk/x\"\n", []),
    (.pointers, "func a(_ b: UnsafePointer<Int>) {}\n", [1]), (.pointers, "// UnsafePointer\n", []),
    (.foundation, "import Foundation\n", [1]), (.foundation, "internal import Foundation\n", [1]),
    (
      .foundation,
      "#if canImport(FoundationEssentials)\n  import FoundationEssentials\n#else\n  import Foundation\n#endif\n", []
    ),
    (.foundation, "#if canImport(FoundationEssentials)\nimport FoundationEssentials\n#endif\nimport Foundation\n", [4]),
    (.documented, "public struct A {}\n", [1]), (.documented, "/// It.\n@frozen\npublic struct A {}\n", []),
    (.documented, "/// It.\nstruct A {\n  public static let b = 1\n}\n", [3]),
    (.documented, "public import Glibc\npublic extension A {}\nstruct B {}\n", []),
    (.documented, "  @discardableResult public func a() -> Int { 1 }\n", [1]),
    (.documented, "/// It.\n@discardableResult\npublic func a() -> Int { 1 }\n", []),
    (.documented, "  public private(set) var a = 1\n", [1]),
    (
      .documented, "struct F: FileSystem {\n  public func unlink(_ path: String) throws {}\n  public func a() {}\n}\n",
      [3]
    ),
  ]

  @Test(arguments: samples.indices)
  func aRuleFindsWhatItIsFor(_ index: Int) {
    let (rule, text, lines) = Self.samples[index]
    let file = SourceFile(path: "Sources/Tidemark/Sample.swift", text: text)
    #expect(rule.check(file).map(\.line) == lines, "\(rule): \(text)")
  }

  @Test func everyRuleIsTriedOnABadSample() {
    let tried = Set(Self.samples.filter { !$0.2.isEmpty }.map(\.0.name))
    #expect(tried == Set((Rule.everywhere + Rule.sources).map(\.name)))
  }

  @Test(arguments: [
    ("TidemarkSchema", "internal import TidemarkSnapshots\n", [1]),
    (
      "TidemarkSchema", "// import TidemarkSnapshots\n\npublic import TidemarkSQLite\n@preconcurrency import Glibc\n",
      []
    ),
    ("TidemarkSQLite", "import struct TidemarkSchema.Schema\n", [1]),
    ("TidemarkSnapshots", "import TidemarkMigrations\nimport TidemarkSchema\n", [1, 2]),
    ("TidemarkCommands", "internal import TidemarkSQLite\n", [1]),
    ("TidemarkCommands", "import Testing\n", [1]), ("TidemarkTesting", "public import Testing\n", []),
    ("Scheduler", "import Dispatch\n", [1]),
  ])
  func anImportFromAboveIsFound(_ name: String, _ text: String, _ lines: [Int]) throws {
    let floor = try #require(House.floors.first { $0.name == name })
    let file = SourceFile(path: "\(floor.folder)/Sample.swift", text: text)
    #expect(HouseTests.imports(of: floor, in: file).map(\.line) == lines)
  }

  @Test func pointersAreFoundByFloor() {
    let text = "let a: UnsafePointer<Int>\n"
    for (path, count) in [
      ("Sources/TidemarkSQLite/A.swift", 0), ("Sources/TidemarkSnapshots/Store/A.swift", 0),
      ("Sources/TidemarkSchema/A.swift", 1), ("Sources/TidemarkSQLiteOther/A.swift", 1),
    ] {
      #expect(Rule.pointers.check(SourceFile(path: path, text: text)).count == count, "\(path)")
    }
  }
}
