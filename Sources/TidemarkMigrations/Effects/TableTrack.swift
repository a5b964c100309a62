// One table of the clone on its way through a downgrade: what became of it and of its columns.
internal import TidemarkSchema

/// A table followed from statement to statement. SQLite keeps a table's row of the schema table through RENAME and
/// ALTER, so that row is its identity.
struct TableTrack {
  /// The columns of a table as the schema had them at one time.
  struct Shape: Equatable {
    var name: String
    var sql: String
    var columns: [String]
  }

  /// As it was before the downgrade; nil for one that the downgrade makes.
  let origin: Shape?
  let isVirtual: Bool
  /// As it is; nil once it is gone.
  private(set) var now: Shape?
  /// For each column that there is now the original's that it was; nil for one that was added.
  private(set) var sources: [String?]
  private(set) var changesRows = false
  private(set) var columnsSet: Set<String> = []
  private(set) var setsAddedColumns = false

  /// A table that was there before.
  init(existing shape: Shape, isVirtual: Bool) {
    origin = shape
    now = shape
    sources = shape.columns
    self.isVirtual = isVirtual
  }

  /// A table that the downgrade made.
  init(made shape: Shape, isVirtual: Bool) {
    origin = nil
    now = shape
    sources = shape.columns.map { _ in nil }
    self.isVirtual = isVirtual
  }

  /// What a statement made of it.
  mutating func become(_ shape: Shape?) {
    guard let before = now, let shape else {
      now = nil
      sources = []
      return
    }
    if shape.columns != before.columns { follow(before.columns, shape.columns) }
    now = shape
  }

  /// One ALTER renames one column in its place, drops some, or adds some at the end.
  private mutating func follow(_ old: [String], _ new: [String]) {
    if old.count == new.count {
      let places = old.indices.filter { old[$0] != new[$0] }
      // More than one at a time no ALTER renames: what it is instead is not known, so nothing survives.
      if places.count > 1 { for place in places { sources[place] = nil } }
      return
    }
    sources = new.map { name in old.firstIndex(of: name).flatMap { sources[$0] } }
  }

  /// A statement inserts or deletes rows.
  mutating func noteRows() { changesRows = true }

  /// A statement sets a column.
  mutating func noteSet(_ column: String) {
    guard let place = now?.columns.firstIndex(where: { $0.lowercased() == column.lowercased() }) else {
      // The rowid, which other rows may know it by.
      if ["rowid", "_rowid_", "oid"].contains(column.lowercased()) { changesRows = true }
      return
    }
    if let source = sources[place] { columnsSet.insert(source) } else { setsAddedColumns = true }
  }
}
