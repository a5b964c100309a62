// A table's CREATE statement, read as far as altering it needs: its columns with what decides how they can be added,
// dropped and copied.

/// A table by its definition.
struct TableDefinition {
  /// One column.
  struct Column {
    /// Its name, as written.
    var name: String
    /// The tokens of the whole definition, as indices.
    var tokens: Range<Int>
    /// What it means: the same bytes, the same column.
    var canonical: [UInt8]
    var isInteger = false
    var isPrimaryKey = false
    var isUnique = false
    var isNotNull = false
    var isGenerated = false
    var isStored = false
    var refersElsewhere = false
    var isChecked = false
    var initial = Initial.none

    /// The name as SQLite compares it.
    var key: String { folded(name) }
  }

  /// A column's DEFAULT.
  enum Initial {
    case none, null, constant
    /// Computed for each row, so that ALTER cannot give it to rows that are there.
    case computed
  }

  let name: String
  let statement: CreateStatement
  private(set) var columns: [Column] = []
  /// The table's constraints, each as its meaning.
  private(set) var constraints: [[UInt8]] = []
  /// The names that stand in the table's constraints, folded.
  private(set) var constrained: Set<String> = []
  private(set) var isWithoutRowid = false
  private(set) var isStrict = false
  private(set) var isAutoincrement = false
  /// The column that is another name of the rowid, folded.
  private(set) var rowidAlias: String?
  /// The columns of the primary key, folded.
  private(set) var primaryKey: Set<String> = []

  /// Reads an ordinary table.
  /// - Throws: `SchemaError.unalterable` for text that cannot be read as one.
  init(_ object: SchemaObject) throws(SchemaError) {
    name = object.name
    statement = CreateStatement(object.sql ?? "")
    guard statement.kind == .table, !statement.items.isEmpty else {
      throw SchemaError(.unalterable, "the text of \(object.title) cannot be read")
    }
    for (item, canonical) in zip(statement.items, statement.canonicalItems) {
      if item.isConstraint {
        constraints.append(canonical)
        readConstraint(item.tokens)
      } else {
        columns.append(readColumn(item.tokens, canonical))
      }
    }
    for option in statement.options {
      if statement.isWord(option.lowerBound, "without") { isWithoutRowid = true }
      if statement.isWord(option.lowerBound, "strict") { isStrict = true }
    }
    readKey()
  }

  /// The columns that can be written: all but the generated ones.
  var ordinary: [Column] { columns.filter { !$0.isGenerated } }

  /// The column of that name, folded.
  subscript(key: String) -> Column? { columns.first { $0.key == key } }

  /// A name by which the rowid can be read and written, one that no column has taken; nil where there is none.
  var rowidName: String? {
    guard !isWithoutRowid else { return nil }
    return ["rowid", "_rowid_", "oid"].first { self[$0] == nil }
  }

  /// The names that stand in these tokens, folded.
  func names(in tokens: Range<Int>) -> Set<String> { statement.names(in: tokens) }

  private func readColumn(_ tokens: Range<Int>, _ canonical: [UInt8]) -> Column {
    var column = Column(name: statement.identifier(tokens.lowerBound), tokens: tokens, canonical: canonical)
    let type = statement.typeTokens(ofColumn: tokens)
    column.isInteger = type.count == 1 && statement.isWord(type.lowerBound, "integer")
    var depth = 0
    for index in type.upperBound..<tokens.upperBound {
      if statement.isSymbol(index, UInt8(ascii: "(")) { depth += 1 }
      if statement.isSymbol(index, UInt8(ascii: ")")) { depth -= 1 }
      guard depth == 0 else { continue }
      if statement.isWord(index, "primary") {
        column.isPrimaryKey = true
        // Descending, it is a key but not another name of the rowid: https://sqlite.org/lang_createtable.html#rowid
        if statement.isWord(index + 2, "desc") { column.isInteger = false }
      }
      if statement.isWord(index, "unique") { column.isUnique = true }
      if statement.isWord(index, "not"), statement.isWord(index + 1, "null") { column.isNotNull = true }
      if statement.isWord(index, "references") { column.refersElsewhere = true }
      if statement.isWord(index, "check") { column.isChecked = true }
      if statement.isWord(index, "as"), statement.isSymbol(index + 1, UInt8(ascii: "(")) { column.isGenerated = true }
      if statement.isWord(index, "stored") { column.isStored = column.isGenerated }
      if statement.isWord(index, "default") { column.initial = initial(at: index + 1) }
    }
    return column
  }

  private func initial(at index: Int) -> Initial {
    if statement.isSymbol(index, UInt8(ascii: "(")) { return .computed }
    if statement.isWord(index, "null") { return .null }
    let isClock: [StaticString] = ["current_time", "current_date", "current_timestamp"]
    return isClock.contains { statement.isWord(index, $0) } ? .computed : .constant
  }

  private mutating func readConstraint(_ tokens: Range<Int>) {
    constrained.formUnion(names(in: tokens))
    guard let primary = tokens.first(where: { statement.isWord($0, "primary") }) else { return }
    for index in primary..<tokens.upperBound {
      // The columns stand behind the bracket and behind each comma.
      guard statement.isSymbol(index, UInt8(ascii: "(")) || statement.isSymbol(index, UInt8(ascii: ",")) else {
        continue
      }
      primaryKey.insert(folded(statement.identifier(index + 1)))
    }
  }

  private mutating func readKey() {
    for column in columns where column.isPrimaryKey { primaryKey = [column.key] }
    isAutoincrement = (statement.body..<statement.tokens.count).contains { statement.isWord($0, "autoincrement") }
    guard !isWithoutRowid, primaryKey.count == 1, let key = primaryKey.first else { return }
    rowidAlias = self[key]?.isInteger == true ? key : nil
  }
}

extension CreateStatement {
  /// The names that stand in these tokens, folded; keywords are among them.
  func names(in range: Range<Int>) -> Set<String> {
    var names: Set<String> = []
    for index in range where [.word, .quoted, .string].contains(tokens[index].kind) {
      names.insert(folded(identifier(index)))
    }
    return names
  }

  /// Whether a table is named as the owner of a column, as in `CHECK (jobs.cost > 0)`.
  func names(itself table: String) -> Bool {
    (body..<max(body, tokens.count)).contains { index in
      isSymbol(index + 1, UInt8(ascii: ".")) && folded(identifier(index)) == folded(table)
    }
  }

  /// Whether a name stands anywhere behind the object's own.
  func mentions(_ name: String) -> Bool {
    body < tokens.count && names(in: body..<tokens.count).contains(folded(name))
  }
}

extension SchemaObject {
  /// Whether it is a virtual table.
  package var isVirtualTable: Bool { VirtualTable(self) != nil }

  /// Whether it is a table that only indexes the rows of another.
  package var indexesOthersRows: Bool { VirtualTable(self)?.isDerived ?? false }

  /// The columns of an ordinary table that hold values, folded, in order; of a virtual one nothing is known.
  /// - Throws: `SchemaError` for a table's text that cannot be read.
  package var storedColumns: [String] {
    get throws(SchemaError) {
      if type != .table || VirtualTable(self) != nil { return [] }
      return try TableDefinition(self).ordinary.map(\.key)
    }
  }
}
