// A project of migrations in a folder, as an author has it, and its files read back.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

/// A bench with a folder of migrations for `Builds.current`.
struct Project {
  let bench: Workbench
  var folder: String { bench.path("Migrations") }

  init() throws {
    bench = try Workbench()
    for step in Builds.steps {
      try bench.write(ProjectTests.source(step), to: "Migrations/V00\(step.id)_\(step.name).swift")
    }
  }

  func run(_ arguments: String..., lineage: Lineage = ProjectTests.built) async -> Ended {
    await TidemarkCommand.program(lineage: lineage).ended(
      arguments + ["--migrations", folder, "--store", bench.store])
  }

  /// The schema after the last migration, changed.
  func writeHead(_ replacing: [(String, String)] = [], adding: String = "") throws {
    var text = "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL, cron TEXT);\n"
    text += "CREATE INDEX jobs_by_name ON jobs(name);\n"
    for (old, new) in replacing {
      try #require(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    try bench.write(text + adding, to: "Migrations/head.sql")
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  /// The text of a property's literal in a migration's file, as the compiler would have it.
  func literal(_ property: String, of file: String) throws -> String {
    let text = try bench.read("Migrations/\(file)")
    let begin = try #require(text.range(of: "var \(property)"))
    let rest = text[begin.upperBound...]
    let open = try #require(rest.firstRange(of: /#*"""\n/))
    let fence = rest[open].prefix { $0 == "#" }
    let close = try #require(rest[open.upperBound...].range(of: "\n    \"\"\"\(fence)"))
    let lines = rest[open.upperBound..<close.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
    return try lines.map { line in
      try #require(line.isEmpty || line.hasPrefix("    "))
      return line.dropFirst(4)
    }.joined(separator: "\n")
  }
}
