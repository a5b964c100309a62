// The file system of this machine: the one place where Tidemark calls the C library for files.
internal import CTidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The machine's own files.
public struct LocalFiles: FileSystem {
  /// The machine's own files.
  public init() {}

  /// Repeats a call that a signal interrupted; throws the error number of one that failed.
  @discardableResult
  private func retry<T: SignedInteger>(_ operation: String, _ path: String, _ call: () -> T) throws -> T {
    while true {
      let result = call()
      if result >= 0 { return result }
      let number = errno
      if number != EINTR { throw FileError(operation, path, number) }
    }
  }

  /// Throws when a wrapped call answered an error number.
  private func check(_ operation: String, _ path: String, _ number: Int32) throws {
    guard number == 0 else { throw FileError(operation, path, number) }
  }

  /// Words for a descriptor, whose name the caller knows better.
  private func name(_ descriptor: Int32) -> String { "descriptor \(descriptor)" }

  public func open(_ path: String, _ how: OpenHow) throws -> Int32 {
    switch how {
    case .read: try retry("open", path) { Self.openFile(path, O_RDONLY | O_CLOEXEC, 0) }
    case .readWrite: try retry("open", path) { Self.openFile(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0) }
    case .createNew(let mode):
      try retry("create", path) { Self.openFile(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode) }
    case .create(let mode):
      try retry("create", path) { Self.openFile(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode) }
    }
  }

