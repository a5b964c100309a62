// Whether a script of a schema runs, and makes what a sum says; for the build, which has no connection of its own.

internal import TidemarkSQLite

/// Tries scripts on an empty database in memory.
public enum SchemaCheck {
  /// Why a script fails.
  public struct Failure: Sendable, Hashable {
    /// The line, counted from 1.
    public var line: Int
    /// The reason.
    public var message: String
  }

  /// Why `sql` does not run on an empty database; nil when it does.
  public static func failure(of sql: String) -> Failure? {
    do {
      _ = try Schema.make(running: sql)
      return nil
    } catch let error as SQLiteError {
      return Failure(line: error.line ?? 1, message: error.message)
    } catch {
      return Failure(line: 1, message: "\(error)")
    }
  }

  /// Whether `sql` makes the schema of a sum's head line.
  public static func agrees(_ sql: String, with head: LineageSum.Head) -> Bool {
    guard let schema = try? Schema.make(running: sql) else { return false }
    return schema.fingerprint(.loose) == head.loose && schema.fingerprint(.exact) == head.exact
  }
}
