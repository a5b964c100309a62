// A lineage of a thousand migrations, a table and an index each, as the build plugin would hand it over.
import Tidemark

/// A thousand migrations.
enum ThousandMigrations {
  static let count = 1_000

  /// One of them; the number makes the names.
  struct Made: Migration {
    let number: Int
    var id: MigrationID { MigrationID(Int64(number)) }
    var name: String { "CreateThing\(number)" }
    var upgrade: Upgrade { Upgrade(ThousandMigrations.texts[number - 1]) }
    var downgrade: Downgrade { "DROP TABLE thing_\(number)" }
  }

  /// The lineage, built anew: its digests are part of a start.
  static func lineage() -> Lineage {
    Lineage(
      name: "thousand", migrations: (1...count).map(Made.init), baseline: nil, head: head, sources: [:],
      proofs: Dictionary(uniqueKeysWithValues: (1...count).map { (MigrationID(Int64($0)), "lossless with attic") }))
  }

  /// What `Migrations/head.sql` would be.
  static let head = texts.joined(separator: "\n") + "\n"

  /// The SQL of each: literals in a program's text, and made before any clock runs here.
  static let texts = (1...count).map(sql)

  /// The same SQL for `sqlite3`, in one transaction.
  static var script: String { "BEGIN IMMEDIATE;\n\(head)COMMIT;\n" }

  static func sql(_ number: Int) -> String {
    """
    CREATE TABLE thing_\(number)(
      id INTEGER PRIMARY KEY,
      owner TEXT NOT NULL DEFAULT 'nobody',
      state TEXT NOT NULL CHECK (state IN ('new', 'ready', 'gone')),
      created_at INTEGER NOT NULL,
      detail TEXT
    );
    CREATE INDEX thing_\(number)_by_owner ON thing_\(number)(owner, created_at);
    """
  }
}
