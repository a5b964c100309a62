// One row of a database's schema table, as a value.

/// What kind of object a schema's row is.
public enum ObjectType: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  /// A table, virtual ones too.
  case table
  /// An index.
  case index
  /// A view.
  case view
  /// A trigger.
  case trigger

  /// The order in which objects can be created: tables, indexes, views, triggers.
  public static func < (left: ObjectType, right: ObjectType) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .table: 0
    case .index: 1
    case .view: 2
    case .trigger: 3
    }
  }
}

/// A table, index, view or trigger with the text it was made by, to the letter.
public struct SchemaObject: Hashable, Sendable, Codable {
  /// What it is.
  public var type: ObjectType
  /// Its name, as written.
  public var name: String
  /// The table it belongs to; its own name for tables and views.
  public var table: String
  /// The statement that makes it; nil for an index that SQLite made for a constraint.
  public var sql: String?

  /// An object with these properties.
  public init(type: ObjectType, name: String, table: String, sql: String?) {
    self.type = type
    self.name = name
    self.table = table
    self.sql = sql
  }

  /// Whether two objects have one identity: the type, and the name as SQLite compares it.
  public func isSame(as other: SchemaObject) -> Bool {
    type == other.type && nameKey(name) == nameKey(other.name)
  }

  /// Whether the statements that make two objects are the same to the byte: Swift's strings are equal as well where
  /// Unicode spells a letter in two ways.
  package func hasText(of other: SchemaObject) -> Bool {
    switch (sql, other.sql) {
    case (nil, nil): true
    case (let sql?, let text?): sql.utf8.elementsEqual(text.utf8)
    default: false
    }
  }

  /// Equal to the byte.
  public static func == (left: SchemaObject, right: SchemaObject) -> Bool {
    left.type == right.type && left.name.utf8.elementsEqual(right.name.utf8)
      && left.table.utf8.elementsEqual(right.table.utf8) && left.hasText(of: right)
  }

  /// The type and the name, such as `table jobs`.
  public var title: String { "\(type.rawValue) \(name)" }
}
