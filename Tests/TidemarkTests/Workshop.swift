// What the tests of the face share: a folder with a database and a store, and small lineages.
import Foundation
import TestProcesses
import Tidemark

/// A migration whose every part is stated.
struct Change: Migration {
  var id: MigrationID
  var name: String
  var upgrade: Upgrade
  var downgrade: Downgrade

  init(_ id: MigrationID, _ name: String = "Change", up: Upgrade, down: Downgrade) {
    self.id = id
    self.name = name
    upgrade = up
    downgrade = down
  }
}

/// Tables t1, t2, … one a migration.
func tables(_ ids: MigrationID...) -> Lineage {
  Lineage(
    name: "test",
    migrations: ids.map {
      Change($0, "Table\($0)", up: "CREATE TABLE t\($0.rawValue)(a)", down: "DROP TABLE t\($0.rawValue)")
    })
}

/// A folder that goes with the test.
final class Workshop: Sendable {
  let folder: String
  var path: String { folder + "/service.db" }
  var store: SnapshotStore { SnapshotStore(folder + "/Snapshots") }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func database(_ lineage: Lineage, _ options: ManagedDatabase.Options = .init(build: "test", lockTimeout: .zero))
    -> ManagedDatabase
  {
    ManagedDatabase(path, lineage: lineage, store: store, options: options)
  }

  /// A snapshot of a database at a lineage, with a row in every table.
  func snapshot(of lineage: Lineage, mode: String = "WAL", proves: Bool = true) throws -> String {
    let other = folder + "/" + UUID().uuidString + ".db"
    let managed = ManagedDatabase(other, lineage: lineage, options: .init(proves: proves))
    try managed.migrate()
    let connection = try Connection(path: other)
    try connection.execute("PRAGMA journal_mode = \(mode)")
    for object in try Schema.read(from: connection).objects where object.type == .table {
      try connection.execute("INSERT INTO \(SQL.quote(object.name)) VALUES('of the snapshot')")
    }
    try managed.snapshot(to: other + ".sqlite.lz4")
    try connection.close()
    return other + ".sqlite.lz4"
  }

  func value<T: Readable>(_ sql: String, as type: T.Type = T.self) throws -> T? {
    let connection = try Connection(path: path)
    defer { try? connection.close() }
    return try connection.value(sql)
  }

  func execute(_ sql: String) throws {
    let connection = try Connection(path: path)
    try connection.execute(sql)
    try connection.close()
  }

  func tables() throws -> [String] {
    let connection = try Connection(path: path)
    defer { try? connection.close() }
    return try Schema.read(from: connection).objects.filter { $0.type == .table }.map(\.name).sorted()
  }

  /// The names in the folder that are not there for a reason.
  func litter() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasPrefix("service.db-") && !$0.hasSuffix(".lock") || $0.contains("restore") }.sorted()
  }

  /// Runs a program and returns what it prints.
  @discardableResult
  func run(_ command: String) throws -> String {
    try TestProcesses.run("/bin/sh", ["-c", command], folder: folder).output
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
