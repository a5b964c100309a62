// A digest of a row's values, computed inside SQLite: two rows are told apart without either leaving the engine.
internal import CTidemarkSQLite

extension Connection {
  /// Runs a body while the connection has an SQL function that digests its arguments, any number of them, to an INTEGER.
  ///
  /// Types count: 1, 1.0, '1' and x'31' have four digests. Its values are stored in databases, so they are the same in
  /// every build and on every machine. Made for telling a changed row, not against somebody who looks for collisions.
  /// - Parameter name: the function's name; only statements prepared here see it, not the schema's triggers and views.
  /// - Throws: what the body throws, or `SQLiteError`.
  package func withRowDigest<T>(named name: String, _ body: () throws -> T) throws -> T {
    // Within another call it is there already.
    if (try? prepare("SELECT \(name)(1)")) != nil { return try body() }
    try setRowDigest(name, on: true)
    let result: T
    do {
      result = try body()
    } catch {
      // The body's error is the cause; a function that stays harms nobody.
      try? setRowDigest(name, on: false)
      throw error
    }
    try setRowDigest(name, on: false)
    return result
  }

  private func setRowDigest(_ name: String, on: Bool) throws {
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY
    let function: (@convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void)? =
      on
      ? { context, count, values in
        var digest = RowDigest()
        for index in 0..<Int(count) {
          if let value = values?[index] { digest.update(value) }
        }
        sqlite3_result_int64(context, Int64(bitPattern: digest.value))
      } : nil
    let result = sqlite3_create_function_v2(try handle, name, -1, flags, nil, function, nil, nil, nil)
    guard result == SQLITE_OK else { throw failure(result) }
  }
}

/// The digest in the making: each eight bytes are folded in by a multiplication of 64 by 64 bits.
private struct RowDigest {
  private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

  mutating func update(_ content: OpaquePointer) {
    let type = sqlite3_value_type(content)
    fold(UInt64(UInt32(bitPattern: type)))
    switch type {
    case SQLITE_INTEGER: fold(UInt64(bitPattern: sqlite3_value_int64(content)))
    case SQLITE_FLOAT: fold(sqlite3_value_double(content).bitPattern)
    case SQLITE_TEXT:
      // The text first: asking for it may convert, and the length is then that of the conversion.
      let start = sqlite3_value_text(content)
      fold(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(content))))
    case SQLITE_BLOB:
      let start = sqlite3_value_blob(content)
      fold(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(content))))
    default: break
    }
  }

  private mutating func fold(_ bytes: UnsafeRawBufferPointer) {
    fold(UInt64(bytes.count))
    var place = 0
    while place + 8 <= bytes.count {
      fold(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
      place += 8
    }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while place < bytes.count {
      rest |= UInt64(bytes[place]) << shift
      shift += 8
      place += 1
    }
    if shift > 0 { fold(rest) }
  }

  private mutating func fold(_ word: UInt64) {
    // Odd constants without a pattern; the addition keeps a word of zeros from being swallowed.
    let product = (value ^ word &+ 0x632b_e59b_d9b4_e019).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
    value = (product.high ^ product.low) &+ 0x2545_f491_4f6c_dd1d
  }
}
