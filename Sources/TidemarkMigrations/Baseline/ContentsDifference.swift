// What tells the rows of two databases apart, in words that name table, row and values.

extension DatabaseContents {
  /// A way in which rows are not as expected.
  package struct Difference: Sendable, Hashable {
    /// The table.
    package var table: String
    /// What is different: the row, and the values.
    package var words: String
    /// "table jobs, row 3: name is 'b', not 'a'".
    package var description: String { "table \(table)\(words)" }
  }

  /// How many rows of a table are told of before the rest is counted.
  private static var told: Int { 3 }

  /// How these contents differ from those expected, by table; rows of tables that were not there count too.
  package func differences(from expected: DatabaseContents) -> [Difference] {
    var result = lost(from: expected)
    for table in tables.keys.sorted() where expected.tables[table] == nil {
      result.append(Difference(table: table, words: " is not expected"))
    }
    for (table, mark) in marks.sorted(by: { $0.key < $1.key }) where expected.marks[table] != mark {
      let other = expected.marks[table].map(String.init) ?? "none"
      result.append(Difference(table: table, words: ": its AUTOINCREMENT mark is \(mark), not \(other)"))
    }
    for table in expected.marks.keys.sorted() where marks[table] == nil && tables[table] != nil {
      result.append(Difference(table: table, words: ": its AUTOINCREMENT mark is gone"))
    }
    return result
  }

  /// How what was there before has changed: rows gone, added or altered, in the tables that there were.
  /// AUTOINCREMENT marks may have risen.
  package func lost(from before: DatabaseContents) -> [Difference] {
    before.tables.values.sorted { $0.name < $1.name }.flatMap { table -> [Difference] in
      guard let found = tables[table.name] else {
        return [Difference(table: table.name, words: " is gone, with \(table.rows.count) rows")]
      }
      return Self.compare(found, with: table)
    }
  }

  /// AUTOINCREMENT marks that have fallen, so that an old row's number could be given to a new one.
  package func fallenMarks(from before: DatabaseContents) -> [Difference] {
    before.marks.sorted { $0.key < $1.key }.compactMap { table, mark in
      guard tables[table] != nil, marks[table] ?? 0 < mark else { return nil }
      let now = marks[table].map(String.init) ?? "gone"
      return Difference(table: table, words: ": its AUTOINCREMENT mark was \(mark) and is \(now)")
    }
  }

  private static func compare(_ found: Table, with expected: Table) -> [Difference] {
    if found == expected { return [] }
    let places = Dictionary(found.columns.enumerated().map { ($1.lowercased(), $0) }, uniquingKeysWith: { $1 })
    var words: [String] = []
    for (key, row) in expected.rows.sorted(by: { $0.key < $1.key }) {
      guard let other = found.rows[key] else {
        words.append(", row \(key): is missing (\(list(expected.columns, row)))")
        continue
      }
      for (column, cell) in zip(expected.columns, row) {
        guard let place = places[column.lowercased()] else { continue }
        if other[place] != cell { words.append(", row \(key): \(column) is \(said(other[place], than: cell))") }
      }
    }
    for (key, row) in found.rows.sorted(by: { $0.key < $1.key }) where expected.rows[key] == nil {
      words.append(", row \(key): is not expected (\(list(found.columns, row)))")
    }
    let rest = words.count - told
    if rest > 0 { words = words.prefix(told) + [": and \(rest) more differences"] }
    return words.map { Difference(table: expected.name, words: $0) }
  }

  private static func said(_ cell: Cell, than expected: Cell) -> String {
    let (now, then) = (Self.words(cell.value), Self.words(expected.value))
    return now == then ? "\(now) with other bytes" : "\(now), not \(then)"
  }

  private static func list(_ columns: [String], _ row: [Cell]) -> String {
    let shown = zip(columns, row).prefix(4).map { "\($0): \(Self.words($1.value))" }.joined(separator: ", ")
    return columns.count > 4 ? shown + ", …" : shown
  }
}
