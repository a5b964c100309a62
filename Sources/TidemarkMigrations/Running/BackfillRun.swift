// The backfills of one migration, from where they stand to their end.
internal import TidemarkSQLite

/// Walks a migration's backfills one slice at a time.
struct BackfillRun {
  private let migration: any Migration
  private let backfills: [Backfill]
  private(set) var cursor: BackfillCursor
  private var walk: BackfillWalk?

  /// From where the entry's cursor stands.
  init(_ migration: any Migration, entry: Changelog.Entry) throws {
    self.migration = migration
    backfills = migration.upgrade.backfills
    cursor = try entry.batch.map { try BackfillCursor(json: $0) } ?? BackfillCursor()
    if cursor.part >= 0, cursor.part < backfills.count {
      walk = BackfillWalk(backfills[cursor.part], migration: migration, after: cursor.after?.value)
    }
  }

  /// Does the next slice, of the next backfill where one is through.
  /// - Returns: whether there was one.
  mutating func slice(on connection: Connection, _ sandbox: Sandbox) throws -> Bool {
    while var current = walk {
      if try current.slice(on: connection, sandbox) {
        walk = current
        cursor.after = current.after.flatMap(BackfillCursor.Key.init)
        cursor.slices += 1
        return true
      }
      cursor.part += 1
      cursor.after = nil
      walk = cursor.part < backfills.count ? BackfillWalk(backfills[cursor.part], migration: migration) : nil
    }
    return false
  }
}
