// Limits that the system sets a process: an error that is really one of them says so, and how to raise it.
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A limit of the process that was met.
public struct SystemLimit: Sendable, Hashable {
  /// The system's words for it.
  public var reason: String
  /// What to do next.
  public var hint: String

  /// The limit behind an error number; nil for other errors.
  init?(number: Int32) {
    switch number {
    case EFBIG: hint = "raise the limit on the size of files (ulimit -f)"
    case EMFILE: hint = "raise the limit on open files (ulimit -n)"
    case ENFILE: hint = "raise the system's limit on open files (fs.file-max)"
    default: return nil
    }
    reason = String(cString: strerror(number))
  }

  /// The limit behind an error of SQLite's.
  /// - Parameters:
  ///   - code: the extended code.
  ///   - number: the system's number of the last call that failed in SQLite; after a write, SQLite's tidying up may have
  ///     put another in its place.
  init?(sqlite code: Int32, number: Int32) {
    guard [SQLiteError.io, SQLiteError.cannotOpen, SQLiteError.full].contains(code & 0xff) else { return nil }
    let growing: Set<Int32> = [SQLiteError.write, SQLiteError.truncate, SQLiteError.sharedMemorySize]
    if growing.contains(code), Self.limitsFileSizes {
      self.init(number: EFBIG)
    } else {
      self.init(number: number)
    }
  }

  /// Whether this process may only write files up to a size.
  private static var limitsFileSizes: Bool {
    var limit = rlimit()
    #if canImport(Glibc)
      let result = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    #else
      let result = getrlimit(RLIMIT_FSIZE, &limit)
    #endif
    // "No limit" is this or more on every system.
    return result == 0 && limit.rlim_cur < rlim_t(Int64.max)
  }
}

extension FileError {
  /// The limit of the process or the system that was met; nil for other errors.
  public var limit: SystemLimit? { SystemLimit(number: number) }
}
