// SQLite's compile-time authorizer as values: what a statement being prepared wants to do, and the answer.
// Rule and argument meanings: https://sqlite.org/c3ref/c_alter_table.html
internal import CTidemarkSQLite

/// One thing that a statement being prepared would do.
public struct AuthorizerRequest: Sendable, Hashable {
  /// What kind of thing.
  public var action: Action
  /// The first argument of the action, such as a table's or an index's name.
  public var first: String?
  /// The second argument of the action, such as a column's name.
  public var second: String?
  /// The database: `main`, `temp`, or the name of an attached one.
  public var database: String?
  /// The innermost trigger or view that is responsible, if any.
  public var source: String?

  /// SQLite's action codes.
  public enum Action: Int32, Sendable, Hashable, CaseIterable {
    case createIndex = 1
    case createTable = 2
    case createTempIndex = 3
    case createTempTable = 4
    case createTempTrigger = 5
    case createTempView = 6
    case createTrigger = 7
    case createView = 8
    case delete = 9
    case dropIndex = 10
    case dropTable = 11
    case dropTempIndex = 12
    case dropTempTable = 13
    case dropTempTrigger = 14
    case dropTempView = 15
    case dropTrigger = 16
    case dropView = 17
    case insert = 18
    case pragma = 19
    case read = 20
    case select = 21
    case transaction = 22
    case update = 23
    case attach = 24
    case detach = 25
    case alterTable = 26
    case reindex = 27
    case analyze = 28
    case createVirtualTable = 29
    case dropVirtualTable = 30
    case function = 31
    case savepoint = 32
    case recursive = 33
  }
}

/// The answer to a request.
public enum AuthorizerAnswer: Sendable {
  /// Go on.
  case allow
  /// Fail the statement with `SQLITE_AUTH`.
  case deny
  /// Leave it out: a column reads as NULL, a pragma does nothing.
  case ignore
}
