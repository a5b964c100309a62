// Reads a changeset without SQLite, which goes round in circles on some that are malformed.
// The format: https://sqlite.org/src/file/ext/session/sqlite3session.c ("CHANGESET BLOB FORMAT")

/// Walks through the changes of a changeset, and finds fault with bytes that are none.
struct ChangesetReader {
  /// What a change does to its row.
  enum Operation: UInt8 {
    case delete = 9
    case insert = 18
    case update = 23
  }

  /// One change of one row.
  struct Change {
    var table: String
    var operation: Operation
    /// The places of the columns that it sets to NULL, counted from 0.
    var nulls: [Int]
  }

  /// More columns than any table can have (https://sqlite.org/limits.html).
  private static let maximumColumns = 32_767
  private let bytes: [UInt8]
  private var place = 0
  private var table = ""
  private var columns = 0
  /// Whether each column is of the primary key.
  private var isKey: [Bool] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next change; nil behind the last.
  /// - Throws: `SQLiteError` with the code of `SQLITE_CORRUPT`.
  mutating func next() throws -> Change? {
    while place < bytes.count, bytes[place] == UInt8(ascii: "T") { try header() }
    guard place < bytes.count else { return nil }
    guard columns > 0, let operation = Operation(rawValue: try byte()) else { throw malformed() }
    // Whether a trigger made it; of no matter here.
    _ = try byte()
    var nulls: [Int] = []
    // SQLite takes it for granted that a row is told by its whole key, and a new or an old row by all its values.
    if operation != .insert { _ = try record(mayLack: { operation == .update && !$0 }) }
    if operation != .delete { nulls = try record(mayLack: { _ in operation == .update }) }
    return Change(table: table, operation: operation, nulls: nulls)
  }

  /// A table that the changes behind it belong to.
  private mutating func header() throws {
    place += 1
    columns = try varint()
    guard columns > 0, columns <= Self.maximumColumns else { throw malformed() }
    let flags = place
    try skip(columns)
    isKey = bytes[flags..<place].map { $0 != 0 }
    guard let end = bytes[place...].firstIndex(of: 0) else { throw malformed() }
    guard let name = String(validating: bytes[place..<end], as: UTF8.self) else { throw malformed() }
    table = name
    place = end + 1
  }

  /// A value for each column.
  /// - Parameter mayLack: whether a column, of the key or not, may have none.
  /// - Returns: the places of those that are NULL.
  private mutating func record(mayLack: (_ isKey: Bool) -> Bool) throws -> [Int] {
    var nulls: [Int] = []
    for column in 0..<columns {
      switch try byte() {
      case 0: guard mayLack(isKey[column]) else { throw malformed() }
      case 1, 2: try skip(8)
      case 3, 4: try skip(try varint())
      case 5: nulls.append(column)
      default: throw malformed()
      }
    }
    return nulls
  }

  private mutating func byte() throws -> UInt8 {
    guard place < bytes.count else { throw malformed() }
    defer { place += 1 }
    return bytes[place]
  }

  private mutating func skip(_ count: Int) throws {
    guard count <= bytes.count - place else { throw malformed() }
    place += count
  }

  /// SQLite's number of one to nine bytes (https://sqlite.org/fileformat2.html#varint); five are enough here.
  private mutating func varint() throws -> Int {
    var number = 0
    for _ in 0..<5 {
      let next = try byte()
      number = number << 7 | Int(next & 0x7f)
      if next < 0x80 { return number }
    }
    throw malformed()
  }

  private func malformed() -> SQLiteError {
    SQLiteError(SQLiteError.corrupt, "the changeset is malformed at byte \(place)")
  }
}
