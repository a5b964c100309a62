// Rows in aligned columns.

/// A table as a value; `lines` lays it out.
package struct Table: Sendable {
  /// A column's title and how its cells stand.
  package struct Column: Sendable {
    package enum Alignment: Sendable { case left, right }
    package var title: String
    package var alignment: Alignment

    package init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  package var columns: [Column]
  package private(set) var rows: [[StyledText]] = []

  package init(_ columns: Column...) { self.columns = columns }

  package init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; missing cells are empty.
  package mutating func add(_ cells: StyledText...) { add(cells) }

  /// Adds a row; missing cells are empty.
  package mutating func add(_ cells: [StyledText]) {
    assert(cells.count <= columns.count, "a row has more cells than the table has columns")
    rows.append(cells + Array(repeating: "", count: max(0, columns.count - cells.count)))
  }

  /// The lines, title first. On a terminal of `width` columns a last column of text that does not fit is broken.
  package func lines(styled: Bool, width: Int? = nil) -> [String] {
    guard let lastColumn = columns.last else { return [] }
    let titles = columns.map { StyledText($0.title.uppercased(), .dim) }
    let all = [titles] + rows
    var widths = columns.indices.map { column in all.map { $0[column].width }.max() ?? 0 }
    let before = widths.dropLast().reduce(0) { $0 + $1 + Self.gap.count }
    // Below 20 columns a broken column is harder to read than one that runs over.
    if let width, lastColumn.alignment == .left, width - before >= 20 {
      widths[widths.count - 1] = min(widths[widths.count - 1], width - before)
    }
    return all.flatMap { row in laidOut(row, widths, indent: before, styled: styled) }
  }

  private func laidOut(_ row: [StyledText], _ widths: [Int], indent: Int, styled: Bool) -> [String] {
    var line = ""
    var further: [String] = []
    for (column, cell) in row.enumerated() {
      if column > 0 { line += Self.gap }
      let isLast = column == row.count - 1
      if isLast, cell.width > widths[column] {
        let broken = TextWidth.wrap(cell.plain, width: widths[column])
        let style = cell.pieces.first?.style ?? .plain
        line += StyledText(broken.first ?? "", style).rendered(styled: styled)
        further = broken.dropFirst().map {
          String(repeating: " ", count: indent) + StyledText($0, style).rendered(styled: styled)
        }
      } else {
        let space = String(repeating: " ", count: widths[column] - cell.width)
        let text = cell.rendered(styled: styled)
        line += columns[column].alignment == .right ? space + text : isLast ? text : text + space
      }
    }
    while line.last == " " { line.removeLast() }
    return [line] + further
  }

  private static let gap = "  "
}
