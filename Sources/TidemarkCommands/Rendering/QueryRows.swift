// The rows of a query: aligned for people, objects for programs. The query is the user's, the database somebody else's.

import Tidemark

/// The rows of one query.
struct QueryRows: Report {
  private(set) var columns: [String]
  private(set) var rows: [[Value]] = []
  /// Whether there were more than the limit.
  private(set) var isCut = false

  /// Runs a query.
  /// - Throws: `SQLiteError`, and `UsageError` for what is no query.
  init(_ query: String, on connection: Connection, limit: Int, interruption: Interruption) throws {
    // The schema came out of a file: nothing in it may call what is not marked safe.
    try connection.set(.trustedSchema, false)
    connection.setProgressHandler(every: 10_000) { !interruption.isRaised }
    defer { connection.setProgressHandler(every: 0, nil) }
    let statement: Statement
    do {
      statement = try connection.prepare(query)
    } catch let error as SQLiteError where error.code == SQLiteError.misuse {
      throw UsageError.other("--sql takes one query: there is \(error.message)")
    }
    defer { statement.finalize() }
    guard statement.columnCount > 0, statement.isReadOnly else {
      throw UsageError.other("--sql takes a query that reads")
    }
    columns = Self.unique(statement.columnNames)
    while try statement.step() {
      if rows.count == limit {
        isCut = true
        break
      }
      rows.append((0..<statement.columnCount).map { statement.value(at: $0) })
    }
  }

  /// Column names that an object can have as keys: a second `id` becomes `id:2`.
  private static func unique(_ names: [String]) -> [String] {
    var seen: [String: Int] = [:]
    return names.map { name in
      seen[name, default: 0] += 1
      return seen[name] == 1 ? name : "\(name):\(seen[name] ?? 0)"
    }
  }

  private enum CodingKeys: String, CodingKey { case columns, rows, isCut }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(columns, forKey: .columns)
    let objects = rows.map { row in Dictionary(zip(columns, row.map(\.json)), uniquingKeysWith: { $1 }) }
    try container.encode(objects, forKey: .rows)
    try container.encode(isCut, forKey: .isCut)
  }

  func render(on page: inout Page) {
    var table = Table(
      columns.enumerated().map { index, name in
        let isNumeric =
          rows.contains { $0[index].isNumber } && rows.allSatisfy { $0[index].isNumber || $0[index] == .null }
        return Table.Column(name, isNumeric ? .right : .left)
      })
    for row in rows { table.add(row.map { StyledText($0.words) }) }
    page.table(table)
    if isCut { PlanWords.render(note: "there are more rows; --limit shows more", on: &page) }
  }
}

extension Value {
  fileprivate var isNumber: Bool {
    switch self {
    case .integer, .real: true
    default: false
    }
  }

  fileprivate var words: String {
    switch self {
    case .null: ""
    case .integer(let number): String(number)
    case .real(let number): "\(number)"
    case .text(let text): text
    case .blob(let bytes): Self.literal(bytes)
    }
  }

  fileprivate var json: JSONValue {
    switch self {
    case .null: .null
    case .integer(let number): .integer(number)
    case .real(let number): .number(number)
    case .text(let text): .string(text)
    case .blob(let bytes): .string(Self.literal(bytes))
    }
  }

  /// As SQL writes it.
  private static func literal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let hex = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return "x'" + String(decoding: hex, as: UTF8.self) + "'"
  }
}
