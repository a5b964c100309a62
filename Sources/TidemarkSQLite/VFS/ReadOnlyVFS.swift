// A SQLite VFS whose databases are page sources: no file, no lock, no journal, no write.
//
// There is one VFS for the life of the process, because a connection keeps a pointer to its VFS to the end. Databases
// are told from each other by name: opening puts the source under a name of its own, and the open file keeps it alive.
internal import CTidemarkSQLite

extension Connection {
  /// Opens a database that is read from a source.
  ///
  /// The file claims to be immutable (`SQLITE_IOCAP_IMMUTABLE`): SQLite then looks for no journal and no WAL, takes no
  /// lock, and reads a header in WAL mode as it is. Sorts that need temporary files use the platform's VFS.
  /// - Throws: `SQLiteError` when it cannot be opened.
  package convenience init(reading source: any PageSource) throws {
    let name = try ReadOnlyVFS.shared.register(source)
    defer { ReadOnlyVFS.shared.names.remove(name) }
    try self.init(path: name, mode: .readOnly, vfs: ReadOnlyVFS.name)
  }
}

/// The one read-only VFS.
final class ReadOnlyVFS: Sendable {
  static let shared = ReadOnlyVFS()
  static let name = "tidemark-pages"

  let names = VFSNames<any PageSource>(prefix: "tidemark-pages:")
  private let registered: Int32

  /// Made once and never freed: SQLite keeps the pointers for as long as the process lives.
  private init() {
    guard let vfs = makeVFS(named: Self.name, fileSize: VFSFile.slotSize) else {
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
    return names.add(source)
  }

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
    guard let name, let source = shared.names[String(cString: name)] else {
      return SQLITE_CANTOPEN
    }
    SourceFile(source).open(in: file, methods: methods)
    outFlags?.pointee = SQLITE_OPEN_READONLY
    return SQLITE_OK
  }

  /// Immutable: SQLite looks for no journal, and takes no lock. Nothing writes to the table once it is made, so it is safe.
  nonisolated(unsafe) private static let methods = VFSFile.methods { _ in SQLITE_IOCAP_IMMUTABLE }
}

/// A page source as a file that cannot be written.
private final class SourceFile: VFSFile {
  private let source: any PageSource

  init(_ source: any PageSource) { self.source = source }

  override var size: Int64 { source.size }

  override func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    let there = Int(max(0, min(Int64(buffer.count), source.size - offset)))
    if there > 0 { try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<there]), at: offset) }
    UnsafeMutableRawBufferPointer(rebasing: buffer[there...]).initializeMemory(as: UInt8.self, repeating: 0)
    return there
  }
}
