// A table that an upgrade makes anew has to be filled from the old one value by value, or its rows are changed in a way
// that no schema tells.
internal import TidemarkSchema

/// How the upgrade's text fills a table that it makes anew.
struct RebuildCopy {
  /// One `INSERT INTO … SELECT … FROM …`, as far as it is a plain copy.
  private struct Copy {
    var target: String
    var source: String
    /// By the column that is filled: the column it is filled from, nil for an expression. Folded.
    var columns: [String: String?]
    /// `SELECT *`, or no list of columns: goes by position.
    var isPositional: Bool
    var isWhole: Bool
  }

  private let script: CreateStatement
  private var copies: [Copy] = []
  /// Names that a table went by, folded: from old to new, in order.
  private var renames: [(from: String, to: String)] = []
  /// Tables whose columns get other values or other names, folded; "*" where that cannot be told.
  private var disturbed: Set<String> = []
  /// The tables, folded, whose rows are updated or deleted.
  private var rewritten: Set<String> = []
  private static let aggregates: Set<String> = [
    "avg", "count", "group_concat", "json_group_array", "json_group_object", "max", "min", "string_agg", "sum", "total",
  ]

  init(_ sql: String) {
    script = CreateStatement(sql)
    let ends = script.tokens.indices.filter { script.isSymbol($0, UInt8(ascii: ";")) } + [script.tokens.count]
    var start = 0
    for end in ends {
      if start < end { read(start..<end) }
      start = end + 1
    }
  }

  /// What is changed about the rows of a table made anew, in words; nil where each is copied as it was.
  /// - Parameters:
  ///   - table: its name, before and after.
  ///   - before: its columns before, without generated ones, by what they are called afterwards, folded, in order.
  ///   - after: its columns after.
  ///   - was: what those before were called, where that was another name.
  func fault(of table: String, before: [String], after: [String], was: [String: String] = [:]) -> String? {
    let (targets, sources) = names(of: table.lowercased())
    let filling = copies.filter { targets.contains($0.target) }
    guard let copy = filling.first else { return "rows of \(table), which it makes anew without copying them" }
    guard filling.count == 1, copy.isWhole, sources.contains(copy.source) else {
      return "rows of \(table), which it makes anew and does not copy one by one"
    }
    if copy.isPositional {
      return before == after ? nil : "rows of \(table), which it copies by the position of columns"
    }
    for column in before where after.contains(column) {
      // Renamed before the copy, or by it.
      guard let filled = copy.columns[column], filled == column || filled != nil && filled == was[column] else {
        return "values of \(table).\(column), which it does not copy as they were"
      }
    }
    return nil
  }

  /// What is copied as it is of every row, one by one, and with nothing else done to it: by the column that is filled the
  /// one that it was, the rowid by the name that the text gives it. Nil where rows are not copied like that.
  func copied(into table: String) -> [String: String]? {
    let (targets, sources) = names(of: table.lowercased())
    let filling = copies.filter { targets.contains($0.target) }
    guard filling.count == 1, filling[0].isWhole, sources.contains(filling[0].source),
      disturbed.isDisjoint(with: targets.union(sources).union(["*"]))
    else { return nil }
    return filling[0].columns.compactMapValues(\.self)
  }

  /// The names that a table goes by while it is filled, and while it is read.
  private func names(of name: String) -> (targets: Set<String>, sources: Set<String>) {
    var targets: Set<String> = [name]
    var sources: Set<String> = [name]
    for rename in renames {
      if rename.to == name { targets.insert(rename.from) }
      if rename.from == name { sources.insert(rename.to) }
    }
    return (targets, sources)
  }

  /// Takes down what else is done to the values of a table.
  private mutating func readDisturbance(_ range: Range<Int>) {
    let start = range.lowerBound
    func name(at index: Int) -> String {
      script.identifier(script.isSymbol(index + 1, UInt8(ascii: ".")) ? index + 2 : index).lowercased()
    }
    if script.isWord(start, "with") { disturbed.insert("*") }
    if script.isWord(start, "update") {
      disturbed.insert(name(at: script.isWord(start + 1, "or") ? start + 3 : start + 1))
    }
    if script.isWord(start, "alter"), range.contains(where: { script.isWord($0, "rename") }),
      !script.isWord(range.upperBound - 2, "to") || range.contains(where: { script.isWord($0, "column") })
        || !(script.isWord(start + 3, "rename") && script.isWord(start + 4, "to")
          || script.isWord(start + 5, "rename") && script.isWord(start + 6, "to"))
    {
      disturbed.insert(name(at: start + 2))
    }
  }

  /// The names, folded, under which a table may be filled that goes by this one in the end.
  func targets(of table: String) -> Set<String> { names(of: table.lowercased()).targets }

