// Tables and columns as values: everything that SQLite can say of them.

extension Schema {
  /// The type that a column prefers for what is stored in it (https://sqlite.org/datatype3.html#type_affinity).
  public enum Affinity: String, Sendable, Hashable {
    /// Keeps text; numbers become text.
    case text
    /// Text that looks like a number becomes one.
    case numeric
    /// As numeric; a CAST differs.
    case integer
    /// As numeric; whole numbers become reals.
    case real
    /// Keeps everything as it is: `BLOB`, and no type at all.
    case blob

    /// The same of a column in a table that may be STRICT, where `ANY` keeps everything.
    init(type: String, isStrict: Bool) {
      self = isStrict && folded(type) == "any" ? .blob : Affinity(type: type)
    }

    /// The affinity of a declared type, by SQLite's five rules.
    public init(type: String) {
      let type = folded(type)
      if type.contains("int") {
        self = .integer
      } else if type.contains("char") || type.contains("clob") || type.contains("text") {
        self = .text
      } else if type.contains("blob") || type.isEmpty {
        self = .blob
      } else if type.contains("real") || type.contains("floa") || type.contains("doub") {
        self = .real
      } else {
        self = .numeric
      }
    }
  }

  /// A column.
  public struct Column: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The declared type as written, on one line; empty where there is none.
    public var type: String
    /// What it prefers to store. In a STRICT table `ANY` keeps everything as it is.
    public var affinity: Affinity
    /// What stands behind the type, in order.
    public var constraints: [Constraint]
    /// The definition behind the name, on one line.
    public var sql: String
    /// What it means: the same bytes, the same column.
    var meaning: [UInt8]

    /// The collation by which its texts are compared; `BINARY` where none is stated.
    public var collation: String {
      for case .collate(let name) in constraints.reversed().map(\.kind) { return name }
      return "BINARY"
    }

    /// The DEFAULT as written; nil where there is none.
    public var defaultValue: String? {
      for case .defaultValue(let text) in constraints.reversed().map(\.kind) { return text }
      return nil
    }

    /// The expression it is computed by, and whether the value is stored; nil for a column that can be written.
    public var generated: (expression: String, isStored: Bool)? {
      for case .generated(let text, let isStored) in constraints.map(\.kind) { return (text, isStored) }
      return nil
    }
  }

  /// An ordinary table.
  public struct Table: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its columns, in order.
    public var columns: [Column]
    /// What is stated behind the columns, in order.
    public var constraints: [Constraint]
    /// Whether it is STRICT: each value of the column's type.
    public var isStrict: Bool
    /// Whether its rows stand under their primary key instead of a rowid.
    public var isWithoutRowid: Bool

    /// The column of that name, as SQLite compares names.
    public subscript(column: String) -> Column? { columns.first { folded($0.name) == folded(column) } }

    /// Whether a row's number is never given again.
    public var isAutoincrement: Bool {
      (constraints + columns.flatMap(\.constraints)).contains { constraint in
        if case .primaryKey(_, _, true, _) = constraint.kind { true } else { false }
      }
    }

    /// The primary key: its terms, of a column's own key that column. Empty where there is none.
    public var primaryKey: [Constraint.Term] {
      for column in columns {
        for case .primaryKey(_, let isDescending, _, _) in column.constraints.map(\.kind) {
          return [Constraint.Term(expression: column.name, collation: nil, isDescending: isDescending)]
        }
      }
      for case .primaryKey(let terms, _, _, _) in constraints.map(\.kind) { return terms }
      return []
    }

    /// Reads a table; nil for any other object, and for text that cannot be read as one.
    public init?(_ object: SchemaObject) {
      guard object.type == .table, let sql = object.sql else { return nil }
      let statement = CreateStatement(sql)
      guard statement.kind == .table, !statement.items.isEmpty else { return nil }
      self.init(name: object.name, statement)
    }

    /// A table by its statement.
    init(name: String, _ statement: CreateStatement) {
      self.name = name
      isStrict = statement.options.contains { statement.isWord($0.lowerBound, "strict") }
      isWithoutRowid = statement.options.contains { statement.isWord($0.lowerBound, "without") }
      columns = []
      constraints = []
      for (item, meaning) in zip(statement.items, statement.canonicalItems) {
        if item.isConstraint {
          var reader = ConstraintReader(statement, item.tokens)
          constraints += reader.readAll()
        } else {
          columns.append(Self.column(item.tokens, meaning, statement, isStrict: isStrict))
        }
      }
    }

    private static func column(
      _ tokens: Range<Int>, _ meaning: [UInt8], _ statement: CreateStatement, isStrict: Bool
    ) -> Column {
      let type = statement.typeTokens(ofColumn: tokens)
      var reader = ConstraintReader(statement, type.upperBound..<tokens.upperBound)
      let words = statement.line(type)
      let affinity = Affinity(type: words, isStrict: isStrict)
      return Column(
        name: statement.identifier(tokens.lowerBound), type: words, affinity: affinity,
        constraints: reader.readAll(), sql: statement.line((tokens.lowerBound + 1)..<tokens.upperBound),
        meaning: meaning)
    }
  }
}

extension CreateStatement {
  /// The tokens of a column's type, which end where its first constraint begins.
  func typeTokens(ofColumn tokens: Range<Int>) -> Range<Int> {
    let words: [StaticString] = [
      "constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references", "generated", "as",
    ]
    let start = tokens.lowerBound + 1
    let end = (start..<tokens.upperBound).first { index in words.contains { isWord(index, $0) } }
    return start..<(end ?? tokens.upperBound)
  }
}
