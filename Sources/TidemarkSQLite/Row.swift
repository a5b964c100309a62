// One row of a result, copied out of the statement so that it can outlive it.

/// A row's values under their column names.
public struct Row: Sendable {
  /// The names of the columns, shared by all rows of a statement.
  public let columns: [String]
  /// The values, in column order.
  public let values: [Value]

  /// A row of these values.
  public init(columns: [String], values: [Value]) {
    self.columns = columns
    self.values = values
  }

  /// The value at a place, counted from 0.
  public subscript(index: Int) -> Value { values[index] }

  /// The value of the first column of that name; NULL where there is none, because Tidemark's own tables
  /// gain columns over time and are read by name.
  public subscript(name: String) -> Value {
    guard let index = columns.firstIndex(of: name) else { return .null }
    return values[index]
  }

  /// The value at a place as a Swift type.
  /// - Throws: `SQLiteError` (`SQLITE_MISMATCH`) when the storage class does not fit.
  public func get<T: Readable>(_ index: Int, as type: T.Type = T.self) throws -> T {
    guard values.indices.contains(index) else {
      throw SQLiteError(25, "column \(index) is out of range: the row has \(values.count)")
    }
    guard let value = T(sqliteValue: values[index]) else {
      throw SQLiteError(20, "column \(columns[index]) holds \(values[index]), which is no \(T.self)")
    }
    return value
  }

  /// The value of a named column as a Swift type.
  /// - Throws: `SQLiteError` when there is no such column or the storage class does not fit.
  public func get<T: Readable>(_ name: String, as type: T.Type = T.self) throws -> T {
    guard let index = columns.firstIndex(of: name) else {
      throw SQLiteError(SQLiteError.error, "no column \(name) among \(columns.joined(separator: ", "))")
    }
    return try get(index, as: type)
  }
}
