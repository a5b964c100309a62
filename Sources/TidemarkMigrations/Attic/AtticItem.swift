// What the attic keeps of one table, as the catalogue describes it.
internal import TidemarkSchema
internal import TidemarkSQLite

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// One row of the attic's catalogue: what was kept of one table before one downgrade.
struct AtticItem {
  /// Whether it waits for its upgrade.
  enum State: String {
    /// It returns with the upgrade.
    case kept
    /// What did not return, or was overtaken by a later downgrade: here until it is pruned.
    case rest
  }

  var id: Int64
  /// The id of the first item that the same downgrade kept.
  var generation: Int64
  var migration: MigrationID
  var name: String
  var upgradeDigest: String
  /// The table as the newer build names it; for one that the downgrade made, as the downgrade does.
  var table: String
  /// The table as the downgrade left it; nil where it is gone.
  var tableAfter: String?
  var state: State
  var keptAt: String
  /// How many rows are kept.
  var rows: Int64
  var shape: AtticShape

  /// The table that holds what is kept.
  var keptTable: String { "tidemark_attic_\(id)" }
  /// The table with a digest of each row as the downgrade left it.
  var leftTable: String { shape.hasInlineDigest ? keptTable : "tidemark_attic_\(id)_left" }
  /// The table with the rows that have changed since, while they return.
  var seenTable: String { "tidemark_attic_\(id)_seen" }
  var keptIndex: String { "tidemark_attic_\(id)_key" }
}

/// What is kept of a table, and in which columns.
struct AtticShape: Codable, Hashable {
  enum Kind: String, Codable {
    /// Whole rows, in columns c0, c1, ….
    case rows
    /// The values of columns that the downgrade drops, in columns c0, c1, …, by the row's key.
    case values
    /// Nothing but the digests of what the downgrade left.
    case digests
  }

  /// A table that the upgrade reads, as it was after the downgrade.
  struct Source: Codable, Hashable {
    var table: String
    var columns: [String]
    var digest: String
  }

  var kind: Kind
  /// The fingerprint of the table before the downgrade, without regard to the order of its columns.
  var loose = ""
  /// The same with regard to it.
  var exact = ""
  /// The kept columns.
  var columns: [String] = []
  /// Whether n is the row's rowid.
  var hasRowid = false
  /// What tells rows apart before the downgrade.
  var key: AtticKey?
  /// The same as the downgrade names it; nil where the table is gone or rows cannot be followed.
  var keyAfter: AtticKey?
  /// The columns that the digests are taken of.
  var columnsAfter: [String] = []
  /// Whether the digests stand beside the kept values.
  var hasInlineDigest = false
  /// The column that is the rowid.
  var rowidColumn: String?
  /// Whether rows can be followed by their key from before the downgrade to what it left.
  var isFirm = true
  /// Whether the digests' table has the number of the kept row that each row is, in the column o: where the table was made
  /// anew and rows have other numbers since.
  var hasLink: Bool?
  /// Columns that are on both sides, by their names before the downgrade, and after it.
  var survivors: [String] = []
  var survivorsAfter: [String] = []
  /// The AUTOINCREMENT mark.
  var sequence: Int64?
  /// Where the upgrade's backfill stood when it was undone; nil where it was done, or there was none.
  var batch: String?
  /// What else the upgrade makes its rows of; nil where that is not known.
  var sources: [Source]?

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  init(kind: Kind) { self.kind = kind }

  init(json: String) throws {
    do {
      self = try JSONDecoder().decode(AtticShape.self, from: Data(json.utf8))
    } catch {
      throw MigrationError.damagedChangelog("the attic's catalogue cannot be read")
    }
  }

  /// The kept table's columns that hold the key.
  var keptKey: [String] {
    switch key {
    case nil: []
    case .rowid: ["n"]
    case .columns(let names):
      kind == .values
        ? names.indices.map { "k\($0)" } : names.compactMap { name in columns.firstIndex(of: name).map { "c\($0)" } }
    }
  }

  /// The columns of the digests' table that hold the key.
  var leftKey: [String] {
    guard let keyAfter else { return [] }
    return hasInlineDigest ? ["n"] : (0..<keyAfter.count).map { "k\($0)" }
  }
}
