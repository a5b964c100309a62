// A folder of one test's own with a database, a store and small lineages of several builds, and the tool run on them
// in-process.

import Foundation
import Testing
import Tidemark
import TidemarkCommands

/// A migration stated in full.
struct Step: Migration {
  var id: MigrationID
  var name: String
  var revision = 0
  var upgrade: Upgrade
  var downgrade: Downgrade
}

/// What several builds of one service know.
enum Builds {
  static let steps: [any Migration] = [
    Step(
      id: 1, name: "CreateJobs", upgrade: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
      downgrade: "DROP TABLE jobs"),
    Step(
      id: 2, name: "AddCron", upgrade: "ALTER TABLE jobs ADD COLUMN cron TEXT; -- when",
      downgrade: "ALTER TABLE jobs DROP COLUMN cron"),
    Step(
      id: 3, name: "IndexJobs", upgrade: "CREATE INDEX jobs_by_name ON jobs(name) -- by name",
      downgrade: "DROP INDEX jobs_by_name"),
  ]
  static let newerSteps: [any Migration] = [
    Step(
      id: 4, name: "CreateTasks",
      upgrade: "CREATE TABLE tasks(id INTEGER PRIMARY KEY); INSERT INTO jobs(name) VALUES ('from 4')",
      downgrade: "DELETE FROM jobs WHERE name = 'from 4'; DROP TABLE tasks"),
    Step(
      id: 5, name: "AddTier", upgrade: "ALTER TABLE jobs ADD COLUMN tier TEXT NOT NULL DEFAULT 'batch'",
      downgrade: "ALTER TABLE jobs DROP COLUMN tier"),
  ]

  static let current = Lineage(name: "shop", migrations: steps)
  static let newer = Lineage(name: "shop", migrations: steps + newerSteps)
  static let other = Lineage(name: "bakery", migrations: steps)
  static let edited = Lineage(
    name: "shop",
    migrations: [
      Step(
        id: 1, name: "CreateJobs", upgrade: "CREATE TABLE jobs(id INTEGER PRIMARY KEY, name TEXT)",
        downgrade: "DROP TABLE jobs")
    ] + steps.dropFirst())
  static let late = Lineage(
    name: "shop",
    migrations: steps.filter { $0.id != 2 })
  static let irreversible = Lineage(
    name: "shop",
    migrations: steps + [
      Step(id: 4, name: "Forget", upgrade: "DELETE FROM jobs", downgrade: .irreversible("the rows are gone"))
    ])
  static let idle = Lineage(
    name: "shop",
    migrations: steps + [
      Step(id: 4, name: "Leave", upgrade: "CREATE TABLE left(a)", downgrade: "DROP TABLE left")
    ])
  static let stuck = Lineage(
    name: "shop",
    migrations: steps + [
      Step(id: 4, name: "Stay", upgrade: "CREATE TABLE stays(a)", downgrade: "SELECT 1")
    ])
  static let failing = Lineage(
    name: "shop",
    migrations: steps + [
      Step(
        id: 4, name: "Stumble", upgrade: "CREATE TABLE a(b);\nCREATE TABLE c(d);\nINSERT INTO nowhere VALUES (1)",
        downgrade: "DROP TABLE a")
    ])
  static let withCode = Lineage(
    name: "shop",
    migrations: steps + [
      Step(
        id: 4, name: "Fill", upgrade: .run { try $0.execute("UPDATE jobs SET cron = 'x'") }, downgrade: "SELECT 1"),
      Step(
        id: 5, name: "Backfill",
        upgrade: .batched(
          table: "jobs", key: "id", "UPDATE jobs SET cron = 'batched' WHERE id BETWEEN :first AND :last -- all"),
        downgrade: ""),
    ])
}

/// A folder that goes with the test.
final class Workbench: Sendable {
  let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-verbs-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var database: String { path("jobs.db") }
  var store: String { path("Snapshots") }

  func path(_ name: String) -> String { folder + "/" + name }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
  func write(_ text: String, to name: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }
  func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  /// The ids of the store, oldest first.
  func snapshots() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: store).filter { $0.hasSuffix(".lz4") }.sorted()
  }

  /// Runs the tool on this bench's database and store.
  func tool(
    _ arguments: String..., lineage: Lineage = Builds.current, environment: [String: String] = [:],
    columns: Int? = nil, interruption: Interruption = Interruption()
  ) async -> Ended {
    await tool(
      arguments, lineage: lineage, environment: environment, columns: columns, interruption: interruption)
  }

  /// The same with arguments that are put together.
  func tool(
    _ arguments: [String], lineage: Lineage = Builds.current, environment: [String: String] = [:],
    columns: Int? = nil, interruption: Interruption = Interruption()
  ) async -> Ended {
    let variables = environment.merging(["TIDEMARK_DATABASE": database, "TIDEMARK_STORE": store]) { given, _ in given }
    return await TidemarkCommand.program(lineage: lineage).ended(
      arguments, environment: variables, outputIsTerminal: columns != nil, columns: columns, interruption: interruption)
  }

  /// The database as a build leaves it.
  @discardableResult
  func migrated(by lineage: Lineage = Builds.current) async throws -> Workbench {
    let ended = await tool("migrate", "--create", lineage: lineage)
    try #require(ended.status == 0, "\(ended.error)")
    return self
  }

  /// Runs SQL on the database, as an operator would.
  func execute(_ sql: String) throws {
    let connection = try Connection(path: database, mode: .create)
    try connection.execute(sql)
    try connection.close()
  }

  func value(_ sql: String) throws -> String? {
    let connection = try Connection(path: database, mode: .readOnly)
    let value: String? = try connection.value("SELECT CAST((\(sql)) AS TEXT)", as: String?.self).flatMap { $0 }
    try connection.close()
    return value
  }

  /// What `sh -c` makes of a script in this folder.
  func shell(_ script: String) async throws -> Ended { try await Tool.shell("cd '\(folder)' && \(script)") }
}

extension Ended {
  /// The code of the error that standard output tells as JSON.
  func errorCode() throws -> String {
    let error = try #require(try json()["error"] as? [String: Any])
    return try #require(error["code"] as? String)
  }
}