  /// Whether its rows may be changed again once they are copied.
  func rewrites(_ table: String) -> Bool { !rewritten.isDisjoint(with: targets(of: table)) }

  /// The table that a statement writes which updates or deletes rows.
  private mutating func readRewrite(_ range: Range<Int>) {
    for index in range where script.isWord(index, "update") || script.isWord(index, "delete") {
      var place = index + 1
      if script.isWord(place, "or") { place += 2 }
      if script.isWord(place, "from") { place += 1 }
      if script.isSymbol(place + 1, UInt8(ascii: ".")) { place += 2 }
      rewritten.insert(script.identifier(place).lowercased())
    }
  }

  private mutating func read(_ range: Range<Int>) {
    readRewrite(range)
    let start = range.lowerBound
    readDisturbance(range)
    if script.isWord(start, "alter"), let to = range.last(where: { script.isWord($0, "to") }),
      to == range.upperBound - 2
    {
      let from = script.isSymbol(start + 3, UInt8(ascii: ".")) ? start + 4 : start + 2
      if script.isWord(from + 1, "rename"), to == from + 2 {
        renames.append((script.identifier(from).lowercased(), script.identifier(to + 1).lowercased()))
      }
    }
    guard script.isWord(start, "insert") || script.isWord(start, "replace"),
      let into = range.first(where: { script.isWord($0, "into") })
    else { return }
    var index = into + 1
    if script.isSymbol(index + 1, UInt8(ascii: ".")) { index += 2 }
    var copy = Copy(
      target: script.identifier(index).lowercased(), source: "", columns: [:], isPositional: false, isWhole: false)
    index += 1
    var filled: [String]?
    if script.isSymbol(index, UInt8(ascii: "(")) {
      let close = range.first { $0 > index && script.isSymbol($0, UInt8(ascii: ")")) } ?? range.upperBound
      filled = ((index + 1)..<close).filter { !script.isSymbol($0, UInt8(ascii: ",")) }
        .map { script.identifier($0).lowercased() }
      index = close + 1
    }
    // What aborts the statement leaves no row out.
    let isWhole = into == start + 1 || into == start + 3 && script.isWord(start + 2, "abort")
    if script.isWord(index, "select"), script.isWord(start, "insert"), isWhole {
      read(&copy, filled: filled, (index + 1)..<range.upperBound)
    }
    copies.append(copy)
  }

  private func read(_ copy: inout Copy, filled: [String]?, _ range: Range<Int>) {
    guard let from = range.first(where: { script.isWord($0, "from") }) else { return }
    let items = split(range.lowerBound..<from)
    var source = from + 1
    if script.isSymbol(source + 1, UInt8(ascii: ".")) { source += 2 }
    copy.source = script.identifier(source).lowercased()
    // An order changes nothing about the rows; anything else behind the table may leave some out, or add some.
    let rest = source + 1
    copy.isWhole =
      rest >= range.upperBound
      || script.isWord(rest, "order") && !(rest..<range.upperBound).contains { script.isWord($0, "limit") }
    // One of many rows, or one made of many.
    let isGathered = (range.lowerBound..<from).contains { index in
      script.isWord(index, "distinct")
        || script.isSymbol(index + 1, UInt8(ascii: "("))
          && Self.aggregates.contains(script.identifier(index).lowercased())
    }
    if isGathered { copy.isWhole = false }
    let isStar = items.count == 1 && items[0].count == 1 && script.isSymbol(items[0].lowerBound, UInt8(ascii: "*"))
    guard let filled, !isStar else {
      copy.isPositional = isStar && filled == nil
      return
    }
    for (column, item) in zip(filled, items) {
      let isName = item.count == 1 || item.count == 3 && script.isSymbol(item.lowerBound + 1, UInt8(ascii: "."))
      let isPlain = isName && [.word, .quoted].contains(script.tokens[item.upperBound - 1].kind)
      copy.columns[column] = .some(isPlain ? script.identifier(item.upperBound - 1).lowercased() : nil)
    }
  }

  /// Cuts a list at its commas.
  private func split(_ range: Range<Int>) -> [Range<Int>] {
    var items: [Range<Int>] = []
    var depth = 0
    var start = range.lowerBound
    for index in range {
      if script.isSymbol(index, UInt8(ascii: "(")) { depth += 1 }
      if script.isSymbol(index, UInt8(ascii: ")")) { depth -= 1 }
      guard depth == 0, script.isSymbol(index, UInt8(ascii: ",")) else { continue }
      items.append(start..<index)
      start = index + 1
    }
    if start < range.upperBound { items.append(start..<range.upperBound) }
    return items
  }
}
