// The sources held against the house's table and rules. A breach is told with file and line.
import Foundation
import Testing

@Suite struct HouseTests {
  static let sourceFolders = ["Sources", "Migrations", "Plugins", "Benchmarks"]

  @Test(arguments: House.floors)
  func aFloorImportsOnlyFromBelow(_ floor: House.Floor) throws {
    let files = try SourceFile.all(in: floor.folder)
    #expect(!files.isEmpty, "\(floor.folder) holds no Swift")
    let breaches = files.flatMap { Self.imports(of: floor, in: $0) }
    #expect(breaches.isEmpty, "\(Self.list(breaches))")
  }

  @Test(arguments: Rule.everywhere)
  func everyFileKeeps(_ rule: Rule) throws {
    let breaches = try SourceFile.all(in: "Sources", "Migrations", "Plugins", "Benchmarks", "Tests").flatMap(rule.check)
    #expect(breaches.isEmpty, "\(Self.list(breaches))")
  }

  @Test(arguments: Rule.sources)
  func everySourceKeeps(_ rule: Rule) throws {
    let breaches = try SourceFile.all(in: "Sources", "Migrations", "Benchmarks").flatMap(rule.check)
    #expect(breaches.isEmpty, "\(Self.list(breaches))")
  }

  @Test func everyTargetHasItsRowInTheTable() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: SourceFile.root + "Sources")
      .filter { !$0.hasPrefix(".") }
    let known = House.floors.map(\.folder).filter { $0.hasPrefix("Sources/") }.map { String($0.dropFirst(8)) }
    #expect(Set(folders) == Set(known + House.shims))
  }

  @Test(arguments: House.shims)
  func aShimIsOneModuleMapAndOneHeader(_ shim: String) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: SourceFile.root + "Sources/\(shim)")
    #expect(files.sorted() == ["module.modulemap", "shim.h"])
  }

  @Test func exceptionsAreStillNeeded() throws {
    for path in House.unsafeFiles.keys {
      let text = try String(contentsOf: URL(filePath: SourceFile.root + path), encoding: .utf8)
      let elsewhere = SourceFile(path: "Sources/Tidemark/Elsewhere.swift", text: text)
      #expect(!Rule.pointers.check(elsewhere).isEmpty, "\(path) needs no exception any more")
    }
  }

  @Test func scriptsCanBeRunAndStopAtTheFirstFailure() throws {
    let folder = SourceFile.root + "Scripts"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) + ["../.ci/run"] {
      let path = folder + "/" + name
      #expect(FileManager.default.isExecutableFile(atPath: path), "\(name) cannot be run")
      let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
      let isGuarded =
        text.contains("\nset -euo pipefail\n") || text.hasPrefix("#!/bin/sh") && text.contains("\nset -eu\n")
      #expect(isGuarded, "\(name) goes on after a failure")
      let file = SourceFile(path: "Scripts/\(name)", text: text)
      #expect(Rule.machine.check(file).isEmpty)
    }
  }

  /// The lines of a file that import what its floor may not.
  static func imports(of floor: House.Floor, in file: SourceFile) -> [Breach] {
    file.code.indices.compactMap { index in
      guard let module = Rule.importedModule(file.code[index]) else { return nil }
      var allowed = floor.mayImport.union(House.system).union(["Foundation"])
      if floor.name == "TidemarkTesting" { allowed.formUnion(House.testing) }
      if allowed.contains(module) { return nil }
      return Breach(path: file.path, line: index + 1, words: "\(floor.name) may not import \(module)")
    }
  }

  static func list(_ breaches: [Breach]) -> String {
    "\n" + breaches.map(\.description).joined(separator: "\n")
  }
}
