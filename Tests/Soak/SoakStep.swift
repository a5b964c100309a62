// One step of a history, done in this process or in a child that may be killed in the midst of it.
import Foundation
import Tidemark

/// What is done.
enum SoakStep: Codable, CustomStringConvertible {
  case write([String])
  case migrate(SoakBuild)
  case snapshot(SoakBuild, full: Bool)
  case restore(String, SoakBuild)
  case prune(last: Int)

  var description: String {
    switch self {
    case .write(let sql): "write \(sql.count) statements"
    case .migrate(let build): "migrate to \(build)"
    case .snapshot(_, let full): full ? "take a full snapshot" : "take a snapshot"
    case .restore(let path, let build): "restore \(URL(fileURLWithPath: path).lastPathComponent) with \(build)"
    case .prune(let last): "prune all but \(last)"
    }
  }
}

/// Where it is done, and with which keys.
struct SoakPlace {
  let folder: String
  /// 0 for plain snapshots, 1 for signed ones, 2 for signed and sealed ones.
  let seal: Int

  var database: String { folder + "/soak.db" }
  var keyPath: String { folder + "/soak.key" }
  private var key: SecretKey? { get throws { seal == 0 ? nil : try KeyFile.readSecret(keyPath) } }

  var trust: Trust {
    get throws {
      guard let key = try key else { return .anyone }
      return .signed(by: key.publicKey, opening: [key])
    }
  }
  var store: SnapshotStore { get throws { SnapshotStore(folder + "/store", trust: try trust) } }

  func managed(_ build: SoakBuild) throws -> ManagedDatabase {
    var options = ManagedDatabase.Options(build: "soak")
    options.trust = try trust
    options.signer = try key
    if seal == 2, let key = try key { options.recipients = [key.publicKey] }
    return ManagedDatabase(database, lineage: build.lineage, store: try store, options: options)
  }

  /// Does a step.
  func perform(_ step: SoakStep) throws {
    switch step {
    case .write(let statements):
      let connection = try Connection(path: database, mode: .readWrite)
      try connection.waitForLocks(milliseconds: 10_000)
      try connection.transaction(.immediate) { for sql in statements { try connection.execute(sql) } }
      try connection.close()
    case .migrate(let build): try managed(build).migrate()
    case .snapshot(let build, let full): try managed(build).snapshot(full: full)
    case .restore(let path, let build): try managed(build).restore(path)
    case .prune(let last): _ = try store.prune(RetentionPolicy(last: last))
    }
  }

  /// Does as much of a step as was done of it when it was killed.
  func perform(_ step: SoakStep, as outcome: SoakOutcome) throws {
    switch outcome {
    case .old: break
    case .done: try perform(step)
    case .pinned:
      guard case .migrate(let build) = step else { throw Wrong("no snapshot comes before this") }
      try managed(build).snapshot(pin: "before a change that was killed")
    case .removed(let count):
      guard case .prune(let last) = step else { throw Wrong("nothing is removed by this") }
      let plan = try store.prune(RetentionPolicy(last: last), dryRun: true)
      for entry in plan.removed.prefix(count) { try LocalFiles().unlink(entry.path) }
    }
  }

  /// A row that no step wrote.
  func spoil() throws {
    let connection = try Connection(path: database, mode: .readWrite)
    try connection.execute("INSERT INTO items(id, a) VALUES(1000, 'behind the back')")
    try connection.close()
  }

  /// Finishes what somebody who was killed has left, as any start and any restore does.
  func mend() throws {
    _ = try Swap().recover(target: database)
    _ = try RestoreFile.clearLeftovers(beside: database)
  }

  /// Files that are nobody's any more. What a killed capture leaves in the store goes with the next one.
  func litter() throws -> [String] {
    try LocalFiles().list(folder).filter { name in
      switch name {
      case "store", "soak.key", "soak.key.pub", "soak.db", "soak.db-wal", "soak.db-shm", "soak.db-journal",
        "soak.db-tidemark.lock":
        false
      default: !name.hasPrefix("soak.db.previous-")
      }
    }
  }

  /// What the database holds.
  func look() throws -> SoakModel {
    let connection = try Connection(path: database, mode: .readWrite)
    try connection.waitForLocks(milliseconds: 10_000)
    var model = SoakModel()
    let changelog = try ChangelogTables(connection).state().changelog
    for (place, entry) in (changelog?.unfolded ?? []).enumerated() { model.positions[entry.id.rawValue] = Int64(place) }
    model.folded = Set(changelog?.folded?.retired.map(\.id.rawValue) ?? [])
    for table in try Schema.read(from: connection).objects where table.type == .table {
      model.tables[table.name] = [:]
      let rows = try connection.rows("SELECT * FROM \(SQL.quote(table.name))")
      for row in rows {
        var values: SoakModel.Row = [:]
        for (name, value) in zip(row.columns, row.values) where name != "id" {
          values[name] = String(sqliteValue: value) ?? "NULL"
        }
        model.tables[table.name]?[try row.get("id")] = values
      }
    }
    let check = try connection.rows("PRAGMA integrity_check").map { try $0.get(0, as: String.self) }
    guard check == ["ok"] else { throw Wrong("the integrity check says \(check)") }
    try connection.close()
    return model
  }
}

/// Something that must not be.
struct Wrong: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
