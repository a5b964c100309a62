// A forged snapshot, restored over a database that has to be as it was: what the tests of attacks share.
//
// The method: a database is made by a newer build, an attacker who has the file at hand changes whatever a file can hold,
// and it is captured as it is, with a manifest that agrees. The build at hand has a table that the newer one has too, a
// migration that the newer one lacks, and it lacks the newer one's last.
import Foundation
import Testing
import Tidemark

/// What an attacker does to a database, and what becomes of the restore.
struct Attack: Sendable, CustomTestStringConvertible {
  /// How the restore ends.
  enum End: Sendable, Equatable {
    /// Status 2, with this code.
    case refused(String)
    /// Status 1, with this code.
    case failed(String)
    /// It succeeds, and the attack has done nothing.
    case contained
  }

  var name: String
  /// The stored downgrade of the change that the build does not know; nil for its own.
  var downgrade: String?
  /// What is done to the file besides.
  var forge: @Sendable (Connection) throws -> Void
  var end: End
  var says: String
  var testDescription: String { name }

  /// A stored downgrade.
  static func downgrade(_ name: String, _ sql: String, _ end: End, _ says: String = "") -> Attack {
    Attack(name: name, downgrade: sql, forge: { _ in }, end: end, says: says)
  }

  /// SQL that the attacker has run, with the schema table open to writing.
  static func file(_ name: String, _ sql: String, _ end: End, _ says: String = "") -> Attack {
    Attack(
      name: name,
      forge: {
        try $0.set(.writableSchema, true)
        try $0.execute(sql)
      }, end: end, says: says)
  }
}

/// A folder with a target and a forged snapshot.
struct HostileBench {
  static let shared = [
    Change(
      1, "Accounts",
      up: "CREATE TABLE accounts(id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, sum INTEGER)",
      down: "DROP TABLE accounts"),
    Change(2, "Notes", up: "CREATE TABLE notes(a)", down: "DROP TABLE notes"),
  ]
  static let unknown = Change(4, "Unknown", up: "CREATE TABLE newer(a)", down: "DROP TABLE newer")
  static let pending = Change(
    3, "Limits",
    up: """
      ALTER TABLE accounts ADD COLUMN ceiling INTEGER;
      UPDATE accounts SET ceiling = 100;
      INSERT INTO accounts(owner, sum) VALUES('the bank', 0);
      DELETE FROM notes WHERE a = 'old';
      """, down: "DELETE FROM accounts WHERE owner = 'the bank'; ALTER TABLE accounts DROP COLUMN ceiling")
  static let build = Lineage(name: "bank", migrations: [shared[0], shared[1], pending])

  let shop: Workshop
  let source: String

  init(_ attack: Attack) throws {
    shop = try Workshop()
    try FileManager.default.createDirectory(atPath: shop.folder + "/store", withIntermediateDirectories: true)
    try ManagedDatabase(shop.path, lineage: Self.build).migrate()
    try shop.execute("INSERT INTO accounts(owner, sum) VALUES('of the target', 1)")
    let other = shop.folder + "/store/forged.db"
    let newer = Lineage(name: "bank", migrations: Self.shared + [Self.unknown])
    try ManagedDatabase(other, lineage: newer).migrate()
    let connection = try Connection(path: other)
    try connection.execute(
      "INSERT INTO accounts(owner, sum) VALUES('of the snapshot', 2); INSERT INTO notes VALUES('old')")
    if let downgrade = attack.downgrade {
      try connection.run("UPDATE tidemark_changelog SET downgrade = ? WHERE id = 4", downgrade)
    }
    try attack.forge(connection)
    try connection.close()
    source = shop.folder + "/store/forged.sqlite.lz4"
    do {
      try Capture().run(
        database: other, to: source, describe: { (try? DatabaseDescription(of: $0)) ?? DatabaseDescription() })
    } catch is SnapshotError {
      // What SQLite cannot read no capture takes; a forger needs none.
      try shop.run("lz4 -q store/forged.db store/forged.sqlite.lz4")
    }
    try FileManager.default.removeItem(atPath: other)
  }

  /// Restores it and looks at what came of it.
  /// - Parameter storedWork: the bound on the work of what was stored; nil for the one that there is unless told.
  func play(_ attack: Attack, storedWork: Int64? = 3_000_000) throws {
    let before = try everything()
    let here = try FileManager.default.contentsOfDirectory(atPath: ".").sorted()
    let start = ContinuousClock.now
    var options = ManagedDatabase.Options(build: "test", lockTimeout: .zero)
    if let storedWork { options.storedWork = storedWork }
    let database = ManagedDatabase(shop.path, lineage: Self.build, options: options)
    var thrown: (any Error)?
    do {
      try database.restore(source)
    } catch {
      thrown = error
    }
    // Endless it would be; a sanitizer on a busy machine takes half a minute.
    #expect(ContinuousClock.now - start < .seconds(90))
    #expect(try FileManager.default.contentsOfDirectory(atPath: ".").sorted() == here)
    guard let thrown else {
      #expect(attack.end == .contained, "the restore went through")
      try expectTheBuilds()
      return
    }
    #expect(Self.end(thrown) == attack.end, "\(thrown)")
    #expect(attack.says.isEmpty || "\(thrown)".contains(attack.says), "\(thrown)")
    #expect("\(thrown)".utf8.count < 4_000)
    // Not one byte of the target, and no file that was not there.
    #expect(try everything() == before)
  }

  /// What a restore of an honest snapshot makes.
  private func expectTheBuilds() throws {
    #expect(try shop.value("SELECT group_concat(owner) FROM accounts", as: String.self) == "of the snapshot,the bank")
    #expect(try shop.value("SELECT count(*) FROM accounts WHERE ceiling = 100", as: Int.self) == 1)
    #expect(try shop.value("SELECT count(*) FROM notes", as: Int.self) == 0)
    #expect(try shop.value("PRAGMA integrity_check", as: String.self) == "ok")
    #expect(try shop.litter().isEmpty)
  }

  private static func end(_ error: any Error) -> Attack.End {
    switch error {
    case let error as MigrationError: error.isRefusal ? .refused(error.code) : .failed(error.code)
    case let error as ServiceError: .failed(error.code)
    case let error as SnapshotError: .failed(error.code)
    case let error as SQLiteError: .failed("sqlite \(error.code)")
    default: .failed("\(type(of: error))")
    }
  }

  /// Every file of the folder but the lock's, with its bytes.
  private func everything() throws -> [String: Data] {
    let folder = URL(fileURLWithPath: shop.folder)
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: shop.folder) where !name.hasSuffix("-tidemark.lock")
    {
      found[name] = (try? Data(contentsOf: folder.appendingPathComponent(name))) ?? Data()
    }
    return found
  }
}
