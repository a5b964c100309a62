// Follows the schema through the steps of a plan at the cost of what each step changed, not of the whole schema.
internal import TidemarkSchema
internal import TidemarkSQLite

/// The schema as it stands between two steps.
struct SchemaTracker {
  private let connection: Connection
  private(set) var schema: Schema
  private var lastRow: Int64

  init(_ connection: Connection) throws {
    self.connection = connection
    schema = try Schema.read(from: connection)
    lastRow = try Schema.lastRow(of: connection)
  }

  /// What the step that just ran changed.
  mutating func advance(_ touch: Sandbox.Touch) throws -> ObjectChanges {
    switch touch {
    case .nothing: return ObjectChanges()
    case .created:
      // Nothing was altered or dropped, so what is new stands behind the last row that was there.
      let rows = try Schema.read(from: connection, afterRow: lastRow)
      lastRow = try Schema.lastRow(of: connection)
      schema.objects += rows.map(\.object)
      return ObjectChanges(added: rows.map(\.object.title).sorted())
    case .anything:
      let before = schema
      schema = try Schema.read(from: connection)
      lastRow = try Schema.lastRow(of: connection)
      return ObjectChanges(before: before, after: schema)
    }
  }
}
