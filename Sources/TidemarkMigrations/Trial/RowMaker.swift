// Makes rows up for any table: tries values that its declaration suggests until SQLite accepts them.
internal import TidemarkSQLite
internal import TidemarkSchema

/// Fills the tables of a database with made-up rows, the same ones each time.
struct RowMaker {
  private let database: Connection
  /// How often a row is tried with other values.
  private static let attempts = 60

  init(_ database: Connection) { self.database = database }

  /// Fills every table.
  /// - Returns: the tables that accepted none, each with SQLite's last reason.
  func fill(perTable count: Int) throws -> Set<String> {
    let enforced = try database.value("PRAGMA foreign_keys", as: Int64.self) ?? 0
    // So that a row without its parent is refused at once; parents get theirs in an earlier round.
    try database.execute("PRAGMA foreign_keys = ON")
    var waiting = try tables()
    var refused: Set<String> = []
    while !waiting.isEmpty {
      refused = []
      var left: [TableShape] = []
      for table in waiting {
        if let reason = try fill(table, count) {
          refused.insert("\(table.name) (\(reason))")
          left.append(table)
        }
      }
      if left.count == waiting.count { break }
      waiting = left
    }
    try database.execute("PRAGMA foreign_keys = \(enforced)")
    return refused
  }

  /// The tables to fill, virtual ones last: triggers on the others may fill them first.
  private func tables() throws -> [TableShape] {
    try database.rows(
      """
      SELECT t.name, t.type, s.sql FROM pragma_table_list t JOIN main.sqlite_schema s ON s.name = t.name
      WHERE t.schema = 'main' AND t.type IN ('table', 'virtual') AND s.type = 'table'
        AND lower(substr(t.name, 1, 7)) <> 'sqlite_' AND NOT \(Schema.isTidemarks(column: "t.name")) ORDER BY t.type, t.name
      """
    ).compactMap { row in
      let sql: String = try row.get(2)
      // A virtual table that indexes another's rows would no longer agree with them.
      let name: String = try row.get(0)
      let virtual = VirtualTable(SchemaObject(type: .table, name: name, table: name, sql: sql))
      if let virtual, !virtual.isFullText || virtual.content != nil || virtual.isContentless { return nil }
      return try TableShape(name: name, sql: sql, in: database)
    }
  }

  /// - Returns: why the table accepts no row; nil when it has taken one.
  private func fill(_ table: TableShape, _ count: Int) throws -> String? {
    var reason = "no reason"
    var taken = 0
    var chance = Chance(of: table.name)
    for row in 0..<count {
      for attempt in 0..<Self.attempts {
        let values = try table.values(row: row, attempt: attempt, &chance, in: database)
        do {
          try insert(values, into: table.name)
          taken += 1
          break
        } catch let error as SQLiteError {
          // The constraint's word is the point of trying; the last one is told when none is accepted.
          reason = error.message
        }
      }
    }
    return taken > 0 || count == 0 ? nil : reason
  }

  private func insert(_ values: [(column: String, value: Value)], into table: String) throws {
    guard !values.isEmpty else { return try database.execute("INSERT INTO main.\(SQL.quote(table)) DEFAULT VALUES") }
    let columns = values.map { SQL.quote($0.column) }.joined(separator: ", ")
    let marks = values.map { SQLLiteral.write($0.value) }.joined(separator: ", ")
    try database.execute("INSERT INTO main.\(SQL.quote(table))(\(columns)) VALUES(\(marks))")
  }
}

/// A sequence of numbers that looks random and is the same each time (SplitMix64).
struct Chance {
  private var state: UInt64

  init(of name: String) { state = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }

  /// A number below a bound.
  mutating func next(below bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
  }
}
