// What the attic of a database holds, and emptying it.
public import TidemarkSQLite

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the attic of a database holds.
public struct AtticContents: Sendable, Hashable, Codable {
  /// What is kept of one table.
  public struct Table: Sendable, Hashable, Codable {
    /// The migration that was undone.
    public var migration: MigrationID
    /// Its name.
    public var name: String
    /// The table, as builds that have the migration name it.
    public var table: String
    /// Rows of which something is kept.
    public var rows: Int64
    /// When it was kept: RFC 3339, UTC.
    public var keptAt: String
    /// Whether it returns with the upgrade; else it is what could not return, or what a later downgrade has overtaken.
    public var returns: Bool
    /// The room it takes in the file, in bytes; an estimate where SQLite cannot tell.
    public var bytes: Int64
  }

  /// The tables, oldest first.
  public var tables: [Table]
  /// Rows of which something is kept.
  public var rows: Int64 { tables.reduce(0) { Self.sum($0, $1.rows) } }
  /// The room it takes in the file, in bytes.
  public var bytes: Int64 { tables.reduce(0) { Self.sum($0, $1.bytes) } }

  /// The numbers stand in a file, where a forger may have written them.
  private static func sum(_ one: Int64, _ other: Int64) -> Int64 {
    let (sum, runsOver) = one.addingReportingOverflow(other)
    return runsOver ? .max : sum
  }

  private enum CodingKeys: String, CodingKey { case tables, rows, bytes }

  /// Reads tables, rows and bytes.
  public init(from decoder: any Decoder) throws {
    tables = try decoder.container(keyedBy: CodingKeys.self).decode([Table].self, forKey: .tables)
  }

  /// Writes tables, rows and bytes.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tables, forKey: .tables)
    try container.encode(rows, forKey: .rows)
    try container.encode(bytes, forKey: .bytes)
  }

  /// Reads what is there; nil where there is no attic.
  /// - Throws: `MigrationError.damagedChangelog`, `SQLiteError`.
  public init?(of connection: Connection) throws {
    let catalogue = AtticCatalogue(connection)
    guard try catalogue.exists else { return nil }
    tables = try catalogue.items().map { try Self.table($0, on: connection) }
    if tables.isEmpty { return nil }
  }

  private init(tables: [Table]) { self.tables = tables }

  private static func table(_ item: AtticItem, on connection: Connection) throws -> Table {
    Table(
      migration: item.migration, name: item.name, table: item.table, rows: item.rows, keptAt: item.keptAt,
      returns: item.state == .kept, bytes: try bytes(of: item, on: connection))
  }

  private static func bytes(of item: AtticItem, on connection: Connection) throws -> Int64 {
    let names = [item.keptTable, item.keptIndex, "tidemark_attic_\(item.id)_left"]
    do {
      return try names.reduce(0) { sum, name in
        let bytes: Int64? = try connection.value(
          "SELECT sum(pgsize) FROM dbstat WHERE name = ? AND aggregate = TRUE", name, as: Int64?.self
        ).flatMap(\.self)
        return Self.sum(sum, bytes ?? 0)
      }
    } catch let error as SQLiteError where error.code == SQLiteError.error {
      // A library without dbstat: some tens of bytes for each value.
      let (bytes, runsOver) = item.rows.multipliedReportingOverflow(by: Int64(16 + 16 * item.shape.columns.count))
      return runsOver ? .max : bytes
    }
  }

  /// Empties the attic of what was kept some time ago, or of all.
  /// - Parameters:
  ///   - seconds: what was kept longer ago than this goes; nil for all.
  ///   - dryRun: only tells.
  /// - Returns: what goes.
  /// - Throws: `MigrationError` when the changelog cannot be read, `SQLiteError`.
  public static func prune(
    _ connection: Connection, olderThan seconds: Int64? = nil, dryRun: Bool = false
  ) throws -> AtticContents {
    try connection.transaction(dryRun ? .deferred : .immediate) {
      let tables = ChangelogTables(connection)
      guard try tables.state().changelog != nil else { return AtticContents(tables: []) }
      let catalogue = AtticCatalogue(connection)
      let limit = seconds.map { Clock.now(secondsAgo: $0) }
      let going = try catalogue.items().filter { item in limit.map { item.keptAt < $0 } ?? true }
      let contents = AtticContents(tables: try going.map { try table($0, on: connection) })
      guard !dryRun, !going.isEmpty else { return contents }
      let cookie = try connection.schemaCookie()
      for item in going { try catalogue.remove(item) }
      // A start that trusted the mark goes on doing so: nothing that it stands for has changed.
      if let mark = try tables.meta("verified"), mark.hasSuffix(" \(cookie)") {
        try tables.setMeta("verified", mark.dropLast("\(cookie)".count) + "\(connection.schemaCookie())")
      }
      return contents
    }
  }
}
