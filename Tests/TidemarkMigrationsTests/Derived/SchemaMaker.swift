// Makes schemas up, each from a seed, and a second one by changing the first: for properties that hold for any two.

/// A made-up schema, as what its statements are made of.
struct MadeSchema {
  private struct Column {
    var name: String
    var type: String
    var rest: String
  }
  private enum Kind: CaseIterable { case plain, keyed, counted, strict, rowless }
  private struct Table {
    var name: String
    var kind: Kind
    var columns: [Column]
    var constraints: [String] = []
    var indexes: [String] = []
    var hasTrigger = false
    var hasView = false
  }

  private var tables: [Table] = []
  private var dice: Dice
  private var made = 0

  init(seed: UInt64) {
    dice = Dice(seed: seed)
    for number in 0..<(1 + dice.below(4)) { tables.append(makeTable("t\(number)")) }
  }

  /// The same with some things changed, gone or come.
  func changed() -> MadeSchema {
    var other = self
    for _ in 0..<(1 + other.dice.below(4)) { other.change() }
    return other
  }

  /// A number that no name has yet.
  private mutating func next() -> Int {
    made += 1
    return made
  }

  private mutating func makeTable(_ name: String) -> Table {
    var table = Table(name: name, kind: dice.one(of: Kind.allCases), columns: [])
    for number in 0..<(1 + dice.below(5)) {
      table.columns.append(makeColumn("c\(number)", strict: table.kind == .strict))
    }
    for _ in 0..<dice.below(3) { addIndex(&table) }
    if dice.chance(20) { table.constraints.append(dice.one(of: ["CHECK (length(k) < 1000)", "UNIQUE(k, c0)"])) }
    table.hasTrigger = dice.chance(40)
    table.hasView = dice.chance(40)
    return table
  }

  private mutating func makeColumn(_ name: String, strict: Bool) -> Column {
    let types =
      strict ? ["TEXT", "INTEGER", "REAL", "BLOB", "ANY"] : ["TEXT", "INT", "", "VARCHAR(9)", "REAL", "BLOB"]
    let rests = [
      "", "", "", "DEFAULT 'x'", "COLLATE NOCASE", "NOT NULL DEFAULT 'n'", "UNIQUE", "AS (k) VIRTUAL", "AS (k) STORED",
      "REFERENCES t0(k)", "DEFAULT (1 + 1)", "CHECK (\(name) IS NULL OR length(\(name)) < 999)",
    ]
    var rest = dice.one(of: rests)
    let type = dice.one(of: types)
    // A STRICT column takes no default of another type.
    if strict, rest.contains("DEFAULT"), type != "TEXT", type != "ANY" { rest = "" }
    if strict, rest.contains("AS ("), type != "ANY" { rest = "" }
    return Column(name: name, type: type, rest: rest)
  }

  private mutating func addIndex(_ table: inout Table) {
    guard let column = table.columns.randomElement(&dice) else { return }
    let index = "i_\(table.name)_\(table.indexes.count)_\(dice.below(9))"
    if table.indexes.contains(where: { $0.contains("INDEX \(index) ") }) { return }
    let part = dice.one(of: ["", " WHERE \(column.name) IS NOT NULL", ""])
    let key = dice.one(of: [column.name, "\(column.name) DESC", "lower(k), \(column.name)"])
    table.indexes.append("CREATE INDEX \(index) ON \(table.name)(\(key))\(part)")
  }

  private mutating func change() {
    guard !tables.isEmpty else { return tables.append(makeTable("n\(next())")) }
    let place = dice.below(tables.count)
    let isStrict = tables[place].kind == .strict
    switch dice.below(10) {
    case 0: tables.append(makeTable("n\(next())"))
    // The one that others refer to stays.
    case 1: if place > 0 { tables.remove(at: place) }
    case 2, 3: tables[place].columns.append(makeColumn("a\(next())", strict: isStrict))
    case 4: dropColumn(of: place)
    case 5:
      let column = dice.below(tables[place].columns.count)
      tables[place].columns[column] = makeColumn(tables[place].columns[column].name, strict: isStrict)
    case 6: tables[place].columns.reverse()
    case 7: tables[place].hasTrigger.toggle()
    case 8: tables[place].hasView.toggle()
    default:
      var table = tables[place]
      addIndex(&table)
      tables[place] = table
    }
  }

  private mutating func dropColumn(of place: Int) {
    guard tables[place].columns.count > 1 else { return }
    let column = tables[place].columns.remove(at: dice.below(tables[place].columns.count))
    tables[place].indexes.removeAll { $0.contains(column.name) }
    tables[place].constraints.removeAll { $0.contains(column.name) }
  }

  /// The statements that make it.
  var sql: String {
    var lines: [String] = []
    for table in tables {
      let key =
        switch table.kind {
        case .plain: "k TEXT UNIQUE"
        case .keyed, .strict: "k INTEGER PRIMARY KEY"
        case .counted: "k INTEGER PRIMARY KEY AUTOINCREMENT"
        case .rowless: "k TEXT PRIMARY KEY"
        }
      let columns = table.columns.map { "\($0.name) \($0.type) \($0.rest)" }
      let option = table.kind == .strict ? " STRICT" : table.kind == .rowless ? " WITHOUT ROWID" : ""
      lines.append(
        "CREATE TABLE \(table.name)(\(([key] + columns + table.constraints).joined(separator: ", ")))\(option)")
      lines += table.indexes
      if table.hasView { lines.append("CREATE VIEW v_\(table.name) AS SELECT k FROM \(table.name)") }
      if table.hasTrigger {
        lines.append(
          "CREATE TRIGGER g_\(table.name) AFTER DELETE ON \(table.name) BEGIN SELECT count(*) FROM t0; END")
      }
    }
    return lines.joined(separator: ";\n")
  }
}

extension Array {
  fileprivate func randomElement(_ dice: inout Dice) -> Element? { isEmpty ? nil : self[dice.below(count)] }
}
