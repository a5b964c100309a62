// How many rows the tables of a snapshot have, for telling what it takes to make them anew.

import Tidemark

/// The sizes of a snapshot's tables.
struct SnapshotSize: Sendable {
  /// The snapshot's id.
  private let id: String
  /// By table, folded.
  private let rows: [String: Int64]
  /// The migrations that it has already.
  private let applied: Set<MigrationID>
  /// How many rows a table may have.
  private let most: Int64

  /// Reads a snapshot in place.
  /// - Parameters:
  ///   - most: how many rows a table may have that is made anew.
  ///   - trust: the keys that open sealed ones.
  init(_ entry: SnapshotStore.Entry, lineage: Lineage, most: Int64, trust: Trust) throws {
    id = entry.id
    self.most = most
    (rows, applied) = try SnapshotDatabase.reading(entry.path, trust: trust) { connection in
      var rows: [String: Int64] = [:]
      for object in try Schema.read(from: connection).objects where object.type == .table {
        rows[object.name.lowercased()] = try connection.value(
          "SELECT count(*) FROM main.\(SQL.quote(object.name))", as: Int64.self)
      }
      return (rows, Set(try Migrator(lineage).state(of: connection).changelog?.unfolded.map(\.id) ?? []))
    }
  }

  /// The finding about a table that a migration makes anew; nil where it is small, or has been made anew already.
  func finding(_ finding: LintFinding, on table: String, by id: MigrationID) -> LintFinding? {
    guard !applied.contains(id), let count = rows[table.lowercased()], count > most else { return nil }
    var finding = finding
    finding.message += ": \(count) of them in \(self.id), and \(most) are taken to be many"
    return finding
  }
}
