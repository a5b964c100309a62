// What the tests of this floor share: migrations as values, databases in files that go with the test.
import Foundation
import TidemarkMigrations
import TidemarkSQLite
import TidemarkSchema

/// A migration whose every part is stated.
struct Change: Migration {
  var id: MigrationID
  var name: String
  var revision = 0
  var upgrade: Upgrade
  var downgrade: Downgrade

  init(_ id: MigrationID, _ name: String = "Change", revision: Int = 0, up: Upgrade, down: Downgrade) {
    self.id = id
    self.name = name
    self.revision = revision
    upgrade = up
    downgrade = down
  }
}

/// A table named after the id, with an index on it.
func table(_ id: MigrationID) -> Change {
  Change(
    id, "Table\(id)", up: "CREATE TABLE t\(id.rawValue)(a, b); CREATE INDEX i\(id.rawValue) ON t\(id.rawValue)(a)",
    down: "DROP TABLE t\(id.rawValue)")
}

func lineage(_ migrations: any Migration...) -> Lineage { Lineage(name: "test", migrations: migrations) }
func tables(_ ids: MigrationID...) -> Lineage { Lineage(name: "test", migrations: ids.map(table)) }

/// A database file in a folder of its own.
final class Scratch {
  let folder: String
  var path: String { folder + "/test.db" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func open() throws -> Connection { try Connection(path: path) }

  /// Migrates on a connection of its own, closed afterwards.
  @discardableResult
  func migrate(_ lineage: Lineage, _ options: MigratorOptions = MigratorOptions(build: "test")) throws
    -> MigrationReport
  {
    let connection = try open()
    let report = try Migrator(lineage, options: options).migrate(connection)
    try connection.close()
    return report
  }

  func execute(_ sql: String) throws {
    let connection = try open()
    try connection.execute(sql)
    try connection.close()
  }

  func ids() throws -> [Int64] {
    let connection = try open()
    return try connection.rows("SELECT id FROM tidemark_changelog ORDER BY position").map { try $0.get(0) }
  }

  func value<T: Readable>(_ sql: String, as type: T.Type = T.self) throws -> T? { try open().value(sql) }
  func tables() throws -> [String] {
    try Schema.read(from: open()).objects.filter { $0.type == .table }.map(\.name).sorted()
  }
  func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  /// Everything but the history: what a failure must leave as it was.
  func contents() throws -> String {
    let connection = try open()
    return try Schema.readAll(from: connection).map { "\($0)" }.joined(separator: "\n")
      + connection.rows("SELECT * FROM tidemark_changelog ORDER BY id").map { "\($0.values)" }.joined(separator: "\n")
      + connection.rows("SELECT * FROM tidemark_meta ORDER BY key").map { "\($0.values)" }.joined(separator: "\n")
  }
}

extension MigrationError {
  /// The case's name, which tables of expectations state.
  static func code(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let error as MigrationError {
      return error.code
    } catch {
      return String(describing: error)
    }
  }
}
