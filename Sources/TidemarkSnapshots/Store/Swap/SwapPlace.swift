// Where a database is, with links resolved, and the names that Tidemark gives to files beside it.
public import TidemarkSQLite

/// A database's place: the file itself, and the names beside it.
public struct SwapPlace: Sendable, Hashable {
  /// The database file, links resolved.
  public let target: String

  /// Resolves a path as SQLite does: a link stays, and what it leads to is the database.
  ///
  /// - Throws: `SwapError` for a link that leads nowhere, which may be a volume that is not mounted.
  public init(_ path: String, files: any FileSystem = LocalFiles()) throws {
    guard let status = try files.status(path, followLinks: false), status.kind == .link else {
      target = path
      return
    }
    guard try files.status(path, followLinks: true) != nil else {
      throw SwapError(.target, path, "the link leads to nothing")
    }
    target = try files.resolve(path)
  }

  /// The folder it is in.
  public var folder: String { parentFolder(of: target) }
  /// Its name in that folder.
  public var name: String { lastComponent(of: target) }
  /// The note of a swap under way.
  public var intent: String { target + ".tidemark-swap" }
  /// What the names of databases being restored begin with; 16 hexadecimal digits follow.
  public var restorePrefix: String { target + ".tidemark-restore-" }
  /// What the names of displaced databases begin with; a stamp follows, and a number where one was taken.
  public var previousPrefix: String { target + ".previous-" }

  /// What SQLite appends for the files beside a database that hold content: replayed when they are found.
  static let contentSuffixes = ["-journal", "-wal"]
  /// Those, and the shared memory, which holds nothing that is not in the WAL.
  static let sideSuffixes = contentSuffixes + ["-shm"]

  /// Refuses a name that SQLite gives to a file beside another database: it would take this one for that, and remove it.
  /// - Throws: `SwapError`.
  public func refuseSideName(files: any FileSystem) throws {
    for suffix in Self.sideSuffixes where target.hasSuffix(suffix) {
      let other = String(target.dropLast(suffix.utf8.count))
      guard try files.status(other, followLinks: true) != nil else { continue }
      throw SwapError(
        .target, target, "SQLite would take it for what belongs to the database \(lastComponent(of: other))")
    }
  }

  /// A name for a database displaced at a moment that nothing here has.
  func freePrevious(_ stamp: UTCStamp, files: any FileSystem) throws -> String {
    let first = previousPrefix + stamp.description
    var candidate = first
    for number in 2...10_000 {
      let taken = try ([""] + Self.sideSuffixes).contains { suffix in
        try files.status(candidate + suffix, followLinks: false) != nil
      }
      if !taken { return candidate }
      candidate = "\(first)-\(number)"
    }
    throw SwapError(.failed, target, "no free name like \(lastComponent(of: first))")
  }
}
