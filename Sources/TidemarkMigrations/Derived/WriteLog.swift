// What an upgrade writes, as SQLite's authorizer tells it when statements are prepared: triggers' writes too, and
// writes that in the end meet no row.
internal import TidemarkSQLite

/// The rows an upgrade may have changed, by table.
struct WriteLog {
  /// A kind of write.
  enum Kind: Hashable {
    case insert, delete
    /// Of one column, folded.
    case update(column: String)
    /// One column, folded, went with all its values.
    case drop(column: String)
  }

  /// By table, folded: what was done to its rows. Not of tables that the upgrade made itself.
  private(set) var writes: [String: Set<Kind>] = [:]
  /// The same of tables that the upgrade made itself, one of which may take the place of another: but for what filled them.
  private(set) var rewrites: [String: Set<Kind>] = [:]
  /// The tables, folded, that were dropped, or made under a name that may have been another's.
  private(set) var made: Set<String> = []
  /// The tables, folded, that the upgrade made and that still go by that name.
  private var fresh: Set<String> = []
  /// DROP TABLE asks for a DELETE too, which is no writing of rows.
  private var dropping: String?

  mutating func note(_ request: AuthorizerRequest) {
    if request.action == .alterTable {
      // The table is the second argument; DROP COLUMN names the column as the third.
      guard let table = request.second?.lowercased(), let column = request.database?.lowercased() else { return }
      write(.drop(column: column), table)
      return
    }
    guard let table = request.first?.lowercased(), request.database?.lowercased() != "temp" else { return }
    switch request.action {
    case .createTable, .createVirtualTable:
      fresh.insert(table)
      made.insert(table)
    case .dropTable, .dropVirtualTable, .dropView:
      if request.action != .dropView { made.insert(table) }
      fresh.remove(table)
      dropping = table
    case .delete where dropping == table: dropping = nil
    case .delete: write(.delete, table)
    case .insert: write(.insert, table)
    case .update: write(.update(column: (request.second ?? "").lowercased()), table)
    default: break
    }
  }

  private mutating func write(_ kind: Kind, _ table: String) {
    if !fresh.contains(table) {
      writes[table, default: []].insert(kind)
    } else if kind != .insert {
      rewrites[table, default: []].insert(kind)
    }
  }
}
