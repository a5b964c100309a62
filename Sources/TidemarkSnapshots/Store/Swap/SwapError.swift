// Why a database was not put in another's place: the codes, what they carry, and their words.
internal import TidemarkSQLite

/// A swap, or the mending of one, that did not happen.
public struct SwapError: Error, Sendable, CustomStringConvertible {
  /// What kind of reason.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// Somebody has the database open, or works on it. Refused.
    case busy
    /// Owner, mode or access list cannot be kept. Refused.
    case unkept
    /// The file system has no way to do it that a crash cannot tear. Refused.
    case unsupported
    /// The target is a folder or a device, or a link to nothing. Refused.
    case target
    /// The prepared file is not one that can be put in place. Refused.
    case prepared
    /// An operation failed; the database is as it was.
    case failed
    /// An operation failed and so did going back; the next start finishes it.
    case unfinished
    /// The note of an interrupted swap cannot be understood.
    case intent
  }

  /// The kind of reason.
  public var code: Code
  /// The database's path.
  public var target: String
  /// What happened, in words.
  public var detail: String
  /// Who has the database open, as far as the system tells.
  public var holders: [FileHolder]
  /// What failed underneath.
  public var cause: (any Error)?

  init(
    _ code: Code, _ target: String, _ detail: String, holders: [FileHolder] = [], cause: (any Error)? = nil
  ) {
    self.code = code
    self.target = target
    self.detail = detail
    self.holders = holders
    self.cause = cause
  }

  /// Whether it was refused for safety (exit status 2) and not failed (1).
  public var isRefusal: Bool {
    switch code {
    case .busy, .unkept, .unsupported, .target, .prepared: true
    case .failed, .unfinished, .intent: false
    }
  }

  /// What to do next.
  public var hint: String {
    if let limit = (cause as? FileError)?.limit ?? (cause as? SQLiteError)?.limit { return limit.hint }
    return switch code {
    case .busy: "stop whatever has the database open, then run it again"
    case .unkept: "run it as the database's owner, or as root"
    case .unsupported: "keep the database on a file system that has leases or hard links, such as ext4, xfs or tmpfs"
    case .target: "name a database file, or a place where one can be made"
    case .prepared: "close the prepared file, and keep it in the database's folder"
    case .failed: "mend the cause, then run it again"
    case .unfinished: "mend the cause, then start the service or the tool on this database: that finishes it"
    case .intent: "look at the file and the folder; remove the file when the database is the right one"
    }
  }

  /// What failed and why, in one sentence.
  public var description: String {
    var words = "\(target): \(detail)"
    if !holders.isEmpty { words += " (open in \(holders.map(\.description).joined(separator: ", ")))" }
    if let cause { words += ": \(Self.words(cause))" }
    return words
  }

  private static func words(_ cause: any Error) -> String {
    if let cause = cause as? SQLiteError { return "\(cause.message) (SQLite \(cause.extendedCode))" }
    return String(describing: cause)
  }
}
