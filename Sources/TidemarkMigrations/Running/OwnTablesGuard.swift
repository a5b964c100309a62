// Holds Tidemark's tables against what a step could have done to them where no authorizer looks.
internal import TidemarkSchema
internal import TidemarkSQLite

/// The shape of Tidemark's own tables before the steps.
///
/// `ALTER TABLE x RENAME TO tidemark_y` does not show the authorizer the new name, so names are compared.
struct OwnTablesGuard {
  private let connection: Connection
  private var before: [SchemaObject]

  init(_ connection: Connection) throws {
    self.connection = connection
    before = try Self.own(connection)
  }

  private static func own(_ connection: Connection) throws -> [SchemaObject] {
    try Schema.readAll(
      from: connection,
      where: "\(Schema.isTidemarks(column: "name")) OR \(Schema.isTidemarks(column: "tbl_name"))"
    ).map(\.object)
  }

  /// Runs work of Tidemark's own that makes or removes some of them.
  mutating func allowing<T>(_ body: () throws -> T) throws -> T {
    try check()
    let result = try body()
    before = try Self.own(connection)
    return result
  }

  /// Throws when anything about them is new, gone or other than before.
  func check() throws {
    let now = try Self.own(connection)
    guard now != before else { return }
    let old = Set(before)
    let other = now.first { !old.contains($0) } ?? before.first { !Set(now).contains($0) }
    throw MigrationError.notConverged(["\(other?.title ?? "a table of Tidemark's") was made or changed by a migration"])
  }
}
