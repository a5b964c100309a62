// The commonest pair of all needs no trial: CREATE statements, and the DROP of just what they make.
internal import TidemarkSchema

/// An upgrade that only creates and a downgrade that drops just that.
///
/// What CREATE TABLE, INDEX, VIEW or TRIGGER adds, DROP takes away, and neither touches anything else: that is what they
/// mean, and a thousand such migrations pay nothing for their proof.
enum PlainPair {
  /// The verdict for a migration, where it is such a pair; nil for any other.
  static func verdict(of migration: any Migration) -> Verdict? {
    guard migration.upgrade.parts.count == 1, case .sql(let upgrade) = migration.upgrade.parts[0] else { return nil }
    let downgrade = migration.downgrade
    guard downgrade.isDerived || downgrade.sql.map(isOnlyDrops) ?? false, let made = HeadText.schema(of: upgrade),
      !made.objects.isEmpty
    else { return nil }
    if let sql = downgrade.sql, !left(of: made.objects, after: sql).isEmpty { return nil }
    let tables = made.objects.filter { $0.type == .table }
    if tables.isEmpty { return .lossless }
    let unkeepable = tables.compactMap(\.unkeepable)
    if migration.attic != .off, !unkeepable.isEmpty { return .lossy(unkeepable.joined(separator: ", ")) }
    guard migration.attic == .off else { return .losslessWithAttic }
    return .lossy("\(tables.map(\.title).joined(separator: ", ")), which the migration keeps out of the attic")
  }

  /// Looked at before anything is read in earnest.
  private static func isOnlyDrops(_ sql: String) -> Bool {
    sql.utf8.drop { $0 <= 0x20 }.prefix(4).elementsEqual("DROP".utf8) { $0 & 0xDF == $1 }
  }

  /// The objects that are there after the drops; all of them where a statement is no drop of one of them.
  private static func left(of objects: [SchemaObject], after sql: String) -> [SchemaObject] {
    var left = objects
    let script = CreateStatement(sql)
    for statement in script.statements {
      let start = statement.lowerBound
      guard statement.count == 3, script.isWord(start, "drop") else { return objects }
      let type = ObjectType(rawValue: script.identifier(start + 1).lowercased())
      let name = script.identifier(start + 2).lowercased()
      guard let type, left.contains(where: { $0.type == type && $0.name.lowercased() == name }) else { return objects }
      left.removeAll { object in
        object.type == type && object.name.lowercased() == name
          || (type == .table || type == .view) && object.type != .view && object.table.lowercased() == name
      }
    }
    return left
  }
}
