// Turns whatever can be restored into a database file under a new name. The swap into place is another's work.
public import TidemarkSQLite

/// Restores a source to a new database file.
///
/// Nothing is written but that file, and SQLite's side files of it while a dump is loaded. It is removed on any failure.
public struct Unpacker: Sendable {
  /// The most bytes that the database may have; nil for no bound. A small file can decode to a very large one.
  public var maxSize: Int64?
  /// Threads; nil for one a core, at most six.
  public var workers: Int?
  /// Whose snapshots are taken, and the keys that open sealed ones. With signers, nothing is taken that no signature can
  /// stand for: other files than snapshots are refused.
  public var trust = Trust.anyone
  /// The file system to use.
  public var files: any FileSystem
  /// Whether the output was made before, empty: a restore marks its file as its own with a lock.
  public var fillsEmptyFile = false
  /// The database that the output is to replace. Where the file system can share room between files, blocks of a snapshot
  /// that are equal to its own are not written again. It stands still meanwhile, and is not changed.
  public var base: String?

  /// An unpacker.
  public init(maxSize: Int64? = nil, workers: Int? = nil, files: any FileSystem = LocalFiles()) {
    self.maxSize = maxSize
    self.workers = workers
    self.files = files
  }

  /// What was restored.
  public struct Report: Sendable, Hashable {
    /// What the source was.
    public var kind: SourceKind
    /// The bytes of the database.
    public var size: Int64
    /// Bytes a page; 0 for a database without a page.
    public var pageSize: Int
    /// Pages.
    public var pageCount: Int64
    /// What the snapshot says of itself, where there is a manifest.
    public var manifest: Manifest?
    /// What was not as it should be, in words.
    public var notes: [String]
    /// Bytes that were not written because the database in place has them, and the output shares its room.
    public var sharedBytes: Int64 = 0
  }

  /// Restores.
  /// - Parameters:
  ///   - source: a snapshot, an LZ4 frame, a database, or an SQL dump; told by content.
  ///   - output: a path whose name must be free.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Returns: what was restored. The file is synced; its folder is not.
  /// - Throws: `SnapshotError`, which names block and pages of damage; `output` does not exist then.
  @discardableResult
  public func unpack(_ source: String, to output: String, progress: ProgressHandler? = nil) throws -> Report {
    try SourceKind.refuseOpenHere(source, files)
    return try unpack(InputFile(source, files), to: output, progress: progress)
  }

  /// Restores from a file that the caller has open, by the only descriptor that this process has of it.
  func unpack(_ file: InputFile, to output: String, progress: ProgressHandler?) throws -> Report {
    let kind = try SourceKind.detect(file)
    if kind != .snapshot { try refuseUnsigned(file.path) }
    switch kind {
    case .snapshot, .lz4Database:
      do {
        return try indexed(SnapshotReader.open(file, trust: trust), kind, to: output, progress)
      } catch let error as SnapshotError where error.mayBeAnotherLayout(kind) {
        return try streamed(file, to: output, progress)
      }
    case .database: return try copied(file, to: output, progress)
    case .dump, .lz4Dump:
      let stream: any ByteStream = kind == .dump ? FileStream(file) : try FrameStream(file)
      return try loaded(stream, kind, from: file, to: output, progress)
    }
  }

  /// Refuses what no signature stands for, where one is asked for.
  private func refuseUnsigned(_ source: String) throws {
    guard trust.signers == nil else {
      throw SnapshotError(.untrusted("this is no snapshot, which alone can be signed"), at: source)
    }
  }

  /// The output, for nobody who could not read the source.
  private func make(_ path: String, like source: InputFile) throws -> OutputFile {
    if fillsEmptyFile { return try OutputFile(new: path, mode: 0o600, isMade: true, files) }
    let rights = try SourceKind.rights(of: source)
    let output = try OutputFile(new: path, mode: rights.mode, files)
    try output.keepFrom(othersThan: rights.group)
    return output
  }

  /// Decodes on all cores, straight to the place.
  private func indexed(
    _ reader: SnapshotReader, _ kind: SourceKind, to path: String, _ progress: ProgressHandler?
  ) throws -> Report {
    try allow(reader.plainSize, reader.path)
    let output = try make(path, like: reader.file)
    let shared = try share(reader, output, progress)
    if shared == nil { try decode(reader, to: output, progress) }
    var report = try finish(
      output, kind, from: reader.path, exactly: reader.manifest, notes: try reader.allNotes() + reader.headerNotes())
    report.manifest = reader.manifest
    report.sharedBytes = shared ?? 0
    return report
  }

  /// Takes from the database in place what is equal; nil where that cannot be, and nothing was done.
  private func share(
    _ reader: SnapshotReader, _ output: OutputFile, _ progress: ProgressHandler?
  ) throws -> Int64? {
    guard let base, let pageSize = reader.manifest?.pageSize,
      let delta = try DeltaRestore(over: base, pageSize: pageSize, files)
    else { return nil }
    let meter = ProgressMeter("decode", total: reader.plainSize, progress)
    return try delta.run(reader, to: output, workers: Workers.count(workers), meter)
  }

