// How one statement puts rows into a table: whether it copies another's, and which column each value comes from.

/// An INSERT, as far as it is a copy of one table's rows.
package struct RowCopy {
  /// The table that is filled, folded.
  package let target: String
  /// The one table that rows are selected from, folded; nil where there is none, or there are several.
  package private(set) var source: String?
  /// What each column in the list is filled from, both folded; nil for an expression.
  package private(set) var columns: [(filled: String, from: String?)] = []
  /// Whether it is `SELECT *` into all columns, and so goes by their position.
  package private(set) var isPositional = false
  /// Whether each row of the source becomes just one, as far as the statement says.
  package private(set) var isWhole = false
  /// Whether it says that a row which does not fit fails it, whatever the table's own clauses say.
  package let isAborting: Bool

  /// Functions that make one row of many.
  private static let aggregates: Set<String> = [
    "avg", "count", "group_concat", "json_group_array", "json_group_object", "max", "min", "string_agg", "sum", "total",
  ]
  /// Words behind a table that are no other name of it.
  private static let clauses: Set<String> = [
    "cross", "except", "full", "group", "having", "indexed", "inner", "intersect", "join", "left", "limit", "natural",
    "not", "on", "order", "outer", "returning", "right", "union", "using", "where", "window",
  ]
  /// Those that leave it the only table.
  private static let filters: Set<String> = ["group", "limit", "order", "where"]

  /// All that a statement of a script puts rows into; those within a trigger or behind WITH are no copies.
  package static func all(in script: CreateStatement, _ statement: Range<Int>) -> [RowCopy] {
    statement.filter { script.isWord($0, "into") }.map { RowCopy(script, statement, into: $0) }
  }

  private init(_ script: CreateStatement, _ statement: Range<Int>, into: Int) {
    let start = statement.lowerBound
    var index = script.isSymbol(into + 2, UInt8(ascii: ".")) ? into + 3 : into + 1
    target = folded(script.identifier(index))
    isAborting = into == start + 3 && script.isWord(start + 2, "abort")
    index += 1
    guard index < statement.upperBound else { return }
    var filled: [String]?
    if script.isSymbol(index, UInt8(ascii: "(")) {
      let close = statement.first { $0 > index && script.isSymbol($0, UInt8(ascii: ")")) } ?? statement.upperBound
      filled = ((index + 1)..<close).filter { !script.isSymbol($0, UInt8(ascii: ",")) }
        .map { folded(script.identifier($0)) }
      index = close + 1
    }
    let isPlain = script.isWord(start, "insert") && (into == start + 1 || isAborting)
    guard script.isWord(start, "insert") || script.isWord(start, "replace"), into <= start + 3,
      script.isWord(index, "select"),
      let from = statement.first(where: { $0 > index && script.isWord($0, "from") })
    else { return }
    read(script, filled: filled, selected: (index + 1)..<from, behind: (from + 1)..<statement.upperBound)
    isWhole = isWhole && isPlain
  }

  private mutating func read(
    _ script: CreateStatement, filled: [String]?, selected: Range<Int>, behind from: Range<Int>
  ) {
    var index = script.isSymbol(from.lowerBound + 1, UInt8(ascii: ".")) ? from.lowerBound + 2 : from.lowerBound
    let table = folded(script.identifier(index))
    var names: Set<String> = [table]
    index += 1
    if script.isWord(index, "as") { index += 1 }
    if index < from.upperBound, Self.isName(script, index), !Self.clauses.contains(folded(script.identifier(index))) {
      names = [folded(script.identifier(index))]
      index += 1
    }
    let rest = index..<max(index, from.upperBound)
    let clause = rest.isEmpty ? "" : folded(script.identifier(index))
    guard rest.isEmpty || Self.filters.contains(clause) else { return }
    source = table
    // An order changes nothing about the rows; anything else behind the table may leave some out.
    isWhole =
      (rest.isEmpty || clause == "order" && !rest.contains { script.isWord($0, "limit") })
      && !Self.isGathered(script, selected)
    let items = script.pieces(selected)
    let isStar = items.count == 1 && items[0].count == 1 && script.isSymbol(items[0].lowerBound, UInt8(ascii: "*"))
    isPositional = isStar && filled == nil
    guard let filled, !isStar, filled.count == items.count else { return }
    columns = zip(filled, items.map { Self.column(script, $0, of: names) }).map { ($0, $1) }
  }

  /// One of many rows, or one made of many.
  private static func isGathered(_ script: CreateStatement, _ selected: Range<Int>) -> Bool {
    selected.contains { index in
      script.isWord(index, "distinct")
        || script.isSymbol(index + 1, UInt8(ascii: "(")) && aggregates.contains(folded(script.identifier(index)))
    }
  }

  /// The column that an item is, folded: `a`, `t.a`, `a AS b`, `t.a AS b`; nil for an expression.
  private static func column(_ script: CreateStatement, _ item: Range<Int>, of names: Set<String>) -> String? {
    var end = item.upperBound
    if item.count >= 3, script.isWord(end - 2, "as") { end -= 2 }
    let isQualified = end - item.lowerBound == 3 && script.isSymbol(item.lowerBound + 1, UInt8(ascii: "."))
    guard end - item.lowerBound == 1 || isQualified && names.contains(folded(script.identifier(item.lowerBound))),
      isName(script, end - 1)
    else { return nil }
    return folded(script.identifier(end - 1))
  }

  private static func isName(_ script: CreateStatement, _ index: Int) -> Bool {
    [.word, .quoted].contains(script.tokens[index].kind)
  }
}
