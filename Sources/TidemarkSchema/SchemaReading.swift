// Reading the schema table of a database: one query, and a second only where there is a virtual table.

public import TidemarkSQLite

/// An object with the row of the schema table that it stands on. ALTER rewrites rows in place and CREATE adds new ones
/// at the end, so the highest row before a step tells cheaply what the step created.
public struct SchemaRow: Hashable, Sendable {
  /// The row.
  public var rowid: Int64
  /// The object.
  public var object: SchemaObject
}

extension Schema {
  /// Reads the schema of `connection`'s main database.
  ///
  /// Left out: names that begin with `sqlite_` or `tidemark_` in any letter case, indexes that SQLite made for a
  /// constraint, and the shadow tables of virtual tables.
  /// - Throws: `SQLiteError`.
  public static func read(from connection: Connection) throws -> Schema {
    Schema(objects: try read(from: connection, afterRow: 0).map(\.object))
  }

  /// Reads the objects on rows of the schema table above `row`, as ``read(from:)`` does, in the order of rows.
  /// - Throws: `SQLiteError`.
  public static func read(from connection: Connection, afterRow row: Int64) throws -> [SchemaRow] {
    var found = try readAll(from: connection, where: "sql IS NOT NULL AND rowid > \(row)")
    found.removeAll { isOwn($0.object) }
    if row == 0 { try refuseTwins(found) }
    // The virtual table of a shadow table may stand on an earlier row, so ask for any.
    let virtual = try connection.value(
      "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND rootpage = 0", as: Int64.self)
    guard (virtual ?? 0) > 0 else { return found }
    let shadows = try shadowTables(of: connection)
    // The tables alone: a trigger that someone put on one is to be seen.
    found.removeAll { $0.object.type == .table && shadows.contains(nameKey($0.object.name)) }
    return found
  }

  /// Reads rows of the schema table as they are, nothing left out. `condition` is SQL over its columns: `rowid`,
  /// `type`, `name`, `tbl_name`, `rootpage` and `sql`.
  /// - Throws: `SQLiteError`.
  public static func readAll(from connection: Connection, where condition: String = "1") throws -> [SchemaRow] {
    let rows = try connection.rows(
      "SELECT rowid, type, name, tbl_name, sql FROM main.sqlite_master WHERE \(condition) ORDER BY rowid")
    return try rows.map { row in
      let type: String = try row.get(1)
      guard let type = ObjectType(rawValue: type) else {
        throw SchemaError(.unknownObject, "the schema table holds a row of the type \(type)")
      }
      let object = SchemaObject(type: type, name: try row.get(2), table: try row.get(3), sql: try row.get(4))
      guard object.isOneStatement else {
        throw SchemaError(
          .unknownObject, "the text of \(object.title) holds more than the statement that made it",
          hint: "whoever wrote it meant it to be run with it: do not trust the file")
      }
      // SQLite makes none, and looks at the name only when it makes one, not when it finds one.
      if object.type != .table, object.sql != nil, hasPrefix(object.name, "sqlite_") {
        throw SchemaError(
          .unknownObject, "\(object.title) on \(object.table) has a name that only SQLite gives",
          hint: "somebody has written into the schema table to hide it: do not trust the file")
      }
      return SchemaRow(rowid: try row.get(0), object: object)
    }
  }

  /// The highest row of the schema table, 0 for an empty database.
  /// - Throws: `SQLiteError`.
  public static func lastRow(of connection: Connection) throws -> Int64 {
    try connection.value("SELECT max(rowid) FROM main.sqlite_master", as: Int64?.self).flatMap { $0 } ?? 0
  }

  /// Whether a name is SQLite's or Tidemark's own.
  public static func isOwn(_ name: String) -> Bool { hasPrefix(name, "sqlite_") || isTidemarks(name) }

  /// Whether a name is Tidemark's own, in any letter case.
  package static func isTidemarks(_ name: String) -> Bool { hasPrefix(name, "tidemark_") }

  /// The same as SQL, of a column that holds names.
  package static func isTidemarks(column: String) -> String { "lower(substr(\(column), 1, 9)) = 'tidemark_'" }

  /// Whether an object is SQLite's or Tidemark's own. A trigger, a view or an index of such a name is not, nor is what
  /// stands on such a table: it is to be seen.
  package static func isOwn(_ object: SchemaObject) -> Bool {
    switch object.type {
    case .table: isOwn(object.name)
    case .index: isTidemarks(object.name) && isTidemarks(object.table)
    case .view, .trigger: false
    }
  }

  /// Names that SQLite tells apart and others do not: letters beyond ASCII that differ in case, or in how Unicode spells
  /// them. One of the two would stand in for the other wherever names are compared.
  private static func refuseTwins(_ rows: [SchemaRow]) throws(SchemaError) {
    guard !rows.allSatisfy({ $0.object.name.utf8.allSatisfy { $0 < 0x80 } }) else { return }
    var seen: [String: SchemaObject] = [:]
    for object in rows.map(\.object) {
      // Triggers have names of their own.
      let key = (object.type == .trigger ? "trigger " : "") + object.name.lowercased()
      if let other = seen[key] {
        throw SchemaError(
          .unknownObject, "the names of \(other.title) and \(object.title) differ only in how Unicode writes a letter",
          hint: "give one of them another name; if nobody here made both, do not trust the file")
      }
      seen[key] = object
    }
  }

  private static func hasPrefix(_ name: String, _ prefix: StaticString) -> Bool {
    name.utf8.prefix(prefix.utf8CodeUnitCount).lazy.map(folded).elementsEqual(prefix.description.utf8)
  }

  /// The tables that virtual tables keep their content in, by ``nameKey(_:)``.
  /// - Throws: `SQLiteError`.
  package static func shadowTables(of connection: Connection) throws -> Set<String> {
    let virtual = try readAll(from: connection, where: "type = 'table' AND rootpage = 0").map(\.object)
    // PRAGMA table_list tells them from 3.37 on, by the name alone.
    guard SQLiteLibrary.version >= 3_037_000 else { return Set(virtual.flatMap { shadowNames(of: $0) }) }
    let rows = try connection.rows("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")
    return Set(try rows.map { nameKey(try $0.get(0, as: String.self)) }).subtracting(virtual.flatMap(ordinaryNames))
  }

  /// Names that a virtual table's module would give a table of its own, and that this one has no need of: a table that
  /// goes by one is somebody's.
  private static func ordinaryNames(of table: SchemaObject) -> [String] {
    guard let virtual = VirtualTable(table), ["fts5", "fts4", "fts3"].contains(virtual.module) else { return [] }
    var endings: [String] = []
    if virtual.option("content") != nil { endings.append("content") }
    if virtual.option("columnsize") == "0" { endings.append("docsize") }
    return endings.map { nameKey(table.name) + "_" + $0 }
  }

  /// The names that the modules which come with SQLite give their shadow tables.
  private static func shadowNames(of table: SchemaObject) -> [String] {
    let endings: [String]
    switch VirtualTable(table)?.module {
    case "fts5": endings = ["config", "content", "data", "docsize", "idx"]
    case "fts3", "fts4": endings = ["content", "docsize", "segdir", "segments", "stat"]
    case "rtree", "rtree_i32", "geopoly": endings = ["node", "parent", "rowid"]
    default: endings = []
    }
    return endings.map { nameKey(table.name) + "_" + $0 }.filter { !ordinaryNames(of: table).contains($0) }
  }
}
