// Puts the statements of an alteration in an order that can run: what goes, then what changes, then what comes.

internal import TidemarkSQLite

/// Makes one alteration.
struct AlterationMaker {
  private struct Key: Hashable {
    var type: ObjectType
    var name: String
    init(_ object: SchemaObject) { (type, name) = (object.type, nameKey(object.name)) }
  }

  /// What is there once renames are done.
  private var from: Schema
  private let to: Schema
  private let sqlite: Int32
  private var result = SchemaAlteration()
  /// By table and wanted column, folded: the column it is filled from, where ALTER cannot rename it.
  private var sources: [String: [String: String]] = [:]
  private var present: [Key: SchemaObject] = [:]
  private var wanted: [Key: SchemaObject] = [:]
  /// The tables, folded, that are dropped to be made anew or for good, and those that are rebuilt.
  private var dropped: Set<String> = []
  private var rebuilt: Set<String> = []
  private let renames: SchemaRenames
  /// The tables that were dropped for a rename.
  private var occupants: [String] = []
  private let mode: AlterationMode
  /// Views and triggers that are the same before and after and cannot stay while a column is dropped.
  private var suspended: [SchemaObject] = []

  init(from: Schema, to: Schema, renames: SchemaRenames, sqlite: Int32, mode: AlterationMode) throws {
    self.mode = mode
    self.from = from
    self.to = to
    self.sqlite = sqlite
    self.renames = renames
    try rename(renames)
    for object in self.from.objects { present[Key(object)] = object }
    for object in to.objects { wanted[Key(object)] = object }
  }

  mutating func make() throws -> SchemaAlteration {
    let changed = to.objects.filter { object in present[Key(object)].map { !Self.isSame($0, object) } ?? false }
    let gone = from.objects.filter { wanted[Key($0)] == nil }
    var tables: [(change: TableChange, statements: [String])] = []
    for object in changed where object.type == .table {
      guard let old = present[Key(object)] else { continue }
      if mode == .drop {
        dropped.insert(folded(object.name))
        if !old.indexesOthersRows { result.losses.append(.table(former(old.name))) }
      } else if old.isVirtualTable || object.isVirtualTable {
        try replaceVirtual(old, with: object)
      } else {
        tables.append((try change(of: old, to: object), []))
      }
    }
    for object in gone where object.type == .table || object.type == .view { dropped.insert(folded(object.name)) }
    for object in changed where object.type == .view { dropped.insert(folded(object.name)) }
    for place in tables.indices { tables[place].statements = statements(of: tables[place].change) }

    if tables.contains(where: { $0.statements.contains { $0.contains(" DROP COLUMN ") } }) { suspend() }
    drop(gone + changed.compactMap { present[Key($0)] })
    if tables.contains(where: { !$0.statements.isEmpty }) {
      result.statements.append("PRAGMA legacy_alter_table = ON")
      for table in tables { result.statements += table.statements }
      result.statements.append("PRAGMA legacy_alter_table = OFF")
    }
    try create(filling: mode == .drop ? emptied : stale(tables.map(\.change)))
    result.losses += gone.filter { $0.type == .table && !$0.indexesOthersRows }.map { .table($0.name) }
    for table in tables {
      result.losses += table.change.losses(of: former(table.change.from.name))
      let isRebuilt = rebuilt.contains(folded(table.change.to.name))
      result.tables.append(AlteredTable(table.change, renames: renames, isRebuilt: isRebuilt))
      result.demands += table.change.demands
    }
    result.changes = changes
    return result
  }

  /// What is different, with the renames that have been made already.
  private var changes: [SchemaChange] {
    let pending = renames.columns.filter { sources[folded($0.table.to)]?[folded($0.to)] != nil }
    var changes = SchemaComparison(from: from, to: to, renames: SchemaRenames(columns: pending)).changes
    for column in renames.columns where !pending.contains(column) {
      change(column.table, in: &changes) {
        $0.details.insert("column \(column.from) renamed to \(column.to)", at: 0)
      }
    }
    for table in renames.tables {
      change(table, in: &changes) {
        $0.kind = .renamed
        $0.formerName = table.from
      }
    }
    for name in occupants {
      changes.insert(SchemaChange(kind: .removed, type: .table, name: name, details: []), at: 0)
    }
    let remade = Set(result.rebuilt.map { folded($0) })
    for place in changes.indices where changes[place].type == .table {
      changes[place].isRebuilt = remade.contains(folded(changes[place].name))
    }
    return changes.sorted(by: SchemaChange.precedes)
  }

  private func change(
    _ table: SchemaRenames.Table, in changes: inout [SchemaChange], _ body: (inout SchemaChange) -> Void
  ) {
    let place = changes.firstIndex { $0.type == .table && folded($0.name) == folded(table.to) && $0.kind != .removed }
    if let place { return body(&changes[place]) }
    var change = SchemaChange(kind: .changed, type: .table, name: table.to, details: [])
    body(&change)
    changes.append(change)
  }

