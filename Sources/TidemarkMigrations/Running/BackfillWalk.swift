// A backfill's walk over its table, a slice at a time, with a cursor that survives a crash.
internal import TidemarkSQLite
internal import TidemarkSchema

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Where a migration's backfills stand, as the changelog keeps it.
struct BackfillCursor: Codable, Hashable {
  /// Which of the migration's backfills, counted from 0.
  var part = 0
  /// The last key done; nil at the start.
  var after: Key?
  /// Slices done.
  var slices = 0

  /// A key as JSON can hold it without loss.
  enum Key: Codable, Hashable {
    case integer(Int64)
    /// A double's bits: its decimal digits might not come back the same.
    case real(UInt64)
    case text(String)
    case blob([UInt8])

    init?(_ value: Value) {
      switch value {
      case .null: return nil
      case .integer(let number): self = .integer(number)
      case .real(let number): self = .real(number.bitPattern)
      case .text(let text): self = .text(text)
      case .blob(let bytes): self = .blob(bytes)
      }
    }

    var value: Value {
      switch self {
      case .integer(let number): .integer(number)
      case .real(let bits): .real(Double(bitPattern: bits))
      case .text(let text): .text(text)
      case .blob(let bytes): .blob(bytes)
      }
    }
  }

  var json: String {
    get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
  }

  init() {}
  init(json: String) throws {
    do {
      self = try JSONDecoder().decode(BackfillCursor.self, from: Data(json.utf8))
    } catch {
      throw MigrationError.damagedChangelog("the cursor of a backfill cannot be read")
    }
    guard Changelog.numbers.contains(Int64(part)), Changelog.numbers.contains(Int64(slices)) else {
      throw MigrationError.damagedChangelog("the cursor of a backfill stands where none can")
    }
  }
}

/// One backfill on its way.
struct BackfillWalk {
  private let backfill: Backfill
  private let place: StepFailure
  private(set) var after: Value?

  init(_ backfill: Backfill, migration: any Migration, after: Value? = nil) {
    self.backfill = backfill
    self.place = StepFailure(direction: .backfill, id: migration.id, name: migration.name, cause: "")
    self.after = after
  }

  /// Does the next slice.
  /// - Returns: its first and its last key; nil where there was none.
  mutating func slice(on connection: Connection, _ sandbox: Sandbox) throws -> (Value, Value)? {
    guard let (first, last) = try bounds(on: connection) else { return nil }
    let runner = StepRunner(connection, sandbox)
    try sandbox.run(as: .compiled) {
      try runner.call(at: place) {
        switch backfill.work {
        case .sql(let sql): try Self.run(sql, on: connection, first: first, last: last)
        case .run(let body): try body(connection, first, last)
        }
      }
    }
    after = last
    return (first, last)
  }

  /// Refuses rows that no slice would reach.
  /// - Throws: `MigrationError.stepFailed`.
  func refuseMissingKeys(on connection: Connection, in direction: StepFailure.Direction = .backfill) throws {
    let table = SQL.quote(backfill.table)
    guard try connection.value("SELECT 1 FROM \(table) WHERE \(key) IS NULL LIMIT 1", as: Int.self) != nil else {
      return
    }
    var failure = place
    failure.direction = direction
    failure.cause =
      "\(backfill.table) has rows whose \(backfill.key) is NULL, by which its backfill walks: no slice would reach them"
    failure.remedy = "Let it walk by a column that is never NULL, or give these rows a key first."
    throw MigrationError.stepFailed(failure)
  }

  private var key: String { Self.key(of: backfill) }

  /// The column that a backfill walks by, as SQL.
  static func key(of backfill: Backfill) -> String {
    nameKey(backfill.key) == "rowid" ? "rowid" : SQL.quote(backfill.key)
  }

  /// The first and the last key of the next slice.
  private func bounds(on connection: Connection) throws -> (Value, Value)? {
    if after == nil { try refuseMissingKeys(on: connection) }
    let rest = " WHERE \(key) \(after == nil ? "IS NOT NULL" : "> ?1")"
    let keys =
      "SELECT \(key) AS k FROM \(SQL.quote(backfill.table))\(rest) ORDER BY \(key) LIMIT \(max(1, backfill.size))"
    let statement = try connection.prepare("SELECT min(k), max(k) FROM (\(keys))")
    if let after { try statement.bind([after]) }
    guard try statement.step() else { return nil }
    let row = statement.row
    return row[0] == .null ? nil : (row[0], row[1])
  }

  private static func run(_ sql: String, on connection: Connection, first: Value, last: Value) throws {
    try connection.forEachStatement(of: sql) { statement in
      try statement.bind(named: [":first": first, ":last": last])
      while try statement.step() {}
    }
  }
}
