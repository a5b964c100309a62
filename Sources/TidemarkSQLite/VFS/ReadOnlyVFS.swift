// A SQLite VFS whose databases are page sources: no file, no lock, no journal, no write.
//
// There is one VFS for the life of the process, because a connection keeps a pointer to its VFS to the end. Databases
// are told from each other by name: opening puts the source under a name of its own, and the open file keeps it alive.
internal import CTidemarkSQLite
internal import Synchronization

extension Connection {
  /// Opens a database that is read from a source.
  ///
  /// The file claims to be immutable (`SQLITE_IOCAP_IMMUTABLE`): SQLite then looks for no journal and no WAL, takes no
  /// lock, and reads a header in WAL mode as it is. Sorts that need temporary files use the platform's VFS.
  /// - Throws: `SQLiteError` when it cannot be opened.
  package convenience init(reading source: any PageSource) throws {
    let name = try ReadOnlyVFS.shared.register(source)
    defer { ReadOnlyVFS.shared.forget(name) }
    try self.init(path: name, mode: .readOnly, vfs: ReadOnlyVFS.name)
  }
}

/// The one read-only VFS.
final class ReadOnlyVFS: Sendable {
  static let shared = ReadOnlyVFS()
  static let name = "tidemark-pages"
  private static let prefix = "tidemark-pages:"

  private struct State {
    var sources: [String: any PageSource] = [:]
    var next = 0
  }
  private let state = Mutex(State())
  private let registered: Int32

  /// What stands in SQLite's memory for an open file: its own part first, as SQLite demands.
  private struct OpenFile {
    var base: sqlite3_file
    var source: Unmanaged<SourceBox>?
  }

  /// Made once and never freed: SQLite keeps the pointers for as long as the process lives.
  private init() {
    guard let vfs = makeVFS(named: Self.name, fileSize: MemoryLayout<OpenFile>.size) else {
      registered = SQLITE_ERROR
      return
    }
    vfs.pointee.xOpen = { vfs, name, file, flags, outFlags in
      ReadOnlyVFS.open(vfs, name, file, flags, outFlags)
    }
    vfs.pointee.xDelete = { vfs, name, sync in deleteOnPlatform(vfs, name, sync) }
    registered = sqlite3_vfs_register(vfs, 0)
  }

  /// Puts a source under a name for as long as it takes to open it.
  func register(_ source: any PageSource) throws -> String {
    guard registered == SQLITE_OK else {
      throw SQLiteError(registered, "the read-only VFS could not be registered")
    }
    return state.withLock { state in
      state.next += 1
      let name = "\(Self.prefix)\(state.next)"
      state.sources[name] = source
      return name
    }
  }

  func forget(_ name: String) { state.withLock { $0.sources[name] = nil } }

  private static func open(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let file else { return SQLITE_MISUSE }
    file.pointee.pMethods = nil
    guard flags & SQLITE_OPEN_MAIN_DB != 0 else {
      // Temporary files, whose name is NULL, and nothing else: the main file is immutable and has no journal.
      return name == nil ? openTemporary(vfs, file, flags, outFlags) : SQLITE_CANTOPEN
    }
    guard let name, let source = shared.state.withLock({ $0.sources[String(cString: name)] }) else {
      return SQLITE_CANTOPEN
    }
    UnsafeMutableRawPointer(file).withMemoryRebound(to: OpenFile.self, capacity: 1) { open in
      open.initialize(
        to: OpenFile(base: sqlite3_file(pMethods: methods), source: Unmanaged.passRetained(SourceBox(source))))
    }
    outFlags?.pointee = SQLITE_OPEN_READONLY
    return SQLITE_OK
  }

  private static func source(of file: UnsafeMutablePointer<sqlite3_file>?) -> (any PageSource)? {
    guard let file else { return nil }
    return UnsafeMutableRawPointer(file).withMemoryRebound(to: OpenFile.self, capacity: 1) { open in
      open.pointee.source?.takeUnretainedValue().source
    }
  }

  private static func close(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    guard let file else { return SQLITE_OK }
    UnsafeMutableRawPointer(file).withMemoryRebound(to: OpenFile.self, capacity: 1) { open in
      open.pointee.source?.release()
      open.pointee.source = nil
    }
    return SQLITE_OK
  }

  private static func read(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ out: UnsafeMutableRawPointer?, _ count: Int32, _ offset: Int64
  ) -> Int32 {
    guard let out, let source = source(of: file), count >= 0, offset >= 0 else { return IOCode.read }
    let buffer = UnsafeMutableRawBufferPointer(start: out, count: Int(count))
    let there = Int(max(0, min(Int64(count), source.size - offset)))
    do {
      if there > 0 { try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<there]), at: offset) }
    } catch {
      return IOCode.read
    }
    guard there < Int(count) else { return SQLITE_OK }
    // SQLite relies on the rest being zeros after a short read.
    UnsafeMutableRawBufferPointer(rebasing: buffer[there...]).initializeMemory(as: UInt8.self, repeating: 0)
    return IOCode.shortRead
  }

  /// The table of a page source's file. Version 1: no shared memory, no mapping (mapping made a check 20 times slower).
  nonisolated(unsafe) private static let methods: UnsafePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    var table = sqlite3_io_methods()
    table.iVersion = 1
    table.xClose = { ReadOnlyVFS.close($0) }
    table.xRead = { ReadOnlyVFS.read($0, $1, $2, $3) }
    table.xWrite = { _, _, _, _ in SQLITE_READONLY }
    table.xTruncate = { _, _ in SQLITE_READONLY }
    table.xSync = { _, _ in SQLITE_OK }
    table.xFileSize = { file, size in
      guard let source = ReadOnlyVFS.source(of: file) else { return SQLITE_IOERR }
      size?.pointee = source.size
      return SQLITE_OK
    }
    table.xLock = { _, _ in SQLITE_OK }
    table.xUnlock = { _, _ in SQLITE_OK }
    table.xCheckReservedLock = { _, result in
      result?.pointee = 0
      return SQLITE_OK
    }
    table.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    table.xSectorSize = { _ in 4096 }
    table.xDeviceCharacteristics = { _ in SQLITE_IOCAP_IMMUTABLE }
    methods.initialize(to: table)
    return UnsafePointer(methods)
  }()
}

/// Holds a source where SQLite's memory can keep one pointer to it.
private final class SourceBox {
  let source: any PageSource
  init(_ source: any PageSource) { self.source = source }
}
