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
  /// Error codes that are macros with arithmetic, which Swift does not import.
  private static let ioRead: Int32 = 10 | 1 << 8
  private static let ioShortRead: Int32 = 10 | 2 << 8

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
    guard let platform = sqlite3_vfs_find(nil) else {
      registered = SQLITE_ERROR
      return
    }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    // The clock, the dice and the sleep are the platform's; they take no notice of the VFS they are called with.
    vfs.initialize(to: platform.pointee)
    vfs.pointee.pNext = nil
    vfs.pointee.iVersion = min(platform.pointee.iVersion, 2)
    vfs.pointee.szOsFile = max(Int32(MemoryLayout<OpenFile>.size), platform.pointee.szOsFile)
    vfs.pointee.zName = UnsafePointer(strdupForLife(Self.name))
    vfs.pointee.pAppData = UnsafeMutableRawPointer(platform)
    vfs.pointee.xOpen = { vfs, name, file, flags, outFlags in
      ReadOnlyVFS.open(vfs, name, file, flags, outFlags)
    }
    vfs.pointee.xAccess = { _, _, _, result in
      result?.pointee = 0
      return SQLITE_OK
    }
    vfs.pointee.xDelete = { vfs, name, sync in
      guard let platform = ReadOnlyVFS.platform(vfs), let delete = platform.pointee.xDelete else {
        return SQLITE_READONLY
      }
      return delete(platform, name, sync)
    }
    vfs.pointee.xFullPathname = { _, name, room, out in
      guard let name, let out else { return SQLITE_ERROR }
      copyName(room, out, name)
      return SQLITE_OK
    }
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

  private static func platform(_ vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> UnsafeMutablePointer<sqlite3_vfs>? {
    vfs?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self)
  }

  private static func open(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let file else { return SQLITE_MISUSE }
    file.pointee.pMethods = nil
    guard flags & SQLITE_OPEN_MAIN_DB != 0 else {
      // Temporary files, whose name is NULL, and nothing else: the main file is immutable and has no journal.
      guard name == nil, let platform = platform(vfs), let open = platform.pointee.xOpen else { return SQLITE_CANTOPEN }
      return open(platform, name, file, flags, outFlags)
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
    guard let out, let source = source(of: file), count >= 0, offset >= 0 else { return ioRead }
    let buffer = UnsafeMutableRawBufferPointer(start: out, count: Int(count))
    let there = Int(max(0, min(Int64(count), source.size - offset)))
    do {
      if there > 0 { try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<there]), at: offset) }
    } catch {
      return ioRead
    }
    guard there < Int(count) else { return SQLITE_OK }
    // SQLite relies on the rest being zeros after a short read.
    UnsafeMutableRawBufferPointer(rebasing: buffer[there...]).initializeMemory(as: UInt8.self, repeating: 0)
    return ioShortRead
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

/// A C string that is never freed.
private func strdupForLife(_ text: String) -> UnsafeMutablePointer<CChar> {
  let bytes = Array(text.utf8CString)
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
  copy.initialize(from: bytes, count: bytes.count)
  return copy
}

/// Copies a name with its closing zero into a buffer of that many bytes, cut off where it does not fit.
private func copyName(_ room: Int32, _ out: UnsafeMutablePointer<CChar>, _ name: UnsafePointer<CChar>) {
  var index = 0
  while index < Int(room) - 1, name[index] != 0 {
    out[index] = name[index]
    index += 1
  }
  out[index] = 0
}

/// Holds a source where SQLite's memory can keep one pointer to it.
private final class SourceBox {
  let source: any PageSource
  init(_ source: any PageSource) { self.source = source }
}
