// What the VFSes of Tidemark have in common: they stand on the platform's, and their databases have names and no places.
internal import CTidemarkSQLite

/// Makes a VFS that says of every name that there is no such file, and leaves the clock, the dice and the sleep to the
/// platform's, which take no notice of the VFS they are called with. Never freed: SQLite keeps it for good.
/// - Parameter fileSize: what an open file takes in SQLite's memory, in bytes; one of the platform's fits too.
func makeVFS(named name: String, fileSize: Int) -> UnsafeMutablePointer<sqlite3_vfs>? {
  guard let platform = sqlite3_vfs_find(nil) else { return nil }
  let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
  vfs.initialize(to: platform.pointee)
  vfs.pointee.pNext = nil
  vfs.pointee.iVersion = min(platform.pointee.iVersion, 2)
  vfs.pointee.szOsFile = max(Int32(fileSize), platform.pointee.szOsFile)
  vfs.pointee.zName = UnsafePointer(strdupForLife(name))
  vfs.pointee.pAppData = UnsafeMutableRawPointer(platform)
  vfs.pointee.xAccess = { _, _, _, result in
    result?.pointee = 0
    return SQLITE_OK
  }
  vfs.pointee.xFullPathname = { _, name, room, out in
    guard let name, let out else { return SQLITE_ERROR }
    copyName(room, out, name)
    return SQLITE_OK
  }
  return vfs
}

/// The VFS that one of ours stands on.
func platform(of vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> UnsafeMutablePointer<sqlite3_vfs>? {
  vfs?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self)
}

/// Opens a temporary file, which has no name, on the platform's VFS.
func openTemporary(
  _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
  _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
  guard let platform = platform(of: vfs), let open = platform.pointee.xOpen else { return SQLITE_CANTOPEN }
  return open(platform, nil, file, flags, outFlags)
}

/// Removes a file on the platform's VFS.
func deleteOnPlatform(
  _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?, _ sync: Int32
) -> Int32 {
  guard let platform = platform(of: vfs), let delete = platform.pointee.xDelete else { return SQLITE_READONLY }
  return delete(platform, name, sync)
}

/// Error codes of SQLite that are macros with arithmetic, which Swift does not import.
enum IOCode {
  static let read: Int32 = 10 | 1 << 8
  static let shortRead: Int32 = 10 | 2 << 8
  static let write: Int32 = 10 | 3 << 8
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
