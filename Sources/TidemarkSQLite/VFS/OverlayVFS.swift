// A SQLite VFS whose databases are overlays: what is read comes from a source, what is written goes aside.
//
// As with the read-only one there is one for the life of the process, and a database is told by a name of its own, here
// for as long as it is open: SQLite opens its journal and its WAL by that name too.
internal import CTidemarkSQLite

extension Connection {
  /// Opens a database over a source, with writes that go aside.
  ///
  /// It is this connection's alone, in WAL mode without checkpoints: what is written is told by the length of the WAL, and
  /// goes with the connection. Sorts that need temporary files use the platform's VFS.
  /// - Throws: `SQLiteError` when it cannot be opened.
  package convenience init(over overlay: Overlay) throws {
    let name = try OverlayVFS.shared.register(overlay)
    do {
      try self.init(path: name, mode: .readWrite, vfs: OverlayVFS.name)
    } catch {
      OverlayVFS.shared.names.remove(name)
      throw error
    }
    // Exclusive before the first read: there is no shared memory, and the index of the WAL is then in SQLite's own.
    try execute("PRAGMA locking_mode = EXCLUSIVE")
    try set(.noCheckpointOnClose, true)
    try execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
  }
}

/// The one VFS of overlays.
final class OverlayVFS: Sendable {
  static let shared = OverlayVFS()
  static let name = "tidemark-overlay"
  private static let (logSuffix, journalSuffix) = ("-wal", "-journal")

  let names = VFSNames<Overlay>(prefix: "tidemark-overlay:")
  private let registered: Int32

  /// Made once and never freed: SQLite keeps the pointers for as long as the process lives.
  private init() {
    guard let vfs = makeVFS(named: Self.name, fileSize: VFSFile.slotSize) else {
      registered = SQLITE_ERROR
      return
    }
    vfs.pointee.xOpen = { vfs, name, file, flags, outFlags in OverlayVFS.open(vfs, name, file, flags, outFlags) }
    vfs.pointee.xDelete = { vfs, name, sync in OverlayVFS.delete(vfs, name, sync) }
    registered = sqlite3_vfs_register(vfs, 0)
  }

  /// Puts an overlay under a name for as long as it is open.
  func register(_ overlay: Overlay) throws -> String {
    guard registered == SQLITE_OK else {
      throw SQLiteError(registered, "the VFS of overlays could not be registered")
    }
    return names.add(overlay)
  }

  /// The overlay that a journal or a WAL belongs to, and which of the two it is.
  private static func side(_ name: String) -> (overlay: Overlay, isLog: Bool)? {
    for suffix in [logSuffix, journalSuffix] where name.hasSuffix(suffix) {
      return shared.names[String(name.dropLast(suffix.count))].map { ($0, suffix == logSuffix) }
    }
    return nil
  }

  private static func open(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let file else { return SQLITE_MISUSE }
    file.pointee.pMethods = nil
    guard let name else { return openTemporary(vfs, file, flags, outFlags) }
    let path = String(cString: name)
    let opened: OverlayFile
    if flags & SQLITE_OPEN_MAIN_DB != 0 {
      guard let overlay = shared.names[path] else { return SQLITE_CANTOPEN }
      opened = .database(overlay, name: path)
    } else {
      guard let (overlay, isLog) = side(path), let side = try? overlay.side(isLog: isLog) else {
        return SQLITE_CANTOPEN
      }
      opened = .side(side, of: overlay)
    }
    opened.open(in: file, methods: methods)
    outFlags?.pointee = flags
    return SQLITE_OK
  }

  private static func delete(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ sync: Int32
  ) -> Int32 {
    guard let name, let (overlay, isLog) = side(String(cString: name)) else { return deleteOnPlatform(vfs, name, sync) }
    overlay.dropSide(isLog: isLog)
    return SQLITE_OK
  }

  /// Unsafe in name only: nothing writes to the table once it is made.
  nonisolated(unsafe) private static let methods = VFSFile.methods { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
}

/// An open file of an overlay.
private final class OverlayFile: VFSFile {
  /// The database's name; nil for its journal and its WAL.
  private let name: String?
  private let overlay: Overlay
  private let side: ScratchFile?

  private init(_ overlay: Overlay, _ side: ScratchFile?, _ name: String?) {
    self.overlay = overlay
    self.side = side
    self.name = name
  }

  static func database(_ overlay: Overlay, name: String) -> OverlayFile { OverlayFile(overlay, nil, name) }
  static func side(_ side: ScratchFile, of overlay: Overlay) -> OverlayFile { OverlayFile(overlay, side, nil) }

  override var size: Int64 { side?.length ?? overlay.size }

  override func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    if let side { return try overlay.noting { try side.read(into: buffer, at: offset) } }
    try overlay.read(into: buffer, at: offset)
    return Int(max(0, min(Int64(buffer.count), overlay.size - offset)))
  }

  override func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
    Self.answer {
      if let side { return try overlay.noting { try side.write(bytes, at: offset) } }
      try overlay.write(bytes, at: offset)
    }
  }

  override func truncate(to length: Int64) -> Int32 {
    Self.answer {
      if let side { return try overlay.noting { try side.truncate(to: length) } }
      try overlay.truncate(to: length)
    }
  }

  override func closed() {
    if let name { OverlayVFS.shared.names.remove(name) }
  }

  /// SQLite's code for how it ended: the overlay keeps the reason.
  private static func answer(_ body: () throws -> Void) -> Int32 {
    do {
      try body()
      return SQLITE_OK
    } catch let error as FileError where error.isFull {
      return SQLITE_FULL
    } catch {
      return IOCode.write
    }
  }
}
