// What a table's declaration says about the values it may take.
internal import TidemarkSQLite
internal import TidemarkSchema

/// A table's columns, references and literals, and values made up from them.
struct TableShape {
  private struct Column {
    var name: String
    var type: String
    var mayBeNull: Bool
    var isRowid: Bool
  }

  let name: String
  private var columns: [Column] = []
  private var references: [ForeignKey] = []
  /// The literals of the declaration: CHECK (state IN ('on', 'off')) names the values it takes.
  private var literals: [Value] = []

  init(name: String, sql: String, in database: Connection) throws {
    self.name = name
    let info = try database.rows("SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?) WHERE hidden = 0", name)
    let keys = info.filter { $0[3] != .integer(0) }
    columns = try info.map { row in
      let type: String = try row.get(1)
      let isKey = row[3] != .integer(0)
      return Column(
        name: try row.get(0), type: type.uppercased(), mayBeNull: row[2] == .integer(0) && !isKey,
        isRowid: isKey && keys.count == 1 && type.uppercased() == "INTEGER")
    }
    references = try ForeignKey.all(of: name, on: database)
    var tokens = Tokenizer(sql)
    while let token = tokens.next() {
      guard token.kind == .string || token.kind == .number else { continue }
      // SQLite reads its own literals best.
      if let value = try database.value("SELECT \(tokens.text(of: token))", as: Value.self) { literals.append(value) }
    }
  }

  /// Values for one row. The first attempt differs in every column and every row and has no NULL; later ones try what
  /// constraints may want.
  func values(
    row: Int, attempt: Int, _ chance: inout Chance, in database: Connection
  ) throws -> [(column: String, value: Value)] {
    var given: [String: Value] = [:]
    for reference in references {
      let wanted = reference.columns.map { SQL.quote($0.theirs) }.joined(separator: ", ")
      // A parent that is gone, or lacks the column, shows as this statement's error: then no row can be made.
      let there = (try? database.rows("SELECT \(wanted) FROM main.\(SQL.quote(reference.parent)) LIMIT 20")) ?? []
      guard !there.isEmpty else {
        for pair in reference.columns { given[pair.own] = .null }
        continue
      }
      let parent = there[(row + attempt) % there.count]
      for (place, pair) in reference.columns.enumerated() { given[pair.own] = parent[place] }
    }
    return columns.compactMap { column in
      if let value = given[column.name] { return (column.name, value) }
      if column.isRowid { return nil }
      let candidates = candidates(for: column, row: row)
      switch attempt {
      case 0: return (column.name, candidates[0])
      case 1: return (column.name, literals.isEmpty ? candidates[0] : literals[row % literals.count])
      default: return (column.name, candidates[chance.next(below: candidates.count)])
      }
    }
  }

  private func candidates(for column: Column, row: Int) -> [Value] {
    let number = Int64(row + 1)
    let first: Value =
      if column.type.contains("INT") {
        .integer(number)
      } else if ["REAL", "FLOA", "DOUB", "DEC", "NUM"].contains(where: column.type.contains) {
        .real(Double(number) + 0.5)
      } else if column.type.contains("BLOB") {
        .blob([UInt8(truncatingIfNeeded: row + 1), 0, 255])
      } else {
        .text("\(column.name) \(number)")
      }
    var result = [first, .integer(0), .integer(1), .text("a"), .text("{}"), .text("[]"), .real(0.5), .blob([0])]
    result += [.text("2026-01-02T03:04:0\(row % 10)Z"), .text(String(repeating: "0123456789abcdef", count: 4))]
    result += literals
    if column.mayBeNull { result.append(.null) }
    return result
  }
}
