// Which migrations of a branch go behind those of another, and under which numbers. A function of names.

import Tidemark

/// The moves of a rebase.
struct RebasePlan: Sendable {
  /// One migration under a new number.
  struct Move: Sendable, Encodable {
    var name: String
    /// The number it had.
    var from: MigrationID
    /// The number it gets.
    var to: MigrationID
    /// Its file, as it was.
    var path: String
    /// Its file from now on.
    var newPath: String

    /// The type's name, as it was.
    var type: String { String(lastComponent(of: path).dropLast(6)) }
    /// The type's name from now on.
    var newType: String { String(lastComponent(of: newPath).dropLast(6)) }
  }

  /// The moves, in the order of the migrations.
  var moves: [Move] = []

  /// Plans the moves of the files that only this branch has.
  /// - Parameters:
  ///   - own: those files, in any order.
  ///   - others: the files of the branch that they go behind.
  ///   - retired: the numbers that baselines folded.
  ///   - now: the time, for folders that number by it.
  init(own: [MigrationFile], behind others: [MigrationFile], retired: [MigrationID], now: Timestamp) {
    let highest = (others.map(\.id) + retired).max() ?? 0
    // 14 digits are a time to the second; no sequence gets there.
    let byTime = (others.last?.digits.utf8.count ?? 0) >= 14
    let time = Int64(now.fileName.filter(\.isNumber).prefix(14)) ?? 0
    let width = others.last?.digits.utf8.count ?? own.first?.digits.utf8.count ?? 3
    var last = highest.rawValue
    for file in own.sorted(by: { ($0.id, $0.path) < ($1.id, $1.path) }) {
      if file.id.rawValue > last {
        last = file.id.rawValue
        continue
      }
      let isTime = byTime || file.digits.utf8.count >= 14
      last = isTime ? max(time, last + 1) : last + 1
      let digits = String(last)
      let zeros = String(repeating: "0", count: isTime ? 0 : max(0, width - digits.utf8.count))
      let name = "V\(zeros)\(digits)_\(file.name).swift"
      let folder = parentFolder(of: file.path)
      moves.append(
        Move(
          name: file.name, from: file.id, to: MigrationID(last), path: file.path,
          newPath: file.path.contains("/") ? join(folder, name) : name))
    }
  }
}
