// What can go wrong with snapshots, as data; `SnapshotErrorWords.swift` has the words.

internal import TidemarkSQLite

/// An error of capturing, reading, restoring or keeping snapshots.
public struct SnapshotError: Error, Sendable {
  /// What went wrong.
  public indirect enum Reason: Sendable {
    /// The source is not there.
    case missing
    /// The source is not a regular file.
    case notAFile
    /// The store is not a folder.
    case notAFolder
    /// The source has no byte.
    case empty
    /// The source is none of the kinds that can be restored.
    case foreign(found: String)
    /// The bytes are damaged.
    case damaged(String)
    /// A block is damaged. Pages are counted from 1, as SQLite does; nil where the page size is not known.
    case damagedBlock(Int, pages: ClosedRange<Int64>?, why: String)
    /// The file ends too early.
    case truncated(String)
    /// The file is whole but asks for something this build does not know.
    case unsupported(String)
    /// It is sealed, and none of the keys that open it was given.
    case sealed(SealLabel)
    /// A signature is asked for, and it has none, or another's.
    case untrusted(String)
    /// It is signed, and is not what was signed.
    case forged(String)
    /// An increment needs another snapshot that is not beside it.
    case missingParent(String)
    /// An increment needs another snapshot, and the one of that name is not what it was.
    case otherParent(String)
    /// A frame without our index cannot be read in place.
    case notIndexed
    /// What came out is not a whole database.
    case notWhole(String)
    /// What would come out, or has so far, is more bytes than was allowed.
    case tooLarge(bytes: Int64?, limit: Int64)
    /// The database cannot be read: encrypted, or none.
    case unreadable(String)
    /// SQLite's own check found faults.
    case checkFailed([String])
    /// The output is there already.
    case exists
    /// Another process writes into the store.
    case storeBusy(holder: String)
    /// No snapshot answers to this.
    case noSnapshot(String)
    /// Several snapshots answer to this.
    case ambiguous(String, names: [String])
    /// A dump holds a statement that is not run.
    case refusedStatement(line: Int, sql: String, why: String)
    /// A statement of a dump failed.
    case failedStatement(line: Int, sql: String)
    /// A dump is cut off, or says itself that it is not whole.
    case incompleteDump(String)
    /// A retention policy that keeps nothing.
    case emptyPolicy
    /// A parameter that cannot be.
    case invalid(String)
    /// SQLite failed.
    case database(doing: String)
    /// A file operation failed.
    case file(doing: String)
  }

  /// The file concerned: the snapshot, the database, the output or the store.
  public var path: String
  /// What went wrong.
  public var reason: Reason
  /// What brought it about: a `FileError`, a `SQLiteError`, or nil.
  public var cause: (any Error)?

  /// An error.
  public init(_ reason: Reason, at path: String, cause: (any Error)? = nil) {
    self.reason = reason
    self.path = path
    self.cause = cause
  }

  /// A fault of the codec, at a file.
  init(_ fault: FormatFault, at path: String) {
    self.path = path
    switch fault {
    case .damaged(let what): reason = .damaged(what)
    case .truncated(let what): reason = .truncated(what)
    case .unsupported(let what): reason = .unsupported(what)
    case .sealed(let label): reason = .sealed(label)
    case .forged(let what): reason = .forged(what)
    }
  }

  /// Runs a body and puts the file's name and the deed on errors of the floors below; others pass as they are.
  static func naming<T>(_ path: String, _ doing: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let fault as FormatFault {
      throw SnapshotError(fault, at: path)
    } catch let error as FileError {
      throw SnapshotError(.file(doing: doing), at: path, cause: error)
    } catch let error as SQLiteError {
      throw SnapshotError(.database(doing: doing), at: path, cause: error)
    }
  }
}
