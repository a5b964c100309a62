// A prepared statement: bind, step, read, reset.
internal import CTidemarkSQLite

/// A prepared statement of one connection. Finalised when it goes.
public final class Statement {
  private let connection: Connection
  private var pointer: OpaquePointer?
  /// The text it was prepared from.
  public let sql: String
  private var names: [String]?

  init(connection: Connection, pointer: OpaquePointer, sql: String) {
    self.connection = connection
    self.pointer = pointer
    self.sql = sql
  }

  deinit { sqlite3_finalize(pointer) }

  /// Ends the statement now instead of when the last reference goes.
  public func finalize() {
    sqlite3_finalize(pointer)
    pointer = nil
    names = nil
  }

  /// How many parameters it takes.
  public var parameterCount: Int { Int(sqlite3_bind_parameter_count(pointer)) }
  /// How many columns a row has; 0 for a statement that returns none.
  public var columnCount: Int { Int(sqlite3_column_count(pointer)) }
  /// Whether it leaves the database as it is (https://sqlite.org/c3ref/stmt_readonly.html).
  public var isReadOnly: Bool { sqlite3_stmt_readonly(pointer) != 0 }

  /// The names of the result's columns.
  public var columnNames: [String] {
    if let names { return names }
    let read = (0..<sqlite3_column_count(pointer)).map { index in
      sqlite3_column_name(pointer, index).map { String(cString: $0) } ?? ""
    }
    names = read
    return read
  }

  /// Binds all parameters, first to last, after a reset.
  /// - Throws: `SQLiteError` when the count differs or a value is too big.
  public func bind(_ values: [(any Bindable)?]) throws {
    sqlite3_reset(pointer)
    sqlite3_clear_bindings(pointer)
    guard values.count == parameterCount else {
      throw SQLiteError(
        SQLiteError.misuse, "\(values.count) values for \(parameterCount) parameters", sql: sql)
    }
    for (index, value) in values.enumerated() {
      try bind(value?.sqliteValue ?? .null, at: Int32(index + 1))
    }
  }

  /// Binds parameters by name, prefix included; names the statement does not have are passed over.
  /// - Throws: `SQLiteError` when a value is too big.
  public func bind(named values: [String: Value]) throws {
    for (name, value) in values {
      let index = sqlite3_bind_parameter_index(pointer, name)
      if index > 0 { try bind(value, at: index) }
    }
  }

  /// Binds one parameter, counted from 1.
  /// - Throws: `SQLiteError` when there is no such parameter or the value is too big.
  public func bind(_ value: Value, at index: Int32) throws {
    // SQLITE_TRANSIENT: SQLite copies, because Swift's storage is only borrowed for the call.
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    let result: Int32
    switch value {
    case .null: result = sqlite3_bind_null(pointer, index)
    case .integer(let number): result = sqlite3_bind_int64(pointer, index, number)
    case .real(let number): result = sqlite3_bind_double(pointer, index, number)
    case .text(var text):
      result = text.withUTF8 { bytes in
        // An empty text has no address, and a NULL address would bind NULL.
        guard let base = bytes.baseAddress else { return sqlite3_bind_text(pointer, index, "", 0, transient) }
        return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
          sqlite3_bind_text64(pointer, index, $0, UInt64(bytes.count), transient, UInt8(SQLITE_UTF8))
        }
      }
    case .blob(let bytes):
      result =
        bytes.isEmpty
        ? sqlite3_bind_zeroblob(pointer, index, 0)
        : bytes.withUnsafeBytes { sqlite3_bind_blob64(pointer, index, $0.baseAddress, UInt64($0.count), transient) }
    }
    guard result == SQLITE_OK else { throw connection.failure(result, sql: sql) }
  }

  /// Runs to the next row.
  /// - Returns: whether there is a row to read.
  /// - Throws: `SQLiteError` as SQLite answers.
  @discardableResult
  public func step() throws -> Bool {
    guard let pointer else { throw SQLiteError(SQLiteError.misuse, "the statement has been finalised", sql: sql) }
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let result:
      let error = connection.failure(result, sql: sql)
      sqlite3_reset(pointer)
      throw error
    }
  }

  /// Makes it ready to run again; bindings stay.
  public func reset() { sqlite3_reset(pointer) }

  /// The value in a column of the current row, counted from 0.
  public func value(at column: Int) -> Value {
    let index = Int32(column)
    switch sqlite3_column_type(pointer, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, index))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(pointer, index))
    case SQLITE_TEXT:
      guard let text = sqlite3_column_text(pointer, index) else { return .text("") }
      let count = Int(sqlite3_column_bytes(pointer, index))
      return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
    case SQLITE_BLOB:
      guard let bytes = sqlite3_column_blob(pointer, index) else { return .blob([]) }
      let count = Int(sqlite3_column_bytes(pointer, index))
      return .blob([UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
    default: return .null
    }
  }

  /// Hands the UTF-8 bytes of a text or blob column of the current row over without copying them.
  /// - Parameter body: takes the bytes, empty for NULL; they are gone after it.
  public func withBytes<T>(at column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
    let start = sqlite3_column_blob(pointer, Int32(column))
    let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
    return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }

  /// The current row, copied.
  public var row: Row { Row(columns: columnNames, values: (0..<columnCount).map { value(at: $0) }) }

  /// Runs once to the end with these values, passing over rows.
  /// - Throws: `SQLiteError` as SQLite answers.
  public func run(_ values: (any Bindable)?...) throws {
    try bind(values)
    defer { reset() }
    while try step() {}
  }

  /// All rows of one run with these values.
  /// - Throws: `SQLiteError` as SQLite answers.
  public func rows(_ values: (any Bindable)?...) throws -> [Row] {
    try bind(values)
    defer { reset() }
    var rows: [Row] = []
    while try step() { rows.append(row) }
    return rows
  }
}
