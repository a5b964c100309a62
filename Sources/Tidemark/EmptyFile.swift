// An empty file in a database's place: a new database, or what is left of one.
internal import TidemarkSnapshots

extension ManagedDatabase {
  /// Whether there is no database and none can be lost by making one: nothing is there, or an empty file alone.
  var holdsNothing: Bool {
    get throws {
      guard let status = try options.files.status(path, followLinks: true) else { return true }
      return try status.kind == .file && status.size == 0 && lostContent == nil
    }
  }

  /// Why the empty file that is there is what is left of a database; nil where none is there, or it is a new one.
  var lostContent: String? {
    get throws { try EmptyDatabase.contentBeside(path, files: options.files) }
  }

  /// Refuses to open what is left of a database: SQLite would delete what stands beside it.
  /// - Throws: `ServiceError.damaged`.
  func refuseLostContent() throws {
    guard let why = try lostContent else { return }
    throw ServiceError.damaged(database: path, why: why, newest: try newestSnapshot)
  }
}
