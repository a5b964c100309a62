// The builds of the soak: which migrations one knows, and how many of them its baseline has folded.
import Tidemark

/// A build, as a value that a child process can be told.
struct SoakBuild: Codable, Hashable, CustomStringConvertible {
  /// The ids it knows, those of its baseline too; 1 is always there.
  var ids: [Int64]
  /// The id through which its baseline folds; 0 for none.
  var folded: Int64 = 0

  var retired: [Int64] { ids.filter { $0 <= folded } }
  var description: String { "\(ids)" + (folded == 0 ? "" : " folded through \(folded)") }

  /// What a migration does: it follows from its id.
  enum Kind { case items, column, table, index }
  static func kind(_ id: Int64) -> Kind {
    switch id % 3 {
    case _ where id == 1: .items
    case 0: .table
    case 1: .column
    default: .index
    }
  }

  struct Change: Migration {
    var id: MigrationID
    var name: String
    var upgrade: Upgrade
    var downgrade: Downgrade
  }

  static func sql(_ id: Int64) -> (up: String, down: String, objects: String) {
    switch kind(id) {
    case .items:
      (
        "CREATE TABLE items(id INTEGER PRIMARY KEY, a TEXT)", "DROP TABLE items",
        #"{"added":["table items"],"changed":[],"removed":[]}"#
      )
    case .column:
      (
        "ALTER TABLE items ADD COLUMN c\(id) TEXT DEFAULT 'd\(id)'", "ALTER TABLE items DROP COLUMN c\(id)",
        #"{"added":[],"changed":["table items"],"removed":[]}"#
      )
    case .table:
      (
        "CREATE TABLE t\(id)(id INTEGER PRIMARY KEY, a TEXT)", "DROP TABLE t\(id)",
        #"{"added":["table t\#(id)"],"changed":[],"removed":[]}"#
      )
    case .index:
      (
        "CREATE INDEX i\(id) ON items(a, id)", "DROP INDEX i\(id)",
        #"{"added":["index i\#(id)"],"changed":[],"removed":[]}"#
      )
    }
  }

  private static func change(_ id: Int64) -> Change {
    let sql = sql(id)
    // Some leave their downgrade to be derived.
    return Change(
      id: MigrationID(id), name: "Step\(id)", upgrade: Upgrade(sql.up),
      downgrade: id % 6 == 4 ? .derived : Downgrade(sql.down))
  }

  /// What it was compiled with.
  var lineage: Lineage {
    let rest = ids.filter { $0 > folded }.map(Self.change)
    guard !retired.isEmpty else { return Lineage(name: "soak", migrations: rest) }
    let digests = Lineage(name: "soak", migrations: retired.map(Self.change)).upgradeDigests
    let columns = retired.filter { Self.kind($0) == .column }.map { ", c\($0) TEXT DEFAULT 'd\($0)'" }.joined()
    let others = retired.filter { Self.kind($0) == .table || Self.kind($0) == .index }.map { Self.sql($0).up + ";\n" }
    let schema = "CREATE TABLE items(id INTEGER PRIMARY KEY, a TEXT\(columns));\n" + others.joined()
    let folding = retired.map { id in
      RetiredMigration(
        id: MigrationID(id), name: "Step\(id)", revision: 0, upgradeDigest: digests[MigrationID(id)] ?? "",
        downgrade: Self.sql(id).down, irreversible: nil, objects: Self.sql(id).objects)
    }
    return Lineage(
      name: "soak", migrations: rest, baseline: Baseline(schema: schema, retired: folding), head: nil, sources: [:])
  }
}
