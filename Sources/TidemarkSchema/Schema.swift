// A database's schema as a value: the objects that its author made, and the fingerprint of them all.

internal import TidemarkSQLite

/// The tables, indexes, views and triggers of a database, without SQLite's own, Tidemark's own, and those that a
/// virtual table keeps its content in.
public struct Schema: Hashable, Sendable, Codable {
  /// The objects, in the order of the schema table.
  public var objects: [SchemaObject]

  /// A schema of these objects.
  public init(objects: [SchemaObject] = []) {
    self.objects = objects
  }

  /// The object of that name, as SQLite compares names; nil when there is none. SQLite has one name space for
  /// tables, indexes and views, but a trigger may share a name with one of them: the others come first.
  public subscript(name: String) -> SchemaObject? {
    let wanted = nameKey(name)
    return objects.first { $0.type != .trigger && nameKey($0.name) == wanted }
      ?? objects.first { nameKey($0.name) == wanted }
  }

  /// The object of that type and name, as SQLite compares names.
  public subscript(type: ObjectType, name: String) -> SchemaObject? {
    let wanted = nameKey(name)
    return objects.first { $0.type == type && nameKey($0.name) == wanted }
  }

  /// The fingerprint of the schema. The order in which its objects were made does not count.
  public func fingerprint(_ kind: FingerprintKind) -> Fingerprint {
    // Sorting places instead of objects: an object is four strings to move about.
    let names = objects.map { folded($0.name) }
    let order = objects.indices.sorted {
      objects[$0].type != objects[$1].type ? objects[$0].type < objects[$1].type : names[$0] < names[$1]
    }
    var canonical: [UInt8] = []
    canonical.reserveCapacity(objects.count * 32)
    for place in order { canonical += objects[place].fingerprint(kind).bytes }
    return Fingerprint(of: canonical)
  }

  /// The schema that `sql` makes in an empty database in memory.
  /// - Throws: `SQLiteError` with the place in `sql` when a statement fails.
  public static func make(running sql: String) throws -> Schema {
    let connection = try Connection.inMemory()
    try connection.execute(sql)
    let schema = try read(from: connection)
    try connection.close()
    return schema
  }
}
