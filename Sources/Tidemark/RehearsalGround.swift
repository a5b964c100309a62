// What a rehearsal runs on: a snapshot in place under an overlay, or a copy beside the database.
internal import TidemarkMigrations
internal import TidemarkSQLite
internal import TidemarkSnapshots

/// A database that a plan may be tried on, and what becomes known by it.
struct RehearsalGround {
  /// The database, in WAL mode without checkpoints: the WAL ends as long as what was written.
  let connection: Connection
  /// What it is.
  let way: Rehearsal.Way
  /// What a snapshot says of the database in it.
  var description: DatabaseDescription?
  /// What is worth knowing.
  var notes: [String] = []
  /// The length of the WAL, in bytes.
  let written: () throws -> Int64
  /// All that was written to the disk so far, in bytes.
  let scratch: () throws -> Int64
  /// Why a snapshot could not be read, or nothing written.
  var cause: () -> (any Error)? = { nil }
  /// Removes what is left.
  var discard: () throws -> Void = {}

  /// The ground for the rehearsal of a restore, or where no source is given, of a migration.
  /// - Throws: `SnapshotError`, `SwapError`, `FileError`, `SQLiteError`.
  /// - Parameter place: the path beside which files are made.
  static func prepare(
    _ source: String?, for database: ManagedDatabase, beside place: String
  ) throws -> RehearsalGround {
    // A database without a page cannot be opened where it is.
    if let source, let (reader, _) = try database.openInPlace(source), reader.plainSize > 0 {
      return try inPlace(reader, for: database, beside: place)
    }
    return try copied(source, for: database, beside: place)
  }

  private static func inPlace(
    _ reader: SnapshotReader, for database: ManagedDatabase, beside place: String
  ) throws -> RehearsalGround {
    let overlay = try reader.overlay(beside: place, files: database.options.files)
    let cause: () -> (any Error)? = {
      // The reader knows which block could not be read, and why; else it was a write.
      if let failure = reader.lastFailure { return failure }
      return overlay.lastFailure
    }
    do {
      let connection = try Connection(over: overlay)
      try connection.distrustContent()
      return RehearsalGround(
        connection: connection, way: .inPlace, description: reader.manifest?.description,
        notes: try reader.allNotes() + reader.headerNotes(), written: { overlay.logLength },
        scratch: { overlay.writtenBytes }, cause: cause)
    } catch {
      throw cause() ?? error
    }
  }

  private static func copied(
    _ source: String?, for database: ManagedDatabase, beside place: String
  ) throws -> RehearsalGround {
    let options = database.options
    let prepared = try RestoreFile(beside: place, isScratch: true, files: options.files)
    do {
      var (way, notes) = (Rehearsal.Way.copy, [String]())
      var description: DatabaseDescription?
      if let source {
        let unpacked = try database.unpacker.unpack(source, to: prepared.path, progress: options.onProgress)
        (notes, description) = (unpacked.notes, unpacked.manifest?.description)
      } else {
        let method = try DatabaseCopy.make(
          of: database.path, at: prepared.path, files: options.files, progress: options.onProgress)
        if method == .shared { way = .sharedCopy }
      }
      let size = try options.files.status(prepared.path, followLinks: false)?.size ?? 0
      let copySize = way == .sharedCopy ? 0 : size
      let connection = try Connection(path: prepared.path, mode: .readWrite)
      // It goes with the WAL: there is no use in moving that into it.
      try connection.set(.noCheckpointOnClose, true)
      try connection.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
      try connection.distrustContent()
      let written = { try options.files.status(prepared.path + "-wal", followLinks: false)?.size ?? 0 }
      return RehearsalGround(
        connection: connection, way: way, description: description, notes: notes, written: written,
        scratch: { try copySize + written() }, discard: { try prepared.discard() })
    } catch {
      // The first error is the cause.
      try? prepared.discard()
      throw error
    }
  }

  /// Runs a body, and throws what it was in truth when SQLite could only tell of an I/O error.
  func explaining<T>(_ body: () throws -> T) throws -> T {
    let result: T
    do {
      result = try body()
    } catch {
      throw cause() ?? error
    }
    // What went on in spite of an unread block tells nothing.
    if let cause = cause() { throw cause }
    return result
  }
}
