// Made-up schemas, migrations and work for histories of a database: everything follows from a seed.
import TidemarkMigrations

/// Numbers that look random and follow from a seed (SplitMix64).
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func one<T>(of list: [T]) -> T { list[below(list.count)] }
}

/// A table as the generator knows it.
struct ModelTable {
  enum Key: CaseIterable { case integer, counted, text, composite, none }

  struct Column {
    var name: String
    var type: String
    /// Part of a key or an index, so that it cannot be dropped.
    var isFixed = false
    var ending = ""
  }

  var name: String
  var key: Key
  var isStrict: Bool
  /// Without the key's.
  var columns: [Column]
  /// The table that the column "parent" refers to.
  var parent: String?

  var keyColumns: [String] {
    switch key {
    case .integer, .counted: ["id"]
    case .text: ["k"]
    case .composite: ["k", "l"]
    case .none: []
    }
  }
  /// What tells its rows apart, as SQL.
  var identity: [String] { key == .none ? ["rowid"] : keyColumns }
  var hasRowid: Bool { key != .composite }

  /// The statement that makes it, under another name where one is given.
  func sql(as other: String? = nil) -> String {
    var parts: [String] = []
    switch key {
    case .integer: parts.append("id INTEGER PRIMARY KEY")
    case .counted: parts.append("id INTEGER PRIMARY KEY AUTOINCREMENT")
    case .text: parts.append("k TEXT PRIMARY KEY")
    case .composite: parts += ["k TEXT", "l \(isStrict ? "ANY" : "NUMERIC")"]
    case .none: break
    }
    parts += columns.map { "\($0.name) \($0.type)\($0.ending)" }
    if let parent { parts.append("parent INTEGER REFERENCES \(parent)(id)") }
    if key == .composite { parts.append("PRIMARY KEY(k, l)") }
    let options = [isStrict ? "STRICT" : nil, key == .composite ? "WITHOUT ROWID" : nil].compactMap(\.self)
    return "CREATE TABLE \(other ?? name)(\(parts.joined(separator: ", ")))\(options.joined(separator: ", "))"
  }

  /// The columns that a statement names, in order.
  var allColumns: [String] { keyColumns + columns.map(\.name) + (parent == nil ? [] : ["parent"]) }
}

/// A schema and the migrations over it, growing.
struct Model {
  var tables: [ModelTable] = []
  var migrations: [any Migration] = []
  private var names = 0

  private mutating func name(_ prefix: String) -> String {
    names += 1
    return "\(prefix)\(names)"
  }

  private mutating func type(_ isStrict: Bool, _ dice: inout Dice) -> String {
    dice.one(
      of: isStrict ? ["INTEGER", "TEXT", "ANY", "BLOB"] : ["", "INTEGER", "TEXT", "REAL", "BLOB", "VARCHAR(9)"])
  }

  mutating func table(_ dice: inout Dice, parents: Bool = true) -> ModelTable {
    let isStrict = dice.chance(25)
    let columns = (0...dice.below(3)).map { _ in
      ModelTable.Column(name: name("c"), type: isStrict ? type(true, &dice) : type(false, &dice))
    }
    let keyed = tables.filter { $0.key == .integer || $0.key == .counted }
    let parent = parents && !keyed.isEmpty && dice.chance(40) ? dice.one(of: keyed).name : nil
    return ModelTable(
      name: name("t"), key: dice.one(of: ModelTable.Key.allCases), isStrict: isStrict, columns: columns, parent: parent)
  }

  /// The first migration: the tables that the older build knows.
  mutating func begin(_ dice: inout Dice) {
    var sql: [String] = []
    for _ in 0...dice.below(3) {
      let table = table(&dice)
      tables.append(table)
      sql.append(table.sql())
      if dice.chance(20), let column = tables[tables.count - 1].columns.indices.last {
        tables[tables.count - 1].columns[column].isFixed = true
        sql.append("CREATE UNIQUE INDEX \(name("i")) ON \(table.name)(\(table.columns[column].name))")
      }
    }
    add(sql, [])
  }

  mutating func add(_ up: [String], _ down: [String]) {
    let id = MigrationID(Int64(migrations.count + 1))
    migrations.append(
      Change(
        id, "Step\(id)", up: Upgrade(up.joined(separator: ";\n")),
        down: down.isEmpty && id == 1 ? .irreversible("the first") : Downgrade(down.joined(separator: ";\n"))))
  }

