// Before a downgrade: what it would destroy is copied aside. After it: a digest of each row as it left it.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Keeps what one downgrade would destroy.
struct AtticKeeping {
  let connection: Connection
  let entry: Changelog.Entry
  let effects: DowngradeEffects
  let build: String
  private(set) var items: [AtticItem] = []
  private let catalogue: AtticCatalogue

  init(_ connection: Connection, entry: Changelog.Entry, effects: DowngradeEffects, build: String) {
    self.connection = connection
    self.entry = entry
    self.effects = effects
    self.build = build
    catalogue = AtticCatalogue(connection)
  }

  /// Copies what would be lost.
  /// - Parameters:
  ///   - schema: the schema as it is.
  ///   - changes: what the changelog's entry says of the upgrade.
  mutating func keep(schema: Schema, changes: ObjectChanges, now: String) throws {
    var wanted: [(DowngradeEffects.Table, TableFacts, AtticShape)] = []
    for table in effects.tables {
      guard let facts = try TableFacts(table.name, on: connection), facts.content == .rows else { continue }
      if let shape = try shape(of: table, facts, schema, changes) { wanted.append((table, facts, shape)) }
    }
    wanted += try written(changes, schema)
    guard wanted.contains(where: { $0.2.kind != .digests || !$0.2.survivors.isEmpty }) else { return }
    let generation = try catalogue.nextID()
    for (offset, (table, facts, shape)) in wanted.enumerated() {
      var item = AtticItem(
        id: generation + Int64(offset), generation: generation, migration: entry.id, name: entry.name,
        upgradeDigest: entry.upgradeDigest, table: facts.name, tableAfter: table.nameAfter, state: .kept, keptAt: now,
        rows: 0, shape: shape)
      item.rows = try copy(facts, into: item, after: table)
      items.append(item)
    }
  }

  /// What an earlier downgrade of the same migration kept and nothing has fetched stays, but returns no more: what is
  /// there now is newer.
  func overtake() throws {
    for var item in try catalogue.items() where item.migration == entry.id && item.state == .kept {
      item.state = .rest
      try catalogue.update(item)
    }
  }

  private func shape(
    of table: DowngradeEffects.Table, _ facts: TableFacts, _ schema: Schema, _ changes: ObjectChanges
  ) throws -> AtticShape? {
    let lost = table.columnsLost.filter(facts.has)
    let kind: AtticShape.Kind = table.isRewritten ? .rows : lost.isEmpty ? .digests : .values
    if kind == .digests, !table.setsAddedColumns { return nil }
    // Of an empty table there is something to know only where the upgrade would put rows into it again.
    let sequence = try sequence(of: facts.name)
    if kind != .digests, sequence == nil, try isEmpty(facts), !changes.fills(facts.name) { return nil }
    guard let key = try facts.key(on: connection) else { return nil }
    var shape = AtticShape(kind: kind)
    shape.key = key
    mark(&shape, facts, table, schema)
    shape.columns = kind == .rows ? facts.columns : kind == .values ? lost : []
    shape.hasRowid = kind == .rows && facts.rowid != nil
    // What is only guessed at may be anything.
    shape.isFirm = !table.isRemade && effects.unknown == nil || key != .rowid
    shape.rowidColumn = facts.rowidColumn
    shape.sequence = sequence
    return shape
  }

  /// The tables that the downgrade leaves alone and the upgrade does not: it would set its own values over those that
  /// are there now. Which rows are the same then is all that has to be known.
  private func written(
    _ changes: ObjectChanges, _ schema: Schema
  ) throws -> [(DowngradeEffects.Table, TableFacts, AtticShape)] {
    try (changes.rows?.writes ?? [:]).sorted { $0.key < $1.key }.compactMap { name, columns in
      let effect = effects[name]
      if let effect, effect.isTouched || effect.setsAddedColumns { return nil }
      guard schema[.table, name] != nil, let facts = try TableFacts(name, on: connection), facts.content == .rows,
        !facts.isVirtual, let key = try facts.key(on: connection)
      else { return nil }
      let table = effect ?? DowngradeEffects.Table(untouched: facts.name, columns: facts.columns)
      var shape = AtticShape(kind: .digests)
      shape.key = key
      mark(&shape, facts, table, schema)
      return (table, facts, shape)
    }
  }

  private func mark(_ shape: inout AtticShape, _ facts: TableFacts, _ table: DowngradeEffects.Table, _ schema: Schema) {
    if let object = schema[.table, facts.name] {
      shape.loose = object.fingerprint(.loose).description
      shape.exact = object.fingerprint(.exact).description
    }
    guard shape.kind != .rows else { return }
    shape.survivors = facts.columns.filter { table.columnsAfter[$0] != nil }
    shape.survivorsAfter = shape.survivors.compactMap { table.columnsAfter[$0] }
  }

