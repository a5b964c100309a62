// Running SQL on a connection: scripts of many statements, single statements with values, queries.
internal import CTidemarkSQLite

extension Connection {
  /// Prepares one statement.
  /// - Throws: `SQLiteError` with the offset of the fault; also when the text holds none or more than one statement.
  public func prepare(_ sql: String) throws -> Statement {
    var found: Statement?
    try withStatements(of: sql) { statement, _, _ in
      guard found == nil else { throw SQLiteError(SQLiteError.misuse, "more than one statement", sql: sql) }
      found = statement
    }
    guard let found else { throw SQLiteError(SQLiteError.misuse, "no statement", sql: sql) }
    return found
  }

  /// Runs any number of statements; rows they return are passed over.
  /// - Throws: `SQLiteError` whose `sql` is the whole text and whose `offset` points into it. What ran before
  ///   the failing statement stays, unless a transaction is rolled back.
  public func execute(_ sql: String) throws {
    try execute(sql, before: nil)
  }

  /// Runs any number of statements and tells of each before it runs.
  /// - Parameter before: takes the statement's place in the text, counted from 1, and its byte range; a throw stops.
  /// - Throws: `SQLiteError` whose `sql` is the whole text and whose `offset` points into it.
  public func execute(_ sql: String, before: ((Int, Range<Int>) throws -> Void)?) throws {
    try withStatements(of: sql) { statement, number, range in
      try before?(number, range)
      do {
        while try statement.step() {}
      } catch var error as SQLiteError {
        error.sql = sql
        error.offset = error.offset.map { $0 + range.lowerBound } ?? range.lowerBound
        throw error
      }
      statement.finalize()
    }
  }

  /// Hands the statements of a text over one after the other, each prepared when those before it are done.
  /// - Throws: what the body throws, or `SQLiteError` of a statement that does not prepare.
  public func forEachStatement(of sql: String, _ body: (Statement) throws -> Void) throws {
    try withStatements(of: sql) { statement, _, _ in
      try body(statement)
      statement.finalize()
    }
  }

  /// Prepares the statements of a text one after the other, as each may depend on the one before.
  private func withStatements(of sql: String, _ body: (Statement, Int, Range<Int>) throws -> Void) throws {
    let handle = try handle
    // Ended by a zero: of a text without one SQLite copies all that is left of it, for each statement anew.
    let text = Array(sql.utf8) + [0]
    try text.withUnsafeBufferPointer { ended in
      let bytes = UnsafeBufferPointer(rebasing: ended.dropLast())
      guard ended.count < Int(Int32.max) else { throw SQLiteError(18, "the SQL is over 2 GiB") }
      guard let base = ended.baseAddress else { return }
      try base.withMemoryRebound(to: CChar.self, capacity: ended.count) { start in
        var position = 0
        var number = 0
        while position < bytes.count {
          var pointer: OpaquePointer?
          var tail: UnsafePointer<CChar>?
          let result = sqlite3_prepare_v3(handle, start + position, Int32(ended.count - position), 0, &pointer, &tail)
          let next = tail.map { $0 - start } ?? bytes.count
          guard result == SQLITE_OK else {
            var error = failure(result, sql: sql, base: position)
            error.offset = error.offset ?? Self.firstWord(in: bytes, from: position)
            throw error
          }
          let range = Self.firstWord(in: bytes, from: position)..<max(next, position)
          position = max(next, position + 1)
          guard let pointer else { continue }
          number += 1
          let piece = String(decoding: bytes[min(range.lowerBound, range.upperBound)..<range.upperBound], as: UTF8.self)
          try body(Statement(connection: self, pointer: pointer, sql: piece), number, range)
        }
      }
    }
  }

  /// The first byte at or after a place that is neither white space nor in a comment.
  private static func firstWord(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0
      if byte == 0x20 || (0x09...0x0d).contains(byte) || byte == UInt8(ascii: ";") {
        index += 1
      } else if byte == UInt8(ascii: "-"), next == UInt8(ascii: "-") {
        while index < bytes.count, bytes[index] != 0x0a { index += 1 }
      } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
        index += 2
        while index < bytes.count,
          !(bytes[index] == UInt8(ascii: "*") && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "/"))
        { index += 1 }
        index += 2
      } else {
        return index
      }
    }
    return start
  }

  /// Runs one statement with values.
  /// - Throws: `SQLiteError` as SQLite answers.
  public func run(_ sql: String, _ values: (any Bindable)?...) throws {
    let statement = try prepare(sql)
    try statement.bind(values)
    while try statement.step() {}
  }

  /// All rows of a query.
  /// - Throws: `SQLiteError` as SQLite answers.
  public func rows(_ sql: String, _ values: (any Bindable)?...) throws -> [Row] {
    let statement = try prepare(sql)
    try statement.bind(values)
    var rows: [Row] = []
    while try statement.step() { rows.append(statement.row) }
    return rows
  }

  /// The first column of a query's first row; nil when there is no row.
  /// - Throws: `SQLiteError` as SQLite answers, or when the value is of another type.
  public func value<T: Readable>(_ sql: String, _ values: (any Bindable)?..., as type: T.Type = T.self) throws -> T? {
    let statement = try prepare(sql)
    try statement.bind(values)
    guard try statement.step() else { return nil }
    return try statement.row.get(0)
  }
}
