// What the operating system answered when an operation on a file failed.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A file operation that failed.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was tried, as a verb: "open", "write", "rename".
  public var operation: String
  /// The file it was tried on.
  public var path: String
  /// The system's error number (errno).
  public var number: Int32

  /// A failed operation.
  public init(_ operation: String, _ path: String, _ number: Int32) {
    self.operation = operation
    self.path = path
    self.number = number
  }

  /// The system's words for the error number.
  public var reason: String { String(cString: strerror(number)) }
  /// The operation, the file and the reason in one phrase.
  public var description: String { "cannot \(operation) \(path): \(reason)" }

  /// Whether the disk, or the quota, is full.
  public var isFull: Bool { number == ENOSPC || number == EDQUOT }
  /// Whether the file or its folder is not there.
  public var isMissing: Bool { number == ENOENT || number == ENOTDIR }
  /// Whether the file is there already.
  public var exists: Bool { number == EEXIST }
  /// Whether rights or a read-only file system forbid it.
  public var isForbidden: Bool { number == EACCES || number == EPERM || number == EROFS }
  /// Whether this system or file system does not know the operation.
  public var isUnsupported: Bool { number == ENOTSUP || number == EOPNOTSUPP || number == EINVAL || number == ENOSYS }
  /// Whether the disk, or the file system on it, cannot give back what was written.
  public var isUnreadable: Bool {
    #if canImport(Glibc)
      number == EIO || number == EBADMSG || number == EUCLEAN
    #else
      number == EIO || number == EBADMSG
    #endif
  }
  /// Whether somebody else holds what was asked for.
  public var isBusy: Bool { number == EAGAIN || number == EACCES || number == EBUSY || number == EWOULDBLOCK }
}
