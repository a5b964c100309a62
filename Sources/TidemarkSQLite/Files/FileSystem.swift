// The file operations that Tidemark uses outside SQLite, as a protocol: a test can fail or stop any one of them.
internal import CTidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// File operations. Every one that can fail throws `FileError`; none is left half done but where it says so.
public protocol FileSystem: Sendable {
  /// Opens a file.
  func open(_ path: String, _ how: OpenHow) throws -> Int32
  /// Closes a descriptor. Closing any descriptor of a database drops this process's POSIX locks on it.
  func close(_ descriptor: Int32)
  /// Reads until the buffer is full or the file ends; returns the count.
  func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws -> Int
  /// Writes all bytes; a failure may leave a part of them written.
  func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int64) throws
  /// The file's length in bytes.
  func size(_ descriptor: Int32) throws -> Int64
  /// Cuts or extends the file.
  func truncate(_ descriptor: Int32, to length: Int64) throws
  /// Reserves room; passes in silence where the file system cannot, or is interrupted again and again.
  func allocate(_ descriptor: Int32, _ length: Int64) throws
  /// Gives a file the content of another one on the same file system without copying it: both share the room on disk until
  /// one is written.
  /// - Returns: false, and nothing is done, where the file system cannot.
  func clone(_ source: Int32, to target: Int32) throws -> Bool
  /// Lets the writes to a file pass the page cache by, or not any more. While they do, memory, offset and length of each must
  /// be multiples of `directUnit`; a file system that wants more than that answers a write with `EINVAL`.
  /// - Returns: false, and nothing is changed, where the file system cannot.
  func bypassCache(_ descriptor: Int32, _ bypass: Bool) -> Bool
  /// Starts writing a range back, as a hint.
  func startWriteback(_ descriptor: Int32, at offset: Int64, length: Int64)
  /// Waits until a range is written and lets its memory go, as a hint.
  func dropWritten(_ descriptor: Int32, at offset: Int64, length: Int64)
  /// Waits until the file is on the disk.
  func sync(_ descriptor: Int32) throws
  /// Waits until a folder's names are on the disk.
  func syncFolder(_ path: String) throws
  /// What is there; nil when nothing is.
  func status(_ path: String, followLinks: Bool) throws -> FileStatus?
  /// What is behind a descriptor, whatever its name has come to stand for.
  func status(of descriptor: Int32) throws -> FileStatus
  /// An extended attribute; nil when the file, or its file system, has none. Longer ones than 64 KiB are an error.
  func attribute(_ name: String, of path: String) throws -> [UInt8]?
  /// Sets an extended attribute; nil removes it, and one that is not there stays away in silence.
  func setAttribute(_ name: String, of descriptor: Int32, _ value: [UInt8]?) throws
  /// Bytes that may still be written on the file system of a path.
  func freeSpace(_ path: String) throws -> Int64
  /// Renames, replacing what is there.
  func rename(_ from: String, to: String) throws
  /// Renames only where the new name is free.
  func renameNew(_ from: String, to: String) throws
  /// Exchanges two names in one step.
  func exchange(_ first: String, _ second: String) throws
  /// Gives a file a second name.
  func link(_ from: String, to: String) throws
  /// Removes a name; one that is not there is an error.
  func unlink(_ path: String) throws
  /// The names in a folder, sorted.
  func list(_ folder: String) throws -> [String]
  /// Makes a folder, and those above it.
  func makeFolder(_ path: String) throws
  /// The path with all links resolved.
  func resolve(_ path: String) throws -> String
  /// Sets the permission bits.
  func setMode(of descriptor: Int32, _ mode: UInt32) throws
  /// Sets owner and group.
  func setOwner(of descriptor: Int32, _ owner: UInt32, _ group: UInt32) throws
  /// Takes a write lease, which proves that nobody else has the file open.
  func lease(_ descriptor: Int32) throws
  /// Whether the lease is still whole: no opener waits for it.
  func leaseHeld(_ descriptor: Int32) -> Bool
  /// Gives the lease back.
  func endLease(_ descriptor: Int32)
  /// Locks a range for this open description without waiting; false when another holds it.
  func lockRange(_ descriptor: Int32, _ kind: RangeLock, start: Int64, length: Int64) throws -> Bool
  /// Whether another open description holds a lock on a range that would keep an exclusive one out. Takes no lock itself.
  func isRangeLocked(_ descriptor: Int32, start: Int64, length: Int64) -> Bool
}

/// What writes past the page cache are multiples of, in bytes: no disk in use has larger sectors.
package let directUnit = 4096

extension FileSystem {
  public func bypassCache(_ descriptor: Int32, _ bypass: Bool) -> Bool {
    tidemark_bypass_cache(descriptor, bypass ? 1 : 0) == 0
  }

  public func clone(_ source: Int32, to target: Int32) throws -> Bool {
    while true {
      let number = tidemark_clone(source, target)
      if number == 0 { return true }
      if number == EINTR { continue }
      let failure = FileError("share the content of", "descriptor \(source)", number)
      if failure.isUnsupported || number == EXDEV || number == ENOTTY { return false }
      throw failure
    }
  }

  public func isRangeLocked(_ descriptor: Int32, start: Int64, length: Int64) -> Bool {
    tidemark_probe_range(descriptor, Int32(F_WRLCK), start, length) != F_UNLCK
  }
}
