// After an upgrade came back: kept rows and values take the place of what it made of unchanged rows.
internal import TidemarkSchema
internal import TidemarkSQLite

/// Returns what one downgrade kept, or leaves it where it is.
///
/// Three sides meet: what was kept, what the upgrade makes of a row that nobody changed, and what it made of a row that
/// the older build changed. A kept row returns where only the first two differ; else the upgrade's own result stands.
struct AtticReturning {
  let connection: Connection
  let items: [AtticItem]
  let look: AtticLook
  /// By item, a table of whole rows where values alone cannot be put back: "n" and a column for each of the table's.
  let full: [Int64: AtticFull]
  /// Items whose rows have other rowids than those they were known by.
  let moved: Set<Int64>
  /// Tables, folded, of which rows are in the attic that belong there.
  let withheld: Set<String>

  /// Why nothing could be returned.
  struct Impossible: Error {
    var why: String
  }

  /// What became of the kept rows of one item.
  struct Result {
    var returned: Int64 = 0
    var conflicts: Int64 = 0
    var deleted: Int64 = 0
    var orphaned: Int64 = 0
    var alike: Int64 = 0
    var isWithoutKey = false
  }

  /// One attempt after the other, each without the rows that the one before could not place; at last without those of
  /// tables that still cannot.
  /// - Returns: by item, what became of its rows.
  func run() throws -> [Int64: Result] {
    var excluded: [Int64: Set<Int64>] = [:]
    var orphans: [Int64: Int64] = [:]
    var deletes = true
    let children = try ForeignKey.children(of: Set(items.map { nameKey($0.table) }), on: connection)
    let before = try violations(in: children)
    for round in 0..<100 {
      do {
        return try connection.savepoint("tidemark_attic_return") {
          var parts: [AtticPart] = []
          for item in items where item.shape.kind != .digests || full[item.id] != nil {
            let part = try AtticPart(item, self, excluded: excluded[item.id] ?? [], deletes: deletes)
            parts.append(part)
          }
          for part in parts { try part.clear() }
          let sure = try parts.map { try $0.fill() }
          try placeable(parts)
          guard try violations(in: children) <= before else { throw Retry(withoutDeletes: true) }
          return try Dictionary(
            zip(parts, sure).map { part, isSure in
              (part.item.id, try part.settle(orphaned: orphans[part.item.id] ?? 0, isSure: isSure))
            }, uniquingKeysWith: { $1 })
        }
      } catch let retry as Retry {
        if retry.withoutDeletes {
          guard deletes else { throw Impossible(why: "rows that are there now refer to rows that would go") }
          deletes = false
        }
        for (id, rows) in retry.unplaced {
          if round < 30 { excluded[id, default: []].formUnion(rows) } else { excluded[id] = nil }
        }
        for (id, count) in retry.orphaned { orphans[id, default: 0] += count }
      } catch let error as SQLiteError where error.code == SQLiteError.constraint {
        throw Impossible(why: error.message)
      }
    }
    throw Impossible(why: "its rows cannot be placed")
  }

  /// Whether the rows of an item can be told by what identifies them.
  func isFirm(_ item: AtticItem) -> Bool {
    guard item.shape.key == .rowid, item.shape.rowidColumn == nil else { return item.shape.isFirm }
    let isLinked = item.shape.hasLink == true && !look.isQuiet
    return (item.shape.isFirm || isLinked) && !moved.contains(item.id)
  }

  /// Rows that cannot be where they belong: the attempt is undone and made again without them.
  private struct Retry: Error {
    var unplaced: [Int64: Set<Int64>] = [:]
    var orphaned: [Int64: Int64] = [:]
    var withoutDeletes = false
  }

  /// Throws where rows clash with others or have lost the rows they refer to.
  private func placeable(_ parts: [AtticPart]) throws {
    var retry = Retry()
    for part in parts {
      let rows = try part.unplaced()
      if !rows.isEmpty { retry.unplaced[part.item.id] = rows }
    }
    // Taking a row out can leave others without theirs: until nothing more comes.
    var found = true
    while found {
      found = false
      for part in parts {
        let rows = try part.orphans().subtracting(retry.unplaced[part.item.id] ?? [])
        guard !rows.isEmpty else { continue }
        found = true
        retry.unplaced[part.item.id, default: []].formUnion(rows)
        retry.orphaned[part.item.id, default: 0] += Int64(rows.count)
        try part.take(out: rows)
      }
    }
    if !retry.unplaced.isEmpty { throw retry }
  }

  private func violations(in tables: [String]) throws -> Int64 {
    try ForeignKeyViolations(connection, in: Set(tables)).count
  }
}
