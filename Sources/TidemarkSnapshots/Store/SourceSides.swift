// What stands beside a database that somebody wants to restore: its WAL, or the journal of a transaction that was cut short.
// It is read as it is, wherever it came from, and is left so.
internal import TidemarkSQLite

/// The side files of a database that is a source.
struct SourceSides {
  /// The bytes on which SQLite's locks stand (<https://sqlite.org/fileformat2.html>, section 1.3).
  private static let lockBytes: (start: Int64, length: Int64) = (0x4000_0000, 512)

  private let file: InputFile
  private let journal: String
  /// Whether its WAL holds something, which closing the last connection would fold into it.
  let hasLog: Bool
  /// Whether its journal may have to be rolled back before it can be read: nobody is at it, so no transaction is open.
  let isHot: Bool

  /// Looks.
  /// - Throws: `SnapshotError`, also for a journal that names another file: SQLite removes that one.
  init(of file: InputFile) throws {
    let files = file.files
    self.file = file
    (journal, hasLog, isHot) = try SnapshotError.naming(file.path, "look beside it") {
      let path = try files.resolve(file.path)
      if try SuperJournal.name(inJournalOf: path, files: files) != nil {
        throw SnapshotError(
          .invalid("its journal is of a transaction over several files, and names one that would be removed with it"),
          at: file.path)
      }
      func isThere(_ path: String) throws -> Bool {
        guard let status = try files.status(path, followLinks: true) else { return false }
        guard status.kind == .file else { throw SnapshotError(.notAFile, at: path) }
        return status.size > 0
      }
      let isBusy = files.isRangeLocked(
        file.descriptor, start: Self.lockBytes.start, length: Self.lockBytes.length)
      return (path + "-journal", try isThere(path + "-wal"), try isThere(path + "-journal") && !isBusy)
    }
  }

  /// Copies the database and its journal, for SQLite to roll back there.
  /// - Parameter output: an empty file.
  /// - Returns: the journal beside it, which is gone with whoever has this, rolled back or not.
  /// - Throws: `SnapshotError`, also where either was changed meanwhile.
  func copy(to output: OutputFile) throws -> OutputFile {
    let files = file.files
    let before = try look()
    if try !output.clone(file) { try copy(file, to: output) }
    let other = try OutputFile(new: output.path + "-journal", mode: 0o600, files)
    try copy(InputFile(journal, files), to: other)
    guard try look() == before else {
      throw SnapshotError(.invalid("another program has changed it meanwhile"), at: file.path)
    }
    return other
  }

  private func copy(_ input: InputFile, to output: OutputFile) throws {
    let buffer = Buffer(1 << 20)
    var offset: Int64 = 0
    while true {
      let count = try input.readSome(into: buffer.bytes, at: offset)
      if count == 0 { return }
      try output.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]), at: offset)
      offset += Int64(count)
    }
  }

  private func look() throws -> [FileStatus?] {
    try SnapshotError.naming(file.path, "examine it") {
      [try file.files.status(of: file.descriptor), try file.files.status(journal, followLinks: true)]
    }
  }
}
