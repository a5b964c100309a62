// Why a database's lock was not had, and the words for it.
internal import TidemarkSQLite
internal import TidemarkSnapshots

/// The lock of a database could not be had.
public struct LockError: Error, Sendable, CustomStringConvertible {
  /// What kind of reason.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// Others hold it. Refused.
    case held
    /// The lock file cannot be made or written here.
    case unwritable
    /// The folder is not there.
    case missing
    /// The lock file's name stands for something else.
    case foreign
    /// The wait was called off.
    case cancelled
    /// The system could not lock.
    case failed
  }

  /// The kind of reason.
  public var code: Code
  /// The lock file.
  public var path: String
  /// Who holds the lock, as far as they say so.
  public var holders: [LockHolder]
  /// What failed underneath.
  public var cause: (any Error)?

  init(_ code: Code, _ path: String, holders: [LockHolder] = [], cause: (any Error)? = nil) {
    self.code = code
    self.path = path
    self.holders = holders
    self.cause = cause
  }

  init(_ path: String, _ failure: FileError) {
    let isUnwritable = failure.isForbidden || failure.isFull
    self.init(failure.isMissing ? .missing : isUnwritable ? .unwritable : .failed, path, cause: failure)
  }

  /// Whether it was refused for safety (exit status 2) and did not fail (1).
  public var isRefusal: Bool { code == .held }

  /// What to do next.
  public var hint: String {
    if let limit = (cause as? FileError)?.limit { return limit.hint }
    return switch code {
    case .held: "stop those that use the database, or wait longer for them"
    case .unwritable where (cause as? FileError)?.isFull == true: "free some room on the disk"
    case .unwritable: "make the folder and the lock file writable for this user"
    case .missing where cause is SwapError: "make what it leads to, mount the volume that it is on, or remove the link"
    case .missing: "make the folder, or mount the volume that it is on"
    case .foreign: "move away what has the lock file's name"
    case .cancelled: "run it again"
    case .failed: "keep the database on a file system that can lock"
    }
  }

  /// What happened, in one sentence.
  public var description: String {
    let words: String
    switch code {
    case .held where holders.isEmpty: words = "the database is in use by somebody who does not say who they are"
    case .held: words = "the database is in use by \(holders.map(\.description).joined(separator: "; "))"
    case .unwritable: words = "the lock file \(path) cannot be written"
    case .missing where cause is SwapError: words = "the database's lock cannot be had"
    case .missing: words = "there is no folder for the lock file \(path)"
    case .foreign: words = "\(path) is not a regular file"
    case .cancelled: words = "the wait for the database's lock was called off"
    case .failed: words = "the lock file \(path) cannot be locked"
    }
    // The file has been named; the failure underneath may know it by its descriptor only.
    if let failure = cause as? FileError { return "\(words): \(failure.reason)" }
    return cause.map { "\(words): \($0)" } ?? words
  }
}
