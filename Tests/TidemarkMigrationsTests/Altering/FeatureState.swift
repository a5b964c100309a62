// Everything in a database of the corpus that an alteration has to keep.
import TidemarkMigrations
import TidemarkSQLite

/// What there is.
struct FeatureState: Equatable {
  var contents: DatabaseContents
  var statistics: Set<[Value]>
  /// Type, name and text of each object.
  var schema: [[Value]]
  var orphans: Int
  /// The rows of `t` by id as text: each column's value.
  var rows: [String: [String: Value]] = [:]
  /// By id: the rowid; none in a table without.
  var rowids: [String: Value] = [:]

  init(_ database: Connection) throws {
    contents = try DatabaseContents(of: database)
    statistics = Set(try database.rows("SELECT tbl, idx, stat FROM sqlite_stat1").map(\.values))
    schema = try database.rows("SELECT type, name, sql FROM sqlite_master ORDER BY name").map(\.values)
    orphans = try database.rows("PRAGMA foreign_key_check").count
    let columns = try database.rows("SELECT name FROM pragma_table_xinfo('t') WHERE hidden <> 1")
      .map { try $0.get(0, as: String.self) }
    for row in try database.rows("SELECT CAST(id AS TEXT), * FROM t") {
      rows[try row.get(0)] = Dictionary(uniqueKeysWithValues: zip(columns, row.values.dropFirst()))
    }
    let isRowless = try database.value("SELECT wr FROM pragma_table_list('t')", as: Int64.self) == 1
    guard !isRowless, let rowid = ["rowid", "_rowid_"].first(where: { !columns.contains($0) }) else { return }
    for row in try database.rows("SELECT CAST(id AS TEXT), \(rowid) FROM t") { rowids[try row.get(0)] = row[1] }
  }
}
