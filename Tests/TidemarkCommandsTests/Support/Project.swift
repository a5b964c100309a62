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

  /// A folder of migrations whose files say what the steps do, with `remarks` above the type of the last.
  init(_ steps: [Step], remarks: String = "", insideUpgrade: String = "") throws {
    bench = try Workbench()
    for step in steps {
      let isLast = step.id == steps.last?.id
      try bench.write(
        Self.source(step, remarks: isLast ? remarks : "", insideUpgrade: isLast ? insideUpgrade : ""),
        to: "Migrations/\(Self.type(step)).swift")
    }
  }

  static func type(_ step: any Migration) -> String {
    "V\(String(repeating: "0", count: max(0, 3 - step.id.description.count)))\(step.id)_\(step.name)"
  }

  /// A migration's file; the upgrade's SQL begins on the line 5 and the downgrade's behind it, without remarks.
  static func source(_ step: Step, remarks: String = "", insideUpgrade: String = "") -> String {
    func literal(_ sql: String) -> String {
      let lines = sql.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    " + $0 }
      return "    \"\"\"\n\(lines.joined(separator: "\n"))\n    \"\"\"\n"
    }
    var text = "import Tidemark\n\(remarks)struct \(type(step)): Migration {\n\(insideUpgrade)"
    text += "  var upgrade: Upgrade {\n\(literal(step.upgrade.sqlText ?? ""))  }\n"
    if let reason = step.downgrade.reason {
      text += "  var downgrade: Downgrade { .irreversible(\"\(reason)\") }\n"
    } else if let sql = step.downgrade.sql {
      text += "  var downgrade: Downgrade {\n\(literal(sql))  }\n"
    }
    return text + "}\n"
  }

  /// The lineage as the plugin makes it of the files that are there.
  func built(_ steps: [any Migration]) throws -> Lineage {
    let sources = try steps.map { step in
      (step.id, SwiftTokens.digest(of: try bench.read("Migrations/\(Self.type(step)).swift")))
    }
    return Lineage(
      name: "shop", migrations: steps, baseline: nil, head: nil, sources: Dictionary(uniqueKeysWithValues: sources))
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

extension Upgrade {
  /// The text of an upgrade that is only that.
  var sqlText: String? {
    guard parts.count == 1, case .sql(let text) = parts[0] else { return nil }
    return text
  }
}
