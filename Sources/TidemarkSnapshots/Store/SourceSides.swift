// What stands beside a database that somebody wants to restore: its WAL, or the journal of a transaction that was cut short.
// It is read as it is, wherever it came from, and is left so.
internal import TidemarkSQLite

/// The side files of a database that is a source.
struct SourceSides {
  /// The bytes on which SQLite's locks stand (<https://sqlite.org/fileformat2.html>, section 1.3).
  private static let lockBytes: (start: Int64, length: Int64) = (0x4000_0000, 512)

  private let file: InputFile
  /// The database, links resolved, beside which they are.
  private let path: String
  /// Those that hold something: "-journal", "-wal".
  private let suffixes: [String]
  /// Whether somebody reads or writes it at the moment.
  let isBusy: Bool

  /// Whether its WAL holds something, which closing the last connection would fold into it.
  var hasLog: Bool { suffixes.contains("-wal") }
  /// Whether its journal may have to be rolled back before it can be read: nobody is at it, so no transaction is open.
  var isHot: Bool { suffixes.contains("-journal") && !isBusy }

  /// Looks.
  /// - Throws: `SnapshotError`, also for a journal that names another file: SQLite removes that one.
  init(of file: InputFile) throws {
    let files = file.files
    self.file = file
    (path, suffixes, isBusy) = try SnapshotError.naming(file.path, "look beside it") {
      let path = try files.resolve(file.path)
      if try SuperJournal.name(inJournalOf: path, files: files) != nil {
        throw SnapshotError(
          .invalid("its journal is of a transaction over several files, and names one that would be removed with it"),
          at: file.path)
      }
      let suffixes = try SwapPlace.contentSuffixes.filter { suffix in
        guard let status = try files.status(path + suffix, followLinks: true) else { return false }
        guard status.kind == .file else { throw SnapshotError(.notAFile, at: path + suffix) }
        return status.size > 0
      }
      let isBusy = files.isRangeLocked(file.descriptor, start: Self.lockBytes.start, length: Self.lockBytes.length)
      return (path, suffixes, isBusy)
    }
  }

  /// Copies the database and what is beside it, for SQLite to put together there.
  /// - Parameter output: an empty file.
  /// - Returns: the side files, which are gone with whoever has these, used up or not.
  /// - Throws: `SnapshotError`, also where anything was changed meanwhile.
  func copy(to output: OutputFile) throws -> [OutputFile] {
    let before = try look()
    if try !output.clone(file) { try copy(file, to: output) }
    let copies = try suffixes.map { suffix in
      let copy = try OutputFile(new: output.path + suffix, mode: 0o600, file.files)
      try self.copy(InputFile(path + suffix, file.files), to: copy)
      return copy
    }
    guard try look() == before else {
      throw SnapshotError(.invalid("another program has changed it meanwhile"), at: file.path)
    }
    return copies
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
      try [file.files.status(of: file.descriptor)]
        + suffixes.map { try file.files.status(path + $0, followLinks: true) }
    }
  }
}
