// The scenarios of what else a snapshot may be: sealed, a dump, a database as it lies there with its WAL.
import Foundation
import Tidemark

extension Scenario {
  static let sources = [sealed(capture("wal")), sealed(restore("wal")), restoreDump, restoreDatabase]

  /// The same with snapshots that are signed and sealed, and no others taken.
  private static func sealed(_ plain: Scenario) -> Scenario {
    let key = Result { try SecretKey.generate() }
    let keyed: @Sendable (Bench) throws -> Bench = { bench in
      var bench = bench
      bench.key = try key.get()
      return bench
    }
    var scenario = plain
    scenario.name += "-sealed"
    scenario.make = { try plain.make(keyed($0)) }
    scenario.attempt = { try plain.attempt(keyed($0)) }
    scenario.start = { try plain.start(keyed($0)) }
    scenario.look = { try plain.look(keyed($0)) }
    scenario.check = { try plain.check(keyed($0), $1, $2) }
    return scenario
  }

  private static let restoreDump: Scenario = {
    var scenario = restoring("restore-dump-delete") { bench in
      try lay(bench, early, "delete", says: "dump")
      try dump(of: bench.database).write(toFile: bench.root + "/source.sql", atomically: false, encoding: .utf8)
      for suffix in ["", "-tidemark.lock"] { try LocalFiles().unlink(bench.database + suffix) }
      try lay(bench, late, "delete")
    }
    scenario.attempt = { try $0.managed(late, store: $0.store).restore($0.root + "/source.sql") }
    return scenario
  }()

  /// The statements that make a database's tables, rows and indexes.
  private static func dump(of path: String) throws -> String {
    let connection = try Connection(path: path)
    var (statements, indexes) = (["BEGIN"], [String]())
    let objects = try connection.rows("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
    for object in objects {
      let (name, sql) = (try object.get(1, as: String.self), try object.get(2, as: String.self))
      guard try object.get(0, as: String.self) == "table" else {
        indexes.append(sql)
        continue
      }
      statements.append(sql)
      let columns = try connection.rows("SELECT name FROM pragma_table_info(?)", name).map {
        try $0.get(0, as: String.self)
      }
      let values = columns.map { "quote(\(SQL.quote($0)))" }.joined(separator: " || ', ' || ")
      for row in try connection.rows("SELECT \(values) FROM \(SQL.quote(name))") {
        statements.append("INSERT INTO \(SQL.quote(name)) VALUES(\(try row.get(0, as: String.self)))")
      }
    }
    try connection.close()
    return (statements + indexes + ["COMMIT"]).map { $0 + ";\n" }.joined()
  }

  /// As somebody copied it who was killed: its last rows are in the WAL alone.
  private static let restoreDatabase: Scenario = {
    var scenario = restoring("restore-database-wal") { bench in
      try lay(bench, early, "wal", says: "database")
      let connection = try Connection(path: bench.database)
      try connection.execute("PRAGMA wal_autocheckpoint = 0; INSERT INTO jobs(name) VALUES('in the log alone')")
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: bench.database + suffix, toPath: bench.root + "/source.db" + suffix)
      }
      try connection.close()
      for suffix in ["", "-tidemark.lock"] { try LocalFiles().unlink(bench.database + suffix) }
      try lay(bench, late, "wal")
    }
    scenario.attempt = { try $0.managed(late, store: $0.store).restore($0.root + "/source.db") }
    let isKept = scenario.check
    scenario.check = { bench, found, old in
      try isKept(bench, found, old)
      for path in [bench.root + "/source.db"] + (found == .new ? [bench.database] : []) {
        guard try Look.database(path).contains("in the log alone") else {
          throw Unsound("\(path) lacks what its WAL held")
        }
      }
    }
    return scenario
  }()
}