  /// One more migration.
  mutating func grow(_ dice: inout Dice) {
    let place = dice.below(tables.count)
    switch dice.below(12) {
    case 0, 1: addColumn(place, &dice)
    case 2: addTable(&dice, filled: false)
    case 3: addTable(&dice, filled: true)
    case 4: fold(place, &dice)
    case 5: rebuild(place, &dice)
    case 6: renameColumn(place, &dice)
    case 7: renameTable(place, &dice)
    case 8: setValues(place, &dice)
    case 9: seed(place, &dice)
    case 10: slug(place, &dice)
    default: dropColumn(place, &dice)
    }
  }

  private mutating func addColumn(_ place: Int, _ dice: inout Dice) {
    let table = tables[place]
    var column = ModelTable.Column(name: name("n"), type: type(table.isStrict, &dice))
    let isAny = !table.isStrict || column.type == "ANY"
    var up = ["ALTER TABLE \(table.name) ADD COLUMN \(column.name) \(column.type)"]
    if isAny, dice.chance(40) {
      column.ending = " DEFAULT 'low'"
      up[0] += column.ending
    }
    if isAny, dice.chance(40) {
      up.append("UPDATE \(table.name) SET \(column.name) = \(dice.one(of: table.allColumns + ["'made'"]))")
    }
    add(up, ["ALTER TABLE \(table.name) DROP COLUMN \(column.name)"])
    tables[place].columns.append(column)
  }

  private mutating func addTable(_ dice: inout Dice, filled: Bool) {
    let source = dice.one(of: tables)
    var made = table(&dice)
    var up: [String] = []
    if filled {
      made.isStrict = false
      made.parent = nil
      up = [made.sql()]
      let targets = made.allColumns.filter { $0 != "id" }
      let values = targets.map { target in
        target == "k" ? "'k' || \(source.identity[0])" : target == "l" ? "1" : dice.one(of: source.allColumns)
      }
      if !targets.isEmpty {
        up.append(
          "INSERT OR IGNORE INTO \(made.name)(\(targets.joined(separator: ", "))) SELECT "
            + "\(values.joined(separator: ", ")) FROM \(source.name)")
      }
    } else {
      up = [made.sql()]
      if dice.chance(30), made.key == .text { up.append("INSERT INTO \(made.name)(k) VALUES ('seed'), ('other')") }
    }
    add(up, ["DROP TABLE \(made.name)"])
    tables.append(made)
  }

  /// A column's values become rows of a table of their own.
  private mutating func fold(_ place: Int, _ dice: inout Dice) {
    let table = tables[place]
    guard table.key == .integer || table.key == .counted, let index = table.columns.firstIndex(where: { !$0.isFixed })
    else { return addColumn(place, &dice) }
    let column = table.columns[index]
    let events = ModelTable(
      name: name("e"), key: .integer, isStrict: false,
      columns: [.init(name: "at", type: ""), .init(name: "detail", type: "TEXT")], parent: table.name)
    add(
      [
        events.sql(),
        "INSERT INTO \(events.name)(parent, at) SELECT id, \(column.name) FROM \(table.name) WHERE \(column.name) IS NOT NULL",
        "ALTER TABLE \(table.name) DROP COLUMN \(column.name)",
      ],
      [
        "ALTER TABLE \(table.name) ADD COLUMN \(column.name) \(column.type)\(column.ending)",
        """
        UPDATE OR IGNORE \(table.name) SET \(column.name) = (
          SELECT \(table.isStrict && column.type != "ANY" ? "CAST(at AS \(column.type))" : "at") FROM \(events.name)
          WHERE parent = \(table.name).id ORDER BY \(events.name).id LIMIT 1)
        """,
        "DROP TABLE \(events.name)",
      ])
    tables[place].columns.remove(at: index)
    tables.append(events)
  }

