// What a migration does: SQL, code, or a backfill in slices, in sequence.
public import TidemarkSQLite

/// A migration's change: parts that run in order, all but `.batched` in the plan's one transaction.
public struct Upgrade: Sendable, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral {
  /// One part.
  package enum Part: Sendable {
    case sql(String)
    case run(@Sendable (Connection) throws -> Void)
    case batched(Backfill)
  }

  package var parts: [Part]

  /// SQL, any number of statements.
  public init(stringLiteral value: String) { parts = [.sql(value)] }
  /// SQL, any number of statements.
  public init(_ sql: String) { parts = [.sql(sql)] }
  /// Several upgrades in sequence.
  public init(arrayLiteral elements: Upgrade...) { parts = elements.flatMap(\.parts) }
  private init(part: Part) { parts = [part] }

  /// A change that needs code.
  ///
  /// It must be repeatable: it also runs on an empty database to learn the head, and for the proof. It may not open
  /// or end transactions, make TEMP objects, or touch Tidemark's tables.
  public static func run(_ body: @escaping @Sendable (Connection) throws -> Void) -> Upgrade {
    Upgrade(part: .run(body))
  }

  /// A backfill that runs in slices after the service is up, each slice in a transaction of its own.
  ///
  /// A later migration that is applied while slices are left has them finished first, in its own transaction.
  /// - Parameters:
  ///   - table: whose rows are walked.
  ///   - key: a unique, never-NULL, indexed column of it to walk by; the rowid unless said.
  ///   - size: rows in a slice.
  ///   - sql: one or more statements for the rows with `key BETWEEN :first AND :last`.
  public static func batched(table: String, key: String = "rowid", size: Int = 1_000, _ sql: String) -> Upgrade {
    Upgrade(part: .batched(Backfill(table: table, key: key, size: size, work: .sql(sql))))
  }

  /// A backfill in slices that needs code; repeatable like `run`.
  /// - Parameters:
  ///   - table: whose rows are walked.
  ///   - key: a unique, never-NULL, indexed column of it to walk by; the rowid unless said.
  ///   - size: rows in a slice.
  ///   - body: takes the connection and the slice's first and last key.
  public static func batched(
    table: String, key: String = "rowid", size: Int = 1_000,
    _ body: @escaping @Sendable (Connection, _ first: Value, _ last: Value) throws -> Void
  ) -> Upgrade {
    Upgrade(part: .batched(Backfill(table: table, key: key, size: size, work: .run(body))))
  }

  /// The SQL among the parts, in order; without that of backfills.
  var sqlParts: [String] { parts.compactMap { if case .sql(let sql) = $0 { sql } else { nil } } }

  /// The same as one script.
  var script: String { sqlParts.joined(separator: ";\n") }

  /// The backfills among the parts, in order.
  package var backfills: [Backfill] {
    parts.compactMap { if case .batched(let backfill) = $0 { backfill } else { nil } }
  }

  /// Whether a part is code, whose digest cannot be taken from SQL.
  package var hasCode: Bool {
    parts.contains { part in
      switch part {
      case .sql: false
      case .run: true
      case .batched(let backfill): if case .run = backfill.work { true } else { false }
      }
    }
  }
}

/// A walk over a table in slices.
package struct Backfill: Sendable {
  package enum Work: Sendable {
    case sql(String)
    case run(@Sendable (Connection, Value, Value) throws -> Void)
  }
  package var table: String
  package var key: String
  package var size: Int
  package var work: Work
}
