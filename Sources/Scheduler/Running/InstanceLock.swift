// One scheduler a database. Tidemark's own lock is shared by all builds that agree on the schema, and tasks cannot be shared.
internal import Tidemark

/// A lock on `DB-scheduler.lock`, gone with its process however that ends. The file stays; it says whose it last was.
struct InstanceLock {
  private let files = LocalFiles()
  private let descriptor: Int32

  /// Takes it.
  /// - Throws: `SchedulerError.alreadyRunning`, `FileError`.
  init(of database: String) throws {
    // By whatever name the database is called, it is one.
    let place = try files.status(database, followLinks: true) == nil ? database : files.resolve(database)
    descriptor = try files.open(place + "-scheduler.lock", .create(mode: 0o600))
    do {
      guard try files.lockRange(descriptor, .exclusive, start: 0, length: 1) else {
        throw SchedulerError.alreadyRunning(database, try Self.holder(descriptor, files))
      }
      try files.truncate(descriptor, to: 0)
      let words = Array("process \(Processes.own) on \(Processes.hostName)\n".utf8)
      try words.withUnsafeBytes { try files.write(descriptor, $0, at: 0) }
    } catch {
      files.close(descriptor)
      throw error
    }
  }

  /// Lets go of it.
  func release() { files.close(descriptor) }

  private static func holder(_ descriptor: Int32, _ files: LocalFiles) throws -> String {
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = try bytes.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 0) }
    let words = String(decoding: bytes.prefix(count).prefix { $0 >= 0x20 && $0 < 0x7f }, as: UTF8.self)
    return words.isEmpty ? "it has not said which" : words
  }
}
