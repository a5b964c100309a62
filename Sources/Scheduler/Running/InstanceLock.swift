// One scheduler a database. Tidemark's own lock is shared by all builds that agree on the schema, and tasks cannot be shared.
internal import Tidemark

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A lock on `DB-scheduler.lock`, gone with its process however that ends. The file stays; it says whose it last was.
struct InstanceLock {
  private let files = LocalFiles()
  private let descriptor: Int32

  /// Takes it.
  /// - Throws: `SchedulerError.alreadyRunning`, `FileError`.
  init(of database: String) throws {
    // By whatever name the database is called, it is one.
    let path = try SwapPlace(database, files: files).target + "-scheduler.lock"
    descriptor = try files.open(path, .create(mode: 0o600))
    do {
      guard try files.lockRange(descriptor, .exclusive, start: 0, length: 1) else {
        throw SchedulerError.alreadyRunning(database, try Self.holder(path, files))
      }
      try files.truncate(descriptor, to: 0)
      // Who it is helps whoever is refused; the lock holds without it, on a full disk too.
      let words = Array("process \(Processes.own) on \(Processes.hostName)\n".utf8)
      _ = pwrite(descriptor, words, words.count, 0)
    } catch {
      files.close(descriptor)
      throw error
    }
  }

  /// Lets go of it.
  func release() {
    // A child that is being started shares the description for a moment, and with it the lock: it goes now.
    _ = try? files.lockRange(descriptor, .none, start: 0, length: 0)
    files.close(descriptor)
  }

  private static func holder(_ path: String, _ files: LocalFiles) throws -> String {
    let words = try files.contents(of: path, limit: 4096).prefix { $0 >= 0x20 && $0 < 0x7f }
    return words.isEmpty ? "it has not said which" : String(decoding: words, as: UTF8.self)
  }
}