  private static func openFile(_ path: String, _ flags: Int32, _ mode: UInt32) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, flags, mode_t(mode))
    #else
      Darwin.open(path, flags, mode_t(mode))
    #endif
  }

  public func close(_ descriptor: Int32) {
    #if canImport(Glibc)
      _ = Glibc.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
  }

  public func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = try retry("read", name(descriptor)) {
        pread(descriptor, base + done, buffer.count - done, off_t(offset + Int64(done)))
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  public func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let count = try retry("write", name(descriptor)) {
        pwrite(descriptor, base + done, bytes.count - done, off_t(offset + Int64(done)))
      }
      // A regular file that takes no byte and gives no error has no room.
      guard count > 0 else { throw FileError("write", name(descriptor), ENOSPC) }
      done += count
    }
  }

  public func size(_ descriptor: Int32) throws -> Int64 {
    var raw = stat()
    try retry("examine", name(descriptor)) { fstat(descriptor, &raw) }
    return Int64(raw.st_size)
  }

  public func truncate(_ descriptor: Int32, to length: Int64) throws {
    try retry("resize", name(descriptor)) { ftruncate(descriptor, off_t(length)) }
  }

  public func allocate(_ descriptor: Int32, _ length: Int64) throws {
    guard length > 0 else { return }
    // A file system in memory begins anew after each signal: where they come faster than it works, it never ends.
    for _ in 0..<100 {
      let number = tidemark_allocate(descriptor, length)
      if number == EINTR { continue }
      let failure = FileError("reserve room for", name(descriptor), number)
      if number == 0 || failure.isUnsupported { return }
      throw failure
    }
  }

  public func startWriteback(_ descriptor: Int32, at offset: Int64, length: Int64) {
    tidemark_start_writeback(descriptor, offset, length)
  }

  public func dropWritten(_ descriptor: Int32, at offset: Int64, length: Int64) {
    tidemark_drop_written(descriptor, offset, length)
  }

  public func sync(_ descriptor: Int32) throws {
    try retry("sync", name(descriptor)) { fsync(descriptor) }
  }

  public func syncFolder(_ path: String) throws {
    let folder = try retry("open", path) { Self.openFile(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
    defer { close(folder) }
    try retry("sync", path) { fsync(folder) }
  }

  public func status(_ path: String, followLinks: Bool) throws -> FileStatus? {
    var raw = stat()
    do {
      try retry("examine", path) { followLinks ? stat(path, &raw) : lstat(path, &raw) }
    } catch let error as FileError where error.number == ENOENT {
      return nil
    }
    return Self.status(raw)
  }

  public func status(of descriptor: Int32) throws -> FileStatus {
    var raw = stat()
    try retry("examine", name(descriptor)) { fstat(descriptor, &raw) }
    return Self.status(raw)
  }

  private static func status(_ raw: stat) -> FileStatus {
    let kind: FileStatus.Kind =
      switch raw.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    #if canImport(Glibc)
      let time = raw.st_mtim
    #else
      let time = raw.st_mtimespec
    #endif
    return FileStatus(
      kind: kind, size: Int64(raw.st_size), mode: UInt32(raw.st_mode & 0o7777), owner: raw.st_uid, group: raw.st_gid,
      inode: UInt64(raw.st_ino), device: UInt64(raw.st_dev),
      modified: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
  }

  public func attribute(_ name: String, of path: String) throws -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 1 << 16)
    let length = value.withUnsafeMutableBytes { tidemark_get_attribute(path, name, $0.baseAddress, $0.count) }
    if length >= 0 { return Array(value.prefix(Int(length))) }
    let failure = FileError("read the attribute \(name) of", path, Int32(-length))
    if failure.number == ENODATA || failure.isUnsupported { return nil }
    throw failure
  }

  public func setAttribute(_ name: String, of descriptor: Int32, _ value: [UInt8]?) throws {
    let file = self.name(descriptor)
    guard let value else {
      let failure = FileError("remove the attribute \(name) of", file, tidemark_remove_attribute(descriptor, name))
      if failure.number == 0 || failure.isUnsupported { return }
      throw failure
    }
    let number = value.withUnsafeBytes { tidemark_set_attribute(descriptor, name, $0.baseAddress, $0.count) }
    try check("set the attribute \(name) of", file, number)
  }

  public func freeSpace(_ path: String) throws -> Int64 {
    let room = tidemark_free_space(path)
    guard room >= 0 else { throw FileError("measure the room at", path, Int32(-room)) }
    return room
  }

  public func rename(_ from: String, to: String) throws {
    #if canImport(Glibc)
      try retry("rename", from) { Glibc.rename(from, to) }
    #else
      try retry("rename", from) { Darwin.rename(from, to) }
    #endif
  }

  public func renameNew(_ from: String, to: String) throws {
    try check("rename", from, tidemark_rename_new(from, to))
  }

  public func exchange(_ first: String, _ second: String) throws {
    try check("exchange", first, tidemark_exchange(first, second))
  }

  public func link(_ from: String, to: String) throws {
    #if canImport(Glibc)
      try retry("link", from) { Glibc.link(from, to) }
    #else
      try retry("link", from) { Darwin.link(from, to) }
    #endif
  }

  public func unlink(_ path: String) throws {
    #if canImport(Glibc)
      try retry("remove", path) { Glibc.unlink(path) }
    #else
      try retry("remove", path) { Darwin.unlink(path) }
    #endif
  }

  public func list(_ folder: String) throws -> [String] {
    guard let stream = opendir(folder) else { throw FileError("list", folder, errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      // The end and an error look alike but for this.
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw FileError("list", folder, errno) }
        break
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  public func makeFolder(_ path: String) throws {
    if let status = try status(path, followLinks: true) {
      guard status.kind == .folder else { throw FileError("make folder", path, ENOTDIR) }
      return
    }
    let parent = parentFolder(of: path)
    if parent != path, parent != "." { try makeFolder(parent) }
    if mkdir(path, 0o777) != 0 {
      let number = errno
      // Somebody else may have made it in between.
      if number != EEXIST { throw FileError("make folder", path, number) }
    }
  }

  public func resolve(_ path: String) throws -> String {
    guard let resolved = realpath(path, nil) else { throw FileError("resolve", path, errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  public func setMode(of descriptor: Int32, _ mode: UInt32) throws {
    try retry("set the mode of", name(descriptor)) { fchmod(descriptor, mode_t(mode)) }
  }

  public func setOwner(of descriptor: Int32, _ owner: UInt32, _ group: UInt32) throws {
    try retry("set the owner of", name(descriptor)) { fchown(descriptor, owner, group) }
  }

  public func lease(_ descriptor: Int32) throws { try check("lease", name(descriptor), tidemark_lease(descriptor)) }
  public func leaseHeld(_ descriptor: Int32) -> Bool { tidemark_lease_held(descriptor) != 0 }
  public func endLease(_ descriptor: Int32) { tidemark_lease_end(descriptor) }

  public func lockRange(_ descriptor: Int32, _ kind: RangeLock, start: Int64, length: Int64) throws -> Bool {
    let code =
      switch kind {
      case .shared: F_RDLCK
      case .exclusive: F_WRLCK
      case .none: F_UNLCK
      }
    while true {
      let number = tidemark_lock_range(descriptor, Int32(code), start, length)
      switch number {
      case 0: return true
      case EINTR: continue
      case EAGAIN, EACCES: return false
      default: throw FileError("lock", name(descriptor), number)
      }
    }
  }
}
