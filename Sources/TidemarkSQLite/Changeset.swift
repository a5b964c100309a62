// A set of row changes as the session extension writes it. https://sqlite.org/session/changeset.html
internal import CTidemarkSQLite

/// Rows inserted, updated and deleted, each by its table's primary key, with old and new values.
///
/// Columns go by their position: a changeset belongs to tables of just the shape it was recorded on.
public struct Changeset: Sendable, Hashable {
  /// SQLite's encoding of it.
  public var bytes: [UInt8]

  /// A changeset as SQLite encodes it. It may be input: what is wrong with it shows when it is used.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// What it does to one table.
  public struct Counts: Sendable, Hashable, Codable {
    /// Rows it inserts.
    public var inserts = 0
    /// Rows it updates.
    public var updates = 0
    /// Rows it deletes.
    public var deletes = 0
    /// All of them.
    public var total: Int { inserts + updates + deletes }
  }

  /// What became of it when it was applied.
  public struct Outcome: Sendable, Hashable {
    /// Changes that were made.
    public var applied: Int
    /// Changes that were not, because the row is another by now, or is gone.
    public var conflicts: Int
  }

  /// What takes it back.
  /// - Throws: `SQLiteError` when it is malformed.
  public func inverted() throws -> Changeset {
    var count: Int32 = 0
    var inverse: UnsafeMutableRawPointer?
    var bytes = bytes
    let result = try bytes.withUnsafeMutableBytes {
      sqlite3changeset_invert(try Self.length($0.count), $0.baseAddress, &count, &inverse)
    }
    defer { sqlite3_free(inverse) }
    guard result == SQLITE_OK else { throw Self.error(result) }
    return Changeset(bytes: Array(UnsafeRawBufferPointer(start: inverse, count: Int(count))))
  }

  /// What it does, by table.
  /// - Throws: `SQLiteError` when it is malformed.
  public func counts() throws -> [String: Counts] {
    var found: [String: Counts] = [:]
    var reader = ChangesetReader(bytes)
    while let change = try reader.next() {
      switch change.operation {
      case .insert: found[change.table, default: Counts()].inserts += 1
      case .update: found[change.table, default: Counts()].updates += 1
      case .delete: found[change.table, default: Counts()].deletes += 1
      }
    }
    return found
  }

  /// The tables in which it sets one of some columns to NULL.
  /// - Parameter columns: by table, the places of the columns, counted from 0.
  /// - Throws: `SQLiteError` when it is malformed.
  public func tables(givingNull columns: [String: [Int]]) throws -> Set<String> {
    var found: Set<String> = []
    var reader = ChangesetReader(bytes)
    while let change = try reader.next() {
      guard let wanted = columns[change.table], change.nulls.contains(where: wanted.contains) else { continue }
      found.insert(change.table)
    }
    return found
  }

  /// What the callbacks share.
  private final class Run {
    let includes: (String) -> Bool
    var conflicts = 0
    init(_ includes: @escaping (String) -> Bool) { self.includes = includes }
  }

  /// Makes the changes, leaving every row as it is that is not as the changeset expects it.
  ///
  /// No savepoint is set: the caller has a transaction open, and ends it when this throws. A table that is missing, has
  /// other columns or another key is passed over by SQLite without a word: compare `counts`.
  /// - Parameter includes: which tables may be changed.
  /// - Throws: `SQLiteError`.
  public func apply(to connection: Connection, tables includes: @escaping (String) -> Bool) throws -> Outcome {
    // SQLite may go round in circles on what is none.
    _ = try counts()
    let run = Run(includes)
    let before = connection.totalChanges
    var bytes = bytes
    let result = try bytes.withUnsafeMutableBytes { buffer in
      try withExtendedLifetime(run) {
        sqlite3changeset_apply_v2(
          try connection.handle, try Self.length(buffer.count), buffer.baseAddress,
          { context, name in
            guard let context, let name else { return 0 }
            return Unmanaged<Run>.fromOpaque(context).takeUnretainedValue().includes(String(cString: name)) ? 1 : 0
          },
          { context, _, _ in
            guard let context else { return SQLITE_CHANGESET_ABORT }
            Unmanaged<Run>.fromOpaque(context).takeUnretainedValue().conflicts += 1
            return SQLITE_CHANGESET_OMIT
          }, Unmanaged.passUnretained(run).toOpaque(), nil, nil, SQLITE_CHANGESETAPPLY_NOSAVEPOINT)
      }
    }
    guard result == SQLITE_OK else { throw connection.failure(result) }
    return Outcome(applied: Int(connection.totalChanges - before), conflicts: run.conflicts)
  }

  private static func length(_ count: Int) throws -> Int32 {
    guard let length = Int32(exactly: count) else { throw error(SQLITE_TOOBIG) }
    return length
  }

  private static func error(_ code: Int32) -> SQLiteError {
    SQLiteError(code, "changeset: \(String(cString: sqlite3_errstr(code)))")
  }
}