  // MARK: what goes

  /// DROP COLUMN resolves every view and trigger of the schema. What speaks of something that is away just then is taken
  /// away too, and made again.
  private mutating func suspend() {
    var names = dropped
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for object in from.objects where object.type == .view && !dropped.contains(folded(object.name)) {
        guard Self.speaks(object, of: names) else { continue }
        suspended.append(object)
        names.insert(folded(object.name))
        dropped.insert(folded(object.name))
        isGrowing = true
      }
    }
    for object in from.objects where object.type == .trigger && !dropped.contains(folded(object.table)) {
      if Self.speaks(object, of: names), wanted[Key(object)].map({ Self.isSame($0, object) }) ?? false {
        suspended.append(object)
      }
    }
  }

  private static func speaks(_ object: SchemaObject, of names: Set<String>) -> Bool {
    let statement = CreateStatement(object.sql ?? "")
    return !names.isDisjoint(with: statement.names(in: statement.body..<max(statement.body, statement.tokens.count)))
  }

  private mutating func drop(_ objects: [SchemaObject]) {
    // With a table or view go its indexes and triggers.
    let single = (objects + suspended).filter { object in
      object.type == .view || !dropped.contains(folded(object.table))
    }
    for object in single where object.type == .trigger { add("DROP TRIGGER \(SQL.quote(object.name))") }
    for object in single where object.type == .view { add("DROP VIEW \(SQL.quote(object.name))") }
    for object in single where object.type == .index { add("DROP INDEX \(SQL.quote(object.name))") }
    let tables = from.objects.filter { $0.type == .table && dropped.contains(folded($0.name)) && isDropped($0) }
    // What indexes another table goes before it, and what refers to another, too.
    for object in tables.reversed() where object.isVirtualTable { add("DROP TABLE \(SQL.quote(object.name))") }
    for object in tables.reversed() where !object.isVirtualTable { add("DROP TABLE \(SQL.quote(object.name))") }
  }

  /// Whether a table goes here, and not in the statements that carry its rows over.
  private func isDropped(_ object: SchemaObject) -> Bool {
    wanted[Key(object)] == nil || !carried.contains(folded(object.name))
  }

  /// A table's name before renames: what is lost is looked for in the database as it is.
  private func former(_ name: String) -> String {
    renames.tables.first { folded($0.to) == folded(name) }?.from ?? name
  }

  private mutating func add(_ statement: String) { result.statements.append(statement) }

  // MARK: what changes

  private func change(of old: SchemaObject, to object: SchemaObject) throws -> TableChange {
    try Self.refuse(unlessOne: object)
    return TableChange(
      from: try TableDefinition(old), to: try TableDefinition(object), create: Self.text(of: object),
      sources: sources[folded(object.name)] ?? [:])
  }

  private mutating func statements(of change: TableChange) -> [String] {
    let name = folded(change.to.name)
    // Those that go or change are dropped beforehand.
    var indexed: Set<String> = []
    var isNamed = change.from.statement.names(itself: name)
    for object in from.objects where object.type == .index && folded(object.table) == name {
      guard let other = wanted[Key(object)], Self.isSame(object, other) else { continue }
      let statement = CreateStatement(object.sql ?? "")
      isNamed = isNamed || statement.names(itself: name)
      indexed.formUnion(statement.names(in: min(statement.body + 2, statement.tokens.count)..<statement.tokens.count))
    }
    if let native = change.native(indexed: indexed, sqlite: sqlite) { return native }
    rebuilt.insert(name)
    result.rebuilt.append(change.to.name)
    return change.rebuild(aside: free("\(change.from.name)_before"), copying: isNamed)
  }

  /// A name that nothing has, before or after.
  private func free(_ name: String) -> String {
    let taken = Set((from.objects + to.objects).map { folded($0.name) })
    return SchemaNames.free(name, taken: taken)
  }

  // MARK: what comes

  private mutating func create(filling: [String]) throws {
    var fillings = filling
    for type in ObjectType.allCases {
      // An index over the rows of a view can be filled when that is there.
      if type == .trigger { fillings.forEach { add($0) } }
      let new = to.objects.filter { $0.type == type && isToBeMade($0) }
      for object in new { try Self.refuse(unlessOne: object) }
      for object in new where !object.isVirtualTable { add(Self.text(of: object)) }
      for object in new where object.isVirtualTable && !carried.contains(folded(object.name)) {
        add(Self.text(of: object))
        if let filling = VirtualTable(object)?.filling { fillings.append(filling) }
      }
    }
  }

  /// The statements that bring indexes over the rows of dropped tables up to date.
  private var emptied: [String] {
    to.objects.compactMap { object in
      guard let table = VirtualTable(object), let content = table.content, dropped.contains(folded(content)),
        let old = present[Key(object)], Self.isSame(old, object)
      else { return nil }
      return table.filling
    }
  }

  /// The statements that bring indexes over the rows of tables up to date where values or rowids become others.
  private func stale(_ changes: [TableChange]) -> [String] {
    to.objects.compactMap { object in
      guard let table = VirtualTable(object), let content = table.content, let filling = table.filling,
        let old = present[Key(object)], Self.isSame(old, object)
      else { return nil }
      if to[.view, content] != nil {
        // What a view makes of the rows is not known here.
        let names = Set(changes.map { folded($0.to.name) }).union(dropped)
        return names.contains(folded(content)) || isOver(names, folded(content)) ? filling : nil
      }
      guard let change = changes.first(where: { folded($0.to.name) == folded(content) }) else { return nil }
      return table.columns.map { change.keeps($0.map { folded($0) }) } ?? false ? nil : filling
    }
  }

  /// Whether a view reads any of these, itself or through others.
  private func isOver(_ names: Set<String>, _ view: String) -> Bool {
    var (waiting, seen) = ([view], Set<String>())
    while let name = waiting.popLast() {
      guard seen.insert(name).inserted, let object = to[.view, name] else { continue }
      if Self.speaks(object, of: names) { return true }
      waiting += to.objects.filter { $0.type == .view && Self.speaks(object, of: [folded($0.name)]) }
        .map { folded($0.name) }
    }
    return false
  }

  private func isToBeMade(_ object: SchemaObject) -> Bool {
    guard let old = present[Key(object)] else { return true }
    let owner = folded(object.table)
    if object.type == .table { return dropped.contains(owner) }
    return !Self.isSame(old, object) || suspended.contains(old) || rebuilt.contains(owner) || dropped.contains(owner)
  }

  // MARK: virtual tables

  /// The virtual tables, folded, whose rows are carried over where they are made anew.
  private var carried: Set<String> = []

  /// A virtual table cannot be altered: it is made anew, and filled from where its rows are.
  private mutating func replaceVirtual(_ old: SchemaObject, with object: SchemaObject) throws {
    guard let before = VirtualTable(old), let after = VirtualTable(object), before.module == after.module else {
      throw SchemaError(
        .unalterable, "\(old.title) becomes another kind of table, and its rows cannot be carried over",
        hint: "state the statements yourself")
    }
    dropped.insert(folded(object.name))
    if after.isDerived {
      // Its rows are another table's, and are read again; those of its own go.
      if !before.isDerived { result.losses.append(.table(former(old.name))) }
      return
    }
    // What it reads from has to be there to be read.
    if let content = before.content, from[content] == nil { return }
    try Self.refuse(unlessOne: object)
    let aside = free("\(old.name)_before")
    guard let statements = before.replacement(with: after, create: Self.text(of: object), aside: aside) else {
      throw SchemaError(
        .unalterable, "the rows of \(old.title) cannot be read back from it", hint: "state the statements yourself")
    }
    carried.insert(folded(object.name))
    result.rebuilt.append(object.name)
    // What speaks of the table stays with its name.
    result.statements += ["PRAGMA legacy_alter_table = ON"] + statements + ["PRAGMA legacy_alter_table = OFF"]
  }

  // MARK: renames

  private mutating func rename(_ renames: SchemaRenames) throws {
    guard !renames.isEmpty else { return }
    let before = from
    var maker = RenameMaker(from: before, to: to, sqlite: sqlite)
    let made = try maker.make(renames)
    from = made.schema
    sources = made.sources
    result.statements = made.statements
    occupants = made.occupants
    result.losses = occupants.map { .table($0) }
  }

  // MARK: objects

  static func isSame(_ left: SchemaObject, _ right: SchemaObject) -> Bool {
    left.hasText(of: right) && folded(left.table) == folded(right.table)
      || left.fingerprint(.exact) == right.fingerprint(.exact)
  }

  /// A schema table that somebody wrote into may hold more than the one statement that makes an object.
  private static func refuse(unlessOne object: SchemaObject) throws(SchemaError) {
    guard Tokenizer.statementCount(of: object.sql ?? "") == 1 else {
      throw SchemaError(
        .unalterable, "the text of \(object.title) is more than one statement",
        hint: "somebody has written into the schema table; look at it before anything is made of it")
    }
  }

  /// The author's text, without what may stand behind its last token.
  static func text(of object: SchemaObject) -> String {
    let statement = CreateStatement(object.sql ?? "")
    return statement.source(0..<statement.tokens.count)
  }
}

/// Names for what is only there for a moment.
enum SchemaNames {
  /// The name, with a number behind it where it is taken.
  static func free(_ name: String, taken: Set<String>) -> String {
    var number = 1
    var candidate = name
    while taken.contains(folded(candidate)) {
      number += 1
      candidate = "\(name)_\(number)"
    }
    return candidate
  }
}