  private mutating func rebuild(_ place: Int, _ dice: inout Dice) {
    let old = tables[place]
    guard !old.columns.contains(where: \.isFixed) else { return addColumn(place, &dice) }
    var new = old
    if dice.chance(50) { new.columns.append(.init(name: name("n"), type: type(old.isStrict, &dice))) }
    let shared =
      (dice.chance(30) && old.hasRowid && old.key != .integer && old.key != .counted ? ["rowid"] : [])
      + old.allColumns
    func remake(_ from: ModelTable, _ to: ModelTable) -> [String] {
      let list = shared.joined(separator: ", ")
      return [
        "PRAGMA legacy_alter_table = ON", to.sql(as: "\(to.name)_new"),
        "INSERT INTO \(to.name)_new(\(list)) SELECT \(list) FROM \(from.name)", "DROP TABLE \(from.name)",
        "ALTER TABLE \(to.name)_new RENAME TO \(to.name)",
      ]
    }
    add(remake(old, new), remake(new, old))
    tables[place] = new
  }

  private mutating func renameColumn(_ place: Int, _ dice: inout Dice) {
    let table = tables[place]
    guard let index = table.columns.indices.first else { return addColumn(place, &dice) }
    let new = name("r")
    add(
      ["ALTER TABLE \(table.name) RENAME COLUMN \(table.columns[index].name) TO \(new)"],
      ["ALTER TABLE \(table.name) RENAME COLUMN \(new) TO \(table.columns[index].name)"])
    tables[place].columns[index].name = new
  }

  private mutating func renameTable(_ place: Int, _ dice: inout Dice) {
    let old = tables[place]
    guard !tables.contains(where: { $0.parent == old.name }) else { return addColumn(place, &dice) }
    let new = name("t")
    let column = ModelTable.Column(name: name("n"), type: type(old.isStrict, &dice))
    add(
      ["ALTER TABLE \(old.name) RENAME TO \(new)", "ALTER TABLE \(new) ADD COLUMN \(column.name) \(column.type)"],
      ["ALTER TABLE \(new) DROP COLUMN \(column.name)", "ALTER TABLE \(new) RENAME TO \(old.name)"])
    tables[place].name = new
    tables[place].columns.append(column)
  }

  private mutating func setValues(_ place: Int, _ dice: inout Dice) {
    let table = tables[place]
    guard let column = table.columns.first(where: { !table.isStrict || $0.type == "ANY" || $0.type == "TEXT" }) else {
      return addColumn(place, &dice)
    }
    let undone = dice.chance(60)
    add(
      ["UPDATE OR IGNORE \(table.name) SET \(column.name) = 'p' || \(column.name)"],
      [undone ? "UPDATE OR IGNORE \(table.name) SET \(column.name) = substr(\(column.name), 2)" : "SELECT 1"])
  }

  private mutating func seed(_ place: Int, _ dice: inout Dice) {
    let table = tables[place]
    let isReferred = tables.contains { $0.parent == table.name }
    switch table.key {
    case .integer, .counted:
      if isReferred { return addColumn(place, &dice) }
      let id = dice.below(8)
      add(
        ["INSERT OR IGNORE INTO \(table.name)(id) VALUES (\(id))"], ["DELETE FROM \(table.name) WHERE id = \(id)"])
    case .text:
      add(
        ["INSERT OR IGNORE INTO \(table.name)(k) VALUES ('seed')"], ["DELETE FROM \(table.name) WHERE k = 'seed'"])
    case .composite, .none: addColumn(place, &dice)
    }
  }

  private mutating func slug(_ place: Int, _ dice: inout Dice) {
    let table = tables[place]
    guard table.hasRowid, !table.isStrict else { return addColumn(place, &dice) }
    let (column, index) = (name("s"), name("i"))
    add(
      [
        "ALTER TABLE \(table.name) ADD COLUMN \(column) TEXT",
        "UPDATE \(table.name) SET \(column) = 's' || rowid", "CREATE UNIQUE INDEX \(index) ON \(table.name)(\(column))",
      ], ["DROP INDEX \(index)", "ALTER TABLE \(table.name) DROP COLUMN \(column)"])
    tables[place].columns.append(.init(name: column, type: "TEXT", isFixed: true))
  }

  private mutating func dropColumn(_ place: Int, _ dice: inout Dice) {
    let table = tables[place]
    guard let index = table.columns.firstIndex(where: { !$0.isFixed }), table.allColumns.count > 1 else {
      return addColumn(place, &dice)
    }
    let column = tables[place].columns.remove(at: index)
    add(
      ["ALTER TABLE \(table.name) DROP COLUMN \(column.name)"],
      ["ALTER TABLE \(table.name) ADD COLUMN \(column.name) \(column.type)\(column.ending)"])
  }
}
