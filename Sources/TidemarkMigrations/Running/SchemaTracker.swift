// Follows the schema through the steps of a plan at the cost of what each step changed, not of the whole schema.
internal import TidemarkSchema
internal import TidemarkSQLite

/// The schema as it stands between two steps.
struct SchemaTracker {
  private let connection: Connection
  private(set) var schema: Schema
  private var lastRow: Int64
  /// Whether tables may be a virtual table's own, which only a look at the whole schema tells.
  private var hasVirtualTables: Bool

  init(_ connection: Connection) throws {
    self.connection = connection
    schema = try Schema.read(from: connection)
    lastRow = try Schema.lastRow(of: connection)
    hasVirtualTables = try Self.hasVirtualTables(connection)
  }

  /// What the step that just ran changed.
  mutating func advance(_ touch: Sandbox.Touch) throws -> ObjectChanges {
    switch touch {
    case .nothing: return ObjectChanges()
    case .created:
      // Nothing was altered or dropped, so what is new stands behind the last row that was there.
      let rows = try newRows()
      lastRow = rows.last?.rowid ?? lastRow
      let objects = rows.map(\.object).filter { !Schema.isOwn($0) }
      schema.objects += objects
      return ObjectChanges(added: objects.map(\.title).sorted())
    case .anything:
      let before = schema
      schema = try Schema.read(from: connection)
      lastRow = try Schema.lastRow(of: connection)
      hasVirtualTables = try Self.hasVirtualTables(connection)
      return ObjectChanges(before: before, after: schema)
    }
  }

  /// What stands behind the last row seen. Making a virtual table counts as `anything`, so where there was none there
  /// is none, and one query over the new rows does; a look at all rows at each step would make many steps quadratic.
  private func newRows() throws -> [SchemaRow] {
    if hasVirtualTables { return try Schema.read(from: connection, afterRow: lastRow) }
    return try Schema.readAll(from: connection, where: "rowid > \(lastRow) AND sql IS NOT NULL")
  }

  private static func hasVirtualTables(_ connection: Connection) throws -> Bool {
    try connection.value("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND rootpage = 0", as: Int64.self)
      != nil
  }
}
