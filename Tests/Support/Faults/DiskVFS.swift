// SQLite's files in a watched folder: what the VFS asks is answered by the disk that is watched at the moment.
internal import CFaultVFS
import Foundation
import Synchronization
import TidemarkSQLite

/// The process's VFS that watches one disk at a time.
public enum DiskVFS {
  private static let watched = Mutex<FaultDisk?>(nil)

  /// Answers for a disk from now on; nil for none.
  /// - Throws: when SQLite does not take the VFS.
  public static func watch(_ disk: FaultDisk?) throws {
    let result = fault_vfs_install { call in call.map { DiskVFS.answer($0) } ?? 0 }
    guard result == 0 else { throw SQLiteError(result, "the VFS was not taken") }
    watched.withLock { $0 = disk }
  }

  private static func answer(_ call: UnsafeMutablePointer<FaultVFSCall>) -> Int32 {
    let operation = FaultVFSOperation(UInt32(call.pointee.operation))
    guard let disk = watched.withLock({ $0 }), let path = call.pointee.path.map({ String(cString: $0) }),
      let inside = disk.inside(path)
    else { return operation == FAULT_OPEN ? -1 : 0 }
    let file = Int(call.pointee.file)
    func step(_ kind: DiskOperation.Kind, _ words: String, _ failure: Int32, _ event: DiskEvent? = nil) -> Int32 {
      switch disk.answer(kind, "\(words) \(inside)", isSQLite: true) {
      case .goOn:
        if let event { disk.note(event) }
        return 0
      case .fail(let number):
        if case .sync(let file)? = event { disk.note(.failedSync(file: file)) }
        return number == ENOSPC ? full(kind) : failure
      case .half(let number):
        guard case .write(let file, let offset, let bytes)? = event else { return failure }
        let part = bytes.withUnsafeBytes { Array($0.firstHalf) }
        disk.note(.write(file: file, offset: offset, bytes: part))
        call.pointee.part = Int64(part.count)
        return number == nil ? failure : full(kind)
      case .dead: return failure
      }
    }
    switch operation {
    case FAULT_OPEN: return open(call, disk, inside) { step($0, $1, IOError.cannotOpen) }
    case FAULT_DELETE:
      guard disk.isThere(inside) else { return step(.look, "delete missing", IOError.delete) }
      let isSynced = call.pointee.flags & 1 != 0
      let result = step(.name, isSynced ? "delete and sync the folder of" : "delete", IOError.delete)
      if result == 0 { disk.noteNames(.unlink(inside)) }
      if result == 0, isSynced { disk.note(.syncFolder(DiskEvent.folder(of: inside))) }
      return result
    case FAULT_ACCESS: return step(.look, "access", IOError.access)
    case FAULT_READ: return step(.read, "read", IOError.read)
    case FAULT_WRITE:
      let bytes = UnsafeRawBufferPointer(start: call.pointee.bytes, count: Int(call.pointee.length))
      return step(
        .write, "write", IOError.write,
        .write(file: file, offset: Int(call.pointee.offset), bytes: Array(bytes)))
    case FAULT_TRUNCATE:
      return step(
        .resize, "truncate", IOError.truncate, .resize(file: file, length: Int(call.pointee.offset)))
    case FAULT_SYNC:
      // With the folder, the first time: SQLite's own VFS does both in one.
      let isFirst = disk.isFirstSync(ofJournal: file)
      let result = step(.sync, isFirst ? "sync, and the folder of," : "sync", IOError.sync, .sync(file: file))
      if result == 0, isFirst { disk.note(.syncFolder(DiskEvent.folder(of: inside))) }
      return result
    case FAULT_SIZE: return step(.look, "size", IOError.size)
    case FAULT_LOCK: return step(.lock, "lock", IOError.lock)
    case FAULT_RESERVED: return step(.lock, "reserved", IOError.reserved)
    case FAULT_SHM_MAP: return step(.memory, "shared memory", IOError.sharedMemory)
    case FAULT_SHM_LOCK: return step(.lock, "shared lock", IOError.sharedLock)
    // What ends something cannot fail; but a dead process does not end its things in an orderly way.
    case FAULT_SHM_UNMAP: return disk.isEnded ? 1 : 0
    default: return 0
    }
  }

  private static func open(
    _ call: UnsafeMutablePointer<FaultVFSCall>, _ disk: FaultDisk, _ inside: String,
    _ step: (DiskOperation.Kind, String) -> Int32
  ) -> Int32 {
    let flags = call.pointee.flags
    let isMade = flags & 0x4 != 0 && !disk.isThere(inside)  // SQLITE_OPEN_CREATE
    let result = isMade ? step(.create, "create") : step(.open, "open")
    guard result == 0 else { return result }
    guard isMade || disk.isThere(inside) else { return 0 }
    do {
      if isMade { LocalFiles().close(try LocalFiles().open(disk.root + "/" + inside, .create(mode: 0o644))) }
      // Main and super-journals, and WALs (SQLITE_OPEN_MAIN_JOURNAL, _SUPER_JOURNAL, _WAL).
      call.pointee.file = Int64(try disk.file(inside, isJournal: flags & (0x800 | 0x4000 | 0x80000) != 0))
      return 0
    } catch {
      return IOError.cannotOpen
    }
  }

  /// What SQLite gets where there is no room.
  private static func full(_ kind: DiskOperation.Kind) -> Int32 {
    switch kind {
    case .memory: SQLiteError.sharedMemorySize
    case .create, .open: IOError.cannotOpen
    default: SQLiteError.full
    }
  }
}

/// SQLite's codes for what goes wrong with a file: macros with arithmetic, which Swift does not import.
private enum IOError {
  static let cannotOpen = SQLiteError.cannotOpen
  static let read = code(1)
  static let write = code(3)
  static let sync = code(4)
  static let truncate = code(6)
  static let size = code(7)
  static let delete = code(10)
  static let access = code(13)
  static let reserved = code(14)
  static let lock = code(15)
  static let sharedLock = code(20)
  static let sharedMemory = code(21)

  private static func code(_ number: Int32) -> Int32 { SQLiteError.io | number << 8 }
}
