// What a trial of one migration on an empty copy of the schema says about its downgrade.
internal import TidemarkSchema

/// The schema before and after one upgrade, and what it was seen to write.
struct StepProof {
  let migration: any Migration
  let before: Schema
  let after: Schema
  let log: WriteLog
  /// The oldest SQLite among the lineage's builds.
  let oldestSQLite: Int32
  /// What a stated downgrade does to rows that the upgrade found there, in words.
  var undone: [String] = []

  /// The verdict once up, down and up have shown the same schemas.
  /// - Parameter withRows: whether rows were followed too and came back as they were.
  func verdict(withRows: Bool) -> Verdict {
    let derived = DerivedDowngrade(
      migration: migration, before: before, after: after, log: log, oldestSQLite: oldestSQLite)
    let renames = derived.renames
    do {
      // Recorded rows come back as they were, or the upgrade fails when it runs.
      if !withRows, !migration.downgrade.isRecorded {
        let changed = derived.changedRows(renames)
        if !changed.isEmpty {
          return .unproven("\(changed.joined(separator: ", ")), and only a trial with rows tells what becomes of them")
        }
        if !undone.isEmpty {
          return .unproven(
            "of its downgrade: \(undone.joined(separator: ", ")), and only a trial with rows tells what becomes of them"
          )
        }
        let lost = try losses(from: before, to: after, renames)
        if !lost.isEmpty {
          let words = lost.map(\.words).joined(separator: ", ")
          return migration.downgrade.isDerived
            ? .lossy(words)
            : .unproven("it drops \(words), and only a trial with rows tells whether that comes back")
        }
      }
      // Rows at hand may not hold the values that another type changes.
      if !migration.downgrade.isRecorded,
        let change = SchemaRisks.typeChanges(from: before, to: after, renames: renames).first
      {
        return .unproven(
          "values of \(change.table).\(change.column) become \(change.to), which may change them for good")
      }
      let destroyed = try losses(from: after, to: before, renames.reversed)
      if destroyed.isEmpty {
        let converted = SchemaRisks.typeChanges(from: after, to: before, renames: renames.reversed)
        guard let change = converted.first else { return .lossless }
        if migration.attic != .off { return .losslessWithAttic }
        return .lossy("values of \(change.table).\(change.column), which the migration keeps out of the attic")
      }
      let untold = Self.untold(destroyed, in: after)
      if migration.attic != .off, !untold.isEmpty { return .lossy(untold.joined(separator: ", ")) }
      guard migration.attic == .off else { return .losslessWithAttic }
      return .lossy("\(destroyed.map(\.words).joined(separator: ", ")), which the migration keeps out of the attic")
    } catch let error as SchemaError {
      // The statements of the author may do what Tidemark would not draft; what goes is not known then.
      return .unproven(error.message)
    } catch {
      return .unproven(String(describing: error))
    }
  }

  /// Tables that lose something the attic could not give back for sure, in words.
  private static func untold(_ losses: [SchemaAlteration.Loss], in schema: Schema) -> [String] {
    var narrowed: Set<String> = []
    var dropped: Set<String> = []
    for loss in losses {
      switch loss {
      case .column(let table, _): narrowed.insert(table)
      case .table(let table): dropped.insert(table)
      }
    }
    return schema.objects.filter { $0.type == .table }.compactMap { table in
      guard narrowed.contains(table.name) else { return dropped.contains(table.name) ? table.unkeepable : nil }
      return table.untold
    }
  }

  private func losses(
    from: Schema, to: Schema, _ renames: SchemaRenames
  ) throws -> [SchemaAlteration.Loss] {
    try SchemaAlteration.make(from: from, to: to, renames: renames, sqlite: oldestSQLite).losses
  }
}

extension SchemaObject {
  /// Why the attic can keep no rows of a table, in words; nil where it can.
  var unkeepable: String? {
    rowIdentity == .nothing
      ? "rows of \(name) cannot be kept (no key without NULL, and its columns have taken all names of the rowid)" : nil
  }

  /// Why the attic may not know which rows of a table a kept value belongs to, in words; nil where it does.
  var untold: String? {
    switch rowIdentity {
    case .key: nil
    case .nullableKey: "rows of \(name) whose primary key is NULL cannot be told apart (declare it NOT NULL)"
    case .rowid: "rows of \(name) that are alike cannot be told apart (no primary key)"
    case .nothing: unkeepable
    }
  }
}