  private func decode(_ reader: SnapshotReader, to output: OutputFile, _ progress: ProgressHandler?) throws {
    try output.allocate(reader.plainSize)
    let hasHashes = reader.map != nil || reader.index.hasHashes
    let count = Workers.count(workers)
    let pump = BlockPump(
      reader: reader, checks: hasHashes ? [.plain] : [.packed], checksContent: !hasHashes, workers: count)
    let behind = 16
    try pump.run(ProgressMeter("decode", total: reader.plainSize, progress)) { plain, chunk, offset in
      try output.write(plain, at: offset)
      // What was written a while ago has reached the disk by now: its memory is let go, so that it does not pile up.
      if chunk >= behind {
        output.dropWritten(
          at: Int64(chunk - behind) * Int64(BlockPump.chunkLength), length: Int64(BlockPump.chunkLength))
      }
    }
  }

  /// Decodes frames of other layouts, one byte after the other.
  private func streamed(_ file: InputFile, to path: String, _ progress: ProgressHandler?) throws -> Report {
    // Whatever the way here: nothing vouches for these bytes.
    try refuseUnsigned(file.path)
    let stream = try FrameStream(file)
    let output = try make(path, like: file)
    let meter = ProgressMeter("decode", total: nil, progress)
    let buffer = Buffer(BlockPump.chunkLength)
    var offset: Int64 = 0
    while true {
      let count = try stream.read(into: buffer.bytes)
      if count == 0 { break }
      try allowSoFar(offset + Int64(count), file.path)
      try output.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]), at: offset)
      offset += Int64(count)
      try meter.add(count)
    }
    return try finish(output, .lz4Database, from: file.path, exactly: nil, notes: stream.notes)
  }

  /// Copies a database through SQLite, which knows what its WAL or its journal still holds. The source stays as it is.
  private func copied(_ file: InputFile, to path: String, _ progress: ProgressHandler?) throws -> Report {
    let source = file.path
    let sides = try SourceSides(of: file)
    try allow(file.size, source)
    let output = try make(path, like: file)
    try SnapshotError.naming(source, "copy it") {
      let meter = ProgressMeter("copy", total: file.size, progress)
      try meter.add(0)
      let putTogether = {
        let copies = try sides.copy(to: output)
        try withExtendedLifetime(copies) { try read(path, source) { _ in } }
      }
      if sides.isHot {
        // To read it is to roll it back: that is done in the copy.
        try putTogether()
      } else {
        do {
          try read(source, source) { from in
            if sides.hasLog { try from.set(.noCheckpointOnClose, true) }
            try DatabaseCopy.back(up: from, to: path)
          }
        } catch let error as SQLiteError
          where [SQLiteError.cannotOpen, SQLiteError.readOnly].contains(error.code) && !sides.isBusy
        {
          // In WAL mode SQLite reads nothing where it may not write beside it.
          try putTogether()
        }
      }
      try meter.add(Int(file.size))
    }
    return try finish(output, .database, from: source, exactly: nil, notes: [])
  }

  /// Opens a database and sees that it can be read and is not too large.
  private func read(_ path: String, _ source: String, _ body: (Connection) throws -> Void) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    try connection.waitForLocks(milliseconds: 10_000)
    do {
      let pages: Int64 = try connection.value("PRAGMA page_count") ?? 0
      try allow(pages * (connection.value("PRAGMA page_size") ?? 0), source)
    } catch let error as SQLiteError where [SQLiteError.notADatabase, SQLiteError.corrupt].contains(error.code) {
      throw SnapshotError(.unreadable("encrypted, or damaged"), at: source, cause: error)
    }
    try body(connection)
    try connection.close()
  }

  /// Runs a dump in an empty database.
  private func loaded(
    _ stream: any ByteStream, _ kind: SourceKind, from file: InputFile, to path: String, _ progress: ProgressHandler?
  ) throws -> Report {
    let source = file.path
    let output = try make(path, like: file)
    let loader = DumpLoader(source: source, maxSize: maxSize)
    try SnapshotError.naming(source, "load the dump") {
      try loader.load(stream, into: path, ProgressMeter("load", total: nil, progress))
    }
    var report = try finish(output, kind, from: source, exactly: nil, notes: loader.notes)
    if let stream = stream as? FrameStream { report.notes += stream.notes }
    return report
  }

  private func allow(_ bytes: Int64, _ source: String) throws {
    if let maxSize, bytes > maxSize { throw SnapshotError(.tooLarge(bytes: bytes, limit: maxSize), at: source) }
  }

  private func allowSoFar(_ bytes: Int64, _ source: String) throws {
    if let maxSize, bytes > maxSize { throw SnapshotError(.tooLarge(bytes: nil, limit: maxSize), at: source) }
  }

  /// Holds what was written against what a whole database looks like, and syncs it.
  private func finish(
    _ output: OutputFile, _ kind: SourceKind, from source: String, exactly manifest: Manifest?, notes: [String]
  ) throws -> Report {
    let size = try output.size()
    var report = Report(kind: kind, size: size, pageSize: 0, pageCount: 0, manifest: nil, notes: notes)
    if size > 0 || manifest.map({ $0.pageCount > 0 }) ?? (kind != .snapshot) {
      let shape = try WholeDatabase.check(output, size: size, source: source, manifest: manifest)
      report.pageSize = shape.pageSize
      report.pageCount = shape.pageCount
      report.notes += shape.notes
    }
    try output.sync()
    output.keep()
    return report
  }
}

extension SnapshotError {
  /// Whether the frame may merely be laid out in another way than ours, so that LZ4 itself must have the last word.
  func mayBeAnotherLayout(_ kind: SourceKind) -> Bool {
    switch reason {
    case .notIndexed: true
    case .damaged, .damagedBlock, .truncated: kind == .lz4Database
    default: false
    }
  }
}
