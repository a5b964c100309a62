// A database without a changelog is taken over.
public import TidemarkMigrations
internal import TidemarkSQLite
internal import TidemarkSnapshots

extension ManagedDatabase {
  /// Places a database that has no changelog by its schema, and gives it one as if this build had made it.
  ///
  /// What other tools left says more where the schema alone does not: GRDB, Rails, golang-migrate, goose, sqlx, Alembic,
  /// Django, Flyway, MyBatis Migrations, and Sqitch, whose record is in a file beside the database. A change that such a
  /// tool left half done refuses. Their tables stay, as drift.
  /// - Parameters:
  ///   - id: the last migration that it has, where its author knows; its schema must be that one's all the same.
  ///   - isDry: nothing is written.
  /// - Throws: `ServiceError.absent`, `MigrationError`, a refusal that says what is different; `LockError`, `SQLiteError`.
  ///   The database is then as it was.
  @discardableResult
  public func adopt(at id: MigrationID? = nil, isDry: Bool = false) throws -> Adoption {
    let migrator = Migrator(lineage, options: migratorOptions(holding: nil))
    let registries = try registries()
    let found = try reading { try migrator.adopt($0, at: id, registries: registries, isDry: true) }
    if isDry { return found }
    _ = try Swap(files: options.files).recover(target: path)
    let hold = LockHold(nil)
    defer { hold.release() }
    try hold.makeExclusive(path, self, purpose: "adopting")
    return try finishing(open()) {
      try $0.distrustContent()
      return try migrator.adopt($0, at: id, registries: registries)
    }
  }

  /// Sqitch keeps its record in a database of its own beside the one that it changes
  /// (https://sqitch.org/docs/manual/sqitchtutorial-sqlite): `sqitch.db`, or with that one's ending.
  private func registries() throws -> [(name: String, database: Connection)] {
    let place = try SwapPlace(path, files: options.files)
    var names = ["sqitch.db"]
    if let dot = place.name.utf8.lastIndex(of: UInt8(ascii: ".")) { names.append("sqitch" + place.name[dot...]) }
    return try Set(names).sorted().filter { $0 != place.name }.compactMap { name in
      let path = join(place.folder, name)
      guard try options.files.status(path, followLinks: true)?.kind == .file else { return nil }
      let database = try ManagedDatabase(path, lineage: lineage, options: options).open(.readOnly)
      try database.waitForLocks(milliseconds: 10_000)
      try database.distrustContent()
      return (name, database)
    }
  }
}
