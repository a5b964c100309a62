// An open file of Tidemark's VFSes: what SQLite calls, and the one table by which it does.
internal import CTidemarkSQLite

/// An open file, as SQLite's methods see it. What a VFS makes of it is in its subclass; by itself it is empty and read-only.
class VFSFile {
  /// What stands in SQLite's memory for an open file: its own part first, as SQLite demands.
  private struct Slot {
    var base: sqlite3_file
    var file: Unmanaged<VFSFile>?
  }

  /// What an open file takes in SQLite's memory, in bytes.
  static let slotSize = MemoryLayout<Slot>.size

  /// Bytes.
  var size: Int64 { 0 }

  /// Reads, and fills what is behind the end with zeros, on which SQLite relies.
  /// - Returns: the bytes that there were.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int { 0 }

  /// Writes.
  /// - Returns: SQLite's code.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int32 { SQLITE_READONLY }

  /// Cuts or extends.
  /// - Returns: SQLite's code.
  func truncate(to length: Int64) -> Int32 { SQLITE_READONLY }

  /// Told when SQLite lets it go.
  func closed() {}

  /// Puts it where SQLite looks for it, which keeps it alive until it is closed.
  func open(in file: UnsafeMutablePointer<sqlite3_file>, methods: UnsafePointer<sqlite3_io_methods>) {
    UnsafeMutableRawPointer(file).withMemoryRebound(to: Slot.self, capacity: 1) { slot in
      slot.initialize(to: Slot(base: sqlite3_file(pMethods: methods), file: Unmanaged.passRetained(self)))
    }
  }

  private static func at(_ file: UnsafeMutablePointer<sqlite3_file>?) -> VFSFile? {
    guard let file else { return nil }
    return UnsafeMutableRawPointer(file).withMemoryRebound(to: Slot.self, capacity: 1) { slot in
      slot.pointee.file?.takeUnretainedValue()
    }
  }

  private static func close(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    guard let file else { return SQLITE_OK }
    UnsafeMutableRawPointer(file).withMemoryRebound(to: Slot.self, capacity: 1) { slot in
      slot.pointee.file?.takeUnretainedValue().closed()
      slot.pointee.file?.release()
      slot.pointee.file = nil
    }
    return SQLITE_OK
  }

  private static func read(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ out: UnsafeMutableRawPointer?, _ count: Int32, _ offset: Int64
  ) -> Int32 {
    guard let out, let opened = at(file), count >= 0, offset >= 0,
      let there = try? opened.read(into: UnsafeMutableRawBufferPointer(start: out, count: Int(count)), at: offset)
    else { return IOCode.read }
    return there < Int(count) ? IOCode.shortRead : SQLITE_OK
  }

  private static func write(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ bytes: UnsafeRawPointer?, _ count: Int32, _ offset: Int64
  ) -> Int32 {
    guard let bytes, let opened = at(file), count >= 0, offset >= 0 else { return IOCode.write }
    return opened.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)), at: offset)
  }

  /// A table for the files of one VFS, never freed. Version 1: no shared memory, no mapping (mapping made a check 20 times
  /// slower). Nobody is kept out, as nobody else has these files; nothing is synced, as nothing of them stays.
  /// - Parameter characteristics: what SQLite may take for granted of them.
  static func methods(characteristics: @escaping @convention(c) (UnsafeMutablePointer<sqlite3_file>?) -> Int32)
    -> UnsafePointer<sqlite3_io_methods>
  {
    var table = sqlite3_io_methods()
    table.iVersion = 1
    table.xClose = { VFSFile.close($0) }
    table.xRead = { VFSFile.read($0, $1, $2, $3) }
    table.xWrite = { VFSFile.write($0, $1, $2, $3) }
    table.xTruncate = { file, length in
      guard let opened = VFSFile.at(file), length >= 0 else { return IOCode.write }
      return opened.truncate(to: length)
    }
    table.xSync = { _, _ in SQLITE_OK }
    table.xFileSize = { file, size in
      guard let opened = VFSFile.at(file) else { return SQLITE_IOERR }
      size?.pointee = opened.size
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
    table.xDeviceCharacteristics = characteristics
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(to: table)
    return UnsafePointer(methods)
  }
}
