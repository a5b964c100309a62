// Keeps two writers of one store apart. The lock belongs to the open file, so it goes with its process.
internal import TidemarkSQLite

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The right to write into a store, for as long as this lives.
final class StoreLock {
  static let name = ".tidemark-store.lock"
  private let files: any FileSystem
  private let descriptor: Int32

  /// Takes the lock, waiting for another writer as long as `patience` says.
  /// - Throws: `SnapshotError` (`storeBusy`) that names the holder.
  init(_ folder: String, _ files: any FileSystem, patience: Duration = .zero) throws {
    let end = ContinuousClock.now + patience
    self.files = files
    let path = join(folder, Self.name)
    descriptor = try SnapshotError.naming(path, "open the store's lock") {
      try files.open(path, .create(mode: 0o666))
    }
    do {
      try SnapshotError.naming(path, "lock the store") { [descriptor] in
        while try !files.lockRange(descriptor, .exclusive, start: 0, length: 1) {
          guard ContinuousClock.now < end else {
            throw SnapshotError(.storeBusy(holder: try Self.holder(descriptor, files)), at: folder)
          }
          usleep(10_000)
        }
        let text = Array("process \(getpid())\n".utf8)
        try text.withUnsafeBytes { try files.write(descriptor, $0, at: 0) }
        try files.truncate(descriptor, to: Int64(text.count))
      }
    } catch {
      files.close(descriptor)
      throw error
    }
  }

  deinit {
    // A program that this process is just starting shares the open file until it runs: closing alone would leave the lock
    // with it for a moment. Where this fails, closing has to do.
    _ = try? files.lockRange(descriptor, .none, start: 0, length: 1)
    files.close(descriptor)
  }

  private static func holder(_ descriptor: Int32, _ files: any FileSystem) throws -> String {
    let buffer = Buffer(64)
    let count = try files.read(descriptor, into: buffer.bytes, at: 0)
    let text = String(decoding: buffer.bytes[..<count].prefix { $0 >= 0x20 && $0 < 0x7f }, as: UTF8.self)
    return text.isEmpty ? "it has not said which" : text
  }
}
