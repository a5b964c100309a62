// The results as a table and as JSON.
import Tidemark

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a run found.
struct Report: Codable {
  var sqlite: String
  var databaseBytes: Int64
  var snapshotBytes: Int64
  /// How many times smaller a snapshot of the database is.
  var compression: Double
  var cores: Int
  var rounds: Int
  var rows: [RowResult]

  init(bench: Workbench, rounds: Int, rows: [RowResult]) {
    sqlite = SQLiteLibrary.versionString
    databaseBytes = bench.databaseBytes
    snapshotBytes = bench.snapshotBytes
    compression = snapshotBytes > 0 ? Double(databaseBytes) / Double(snapshotBytes) : 0
    cores = Workbench.cores
    self.rounds = rounds
    self.rows = rows
  }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
  }

  /// The table, aligned.
  var text: String {
    var lines = [["row", "Tidemark", "against", "", "ratio", "(CPU)", "reach", "verdict", ""]]
    for row in rows {
      lines.append([
        row.name, row.measured.map { Figures.write($0, row.readingUnit) } ?? "–", row.against,
        row.peer.map { Figures.write($0, row.readingUnit) } ?? "",
        row.peer == nil ? "" : row.value.map { Figures.write($0, .ratio) } ?? "–",
        row.readingUnit == .seconds ? row.cpuRatio.map { Figures.write($0, .ratio) } ?? "" : "",
        "≤ \(Figures.write(row.limit, row.unit))", row.verdict.rawValue, row.note ?? "",
      ])
    }
    let right: Set = [1, 3, 4, 5, 6]
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let table = lines.map { line in
      var cells: [String] = []
      for (column, cell) in line.enumerated() {
        let room = String(repeating: " ", count: widths[column] - cell.count)
        cells.append(right.contains(column) ? room + cell : cell + room)
      }
      var text = cells.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    return (heading + [""] + table).joined(separator: "\n")
  }

  private var heading: [String] {
    var data = "no database was needed"
    if databaseBytes > 0 { data = "\(databaseBytes / 1_000_000) MB database" }
    if snapshotBytes > 0 { data += " that compresses \(Figures.fixed(compression, 2)) : 1" }
    return ["\(data), \(rounds) rounds, medians, \(cores) cores, SQLite \(sqlite)"]
  }
}
