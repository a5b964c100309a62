// With `--json` every verb prints one object and nothing else; programs rely on its keys.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

/// The keys that a command's object has; those that depend on what there is are not listed.
struct Shape: Sendable, CustomTestStringConvertible {
  var arguments: [String]
  var keys: Set<String>
  var lineage: Lineage = Builds.current

  var testDescription: String { arguments.joined(separator: " ") }
}

@Suite struct JSONShapeTests {
  static let shapes: [Shape] = [
    Shape(
      arguments: ["status"], keys: ["database", "status", "late", "isUnmanaged", "drift", "differences", "alterations"]),
    Shape(arguments: ["plan"], keys: ["subject", "plan", "lineage", "head", "notes", "drops"]),
    Shape(arguments: ["plan", "latest"], keys: ["subject", "plan", "lineage", "head", "notes", "drops"]),
    Shape(arguments: ["migrate"], keys: ["database", "report"]),
    Shape(arguments: ["migrate"], keys: ["database", "report"], lineage: Builds.newer),
    Shape(
      arguments: ["migrate", "--to", "1", "--dry-run"],
      keys: ["subject", "plan", "lineage", "head", "notes", "effects", "drops"]),
    Shape(arguments: ["redo"], keys: ["database", "report"]),
    Shape(
      arguments: ["redo", "--dry-run"], keys: ["subject", "plan", "lineage", "head", "notes", "effects", "drops"]),
    Shape(arguments: ["prune", "--attic"], keys: ["place", "isDryRun", "removed"]),
    Shape(
      arguments: ["snapshot"],
      keys: [
        "database", "path", "time", "size", "databaseSize", "ratio", "seconds", "attempts", "writersWaitedSeconds",
        "method", "check", "sealedTo", "parent", "blocks", "storedBlocks",
      ]),
    Shape(arguments: ["snapshots"], keys: ["store", "exists", "snapshots", "lineage"]),
    Shape(arguments: ["inspect"], keys: ["path", "kind", "size", "databaseSize", "manifest", "notes"]),
    Shape(arguments: ["inspect", "--sql", "SELECT 1 AS a"], keys: ["columns", "rows", "isCut"]),
    Shape(arguments: ["verify"], keys: ["snapshots", "damaged"]),
    Shape(arguments: ["prune", "--keep-last", "1"], keys: ["place", "isDryRun", "removed", "kept", "bytes"]),
    Shape(
      arguments: ["prune", "--previous", "--keep-last", "0"], keys: ["place", "isDryRun", "removed", "kept", "bytes"]),
    Shape(arguments: ["script", "--pending"], keys: ["sql", "warnings"]),
    Shape(arguments: ["script", "1", "3"], keys: ["sql", "warnings"]),
    Shape(arguments: ["schema"], keys: ["sql"]),
    Shape(arguments: ["schema", "--head"], keys: ["sql"]),
    Shape(arguments: ["schema", "latest"], keys: ["sql"]),
    Shape(arguments: ["restore"], keys: ["database", "report"]),
    Shape(
      arguments: ["restore", "--dry-run"],
      keys: ["database", "source", "kind", "size", "plan", "replaces", "notes", "drops"]),
    Shape(
      arguments: ["restore", "--as-is", "--dry-run"], keys: ["database", "source", "kind", "size", "replaces", "notes"]),
  ]

  @Test(arguments: shapes)
  func theObjectHasItsKeys(shape: Shape) async throws {
    let bench = try await Workbench().migrated()
    #expect(await bench.tool("snapshot").status == 0)
    let ended = await TidemarkCommand.program(lineage: shape.lineage).ended(
      shape.arguments + ["--json"],
      environment: ["TIDEMARK_DATABASE": bench.database, "TIDEMARK_STORE": bench.store])
    #expect(ended.status == 0)
    #expect(ended.error == "")
    #expect(Set(try ended.json().keys) == shape.keys)
  }

  @Test func aStatusRowSaysWhereAMigrationStands() async throws {
    let bench = try await Workbench().migrated()
    let json = try await bench.tool("status", "--json", lineage: Builds.newer).json()
    let status = try #require(json["status"] as? [String: Any])
    let rows = try #require(status["rows"] as? [[String: Any]])
    #expect(rows.map { $0["standing"] as? String } == ["applied", "applied", "applied", "pending", "pending"])
    #expect(rows.map { $0["id"] as? Int } == [1, 2, 3, 4, 5])
  }

  @Test func aPlanHasItsStepsWithTheirSQL() async throws {
    let bench = try await Workbench().migrated(by: Builds.newer)
    let json = try await bench.tool("plan", "--json").json()
    let plan = try #require(json["plan"] as? [String: Any])
    let steps = try #require(plan["steps"] as? [[String: Any]])
    #expect(steps.map { $0["kind"] as? String } == ["downgrade", "downgrade"])
    #expect(steps.map { $0["id"] as? Int } == [5, 4])
    #expect(steps.first?["sql"] as? String == "ALTER TABLE jobs DROP COLUMN tier")
  }

  @Test func valuesOfAQueryKeepTheirTypes() async throws {
    let bench = try await Workbench().migrated()
    await _ = bench.tool("snapshot")
    let query = "SELECT 1 AS i, 1.5 AS r, 'x' AS t, x'00ff' AS b, NULL AS n, 2 AS i"
    let json = try await bench.tool("inspect", "--sql", query, "--json").json()
    #expect(json["columns"] as? [String] == ["i", "r", "t", "b", "n", "i:2"])
    let row = try #require((json["rows"] as? [[String: Any]])?.first)
    #expect(row["i"] as? Int == 1)
    #expect(row["r"] as? Double == 1.5)
    #expect(row["t"] as? String == "x")
    #expect(row["b"] as? String == "x'00ff'")
    #expect(row["n"] is NSNull)
    #expect(row["i:2"] as? Int == 2)
  }
}
