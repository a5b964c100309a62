// A table that an upgrade makes anew has to be filled from the old one value by value, or its rows are changed in a way
// that no schema tells.
internal import TidemarkSchema

/// How the upgrade's text fills a table that it makes anew.
struct RebuildCopy {
  private let script: CreateStatement
  private var copies: [RowCopy] = []
  /// The tables, folded, that a copy may leave rows out of or add some to: by a clause or a trigger of their own.
  private var unsafe: Set<String> = []
  /// The tables, folded, that the text makes so far, and those of them, or of others, that have a trigger.
  private var created: [String: CreateStatement] = [:]
  private var triggered: Set<String> = []
  /// Names that a table went by, folded: from old to new, in order.
  private var renames: [(from: String, to: String)] = []
  /// Tables whose columns get other values or other names, folded; "*" where that cannot be told.
  private var disturbed: Set<String> = []
  /// The tables, folded, whose rows are updated or deleted.
  private var rewritten: Set<String> = []

  init(_ sql: String) {
    script = CreateStatement(sql)
    for statement in script.statements { read(statement) }
  }

  /// What is changed about the rows of a table made anew, in words; nil where each is copied as it was.
  /// - Parameters:
  ///   - table: its name, before and after.
  ///   - before: its columns before, without generated ones, by what they are called afterwards, folded, in order.
  ///   - after: its columns after.
  ///   - was: what those before were called, where that was another name.
  func fault(of table: String, before: [String], after: [String], was: [String: String] = [:]) -> String? {
    let (targets, sources) = names(of: folded(table))
    let filling = copies.filter { targets.contains($0.target) }
    guard let copy = filling.first else { return "rows of \(table), which it makes anew without copying them" }
    guard filling.count == 1, isWhole(copy), let source = copy.source, sources.contains(source) else {
      return "rows of \(table), which it makes anew and does not copy one by one"
    }
    if copy.isPositional {
      return before == after ? nil : "rows of \(table), which it copies by the position of columns"
    }
    for column in before where after.contains(column) {
      // Renamed before the copy, or by it.
      guard let filled = copy.columns.first(where: { $0.filled == column })?.from,
        filled == column || filled == was[column]
      else {
        return "values of \(table).\(column), which it does not copy as they were"
      }
    }
    return nil
  }

  /// What is copied as it is of every row, one by one, and with nothing else done to it: by the column that is filled the
  /// one that it was, the rowid by the name that the text gives it. Nil where rows are not copied like that.
  func copied(into table: String) -> [String: String]? {
    let (targets, sources) = names(of: folded(table))
    let filling = copies.filter { targets.contains($0.target) }
    guard filling.count == 1, isWhole(filling[0]), let source = filling[0].source, sources.contains(source),
      disturbed.isDisjoint(with: targets.union(sources).union(["*"]))
    else { return nil }
    return Dictionary(
      filling[0].columns.compactMap { column in column.from.map { (column.filled, $0) } }, uniquingKeysWith: { $1 })
  }

  private func isWhole(_ copy: RowCopy) -> Bool { copy.isWhole && !unsafe.contains(copy.target) }

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
      folded(script.identifier(script.isSymbol(index + 1, UInt8(ascii: ".")) ? index + 2 : index))
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
  func targets(of table: String) -> Set<String> { names(of: folded(table)).targets }

  /// Whether its rows may be changed again once they are copied.
  func rewrites(_ table: String) -> Bool { !rewritten.isDisjoint(with: targets(of: table)) }

  /// The table that a statement writes which updates or deletes rows.
  private mutating func readRewrite(_ range: Range<Int>) {
    for index in range where script.isWord(index, "update") || script.isWord(index, "delete") {
      var place = index + 1
      if script.isWord(place, "or") { place += 2 }
      if script.isWord(place, "from") { place += 1 }
      if script.isSymbol(place + 1, UInt8(ascii: ".")) { place += 2 }
      rewritten.insert(folded(script.identifier(place)))
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
        renames.append((folded(script.identifier(from)), folded(script.identifier(to + 1))))
      }
    }
    if script.isWord(start, "create") { readCreate(CreateStatement(script.source(range))) }
    // Anywhere in the statement: behind WITH too.
    for copy in RowCopy.all(in: script, range) {
      // What aborts the statement leaves no row out, but a trigger may.
      let isStrict = created[copy.target].map { table in !table.tokens.indices.contains { table.isWord($0, "conflict") }
      }
      if !(copy.isAborting || isStrict ?? false) || triggered.contains(copy.target) { unsafe.insert(copy.target) }
      copies.append(copy)
    }
  }

  /// Takes down what the text makes before it fills it.
  private mutating func readCreate(_ statement: CreateStatement) {
    guard let name = statement.name else { return }
    if statement.kind == .table { created[folded(statement.identifier(name))] = statement }
    guard statement.kind == .trigger,
      let on = statement.tokens.indices.first(where: { $0 > name && statement.isWord($0, "on") })
    else { return }
    triggered.insert(folded(statement.identifier(statement.isSymbol(on + 2, UInt8(ascii: ".")) ? on + 3 : on + 1)))
  }
}
