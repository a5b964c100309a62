// The backfills of one migration, from where they stand to their end.
internal import TidemarkSQLite

/// Walks a migration's backfills one slice at a time.
struct BackfillRun {
  private let migration: any Migration
  private let backfills: [Backfill]
  private(set) var cursor: BackfillCursor
  private var walk: BackfillWalk?
  /// What the last slice was.
  private(set) var last: Slice?

  /// One slice: whose, and the first and the last key of it.
  struct Slice {
    var backfill: Backfill
    var first: Value
    var last: Value
  }

  /// From where a cursor stands; nil for the start.
  init(_ migration: any Migration, batch: String?) throws {
    self.migration = migration
    backfills = migration.upgrade.backfills
    cursor = try batch.map { try BackfillCursor(json: $0) } ?? BackfillCursor()
    if cursor.part >= 0, cursor.part < backfills.count {
      walk = BackfillWalk(backfills[cursor.part], migration: migration, after: cursor.after?.value)
    }
  }

  /// Does the next slice, of the next backfill where one is through.
  /// - Returns: whether there was one.
  mutating func slice(on connection: Connection, _ sandbox: Sandbox) throws -> Bool {
    while var current = walk {
      if let (first, end) = try current.slice(on: connection, sandbox) {
        last = Slice(backfill: backfills[cursor.part], first: first, last: end)
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
