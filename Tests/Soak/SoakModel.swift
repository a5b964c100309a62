// What the database must hold, row by row, told without SQLite: what builds make of it, and what the attic gives back.

/// A database as a value.
struct SoakModel: Equatable {
  typealias Row = [String: String]
  /// By table, by id, the other columns.
  var tables: [String: [Int64: Row]] = [:]
  /// By id, the place in the order of application.
  var positions: [Int64: Int64] = [:]
  /// The ids that the baseline stands for that the database carries.
  var folded: Set<Int64> = []
  private var attic: [Int64: Kept] = [:]
  /// The columns of the one big table.
  private(set) var columns: Set<String> = ["a"]
  /// Values that may be one of two: the table was another when its rows were kept.
  var either: [String: [Int64: String]] = [:]

  private struct Kept: Equatable {
    var rows: [Int64: Row]
    /// Before the downgrade and after it.
    var before: Set<String> = []
    var after: Set<String> = []
    /// The rows that the downgrade left.
    var left: [Int64: Row] = [:]
  }

  /// What is seen of it from outside.
  static func == (one: SoakModel, other: SoakModel) -> Bool {
    one.tables == other.tables && one.order == other.order && one.folded == other.folded
  }

  var order: [Int64] {
    let all = positions.sorted { $0.value < $1.value }.map(\.key)
    return all.filter(folded.contains) + all.filter { !folded.contains($0) }
  }

  /// Brings it to a build.
  /// - Returns: false where that is refused because the baseline folded what the database lacks.
  mutating func converge(to build: SoakBuild) -> Bool {
    let retired = Set(build.retired)
    guard retired.isSubset(of: positions.keys) || positions.isEmpty else { return false }
    if positions.isEmpty {
      for (place, id) in build.ids.enumerated() {
        up(id)
        positions[id] = Int64(place + 1)
      }
      folded = retired
      return true
    }
    let unknown = order.filter { !build.ids.contains($0) }
    let pending = build.ids.filter { positions[$0] == nil }
    let retires = !retired.isEmpty && retired != folded
    if unknown.isEmpty, pending.isEmpty, !retires { return true }
    var next = (positions.values.max() ?? 0) + 1
    if folded != retired { folded = retires ? retired : [] }
    for id in unknown.reversed() {
      down(id)
      positions[id] = nil
    }
    for id in pending {
      up(id)
      positions[id] = next
      next += 1
    }
    return true
  }

  private mutating func down(_ id: Int64) {
    switch SoakBuild.kind(id) {
    case .items, .index: return
    case .table: attic[id] = Kept(rows: tables.removeValue(forKey: "t\(id)") ?? [:])
    case .column:
      let name = "c\(id)"
      var kept = Kept(rows: tables["items"] ?? [:], before: columns)
      columns.remove(name)
      for row in kept.rows.keys { tables["items"]?[row]?[name] = nil }
      kept.after = columns
      kept.left = tables["items"] ?? [:]
      attic[id] = kept
    }
  }

  private mutating func up(_ id: Int64) {
    switch SoakBuild.kind(id) {
    case .index: return
    case .items: tables["items"] = [:]
    case .table: tables["t\(id)"] = attic.removeValue(forKey: id)?.rows ?? [:]
    case .column:
      let name = "c\(id)"
      let (kept, now) = (attic.removeValue(forKey: id), columns)
      columns.insert(name)
      for (row, values) in tables["items"] ?? [:] {
        tables["items"]?[row]?[name] = "d\(id)"
        guard let kept, kept.left[row] != nil, let value = kept.rows[row]?[name] else { continue }
        if kept.after != now || kept.before != columns {
          either[name, default: [:]][row] = value
        } else if kept.left[row] == values {
          tables["items"]?[row]?[name] = value
        }
      }
    }
  }

  /// Takes over what was found where two values are right.
  mutating func settle(by found: SoakModel) {
    for (name, values) in either {
      for (row, value) in values where found.tables["items"]?[row]?[name] == value {
        tables["items"]?[row]?[name] = value
      }
    }
    either = [:]
  }
}