  private func isEmpty(_ facts: TableFacts) throws -> Bool {
    try connection.value("SELECT 1 FROM \(facts.quoted) LIMIT 1", as: Int.self) == nil
  }

  private func sequence(of table: String) throws -> Int64? {
    let there = try connection.value(
      "SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'", as: Int.self)
    guard there != nil else { return nil }
    return try connection.value("SELECT seq FROM main.sqlite_sequence WHERE name = ?", table)
  }

  /// Copies rows or values.
  /// - Returns: how many.
  private mutating func copy(
    _ facts: TableFacts, into item: AtticItem, after table: DowngradeEffects.Table
  ) throws -> Int64 {
    var shape = item.shape
    guard shape.kind != .digests, let key = shape.key else { return 0 }
    var (columns, values): ([String], [String]) = ([], [])
    if shape.hasRowid || key == .rowid, let rowid = facts.rowid {
      columns.append("n")
      values.append(rowid)
    }
    if shape.kind == .values, case .columns(let names) = key {
      columns += names.indices.map { "k\($0)" }
      values += names.map(SQL.quote)
    }
    columns += shape.columns.indices.map { "c\($0)" }
    values += shape.columns.map(SQL.quote)
    // A row that only gets narrower is known beforehand as it will be left.
    if shape.kind == .values, key == .rowid, table.columnsAdded.isEmpty {
      columns.append("d")
      values.append(AtticSQL.digest(shape.survivors))
      shape.hasInlineDigest = true
      shape.columnsAfter = shape.survivorsAfter
    }
    // Without types: values are kept as they are.
    let declared = columns.first == "n" ? columns.dropFirst() : columns[...]
    try connection.execute(
      "CREATE TABLE main.\(item.keptTable)(\((["n INTEGER PRIMARY KEY"] + declared).joined(separator: ", ")))")
    try connection.execute(
      """
      INSERT INTO main.\(item.keptTable)(\(columns.joined(separator: ", ")))
      SELECT \(values.joined(separator: ", ")) FROM \(facts.quoted)
      """)
    let count = connection.changes
    if case .columns = key {
      try connection.execute(
        "CREATE INDEX main.\(item.keptIndex) ON \(item.keptTable)(\(shape.keptKey.joined(separator: ", ")))")
    }
    shaped[item.id] = shape
    return count
  }

  /// Shapes as copying made them.
  private var shaped: [Int64: AtticShape] = [:]

  /// Takes the digests of what the downgrade has left, and writes the catalogue.
  /// - Parameter now: when, RFC 3339.
  mutating func finish(reads: [String]?, now: String) throws {
    guard !items.isEmpty else { return }
    for index in items.indices {
      let id = items[index].id
      var shape = shaped[id] ?? items[index].shape
      if !shape.hasInlineDigest, let after = items[index].tableAfter {
        let table =
          effects[items[index].table]
          ?? DowngradeEffects.Table(untouched: after, columns: items[index].shape.survivors)
        try digest(after, of: table, &shape, into: "tidemark_attic_\(id)_left")
        if !shape.isFirm { try follow(items[index], &shape, after, table) }
      } else if shape.hasInlineDigest {
        shape.keyAfter = .rowid
      }
      items[index].shape = shape
    }
    for name in effects.made { try follow(name, now: now) }
    let lost = items.filter { $0.shape.keyAfter == nil }.compactMap(\.tableAfter)
    if reads != nil || !lost.isEmpty { items[0].shape.sources = try sources((reads ?? []) + lost) }
    items[0].shape.batch = entry.batch
    for item in items { try catalogue.add(item, by: build) }
  }

  /// Tells which rows of a table that was made anew are the kept ones.
  private func follow(
    _ item: AtticItem, _ shape: inout AtticShape, _ after: String, _ table: DowngradeEffects.Table
  ) throws {
    guard shape.kind == .rows, shape.keyAfter == .rowid, let facts = try TableFacts(after, on: connection) else {
      return
    }
    if let column = shape.rowidColumn {
      shape.isFirm = facts.rowidColumn != nil && table.columnsAfter[column] == facts.rowidColumn
      return
    }
    guard let sql = entry.downgrade, let link = AtticLink(of: item.table, in: sql, before: shape.columns) else {
      return
    }
    let rowid = facts.rowid ?? "rowid"
    if link.keepsRowids {
      let moved: Int64? = try connection.value(
        """
        SELECT EXISTS(SELECT n FROM \(item.keptTable) EXCEPT SELECT \(rowid) FROM \(facts.quoted))
          OR EXISTS(SELECT \(rowid) FROM \(facts.quoted) EXCEPT SELECT n FROM \(item.keptTable))
        """)
      shape.isFirm = moved == 0
      return
    }
    guard facts.rowidColumn == nil, !facts.isVirtual, link.after.allSatisfy(facts.has) else { return }
    try self.link(item, &shape, by: link, facts)
  }

