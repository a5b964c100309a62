// Where a scenario works: a folder with a database and a store, through a file system that may fail.
import Foundation
import Tidemark

/// A migration whose every part is stated.
struct Change: Migration {
  var id: MigrationID
  var name: String
  var upgrade: Upgrade
  var downgrade: Downgrade

  init(_ id: MigrationID, _ name: String, up: Upgrade, down: Downgrade) {
    self.id = id
    self.name = name
    upgrade = up
    downgrade = down
  }
}

/// The folder.
struct Bench {
  var root: String
  var files: any FileSystem = LocalFiles()
  /// Whether the work was tried here before.
  var isAgain = false
  /// Whose snapshots are signed, and sealed for whom; nil for plain ones.
  var key: SecretKey?

  var database: String { root + "/jobs.db" }
  var storeFolder: String { root + "/Snapshots" }
  var store: SnapshotStore {
    var store = SnapshotStore(storeFolder, trust: trust, files: files)
    store.patience = .zero
    return store
  }
  var trust: Trust { key.map { .signed(by: $0.publicKey, opening: [$0]) } ?? .anyone }

  /// The database under a lineage; nobody is waited for, since nobody else is there.
  func managed(
    _ lineage: Lineage, store: SnapshotStore? = nil, defersBackfills: Bool = false
  ) -> ManagedDatabase {
    var options = ManagedDatabase.Options(
      build: "sweep", defersBackfills: defersBackfills, lockTimeout: .zero, files: files)
    options.trust = trust
    options.signer = key
    options.recipients = key.map { [$0.publicKey] } ?? []
    return ManagedDatabase(database, lineage: lineage, store: store, options: options)
  }

  /// What a service does at its start, and its end.
  func start(_ lineage: Lineage, onDamage: RestoreService.OnDamage = .refuse) throws {
    let service = RestoreService(
      database: database, lineage: lineage, store: store, onMissing: .create, onDamage: onDamage,
      options: .init(build: "sweep", lockTimeout: .zero, files: files))
    try waiting {
      try await service.start()
      await service.stop()
    }
  }

  func execute(_ sql: String) throws {
    let connection = try Connection(path: database)
    try connection.execute(sql)
    try connection.close()
  }

  /// The paths of all files inside, sorted.
  func names() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: root).filter {
      try files.status(root + "/" + $0, followLinks: false)?.kind == .file
    }.sorted()
  }

  /// A copy, without the shared memory, which no other process could use.
  func copy(to other: String) throws -> Bench {
    for path in try FileManager.default.subpathsOfDirectory(atPath: root).sorted() where !path.hasSuffix("-shm") {
      if try LocalFiles().status(root + "/" + path, followLinks: false)?.kind == .folder {
        try LocalFiles().makeFolder(other + "/" + path)
      } else {
        try FileManager.default.copyItem(atPath: root + "/" + path, toPath: other + "/" + path)
      }
    }
    return Bench(root: other, key: key)
  }
}

/// Runs something asynchronous to its end.
private func waiting(_ body: @escaping @Sendable () async throws -> Void) throws {
  let end = DispatchSemaphore(value: 0)
  let outcome = Outcome()
  Task.detached {
    do { try await body() } catch { outcome.error = error }
    end.signal()
  }
  end.wait()
  if let error = outcome.error { throw error }
}

/// Unchecked: written before the semaphore is signalled, read after it.
private final class Outcome: @unchecked Sendable {
  var error: (any Error)?
}