  /// Takes down which kept row each row is, by what was copied of it: other rowids say nothing, not even where they are the
  /// same numbers, as rows may have been copied in another order.
  private func link(_ item: AtticItem, _ shape: inout AtticShape, by link: AtticLink, _ facts: TableFacts) throws {
    let (old, new, pairs) = ("\(item.keptTable)_old", "\(item.keptTable)_new", "\(item.keptTable)_pairs")
    let kept = link.before.compactMap { name in shape.columns.firstIndex { $0.lowercased() == name }.map { "c\($0)" } }
    let all = shape.columns.indices.map { "c\($0)" }
    try connection.execute(
      """
      CREATE TABLE main.\(old)(n INTEGER PRIMARY KEY, h, v);
      INSERT INTO main.\(old) SELECT n, \(AtticSQL.digest(kept)), \(AtticSQL.digest(all)) FROM main.\(item.keptTable);
      CREATE TABLE main.\(new)(n INTEGER PRIMARY KEY, h);
      INSERT INTO main.\(new) SELECT \(facts.rowid ?? "rowid"), \(AtticSQL.digest(link.after)) FROM \(facts.quoted)
      """)
    // Rows that are alike in all columns there are now are told apart by nothing later either, whichever is linked to which.
    let isExact = !link.covers(after: facts.columns)
    if try AtticLink.pair(old, new, into: pairs, exact: isExact, on: connection) {
      let left = "main.tidemark_attic_\(item.id)_left"
      try connection.execute(
        """
        ALTER TABLE \(left) ADD COLUMN o;
        UPDATE \(left) SET o = p.n FROM main.\(pairs) AS p WHERE p.m = k0;
        DROP TABLE main.\(pairs)
        """)
      shape.hasLink = true
    }
    try connection.execute("DROP TABLE main.\(old); DROP TABLE main.\(new)")
  }

  /// A table that the downgrade made holds what it folded into it: whether that changes says whose rows are still good.
  private mutating func follow(_ name: String, now: String) throws {
    guard !items.contains(where: { $0.tableAfter?.lowercased() == name.lowercased() }),
      let last = items.last, let first = items.first
    else { return }
    var shape = AtticShape(kind: .digests)
    let id = last.id + 1
    try digest(name, of: nil, &shape, into: "tidemark_attic_\(id)_left")
    guard shape.keyAfter != nil else { return }
    items.append(
      AtticItem(
        id: id, generation: first.generation, migration: entry.id, name: entry.name,
        upgradeDigest: entry.upgradeDigest, table: name, tableAfter: name, state: .kept, keptAt: now, rows: 0,
        shape: shape))
  }

  private func digest(
    _ name: String, of table: DowngradeEffects.Table?, _ shape: inout AtticShape, into target: String
  ) throws {
    guard let facts = try TableFacts(name, on: connection), facts.content == .rows else { return }
    guard let key = try keyAfter(facts, shape.key, table) else { return }
    shape.keyAfter = key
    shape.columnsAfter = facts.columns
    try AtticSQL.makeKeyed(target, key, with: ["d"], on: connection)
    try connection.execute(
      """
      INSERT INTO main.\(target)
      SELECT \((AtticSQL.keys(key, facts) + [AtticSQL.digest(facts.columns)]).joined(separator: ", ")) FROM \(facts.quoted)
      """)
  }

  /// The kept rows' key under the names that it has now; nil where rows cannot be followed.
  private func keyAfter(
    _ facts: TableFacts, _ key: AtticKey?, _ table: DowngradeEffects.Table?
  ) throws -> AtticKey? {
    guard let key, let table else { return try facts.key(on: connection) }
    switch key {
    case .rowid: return facts.rowid == nil ? nil : .rowid
    case .columns(let names):
      let after = names.compactMap { table.columnsAfter[$0] }
      guard after.count == names.count else { return nil }
      // What may be NULL now, or holds one value twice, tells no rows apart.
      let list = after.map(SQL.quote)
      let bad: Int64? = try connection.value(
        """
        SELECT EXISTS(SELECT 1 FROM \(facts.quoted) WHERE \(list.map { "\($0) IS NULL" }.joined(separator: " OR ")))
          OR EXISTS(SELECT 1 FROM \(facts.quoted) GROUP BY \(list.joined(separator: ", ")) HAVING count(*) > 1)
        """)
      return bad == 0 ? .columns(after) : nil
    }
  }

  /// The tables that the upgrade reads and whose rows are not followed one by one.
  private func sources(_ reads: [String]) throws -> [AtticShape.Source] {
    let followed = Set(items.compactMap { $0.shape.keyAfter == nil ? nil : $0.tableAfter?.lowercased() })
    return try reads.filter { !followed.contains($0.lowercased()) }.compactMap { name in
      guard let facts = try TableFacts(name, on: connection) else { return nil }
      return AtticShape.Source(
        table: facts.name, columns: facts.columns, digest: try AtticSQL.wholeDigest(facts, facts.columns, connection))
    }
  }
}
